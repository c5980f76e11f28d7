"""Every page in both themes, on a laptop and on a phone; pictures of all are left in test-results."""

import re
from pathlib import Path

import pytest
from reading import assert_healthy, open_page, parameters, settle, user, wait_idle

from ucf_ui.base import pages

SHOWN = {
    **{Path(entry.path).stem: f"/{Path(entry.path).stem}?user=15" for entry in pages.ENTRIES},
    "overview": "/?user=15",
    "neighbours": "/neighbours?user=15&neighbour=212",
    "recommendations": "/recommendations?user=15&film=1080",
    "tuning": "/tuning?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
    "index_inspector": "/index_inspector?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
}


def is_dark(tab):
    background = tab.evaluate("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", background)[:3]))
    assert brightness < 200 or brightness > 600  # and not the grey between
    return brightness < 200


def overhang(tab):
    return tab.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth - main.clientWidth")


def test_the_navigation_leads_to_every_page_with_the_user_and_each_fits_a_phone_in_the_dark(new_tab, base_url):
    tab = open_page(new_tab(base_url, dark=True), "/?user=15")
    for title in [*(entry.title for entry in pages.ENTRIES), pages.OVERVIEW.title]:
        tab.get_by_role("link", name=title, exact=True).first.click()
        tab.locator("h1", has_text=title).wait_for()
        settle(tab)
        assert_healthy(tab)
        assert user(tab) == "15"
        assert parameters(tab)["user"] == "15"
        assert is_dark(tab)
        tab.set_viewport_size({"width": 390, "height": 900})
        settle(tab)
        assert overhang(tab) <= 0
        tab.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_follows_the_browsers_theme_and_fits_its_screen(name, scheme, width, new_tab, base_url, pytestconfig):
    folder = pytestconfig.rootpath / "test-results"
    folder.mkdir(exist_ok=True)
    tab = open_page(new_tab(base_url, width=width, dark=scheme == "dark"), SHOWN[name])
    main = tab.locator("[data-testid=stMain]")
    assert is_dark(tab) == (scheme == "dark")
    assert overhang(tab) <= 0
    height = main.evaluate("main => main.firstElementChild.scrollHeight")
    tab.set_viewport_size({"width": width, "height": min(max(int(height), 900), 6_000)})
    wait_idle(tab)
    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    assert_healthy(tab)
