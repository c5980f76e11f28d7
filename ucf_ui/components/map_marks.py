"""Marks over a chart that is already drawn: users on the map, without sending the map again.

Any change makes Plotly draw a whole chart anew. This layer over it is drawn by itself, and follows the chart's axes.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from ucf_ui.base.faults import safely
from ucf_ui.components.source import source

_marks = st.components.v2.component(
    "ucf_map_marks",
    html='<ul class="legend" aria-label="Marks on the map"></ul>',
    css=source("map_marks.css"),
    js=source("mount_once.js", "map_marks.js"),
)


@dataclass(frozen=True)
class Group:
    """Marks of one kind.

    Attributes:
        name: its text in the legend.
        colour: hexadecimal.
        shape: "dot", "ring", "cross" or "star"; "hoop" and "dashes" are empty circles in the colour of text.
        rows: the user of each mark, which a click sends.
        x, y: places in the units of the chart.
        texts: the text of each mark, in lines.
    """

    name: str
    colour: str
    shape: str
    rows: list[int]
    x: list[float]
    y: list[float]
    texts: list[str]


def map_marks(key: str, chart: str, groups: list[Group], go_to: Callable[[int], None]) -> None:
    """Draw marks over the chart whose key is `chart`, later groups on top, and a legend here.

    A click calls `go_to` with the row of a mark, or the `customdata` of a point of the chart: any whole number, since a
    browser may send anything.
    """

    def clicked() -> None:
        state = st.session_state.get(key)
        row = state.get("clicked") if isinstance(state, dict) else None
        if isinstance(row, int | float) and not isinstance(row, bool) and row == int(row):
            go_to(int(row))

    _marks(
        key=key, data={"chart": chart, "groups": [asdict(group) for group in groups]}, on_clicked_change=safely(clicked)
    )
