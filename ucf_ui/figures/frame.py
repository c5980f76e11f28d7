"""What all charts share beside colours: the frame, and the care that text from data needs.

Each figure is made from one dictionary: that takes Plotly a millisecond where adding traces one by one takes fifteen,
and a moved slider redraws several.
"""

import html
from typing import Any

import plotly.graph_objects as go

from ucf_core.base.text import strip_control_chars
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE


class Chart(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure that is made, and handed over for display, only while no thread is importing pandas."""

    def __init__(self, parts: dict[str, Any]) -> None:
        """`parts`: data and layout."""
        with PANDAS_IS_WHOLE:
            super().__init__(parts)

    def to_dict(self) -> dict[str, Any]:
        """All parts, arrays encoded."""
        with PANDAS_IS_WHOLE:
            parts: dict[str, Any] = super().to_dict()
        return parts


def drawn(
    traces: list[dict[str, Any]],
    title: str,
    x: str,
    y: str,
    *,
    height: int = 320,
    xaxis: dict[str, Any] | None = None,
    yaxis: dict[str, Any] | None = None,
    room: tuple[int, int] | None = None,
) -> go.Figure:
    """Traces in the frame that all charts share: title, axis titles, legend below the title, tight margins.

    `room` is what the labels of the y and of the x axis take, in pixels: known beforehand, it spares Plotly to measure
    them, which takes a third of the time of drawing a chart anew.
    """
    left, bottom = room or (8, 8)
    return Chart(
        {
            "data": traces,
            "layout": {
                "title": {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top"},
                "height": height,
                "margin": {"l": left, "r": 8, "t": 64, "b": bottom},
                "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
                "hoverlabel": {"align": "left"},
                "bargap": 0.15,
                "xaxis": {"title": {"text": x, "standoff": 8}, "automargin": room is None} | (xaxis or {}),
                "yaxis": {"title": {"text": y, "standoff": 14}, "automargin": room is None} | (yaxis or {}),
            },
        }
    )


def literal(text: object) -> str:
    """Text from data, so that Plotly shows its signs instead of taking them for HTML."""
    return html.escape(strip_control_chars(str(text)), quote=False)


def decades(low: int, high: int) -> dict[str, list[float] | list[str]]:
    """Ticks of a logarithmic axis at 1, 10, 100, ... or at 1, 2, 5, 10, ... where there is room for them."""
    steps = (1, 2, 5) if high / max(low, 1) < 200 else (1,)
    ticks = [step * 10.0**power for power in range(10) for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.0f}" for tick in ticks]}
