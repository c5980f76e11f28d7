"""Every page in both themes, on a laptop and on a phone; pictures of all are left in test-results."""

import re
from pathlib import Path

import pytest
from reading import assert_healthy, open_page, wait_idle

from ucf_ui import page

SHOWN = {
    **{Path(entry.path).stem: f"/{Path(entry.path).stem}?user=15" for entry in page.ENTRIES},
    "overview": "/?user=15",
    "neighbours": "/neighbours?user=15&neighbour=212",
    "recommendations": "/recommendations?user=15&film=1080",
    "tuning": "/tuning?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
    "index_inspector": "/index_inspector?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
}


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("dark", 390),
        pytest.param("light", 1280, marks=pytest.mark.long),
        pytest.param("light", 390, marks=pytest.mark.long),
        pytest.param("dark", 1280, marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_follows_the_browsers_theme_and_fits_its_screen(name, scheme, width, new_tab, base_url, pytestconfig):
    folder = pytestconfig.rootpath / "test-results"
    folder.mkdir(exist_ok=True)
    tab = open_page(new_tab(base_url, width=width, dark=scheme == "dark"), SHOWN[name])
    main = tab.locator("[data-testid=stMain]")
    background = main.evaluate("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", background)[:3]))
    assert brightness < 200 if scheme == "dark" else brightness > 600
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    height = main.evaluate("main => main.firstElementChild.scrollHeight")
    tab.set_viewport_size({"width": width, "height": min(max(int(height), 900), 6_000)})
    wait_idle(tab)
    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    assert_healthy(tab)
