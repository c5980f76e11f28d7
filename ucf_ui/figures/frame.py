"""Parts that all charts share: traces, the frame around them, and the escaping of text from data.

Each figure is made from one dictionary, which takes Plotly a millisecond. Adding traces one by one takes fifteen, and a
moved slider redraws several charts.
"""

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.base.text import strip_control_chars
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE

Trace = dict[str, Any]


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


def chart(
    traces: list[Trace],
    title: str,
    x: str,
    y: str | None,
    *,
    height: int = 320,
    xaxis: dict[str, Any] | None = None,
    yaxis: dict[str, Any] | None = None,
    room: tuple[int, int] | None = None,
    **layout: Any,
) -> go.Figure:
    """Traces in the frame that all charts share: title, axis titles, legend below the title, tight margins.

    `room` is the space for the labels of the y and of the x axis, in pixels; without it Plotly measures them, which
    takes a third of the time of drawing a chart anew. `layout` replaces other parts of Plotly's layout.
    """
    left, bottom = room or (8, 8)
    frame = {
        "title": {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top"},
        "height": height,
        "margin": {"l": left, "r": 8, "t": 64, "b": bottom},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"align": "left"},
        "bargap": 0.15,
        "xaxis": {"title": {"text": x, "standoff": 8}, "automargin": room is None} | (xaxis or {}),
        "yaxis": {"title": {"text": y, "standoff": 14}, "automargin": room is None} | (yaxis or {}),
    }
    return Chart({"data": traces, "layout": frame | layout})


def trace(kind: str, x: Any, y: Any, name: str = "", hover: str = "", **more: Any) -> Trace:
    """A trace; `kind` is "bar" or a mode of Plotly's scatter, such as "lines+markers"; `more` goes to Plotly.

    `hover` is the template of the text at the mouse, with the trace's name beside it unless it has an <extra> of its
    own. Without a template, the trace has no such text.
    """
    parts = {"type": "bar"} if kind == "bar" else {"type": "scatter", "mode": kind}
    if hover and "<extra>" not in hover:
        hover += f"<extra>{'%{fullData.name}' if name else ''}</extra>"
    text = {"hovertemplate": hover} if hover else {"hoverinfo": "skip"}
    return parts | {"x": x, "y": y} | ({"name": name} if name else {}) | text | more


def segments(starts: NDArray[Any], ends: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of separate lines, with gaps between them, from each of `starts` (m, 2) to that of `ends`."""
    places = np.stack([starts, ends, np.full(starts.shape, np.nan)], axis=1).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def literal(text: object) -> str:
    """Text from data, so that Plotly shows its characters instead of taking them for HTML."""
    return html.escape(strip_control_chars(str(text)), quote=False)


def log_ticks(low: float, high: float) -> dict[str, list[float] | list[str]]:
    """Ticks of a logarithmic axis at 1, 10, 100, ... or at 1, 2, 5, 10, ... where there is room for them."""
    steps = (1, 2, 5) if high / max(low, 1) < 200 else (1,)
    ticks = [step * 10.0**power for power in range(-4, 10) for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.10g}" for tick in ticks]}
