"""Parts that all charts share: the text at the mouse, and the ticks of a logarithmic axis."""

import pytest

from ucf_ui.figures.frame import log_ticks, trace


@pytest.mark.parametrize(
    ("name", "hover", "shown"),
    [
        ("HNSW", "%{x}", {"hovertemplate": "%{x}<extra>%{fullData.name}</extra>"}),
        ("", "%{x}", {"hovertemplate": "%{x}<extra></extra>"}),
        ("HNSW", "%{x}<extra>here</extra>", {"hovertemplate": "%{x}<extra>here</extra>"}),
        ("HNSW", "", {"hoverinfo": "skip"}),
    ],
)
def test_the_text_at_the_mouse_has_the_name_of_the_trace(name, hover, shown):
    made = trace("lines", [1], [2], name, hover)
    assert {key: made[key] for key in ("hovertemplate", "hoverinfo") if key in made} == shown


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 30, ["1", "2", "5", "10", "20"]),
        (1, 5_000, ["1", "10", "100", "1,000"]),
        (0.003, 0.3, ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2"]),
    ],
)
def test_a_logarithmic_axis_has_ticks_at_1_2_5_where_there_is_room(low, high, ticks):
    assert log_ticks(low, high)["ticktext"] == ticks
