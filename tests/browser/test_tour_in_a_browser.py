"""A newcomer follows the tour from the overview to its end."""

import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, open_page, parameters, settle, wait_idle


def go_on(tab, button, step):
    tab.get_by_role("button", name=re.compile(f"^{button}")).first.click()
    tab.get_by_text(f"Tour, step {step} of 6").wait_for()
    wait_idle(tab)
    settle(tab)
    assert_healthy(tab)


def test_each_step_leads_to_the_next(tab):
    open_page(tab, "/")
    tab.get_by_role("button", name="See these neighbours").first.wait_for()
    go_on(tab, "See these neighbours", 1)
    for step, title in (
        (2, "Neighbours"),
        (3, "Recommendations"),
        (4, "Tuning"),
        (5, "Evaluation"),
        (6, "Your taste"),
    ):
        go_on(tab, "Next: ", step)
        expect(tab.locator("h1")).to_have_text(title)
        # its careless index stays with the step that it is for
        assert ("M" in parameters(tab)) == (title == "Tuning")
    tab.get_by_role("button", name="End the tour").click()
    tab.get_by_text("Tour, step 6 of 6").wait_for(state="detached")
    assert_healthy(tab)


@pytest.mark.long
def test_a_film_fan_with_settings_of_their_own_goes_to_a_neighbour(tab):
    open_page(tab, "/your_taste?M=4&ef_construction=25")
    tab.get_by_test_id("stFeedback").first.locator("button").nth(4).click()
    settle(tab)
    tab.locator(".st-key-taste-neighbour input").focus()
    tab.keyboard.press("ArrowDown")
    tab.get_by_role("option").first.click()
    settle(tab)
    tab.get_by_role("button", name="Go to user").click()
    tab.locator("h1", has_text="Neighbours").wait_for()
    wait_idle(tab)
    assert parameters(tab)["M"] == "4"
    assert_healthy(tab)
