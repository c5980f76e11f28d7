"""Charts of an evaluation: one metric over a parameter, with intervals, and baselines to hold it against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import REFERENCE, SERIES

# The last colour is that of baselines; lines beyond the others differ by dash and symbol.
_COLOURS = SERIES[:-1]
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
# Distance of two lines at one place, so that their intervals stand beside each other.
_STEP, _WIDEST = 0.12, 0.5
# Pixels: a letter of a label, and what is within the axes where three charts stand beside each other on a laptop. Names
# may take this share of it.
_LETTER, _NARROW, _MOST = 6.2, 250, 0.4


@dataclass(frozen=True)
class Line:
    """Points of one line: their places on the axis, values, and 95 % intervals, None where there are none."""

    name: str
    places: Sequence[int]
    values: Sequence[float]
    intervals: Sequence[tuple[float, float]] | None


@dataclass(frozen=True)
class Reference:
    """A baseline: a level line across the chart."""

    name: str
    value: float


def metric_chart(
    title: str,
    unit: str,
    axis: str,
    ticks: Sequence[str],
    lines: Sequence[Line],
    references: Sequence[Reference],
    *,
    digits: int = 3,
    zoom: bool = False,
) -> go.Figure:
    """One metric: a line for each of `lines` over the places 0, 1, ... called `ticks`; `references` dashed.

    With `zoom` the axis keeps to the lines, and the baselines beyond it are named at its edge.
    """
    low, high = _range(lines, references, zoom)
    many = len(ticks) > 5 or any(len(tick) > 9 for tick in ticks)
    with_legend = len(lines) > 1
    marks = [_mark(reference, low, high, digits) for reference in _apart(references, low, high)]
    figure = drawn(
        [_trace(line, number, lines, ticks, digits) for number, line in enumerate(lines)],
        title,
        axis,
        unit,
        height=310 + (20 * len(lines) if with_legend else 0) + (40 if many else 0),
        xaxis={
            "tickvals": list(range(len(ticks))),
            "ticktext": [literal(tick) for tick in ticks],
            "range": [-0.5, len(ticks) * (1 + _beyond(marks)) - 0.5],
            "tickangle": -35 if many else 0,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={"range": [low, high], "zeroline": False},
    )
    figure.update_layout(
        shapes=[mark["shape"] for mark in marks if mark["shape"]],
        annotations=[mark["label"] for mark in marks],
        margin={"t": 44},
        showlegend=with_legend,
        # below, one line a row: names are long
        legend={"orientation": "v", "x": 0, "y": -0.32 if many else -0.25, "yanchor": "top", "yref": "paper"},
    )
    return figure


def _trace(line: Line, number: int, lines: Sequence[Line], ticks: Sequence[str], digits: int) -> dict[str, Any]:
    step = min(_STEP, _WIDEST / max(len(lines) - 1, 1))
    shift = (number - (len(lines) - 1) / 2) * step
    colour = _COLOURS[number % len(_COLOURS)]
    trace: dict[str, Any] = {
        "type": "scatter",
        "x": [place + shift for place in line.places],
        "y": list(line.values),
        "mode": "lines+markers" if line.name or len(lines) > 1 else "markers",
        "name": literal(line.name),
        "line": {"color": colour, "width": 1.5, "dash": ("solid", "dot")[number // len(_COLOURS) % 2]},
        "marker": {"color": colour, "size": 8, "symbol": _SYMBOLS[number // len(_COLOURS) % len(_SYMBOLS)]},
        "text": [literal(ticks[place]) for place in line.places],
        "hovertemplate": f"%{{text}}: %{{y:.{digits}f}}<extra>{literal(line.name)}</extra>",
    }
    if line.intervals is not None:
        pairs = list(zip(line.intervals, line.values, strict=True))
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for (_, high), value in pairs],
            "arrayminus": [value - low for (low, _), value in pairs],
            "color": colour,
            "thickness": 1.2,
            "width": 3,
        }
        trace["customdata"] = [list(pair) for pair in line.intervals]
        trace["hovertemplate"] = (
            f"%{{text}}: %{{y:.{digits}f}} (%{{customdata[0]:.{digits}f}} to %{{customdata[1]:.{digits}f}})"
            f"<extra>{literal(line.name)}</extra>"
        )
    return trace


def _range(lines: Sequence[Line], references: Sequence[Reference], zoom: bool) -> tuple[float, float]:
    """The part of the axis to show, with a little room at both ends."""
    values = [value for line in lines for value in line.values]
    values += [end for line in lines for pair in line.intervals or () for end in pair]
    if not zoom or not values:
        values += [reference.value for reference in references]
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
    return low - room, high + room


def _apart(references: Sequence[Reference], low: float, high: float) -> list[tuple[Reference, float]]:
    """References with the height of their labels, far enough from each other to be read, lowest first."""
    gap = 0.075 * (high - low)
    placed: list[tuple[Reference, float]] = []
    for reference in sorted(references, key=lambda one: one.value):
        at = min(max(reference.value, low), high)
        if placed:
            at = max(at, placed[-1][1] + gap)
        placed.append((reference, at))
    return placed


def _beyond(marks: Sequence[dict[str, Any]]) -> float:
    """Room for the names of baselines right of the last place, as a share of what the places take."""
    longest = max((len(mark["label"]["text"]) for mark in marks), default=0)
    share = min(_LETTER * longest / _NARROW, _MOST)
    return share / (1 - share)


def _mark(placed: tuple[Reference, float], low: float, high: float, digits: int) -> dict[str, Any]:
    """The dashed line of a reference, where it is in sight, and its label at the right."""
    reference, at = placed
    inside = low <= reference.value <= high
    beyond = "" if inside else f" {reference.value:.{digits}f}, " + ("below" if reference.value < low else "above")
    shape = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": reference.value,
        "y1": reference.value,
        "line": {"color": REFERENCE, "width": 1.3, "dash": "dash"},
        "layer": "below",
    }
    label = {
        "text": literal(f"{reference.name}{beyond}"),
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": at,
        "yanchor": "bottom" if at < high else "top",
        "showarrow": False,
        "font": {"size": 11},
    }
    return {"shape": shape if inside else None, "label": label}
