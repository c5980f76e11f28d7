"""A number as a sum: a bar for each part, each starting where the one before ends, and the number itself."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ucf_core.recommendations.breakdown import Breakdown
from ucf_core.recommendations.recommendation import Evidence
from ucf_ui.base import text
from ucf_ui.figures.frame import chart, literal, trace
from ucf_ui.figures.palette import BLUE, MISSED, NEIGHBOUR, REFERENCE

_COLOURS = {"Averages": REFERENCE, "Adds": NEIGHBOUR, "Takes away": MISSED, "Together": BLUE}


class _Bar(NamedTuple):
    label: str
    part: float
    kind: str
    details: str = ""


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
    terms = [(term.base, _Bar(term.label, part, "Averages")) for term, part in sums.terms.items()]
    first, last = ([bar for base, bar in terms if bool(base) == wanted] for wanted in (True, False))
    bars = [*first, *_neighbours(sums, evidence, names, most), *last]
    starts_high = bool(first)
    ends = np.cumsum([bar.part for bar in bars]).tolist()
    starts = [0.0, *ends[:-1], 0.0]
    bars.append(_Bar("Together", sums.total, "Together"))
    written = text.figure_format(sums.total, decimals=3 if starts_high else 2)
    traces = []
    for kind, colour in _COLOURS.items():
        at = [row for row, bar in enumerate(bars) if bar.kind == kind]
        signed = written if kind == "Together" else written.replace("%", "%+")
        if at:
            bar = trace(
                "bar",
                [bars[row].part for row in at],
                at,
                kind,
                "%{customdata}: %{text}<extra></extra>",
                orientation="h",
                base=[starts[row] for row in at],
                width=0.72,
                showlegend=False,
                marker={"color": colour},
                text=[signed % bars[row].part for row in at],
                textposition="outside",
                cliponaxis=False,
                customdata=["<br>".join(filter(None, (bars[row].label, bars[row].details))) for row in at],
            )
            traces.append(bar)
    return chart(
        traces,
        title,
        f"{unit} (the axis does not start at 0)" if starts_high else unit,
        None,
        height=130 + 25 * len(bars),
        xaxis={"range": _range([*ends, sums.total], starts_high)},
        yaxis={
            "tickvals": list(range(len(bars))),
            "ticktext": [bar.label for bar in bars],
            "range": [len(bars) - 0.4, -0.6],
        },
        barmode="overlay",
    )


def _neighbours(sums: Breakdown, evidence: Evidence, names: Sequence[str], most: int) -> list[_Bar]:
    """A bar for each of those with the largest parts, and one for the others together."""
    order = np.argsort(-np.abs(sums.of_neighbours), kind="stable")
    if order.size == most + 1:
        most += 1  # a single one needs no bar for "others"
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
    return "Takes away" if part < 0 else "Adds"


def _range(ends: list[float], starts_high: bool) -> list[float]:
    """From 0, unless the parts are small beside the averages; with room for the figures."""
    low, high = (min(ends), max(ends)) if starts_high else (min(0.0, *ends), max(0.0, *ends))
    room = 0.22 * ((high - low) or abs(high) or 1.0)
    return [low - room if starts_high or low < 0 else 0.0, high + room]
