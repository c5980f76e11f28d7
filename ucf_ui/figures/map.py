"""The map of all users: their density or an average of them as coloured cells, and some of them as points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.studies.user_map.density import Crowd
from ucf_ui.figures.frame import Trace, chart, literal, log_ticks, trace
from ucf_ui.figures.palette import ALL_USERS, DENSITY, DIVERGING, RISING, SERIES, scale

# More points than this would hide the cells below them: they are drawn smaller and fainter.
_FEW = 2_000
MAP_HEIGHT = 620
"""Pixels, where the page is wide."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """The meaning of the colours of a map.

    Attributes:
        title: the quantity, with its unit.
        cells: (n_rows, n_columns) a value for each cell, NaN where there is none; None to leave cells out.
        points: (m,) a value for each point; None for points of one colour.
        ends: the values at both ends of the scale.
        logarithmic: whether colours follow the logarithm.
        diverging: whether the middle of the scale is a point of its own, as a mean is.
        kinds: names, where values are places in this list; the last one is the rest, and grey.
    """

    title: str
    cells: NDArray[np.float64] | None
    points: NDArray[np.float64] | None
    ends: tuple[float, float]
    logarithmic: bool = False
    diverging: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Points:
    """Users drawn as points: rows (m,), places (m, 2), and the text of each."""

    rows: NDArray[np.int64]
    places: NDArray[np.float32]
    texts: Sequence[str]


def density_map(crowd: Crowd, points: Points, colouring: Colouring, axes: tuple[str, str]) -> go.Figure:
    """The density as coloured cells below, single users as points above; both axes to the same scale.

    Every point has its user's row as `customdata`. Explicit ranges keep the axes when the colouring changes.
    """
    traces = [] if colouring.cells is None else [_cells(crowd, colouring)]
    traces += _kinds(points, colouring) if colouring.kinds else [_points(points, colouring, not traces)]
    n_rows, n_columns = crowd.counts.shape
    axis = {"zeroline": False, "showgrid": False, "constrain": "domain"}
    return chart(
        traces,
        "All users",
        axes[0],
        axes[1],
        height=MAP_HEIGHT,
        xaxis=axis | {"range": [crowd.left, crowd.left + crowd.side * n_columns]},
        yaxis=axis
        | {
            "range": [crowd.bottom, crowd.bottom + crowd.side * n_rows],
            "title": {"text": axes[1], "standoff": 8},
            "scaleanchor": "x",
        },
        margin={"l": 8, "r": 8, "t": 80, "b": 8},
        # at the foot of the chart: its distance from the axis depends on the width of the screen
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemsizing": "constant"},
        dragmode="pan",
    )


def _cells(crowd: Crowd, colouring: Colouring) -> Trace:
    return {
        "type": "heatmap",
        "name": "Cells",
        "x": crowd.x.astype(np.float32),
        "y": crowd.y.astype(np.float32),
        "z": _scaled(np.asarray(colouring.cells), colouring).astype(np.float32),
        "hoverinfo": "skip",
        "showscale": not colouring.kinds,
        "meta": _meaning(colouring),
    } | _scale(colouring, "z")


def _points(points: Points, colouring: Colouring, alone: bool) -> Trace:
    few = points.rows.size <= _FEW
    marker: dict[str, Any] = {"size": 4 if few else 3, "opacity": 0.5 if few else 0.3, "color": ALL_USERS}
    more: dict[str, Any] = {"showlegend": False}
    if colouring.points is not None:
        marker |= {"color": _scaled(colouring.points, colouring).astype(np.float32), "showscale": alone}
        marker |= {"size": 6 if alone else 4, "opacity": 0.9 if alone else 0.6} | _scale(colouring, "c")
        more["meta"] = _meaning(colouring)
    return _scatter(points, np.arange(points.rows.size), "Users", marker) | more


def _meaning(colouring: Colouring) -> dict[str, Any]:
    """The meaning of the numbers behind the colours, for the file of the chart's data."""
    kinds = {"kinds": [literal(kind) for kind in colouring.kinds]} if colouring.kinds else {}
    return {"colour": colouring.title, "logarithmic": colouring.logarithmic} | kinds


def _kinds(points: Points, colouring: Colouring) -> list[Trace]:
    """A trace for each kind, so that the legend names them and can hide them."""
    values, size = np.asarray(colouring.points), 4 if colouring.cells is not None else 6
    return [
        _scatter(points, np.flatnonzero(values == place), literal(name), {"color": colour, "size": size})
        for place, (name, colour) in enumerate(zip(colouring.kinds, _colours_of(colouring.kinds), strict=True))
    ]


def _scatter(points: Points, chosen: NDArray[np.integer], name: str, marker: dict[str, Any]) -> Trace:
    return trace(
        "markers",
        points.places[chosen, 0],
        points.places[chosen, 1],
        name,
        "%{text}<extra></extra>",
        marker=marker,
        customdata=points.rows[chosen].astype(np.int32),
        text=["<br>".join(map(literal, points.texts[place].split("\n"))) for place in chosen.tolist()],
    )


def _scaled(values: NDArray[np.float64], colouring: Colouring) -> NDArray[np.float64]:
    return np.log10(values) if colouring.logarithmic else values


def _scale(colouring: Colouring, of: str) -> dict[str, Any]:
    """Colours and their bar, for the values of cells (z) or of points (c)."""
    low, high = (float(end) for end in _scaled(np.array(colouring.ends), colouring))
    if colouring.kinds:
        colours = _colours_of(colouring.kinds)
        steps = [[edge / len(colours), colour] for at, colour in enumerate(colours) for edge in (at, at + 1)]
        return {f"{of}min": -0.5, f"{of}max": len(colours) - 0.5, "colorscale": steps}
    rising: Sequence[str] = DENSITY if colouring.points is None else RISING
    bar: dict[str, Any] = {
        "title": {"text": colouring.title, "side": "top", "font": {"size": 12}},
        "orientation": "h",
        "thickness": 8,
        "len": 0.4,
        "lenmode": "fraction",
        "x": 1,
        "xanchor": "right",
        # anchored at its bottom it would push the title of the chart upwards, out of sight
        "yref": "container",
        "y": 0.945,
        "yanchor": "top",
        "ypad": 0,
        "outlinewidth": 0,
    }
    blend = scale(DIVERGING if colouring.diverging else rising)
    if colouring.logarithmic:
        ticks = log_ticks(*map(int, colouring.ends))
        bar |= {"tickvals": np.log10(ticks["tickvals"]).tolist(), "ticktext": ticks["ticktext"]}
    return {f"{of}min": low, f"{of}max": high or 1.0, "colorscale": blend, "colorbar": bar}


def _colours_of(kinds: Sequence[str]) -> list[str]:
    return [*SERIES[: len(kinds) - 1], SERIES[-1]]
