"""Whatever is written on a page can be read on what lies below it, in both themes (WCAG 2.1, 1.4.3)."""

from pathlib import Path

import pytest
from reading import assert_healthy, open_page, settle, some_of

from ucf_ui.base import pages

SHOWN = {
    **{Path(entry.path).stem: f"/{Path(entry.path).stem}?user=15" for entry in pages.ENTRIES},
    "overview": "/?user=15",
    "neighbours": "/neighbours?user=15&neighbour=212",
    "recommendations": "/recommendations?user=15&film=1080",
    "tuning": "/tuning?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
    "index_inspector": "/index_inspector?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20",
}
# Every text in sight whose contrast is below 4.5, or 3 where it is large; grounds and opacities are added up.
TOO_FAINT = """() => {
    const parts = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
        return colour.startsWith('color(srgb') ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a]; };
    const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
    const light = (colour) => { const [r, g, b] = colour.slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const contrast = (one, other) => { const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05); };
    const page = parts(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
    const found = [];
    const look = (root) => { for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('');
        const box = element.getBoundingClientRect(), style = getComputedStyle(element);
        if (!text.trim() || !box.width || !box.height || style.visibility === 'hidden') continue;
        // icons are no text; what is disabled need not be read; what is written on a bar, or above the handle of a
        // slider that it is a part of, does not lie on what is around it
        if (element.closest('style, script, canvas, [disabled], [data-testid=stIconMaterial]')) continue;
        if (element.closest('.bartext-inside, [data-testid=stSliderThumbValue]')) continue;
        let opacity = 1;
        const grounds = [];
        for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
            opacity *= Number(getComputedStyle(at).opacity);
            grounds.unshift(parts(getComputedStyle(at).backgroundColor));
        }
        if (opacity < 0.05) continue;
        const ground = grounds.reduce((below, top) => over(top, below), page);
        const colour = parts(element instanceof SVGElement ? style.fill : style.color);
        colour[3] *= opacity;
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = contrast(over(colour, ground), ground);
        if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${text.trim().slice(0, 50)}`);
    } };
    look(document);
    return found; }"""


@pytest.mark.parametrize("name", some_of(SHOWN, 1))
def test_every_text_in_sight_can_be_read_by_day_and_by_night(name, tab):
    open_page(tab, SHOWN[name])
    for scheme, brightness in (("light", 255), ("dark", 18)):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_function(
            "red => getComputedStyle(document.querySelector('.stApp')).backgroundColor.startsWith(`rgb(${red},`)",
            arg=brightness,
        )
        settle(tab)
        assert tab.evaluate(TOO_FAINT) == []
    assert_healthy(tab)
