"""Charts of the HNSW graph and of a search in it hold the numbers of the results that they are made from."""

import numpy as np
import pytest

import ucf_core as ucf
from ucf_ui.figures.index import approach_curve, degree_histogram, frontier_curve, hits_curve, layer_bars
from ucf_ui.figures.index_map import search_map
from ucf_ui.figures.palette import BLUE


@pytest.fixture(scope="module")
def traced(clustered):
    """A search that misses some."""
    explorer = ucf.Explorer(clustered, in_memory=True)
    traced = explorer.trace(1, k=20, dim=16, ef=1, M=2, ef_construction=5)
    assert traced.misses
    assert len(traced.trace.descent) > 1
    return traced


def numbers(values):
    return np.asarray(values, dtype=float)


def drawn(traced, done):
    visited = [f"user {row}" for row in traced.trace.visits.rows.tolist()]
    figure = search_map(traced, done, visited, [f"<b>{miss.row}</b>" for miss in traced.misses])
    return {trace.name: trace for trace in figure.data}


def test_the_charts_have_titles_and_named_axes(traced):
    for figure in (
        layer_bars(traced.summary),
        degree_histogram(traced.summary),
        approach_curve(traced, 3),
        hits_curve(traced),
        frontier_curve(traced),
    ):
        assert figure.layout.title.text
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text


def test_layer_bars_count_the_users(traced):
    (bars,) = layer_bars(traced.summary).data
    assert list(bars.x) == [layer.nodes for layer in traced.summary.layers]
    assert bars.y[0] == "Bottom (0)"
    assert bars.marker.color[0] == BLUE
    assert bars.textposition == "outside"  # many layers are too thin to write on


def test_degree_bars_count_every_user_once_each_way(traced):
    leaving, arriving = degree_histogram(traced.summary).data
    assert sum(numbers(leaving.y)) == sum(numbers(arriving.y)) == 400
    assert numbers(arriving.y)[:4].tolist() == [int((traced.summary.in_degrees == n).sum()) for n in range(4)]


def test_the_approach_ends_at_the_best_and_the_kth_seen(traced):
    best, kth, star = approach_curve(traced, len(traced.trace.steps)).data
    visits = traced.trace.visits
    seen = np.sort(1 - visits.distances[visits.rows != traced.found.user])[::-1]
    assert numbers(best.y)[-1] == seen[0]
    assert numbers(kth.y)[-1] == seen[19]
    assert (star.x[0], star.y[0]) == (best.x[-1], best.y[-1])


def test_the_star_marks_the_best_user_seen_by_that_step(traced):
    for done in (1, 4, len(traced.trace.steps) - 1):
        star = approach_curve(traced, done).data[-1]
        seen = traced.trace.visits.steps < done
        others = seen & (traced.trace.visits.rows != traced.found.user)
        assert star.x[0] == traced.trace.visits.counted[others][-1]
        assert star.y[0] == pytest.approx(1 - traced.trace.visits.distances[others].min())


def test_hits_end_at_the_true_neighbours_seen(traced):
    (curve,) = hits_curve(traced).data
    assert curve.y[-1] == np.isin(traced.exact.rows, traced.trace.visits.rows).sum()


def test_the_frontier_ends_at_the_worst_result(traced):
    followed, bar = frontier_curve(traced).data
    bottom = [step for step in traced.trace.steps if not step.layer and step.row != traced.found.user]
    assert numbers(followed.y) == pytest.approx([1 - step.distance for step in bottom])
    assert bar.y[-1] == pytest.approx(1 - bottom[-1].worst)


def test_the_map_shows_what_was_seen_by_each_step(traced):
    visits = traced.trace.visits
    is_true, others = np.isin(visits.rows, traced.exact.rows), visits.rows != traced.found.user
    for done in range(len(traced.trace.steps) + 1):
        traces, seen = drawn(traced, done), visits.steps < done
        assert len(traces["Looked at"].x) == (seen & others & ~is_true).sum()
        assert len(traces["True neighbour, seen"].x) == (seen & is_true).sum()
        assert len(traces["True neighbour, not seen yet"].x) == (~seen & is_true).sum()
        assert len(traces["Missed"].x) == len(traced.misses)


def test_the_map_draws_the_links_of_the_step(traced):
    place = {row: at for at, row in enumerate(traced.trace.visits.rows.tolist())}
    done = len(traced.trace.descent) + 1
    step = traced.trace.steps[done - 1]
    lines = drawn(traced, done)["Links of this step"]
    ends = np.stack([numbers(lines.x), numbers(lines.y)], axis=1).reshape(-1, 3, 2)
    np.testing.assert_allclose(ends[:, 1], traced.places[[place[row] for row in step.rows.tolist()]])
    np.testing.assert_allclose(ends[:, 0], np.tile(traced.places[place[step.row]], (step.rows.size, 1)))
    assert "Links of this step" not in drawn(traced, 0)


def test_the_way_down_leads_from_the_entry_to_the_bottom(traced):
    way = drawn(traced, len(traced.trace.steps))["Way down from the entry"]
    assert (way.x[0], way.y[0]) == tuple(traced.places[0])
    first = next(step for step in traced.trace.steps if not step.layer)
    at = traced.trace.visits.rows.tolist().index(first.row)
    assert (way.x[-1], way.y[-1]) == tuple(traced.places[at])


def test_names_from_data_are_shown_as_they_are(traced):
    assert drawn(traced, 3)["Missed"].text[0].startswith("&lt;b&gt;")
