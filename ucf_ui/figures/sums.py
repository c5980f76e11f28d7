"""A number as a sum: one bar a part, each where the one before it ends, and the number itself at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.recommendations.breakdown import Breakdown
from ucf_core.recommendations.recommendation import Evidence
from ucf_ui.base import text
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import BLUE, MISSED, NEIGHBOUR, REFERENCE


@dataclass(frozen=True)
class _Bar:
    label: str
    part: float
    kind: str
    about: str = ""


def sum_bars(
    sums: Breakdown,
    evidence: Evidence,
    names: Sequence[str],
    *,
    title: str,
    unit: str,
    most: int = 12,
) -> go.Figure:
    """The parts of `sums`, ending at its total; neighbours with the largest parts one by one, the rest in one bar.

    `names` are those of the users of `evidence`. Terms that the neighbours' parts are added to come first.
    """
    bars = [_Bar(term.label, part, "average") for term, part in sums.terms.items() if term.base]
    starts_high = bool(bars)
    bars += _neighbours(sums, evidence, names, most)
    bars += [_Bar(term.label, part, "average") for term, part in sums.terms.items() if not term.base]
    ends = np.cumsum([bar.part for bar in bars])
    written = text.figure_format(sums.total, decimals=3 if starts_high else 2)
    rows = [*bars, _Bar("Together", sums.total, "total")]
    starts = [0.0, *ends.tolist()[:-1], 0.0]
    traces = [
        _trace(kind, name, colour, rows, starts, written)
        for kind, name, colour in (
            ("average", "Averages", REFERENCE),
            ("adds", "Adds", NEIGHBOUR),
            ("takes", "Takes away", MISSED),
            ("total", "Together", BLUE),
        )
        if any(bar.kind == kind for bar in rows)
    ]
    figure = drawn(
        traces,
        title,
        f"{unit} (the axis does not start at 0)" if starts_high else unit,
        "Part",
        height=130 + 25 * len(rows),
        xaxis={"range": _range([*ends.tolist(), sums.total], starts_high)},
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [bar.label for bar in rows],
            "range": [len(rows) - 0.4, -0.6],
            "title": None,
        },
    )
    figure.layout.barmode = "overlay"
    return figure


def _neighbours(sums: Breakdown, evidence: Evidence, names: Sequence[str], most: int) -> list[_Bar]:
    """A bar for each of those with the largest parts, and one for the others together."""
    order = np.argsort(-np.abs(sums.of_neighbours), kind="stable")
    if order.size == most + 1:
        most += 1  # one of them alone is no "others"
    bars = [
        _Bar(
            f"User {literal(names[at])}: {evidence.ratings[at]:g} stars",
            part := float(sums.of_neighbours[at]),
            _kind(part),
            f"similarity {evidence.similarities[at]:.3f}, weight {text.figure(evidence.weights[at])}",
        )
        for at in order[:most].tolist()
    ]
    if order.size > most:
        rest = float(sums.of_neighbours[order[most:]].sum())
        bars.append(_Bar(f"{order.size - most:,} other neighbours", rest, _kind(rest), "each with a smaller part"))
    return bars


def _kind(part: float) -> str:
    return "takes" if part < 0 else "adds"


def _trace(
    kind: str, name: str, colour: str, rows: Sequence[_Bar], starts: Sequence[float], written: str
) -> dict[str, Any]:
    at = [number for number, bar in enumerate(rows) if bar.kind == kind]
    signed = written if kind == "total" else written.replace("%", "%+")
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [rows[number].part for number in at],
        "base": [starts[number] for number in at],
        "y": at,
        "width": 0.72,
        "showlegend": False,
        "marker": {"color": colour},
        "text": [signed % rows[number].part for number in at],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [
            f"{rows[number].label}<br>{rows[number].about}" if rows[number].about else rows[number].label
            for number in at
        ],
        "hovertemplate": "%{customdata}: %{text}<extra></extra>",
    }


def _range(ends: list[float], starts_high: bool) -> list[float]:
    """From 0, unless the parts are small beside the average that they are laid on; with room for the figures."""
    low, high = (min(ends), max(ends)) if starts_high else (min(0.0, *ends), max(0.0, *ends))
    room = 0.22 * ((high - low) or abs(high) or 1.0)
    return [low - room if starts_high or low < 0 else 0.0, high + room]
