"""Colours are visible on both themes, and distinct for readers with any colour blindness."""

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from ucf_ui.figures import palette

ROOT = Path(__file__).parents[3]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
MEANINGS = (palette.USER, palette.NEIGHBOUR, palette.MISSED, palette.REFERENCE, palette.ALL_USERS)

# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as the reader sees it.
SEEN = {
    "by all three cones": np.eye(3),
    "without red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "without green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "without blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    coded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """As WCAG 2.1 has it."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    part = (TO_XYZ @ np.clip(rgb, 0, 1)) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one, other):
    """Luo, Cui and Rigg 2001, written down as in Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    lightness, chroma, hue = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = (h1 + h2) / 2 if abs(h1 - h2) <= 180 else ((h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2)
    cosine = lambda times, off: np.cos(np.radians(times * h + off))  # noqa: E731
    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.2 * cosine(4, -63)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))) * 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    parts = lightness / s_l, chroma / s_c, hue / s_h
    return float(np.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2]))


def nearest(colours, seen):
    """The smallest distance of two of the colours."""
    places = [lab(np.array(SEEN[seen]) @ linear(colour)) for colour in colours]
    return min(ciede2000(*pair) for pair in itertools.combinations(places, 2))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # of the data that Sharma, Wu and Dalal publish
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_is_that_of_the_published_pairs(one, other, expected):
    assert ciede2000(one, other) == pytest.approx(expected, abs=5e-5)


def test_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("seen", SEEN)
def test_colours_used_together_differ_for_every_reader(seen):
    assert nearest(MEANINGS, seen) >= 13
    assert nearest(palette.SERIES, seen) >= 9


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", palette.SERIES)
def test_a_mark_is_visible_on_the_page(colour, theme):
    assert contrast(colour, THEME[theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("colour", [palette.USER, palette.NEIGHBOUR, palette.ALL_USERS])
def test_text_on_a_mark_can_be_read(colour):
    assert contrast(palette.DARK, colour) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", ["textColor", "linkColor", "primaryColor"])
def test_text_can_be_read_on_the_page_and_in_the_sidebar(text, theme):
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(THEME[theme][text], THEME[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_draws_with_the_same_colours(theme):
    assert tuple(THEME[theme]["chartCategoricalColors"]) == palette.SERIES
    assert len(palette.SERIES) == len(set(palette.SERIES)) == 10


def test_a_faint_colour_keeps_its_hue():
    assert palette.faint("#0a80ff", 0.25) == "rgba(10, 128, 255, 0.25)"


def test_a_scale_has_its_colours_at_equal_distances():
    assert palette.scale(("#000000", "#888888", "#ffffff")) == [(0, "#000000"), (0.5, "#888888"), (1, "#ffffff")]


def test_a_rising_scale_gets_brighter_all_the_way():
    brightness = [float(TO_XYZ[1] @ linear(colour)) for colour in palette.RISING]
    assert brightness == sorted(set(brightness))


def test_no_figure_has_a_colour_of_its_own():
    stray = [
        f"{path.name}: {found}"
        for path in sorted((ROOT / "ucf_ui").rglob("*.py"))
        if path.name != "palette.py"
        for found in re.findall(r"""["'](?:#[0-9a-fA-F]{3,8}|rgba?\([^"']*)["']""", path.read_text(encoding="utf-8"))
    ]
    assert stray == []
