"""A traced search: what hnswlib returns, step by step, with every number accounted for."""

from itertools import product

import hnswlib
import numpy as np
import pytest

from ucf_core.base.errors import SpecError
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.graph.graph import open_graph
from ucf_core.index.graph.trace import trace_search
from ucf_core.index.graph.trace_views import search_progress

# Two distances that differ by less may stand in either order: hnswlib's float32 sums depend on the processor.
TIE = 1e-6


def built(units, path, *, M, threads, ef_construction=40):
    """An hnswlib index and the same as plain arrays."""
    index = hnswlib.Index(space="cosine", dim=units.shape[1])
    index.init_index(max_elements=len(units), M=M, ef_construction=ef_construction, random_seed=5)
    index.add_items(units, np.arange(len(units)), num_threads=threads)
    index.save_index(str(path))
    return index, open_graph(path)


def clustered(n_rows, dim, seed=0):
    """Unit vectors in clusters, so that searches differ in where they end."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, dim))
    return unit_rows((centres[rng.integers(20, size=n_rows)] + rng.normal(size=(n_rows, dim))).astype(np.float32))


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    return built(clustered(1500, 16), tmp_path_factory.mktemp("graph") / "graph.bin", M=4, threads=1)[1]


@pytest.fixture(scope="module")
def units():
    return clustered(1500, 16)


@pytest.mark.parametrize(
    ("M", "dim", "threads"),
    [
        (2, 8, 1),
        (16, 24, 4),
        *(pytest.param(*built, marks=pytest.mark.long) for built in ((4, 5, 4), (8, 16, 1), (32, 128, 1), (5, 64, 3))),
    ],
)
def test_a_traced_search_finds_what_hnswlib_finds(M, dim, threads, tmp_path):
    """9 settings of k and ef for each of 40 users and 6 graphs; the sets may differ where distances tie."""
    units = clustered(2000, dim)
    index, graph = built(units, tmp_path / "graph.bin", M=M, threads=threads)
    identical = 0
    settings = list(product((1, 10, 51), (1, 40, 200)))
    for row, (k, ef) in product(range(0, 2000, 50), settings):
        index.set_ef(ef)
        try:
            labels, distances = index.knn_query(units[row], k=k)
        except RuntimeError:  # hnswlib says so where the graph leads to fewer than k
            assert trace_search(graph, units[row], k=k, ef=ef).rows.size < k
            identical += 1
            continue
        trace = trace_search(graph, units[row], k=k, ef=ef)
        assert trace.rows.size == k
        np.testing.assert_allclose(trace.distances, np.sort(distances[0]), rtol=0, atol=TIE)
        only_here = set(trace.rows.tolist()) ^ set(labels[0].tolist())
        cut = float(trace.distances[-1])
        for other in only_here:
            assert abs(float(1 - units[other] @ units[row]) - cut) < TIE
        identical += not only_here
    assert identical >= 0.99 * 40 * len(settings)


def test_equally_near_rows_are_chosen_as_hnswlib_chooses_them(tmp_path):
    """Four different vectors, each many times: nearly all distances tie, and the heaps decide where the search goes."""
    units = unit_rows(np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(4, size=400)])
    index, graph = built(units, tmp_path / "graph.bin", M=4, threads=1)
    for row, (k, ef) in product(range(0, 400, 25), ((1, 5), (7, 7), (20, 60))):
        index.set_ef(ef)
        labels, _ = index.knn_query(units[row], k=k)
        assert set(trace_search(graph, units[row], k=k, ef=ef).rows.tolist()) == set(labels[0].tolist())


def test_rows_of_zeros_are_searched_like_hnswlib_does(tmp_path):
    units = clustered(200, 6).copy()
    units[::10] = 0
    index, graph = built(units, tmp_path / "graph.bin", M=4, threads=1)
    index.set_ef(30)
    for row in (0, 1, 10, 57):
        distances = index.knn_query(units[row], k=8)[1][0]
        found = trace_search(graph, units[row], k=8, ef=30).distances
        np.testing.assert_allclose(found, np.sort(distances), rtol=0, atol=TIE)


def test_a_broad_search_finds_the_true_neighbours(graph, units):
    for row in range(0, 1500, 100):
        truth = np.argsort(1 - units @ units[row], kind="stable")[:10]
        assert set(trace_search(graph, units[row], k=10, ef=1500).rows.tolist()) == set(truth.tolist())


def test_the_way_down_comes_nearer_with_each_move_and_ends_where_no_link_is_nearer(graph, units):
    trace = trace_search(graph, units[77], k=5, ef=20)
    assert trace.descent
    assert [step.layer for step in trace.steps] == sorted((step.layer for step in trace.steps), reverse=True)
    assert (trace.descent[0].row, trace.descent[0].layer) == (trace.entry, graph.top)
    for step, then in zip(trace.descent, trace.steps[1:], strict=False):
        if step.entered.any():
            (moved,) = np.flatnonzero(step.entered)
            assert step.distances[moved] == step.distances.min() < step.distance
            assert (then.row, then.layer) == (int(step.rows[moved]), step.layer)
        else:
            assert not (step.distances < step.distance).any()
            assert (then.row, then.layer) == (step.row, step.layer - 1)


def test_the_bottom_layer_is_searched_best_first_until_what_is_left_is_too_far(graph, units):
    trace = trace_search(graph, units[77], k=5, ef=20)
    bottom = [step for step in trace.steps if step.layer == 0]
    seen = {bottom[0].row: bottom[0].distance}
    expanded = set()
    for step in bottom:
        left = {row: distance for row, distance in seen.items() if row not in expanded}
        assert step.distance == min(left.values())
        assert step.distance <= (sorted(seen.values())[19] if len(seen) >= 20 else np.inf)
        expanded.add(step.row)
        assert not set(step.rows.tolist()) & set(seen)
        seen.update(zip(step.rows.tolist(), step.distances.tolist(), strict=True))
        assert step.worst == (sorted(seen.values())[19] if len(seen) >= 20 else np.inf)
    assert min(distance for row, distance in seen.items() if row not in expanded) > bottom[-1].worst
    assert trace.distances.tolist() == sorted(seen.values())[:5]


def test_distances_are_those_of_the_vectors(graph, units):
    for step in trace_search(graph, units[3], k=5, ef=50).steps:
        np.testing.assert_allclose(step.distances, 1 - units[step.rows] @ units[3], atol=1e-6)
        assert step.distance == pytest.approx(float(1 - units[step.row] @ units[3]), abs=1e-6)


def test_visits_name_each_node_once_and_say_who_led_there(graph, units):
    trace = trace_search(graph, units[3], k=5, ef=50)
    visits = trace.visits
    assert np.unique(visits.rows).size == visits.rows.size
    assert set(visits.rows.tolist()) == {trace.entry} | {row for step in trace.steps for row in step.rows.tolist()}
    assert (visits.steps[0], visits.sources[0], visits.counted[0]) == (-1, -1, 1)
    for at in range(1, visits.rows.size):
        step = trace.steps[visits.steps[at]]
        assert visits.rows[at] in step.rows
        assert visits.rows[visits.sources[at]] == step.row
        assert visits.layers[at] == step.layer
    assert (np.diff(visits.counted) > 0).all()
    assert visits.counted[-1] <= trace.n_distances


def test_distances_are_counted_like_hnswlib_computes_them(graph, units):
    """Links of every step, the entry point, and the first node of the bottom layer, which is measured again."""
    trace = trace_search(graph, units[3], k=5, ef=50)
    assert trace.n_distances == 2 + sum(len(step.rows) for step in trace.steps)
    assert trace.n_distances > trace.visits.rows.size


def test_a_broader_search_does_more(graph, units):
    counts = [trace_search(graph, units[9], k=5, ef=ef).n_distances for ef in (5, 20, 80, 320)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_search_is_never_narrower_than_k(graph, units):
    narrow, wide = (trace_search(graph, units[9], k=30, ef=ef) for ef in (1, 30))
    assert narrow.rows.tolist() == wide.rows.tolist()
    assert len(narrow.steps) == len(wide.steps)


@pytest.mark.parametrize(
    ("k", "ef", "message"),
    [(0, 5, "k=0 is out of range"), (1501, 5, "choose 1 <= k <= 1500"), (3, 0, "ef=0 .* ef >= 1")],
)
def test_settings_out_of_bounds_are_refused(graph, units, k, ef, message):
    with pytest.raises(SpecError, match=message):
        trace_search(graph, units[0], k=k, ef=ef)


def test_a_query_of_another_length_is_refused(graph, units):
    with pytest.raises(SpecError, match=r"has shape \(15,\); choose one vector of 16 numbers"):
        trace_search(graph, units[0, :15], k=1, ef=1)


def test_the_arrays_of_a_trace_cannot_be_changed(graph, units):
    trace = trace_search(graph, units[0], k=3, ef=9)
    for array in (trace.rows, trace.distances, trace.steps[0].rows, trace.visits.rows, trace.visits.sources):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_progress_is_what_was_seen_so_far(graph, units):
    """Every number once more from the visits, by sorting all that was seen."""
    user, k = 3, 5
    trace = trace_search(graph, units[user], k=k + 1, ef=20)
    truth = [row for row in np.argsort(-(units @ units[user])).tolist() if row != user][:k]
    progress = search_progress(trace, truth, k=k, user=user)
    visits = [
        (row, d) for row, d in zip(trace.visits.rows.tolist(), trace.visits.distances, strict=True) if row != user
    ]
    assert progress.counted.size == len(visits)
    for at in range(len(visits)):
        seen = sorted((1 - distance for _, distance in visits[: at + 1]), reverse=True)
        assert progress.nearest[at] == seen[0]
        assert progress.hits[at] == sum(row in truth for row, _ in visits[: at + 1])
        if len(seen) < k:
            assert np.isnan(progress.kth[at])
        else:
            assert progress.kth[at] == seen[k - 1]
    assert progress.counted[0] == 1
