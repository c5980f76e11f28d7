"""Styles of our own, beside Streamlit's."""

import re
from pathlib import Path

import pytest

UI = Path(__file__).parents[3] / "ucf_ui"
OURS = sorted(path for kind in ("css", "js", "html") for path in UI.rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_style_or_script_animates(path):
    """So there is nothing to stop for those who ask for reduced motion."""
    text = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert not re.findall(
        r"transition|animat(?:e|ion)(?!Frame)|@keyframes|scroll-behavior|behavior: ?[\"']smooth", text, re.I
    )


def test_no_chart_animates():
    """Plotly animates only what a figure's `transition` or `frames` ask for."""
    asked = [
        path.name
        for path in (UI / "figures").rglob("*.py")
        if re.search(r"\b(?:transition|frames)\b", path.read_text())
    ]
    assert asked == []
