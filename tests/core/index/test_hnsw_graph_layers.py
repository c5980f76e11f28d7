"""Layers, degrees and unreachable nodes, compared with counting by hand and against SciPy's graph search."""

import hnswlib
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.graph.graph import open_graph
from ucf_core.index.graph.summary import explain_misses, summarise_graph
from ucf_core.index.graph.trace import trace_search

N, DIM, M = 500, 8, 3


@pytest.fixture(scope="module")
def units():
    return unit_rows(np.random.default_rng(3).normal(size=(N, DIM)).astype(np.float32))


@pytest.fixture(scope="module")
def saved(units, tmp_path_factory):
    """Inserted in another order than that of the rows."""
    order = np.random.default_rng(4).permutation(N)
    index = hnswlib.Index(space="cosine", dim=DIM)
    index.init_index(max_elements=N, M=M, ef_construction=20, random_seed=1)
    index.add_items(units[order], order, num_threads=1)
    path = tmp_path_factory.mktemp("graph") / "graph.bin"
    index.save_index(str(path))
    return path


@pytest.fixture(scope="module")
def graph(saved):
    return open_graph(saved)


def bottom_links(graph):
    """{row: rows that it links to}, node by node."""
    rows = graph.rows_of(np.arange(graph.n_nodes))
    return {int(rows[node]): rows[graph.links(node, 0)].tolist() for node in range(graph.n_nodes)}


def cut_off(path, row, tmp_path):
    """The same file with no link of the bottom layer to `row`: each is made a link of a node to itself."""
    graph = open_graph(path)
    damaged = bytearray(path.read_bytes())
    node = int(np.flatnonzero(graph.records["label"] == row)[0])
    width = graph.records.dtype.itemsize
    for other in range(graph.n_nodes):
        for at, target in enumerate(graph.links(other, 0).tolist()):
            if target == node:
                place = 96 + other * width + 4 + 4 * at
                damaged[place : place + 4] = other.to_bytes(4, "little")
    (tmp_path / "cut.bin").write_bytes(damaged)
    return open_graph(tmp_path / "cut.bin")


def test_nodes_and_links_are_counted_on_every_layer(graph):
    layers = summarise_graph(graph).layers
    assert [layer.number for layer in layers] == list(range(graph.top + 1))
    assert len(layers) > 3
    for layer in layers:
        nodes = range(N) if layer.number == 0 else graph.upper.on(layer.number).tolist()
        links = [graph.links(node, layer.number).size for node in nodes]
        assert (layer.nodes, layer.links, layer.room) == (len(nodes), sum(links), M if layer.number else 2 * M)
        assert max(links) <= layer.room
        assert layer.mean_links == pytest.approx(np.mean(links))


def test_degrees_count_the_links_of_each_row(graph):
    summary, links = summarise_graph(graph), bottom_links(graph)
    assert summary.out_degrees.tolist() == [len(links[row]) for row in range(N)]
    reached = [target for targets in links.values() for target in targets]
    assert summary.in_degrees.tolist() == np.bincount(reached, minlength=N).tolist()
    assert summary.entry == int(graph.rows_of(np.array([graph.entry]))[0])


def test_the_rows_that_link_to_a_row_are_known(graph):
    summary, links = summarise_graph(graph), bottom_links(graph)
    for row in range(0, N, 7):
        assert summary.linking_to(row).tolist() == [other for other in range(N) if row in links[other]]


def test_what_no_way_leads_to_is_what_scipy_finds_infinitely_far(graph):
    """From all nodes of layer 1, which at this size all can be reached."""
    links = bottom_links(graph)
    dense = np.zeros((N, N))
    for row, targets in links.items():
        dense[row, targets] = 1
    doors = graph.rows_of(graph.upper.on(1))
    far = shortest_path(csr_array(dense), unweighted=True, indices=doors).min(axis=0)
    assert summarise_graph(graph).unreachable.tolist() == np.flatnonzero(np.isinf(far)).tolist()


