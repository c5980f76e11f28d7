"""Charts of an evaluation: one metric over a parameter, with intervals and baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ucf_ui.figures.frame import Trace, chart, literal, trace
from ucf_ui.figures.palette import REFERENCE, SERIES

# The last colour is that of baselines; further lines differ by dash and symbol.
_COLOURS = SERIES[:-1]
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
# Distance of two lines at one place, so that their intervals do not overlap.
_STEP, _WIDEST = 0.12, 0.5
# Pixels: a letter of a label, and the width within the axes where a laptop shows three charts side by side. Names may
# take this share of it.
_LETTER, _NARROW, _MOST = 6.2, 250, 0.4


@dataclass(frozen=True)
class Line:
    """Points of one line: their places on the axis, values, and 95 % intervals, None where there are none."""

    name: str
    places: Sequence[int]
    values: Sequence[float]
    intervals: Sequence[tuple[float, float]] | None


@dataclass(frozen=True)
class Baseline:
    """The value of a baseline: a level line across the chart."""

    name: str
    value: float


def metric_chart(
    title: str,
    unit: str,
    axis: str,
    ticks: Sequence[str],
    lines: Sequence[Line],
    baselines: Sequence[Baseline],
    *,
    digits: int = 3,
    zoom: bool = False,
) -> go.Figure:
    """One metric: a line for each of `lines` over the places 0, 1, ... called `ticks`; `baselines` dashed.

    With `zoom` the axis has the range of the lines, and baselines beyond it are named at its edge.
    """
    low, high = _range(lines, baselines, zoom)
    many = len(ticks) > 5 or any(len(tick) > 9 for tick in ticks)
    with_legend = len(lines) > 1
    labels = _labels(baselines, low, high, digits)
    longest = max((len(label["text"]) for label in labels), default=0)
    share = min(_LETTER * longest / _NARROW, _MOST)
    dashed = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    dashed["line"] = {"color": REFERENCE, "width": 1.3, "dash": "dash"}
    return chart(
        [_trace(line, number, len(lines), ticks, digits) for number, line in enumerate(lines)],
        title,
        axis,
        unit,
        height=310 + (20 * len(lines) if with_legend else 0) + (40 if many else 0),
        xaxis={
            "tickvals": list(range(len(ticks))),
            "ticktext": [literal(tick) for tick in ticks],
            # with room for the labels of baselines right of the last place
            "range": [-0.5, len(ticks) / (1 - share) - 0.5],
            "tickangle": -35 if many else 0,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={"range": [low, high], "zeroline": False},
        shapes=[dashed | {"y0": one.value, "y1": one.value} for one in baselines if low <= one.value <= high],
        annotations=labels,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        showlegend=with_legend,
        # below, one line a row: names are long
        legend={"orientation": "v", "x": 0, "y": -0.32 if many else -0.25, "yanchor": "top", "yref": "paper"},
    )


def _trace(line: Line, number: int, n_lines: int, ticks: Sequence[str], digits: int) -> Trace:
    step = min(_STEP, _WIDEST / max(n_lines - 1, 1))
    shift = (number - (n_lines - 1) / 2) * step
    cycle, colour = number // len(_COLOURS), _COLOURS[number % len(_COLOURS)]
    hover, interval = f"%{{text}}: %{{y:.{digits}f}}", {}
    if line.intervals is not None:
        hover += f" (%{{customdata[0]:.{digits}f}} to %{{customdata[1]:.{digits}f}})"
        above = [high - value for (_, high), value in zip(line.intervals, line.values, strict=True)]
        below = [value - low for (low, _), value in zip(line.intervals, line.values, strict=True)]
        bars = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        bars |= {"color": colour, "thickness": 1.2, "width": 3}
        interval = {"error_y": bars, "customdata": [list(pair) for pair in line.intervals]}
    return trace(
        "lines+markers" if line.name or n_lines > 1 else "markers",
        [place + shift for place in line.places],
        list(line.values),
        literal(line.name),
        hover,
        line={"color": colour, "width": 1.5, "dash": ("solid", "dot")[cycle % 2]},
        marker={"color": colour, "size": 8, "symbol": _SYMBOLS[cycle % len(_SYMBOLS)]},
        text=[literal(ticks[place]) for place in line.places],
        **interval,
    )


def _range(lines: Sequence[Line], baselines: Sequence[Baseline], zoom: bool) -> tuple[float, float]:
    """The part of the axis to show, with a little room at both ends."""
    values = [value for line in lines for value in line.values]
    values += [end for line in lines for pair in line.intervals or () for end in pair]
    if not zoom or not values:
        values += [baseline.value for baseline in baselines]
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
    return low - room, high + room


def _labels(baselines: Sequence[Baseline], low: float, high: float, digits: int) -> list[dict[str, Any]]:
    """Labels of baselines at the right, far enough from each other to be read, lowest first."""
    labels: list[dict[str, Any]] = []
    for baseline in sorted(baselines, key=lambda one: one.value):
        value = baseline.value
        y = min(max(value, low), high)
        if labels:
            y = max(y, labels[-1]["y"] + 0.075 * (high - low))
        inside = low <= value <= high
        beyond = "" if inside else f" {value:.{digits}f}, {'below' if value < low else 'above'}"
        label = {"text": literal(f"{baseline.name}{beyond}"), "y": y, "yanchor": "bottom" if y < high else "top"}
        labels.append(label | {"xref": "paper", "x": 1, "xanchor": "right", "showarrow": False, "font": {"size": 11}})
    return labels
