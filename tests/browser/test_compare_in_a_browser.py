"""The compare page by a deep link: both comparisons, the other user, and settings carried over to the other pages."""

import re

import pytest
from reading import assert_healthy, caption, choose, chosen, open_page, parameters, press, settle, user

import ucf_core as ucf


@pytest.fixture
def explorer(home):
    return ucf.Explorer(ucf.load_ratings("sample", home=home), in_memory=True)


def titles(tab):
    return tab.locator(".js-plotly-plot .gtitle").all_text_contents()


def two_settings(tab):
    tab.get_by_role("radio", name="Two settings").click()
    settle(tab)


def test_a_deep_link_compares_two_users_and_then_two_settings(tab):
    open_page(tab, "/compare?user=15&other=461")
    assert titles(tab) == ["Ratings of shared films", "Genres of what each rated"]
    shared, place = (int(caption(tab, rf"{label}\s+(\d+)")[0]) for label in ("Shared films", "Rank of 461"))
    assert shared > 100
    assert place < 10
    two_settings(tab)
    assert titles(tab) == ["How the list changes"]
    assert parameters(tab) == {"user": "15", "other": "461", "compare": "settings"}
    assert_healthy(tab)


@pytest.mark.long
def test_the_other_user_is_typed_drawn_and_swapped(tab, explorer):
    open_page(tab, "/compare?user=15")
    nearest = explorer.neighbours(15).users.tolist()[0]
    tab.get_by_text(f"User 15 and user {nearest}", exact=True).wait_for()
    box = tab.locator(".st-key-other input")
    box.fill("73")
    box.press("Enter")
    settle(tab)
    tab.get_by_text("User 15 and user 73", exact=True).wait_for()
    assert parameters(tab) == {"user": "15", "other": "73"}
    tab.get_by_role("button", name="Swap: choose user 73").click()
    settle(tab)
    assert user(tab) == "73"
    assert parameters(tab) == {"user": "73", "other": "15"}
    tab.get_by_role("button", name="A random user").click()
    settle(tab)
    assert parameters(tab)["other"] == box.input_value() != "73"
    tab.get_by_role("button", name="Most similar").click()
    settle(tab)
    assert "other" not in parameters(tab)
    assert_healthy(tab)


@pytest.mark.long
def test_settings_of_side_b_become_those_of_every_page(tab, new_tab, base_url):
    open_page(tab, "/compare?user=15&compare=settings&beside=own&b_weighting=centred&b_ranking=damped&b_k=20")
    for key in ("Home", *["ArrowRight"] * 3):
        press(tab, "b_dim", key)  # one at a time: while the page answers, it may put the handle back
    assert parameters(tab)["b_dim"] == "4"
    other = open_page(new_tab(base_url), tab.url)
    assert parameters(other) == parameters(tab)
    described = r"B: (k 20, dim 4, ef 128, ratings centred, list by damped rating)"
    assert caption(other, described) == caption(tab, described)
    tab.get_by_role("button", name="Use these settings (B)").click()
    settle(tab)
    tab.get_by_text("Both sides have the same settings").wait_for()
    tab.get_by_role("link", name="Recommendations").first.click()
    settle(tab)
    assert re.search(r"/recommendations\b", tab.url)
    address = parameters(tab)
    assert {key: address.get(key) for key in ("k", "dim", "weighting", "ranking")} == {
        "k": "20",
        "dim": "4",
        "weighting": "centred",
        "ranking": "damped",
    }
    assert chosen(tab, "ranking") == "Damped rating"
    assert_healthy(tab)


@pytest.mark.long
def test_a_preset_is_chosen_for_side_b(tab):
    open_page(tab, "/compare?user=15&compare=settings")
    choose(tab, "beside", "Notebook")
    assert parameters(tab)["beside"] == "notebook"
    assert caption(tab, r"B: .*(list by weighted mean rating, predicted by plain mean)")
    assert_healthy(tab)


@pytest.mark.long
@pytest.mark.parametrize("path", ["/compare?user=15", "/compare?user=15&compare=settings&beside=own"])
def test_the_page_fits_a_phone_in_the_dark(path, new_tab, base_url):
    tab = open_page(new_tab(base_url, width=400, height=800, dark=True), path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    assert_healthy(tab)
