"""The chart of the map holds the cells, points and colours that it is made from."""

import numpy as np
import pytest

from ucf_core.studies.user_map.density import crowd_of
from ucf_ui.figures.map import Colouring, Points, density_map
from ucf_ui.figures.palette import GREY

PLACES = np.array([[0, 0], [0.1, 0], [4, 1]], dtype=np.float32)
CROWD = crowd_of(PLACES, across=8)
POINTS = Points(np.array([5, 6, 9]), PLACES, ["User <b>\n3 ratings", "User 6", "User 9"])
AXES = ("First", "Second")


def test_density_is_drawn_on_a_logarithmic_scale_with_plain_numbers():
    counts = np.where(CROWD.counts > 0, CROWD.counts, np.nan).astype(float)
    cells, points = density_map(CROWD, POINTS, Colouring("Users", counts, None, (1, 100), True), AXES).data
    assert np.nanmax(cells.z) == pytest.approx(np.log10(2))
    assert np.isfinite(np.asarray(cells.z, dtype=float)).sum() == 2
    assert (cells.zmin, cells.zmax) == (0, 2)
    assert "100" in cells.colorbar.ticktext
    assert np.asarray(points.customdata).tolist() == [5, 6, 9]


def test_cells_and_points_carry_the_meaning_of_their_colours():
    counts = np.where(CROWD.counts > 0, CROWD.counts, np.nan).astype(float)
    cells, points = density_map(CROWD, POINTS, Colouring("Users", counts, None, (1, 100), True), AXES).data
    assert cells.meta == {"colour": "Users", "logarithmic": True}
    assert points.meta is None
    (points,) = density_map(CROWD, POINTS, Colouring("Mean", None, np.ones(3), (0, 2)), AXES).data
    assert points.meta == {"colour": "Mean", "logarithmic": False}
    kinds = Colouring("Genre", counts - 1, np.zeros(3), (0, 1), kinds=("<b>", "Other"))
    assert density_map(CROWD, POINTS, kinds, AXES).data[0].meta["kinds"] == ["&lt;b&gt;", "Other"]


def test_text_from_data_is_shown_as_it_is():
    (points,) = density_map(CROWD, POINTS, Colouring("Mean", None, np.zeros(3), (0, 1)), AXES).data
    assert points.text[0] == "User &lt;b&gt;<br>3 ratings"


def test_without_cells_the_points_have_the_scale():
    values = np.array([1.0, 2.0, 3.0])
    (points,) = density_map(CROWD, POINTS, Colouring("Mean", None, values, (1, 3), diverging=True), AXES).data
    assert points.marker.showscale
    assert np.asarray(points.marker.color).tolist() == [1, 2, 3]
    assert (points.marker.cmin, points.marker.cmax) == (1, 3)


def test_each_kind_is_a_trace_and_the_rest_is_grey():
    kinds = Colouring("Genre", None, np.array([0.0, 2.0, 0.0]), (0, 2), kinds=("Drama", "Comedy", "Other"))
    traces = density_map(CROWD, POINTS, kinds, AXES).data
    assert [(trace.name, np.asarray(trace.customdata).tolist()) for trace in traces] == [
        ("Drama", [5, 9]),
        ("Comedy", []),
        ("Other", [6]),
    ]
    assert traces[-1].marker.color == GREY


def test_the_ranges_hold_every_cell_and_both_axes_have_one_scale():
    layout = density_map(CROWD, POINTS, Colouring("Mean", None, np.zeros(3), (0, 1)), AXES).layout
    assert layout.xaxis.range[0] < 0 < 4 < layout.xaxis.range[1]
    assert layout.yaxis.range[0] < 0 < 1 < layout.yaxis.range[1]
    assert layout.yaxis.scaleanchor == "x"
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == AXES