def test_a_row_that_nothing_links_to_is_unreachable_and_never_found(saved, units, tmp_path):
    lonely = next(row for row in range(N) if row not in open_graph(saved).rows_of(open_graph(saved).upper.on(1)))
    graph = cut_off(saved, lonely, tmp_path)
    summary = summarise_graph(graph)
    assert lonely in summary.unreachable
    assert summary.in_degrees[lonely] == 0
    trace = trace_search(graph, units[lonely], k=10, ef=N)
    assert lonely not in trace.visits.rows
    assert not set(summary.unreachable.tolist()) & set(trace.visits.rows.tolist())
    (miss,) = explain_misses(trace, summary, [lonely], units, units[lonely])
    assert (miss.row, miss.rank, miss.why, miss.links, miss.seen, miss.nearest_link) == (
        lonely,
        1,
        "unreachable",
        0,
        0,
        None,
    )


def test_a_row_of_an_upper_layer_can_be_reached_without_a_link_at_the_bottom(saved, tmp_path):
    graph = open_graph(saved)
    linked = graph.links(graph.entry, 1)
    row = int(graph.rows_of(linked[:1])[0])
    summary = summarise_graph(cut_off(saved, row, tmp_path))
    assert summary.in_degrees[row] == 0
    assert row not in summary.unreachable


def test_every_miss_is_explained_by_what_the_search_saw(graph, units):
    summary, links = summarise_graph(graph), bottom_links(graph)
    reasons = []
    for user in range(0, N, 5):
        similarities = units @ units[user]
        truth = np.argsort(-similarities, kind="stable")[:20].tolist()
        trace = trace_search(graph, units[user], k=20, ef=20)
        found, visited = set(trace.rows.tolist()), set(trace.visits.rows.tolist())
        bottom = {row for step in trace.steps if not step.layer for row in [step.row, *step.rows.tolist()]}
        assert trace.at_the_bottom == bottom
        expanded = {step.row for step in trace.steps if step.layer == 0}
        misses = explain_misses(trace, summary, truth, units, units[user])
        assert [miss.row for miss in misses] == [row for row in truth if row not in found]
        for miss in misses:
            linking = [row for row in range(N) if miss.row in links[row]]
            assert truth[miss.rank - 1] == miss.row
            assert miss.links == len(linking)
            assert miss.seen == len(bottom & set(linking))
            if miss.why == "not visited":
                assert miss.row not in visited
                assert not expanded & set(linking)
            elif miss.why == "unreachable":
                assert miss.row in summary.unreachable
            elif miss.why == "passed by":
                assert miss.row in visited - bottom
            else:
                assert miss.row in bottom
                assert trace.rows.size == 20
            if linking:
                assert miss.nearest_link == pytest.approx(float(similarities[linking].max()), abs=1e-6)
        reasons += [miss.why for miss in misses]
    assert reasons.count("not visited") > 20
    assert "passed by" in reasons


def test_a_neighbour_that_was_seen_is_missed_only_where_the_list_was_full_of_equally_near_ones(tmp_path):
    """Forty equal vectors, of which a list of five holds five: the others were seen, and pushed out."""
    units = unit_rows(np.ones((40, 3), dtype=np.float32))
    index = hnswlib.Index(space="cosine", dim=3)
    index.init_index(max_elements=40, M=4, ef_construction=40)
    index.add_items(units, np.arange(40), num_threads=1)
    index.save_index(str(tmp_path / "graph.bin"))
    graph = open_graph(tmp_path / "graph.bin")
    trace = trace_search(graph, units[0], k=5, ef=5)
    seen = trace.at_the_bottom - set(trace.rows.tolist())
    misses = explain_misses(trace, summarise_graph(graph), range(40), units, units[0])
    assert seen
    assert {miss.row for miss in misses if miss.why == "pushed out"} == seen


def test_the_arrays_of_a_summary_cannot_be_changed(graph):
    summary = summarise_graph(graph)
    for array in (summary.out_degrees, summary.in_degrees, summary.incoming.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
