"""A saved graph read without hnswlib: what is in it, and the message where it is damaged."""

import hnswlib
import numpy as np
import pytest

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.graph.graph import graph_in_memory, open_graph
from ucf_core.index.graph.summary import summarise_graph
from ucf_core.index.graph.trace import trace_search
from ucf_core.index.hnsw.index import HnswIndex

SPEC = HnswSpec(M=8, ef_construction=60, seed=3)
N, DIM, M = 300, 6, 8
# The bottom layer starts at byte 96; an element takes 4 (count) + 2 M x 4 (links) + dim x 4 (vector) + 8 (label).
WIDTH = 4 + 2 * M * 4 + DIM * 4 + 8
ABOVE = 96 + N * WIDTH


@pytest.fixture(scope="module")
def units() -> np.ndarray:
    return unit_rows(np.random.default_rng(0).normal(size=(N, DIM)).astype(np.float32))


@pytest.fixture(scope="module")
def contents(units, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("graph") / "graph.bin"
    HnswIndex.build(units, SPEC).save(path)
    return path.read_bytes()


@pytest.fixture
def saved(tmp_path, contents):
    (tmp_path / "graph.bin").write_bytes(contents)
    return tmp_path / "graph.bin"


def changed(path, offset, value, size=4):
    """Overwrite an integer of the file."""
    damaged = bytearray(path.read_bytes())
    damaged[offset : offset + size] = value.to_bytes(size, "little")
    assert bytes(damaged) != path.read_bytes()
    path.write_bytes(damaged)
    return path


def test_the_header_says_what_the_graph_was_built_with(saved):
    graph = open_graph(saved)
    assert (graph.n_nodes, graph.dim, graph.M, graph.ef_construction) == (N, DIM, M, 60)
    assert graph.name == str(saved)


def test_vectors_and_labels_are_those_that_were_inserted(saved, units):
    graph = open_graph(saved)
    nodes = np.arange(N)
    np.testing.assert_array_equal(graph.rows_of(nodes), nodes)
    np.testing.assert_allclose(graph.vectors(nodes), units, atol=1e-6)


def test_labels_are_followed_where_insertion_was_in_another_order(tmp_path, units):
    order = np.random.default_rng(1).permutation(N)
    index = hnswlib.Index(space="cosine", dim=DIM)
    index.init_index(max_elements=N, M=M, ef_construction=60)
    index.add_items(units[order], order, num_threads=1)
    index.save_index(str(tmp_path / "graph.bin"))
    graph = open_graph(tmp_path / "graph.bin")
    np.testing.assert_array_equal(graph.rows_of(np.arange(N)), order)
    found = trace_search(graph, units[17], k=10, ef=N)
    index.set_ef(N)
    assert found.rows.tolist() == index.knn_query(units[17], k=10)[0][0].tolist()
    assert found.rows[0] == 17


def test_the_upper_layers_are_those_of_a_plain_reading(saved, contents):
    """The file read once more, word by word."""
    graph = open_graph(saved)
    words, at, expected = np.frombuffer(contents[ABOVE:], "<u4").tolist(), 0, {}
    for node in range(N):
        level = words[at] // (4 * (1 + M))
        for layer in range(1, level + 1):
            start = at + 1 + (layer - 1) * (1 + M)
            expected[node, layer] = words[start + 1 : start + 1 + words[start]]
        at += 1 + words[at] // 4
    assert at == len(words)
    assert len(expected) > 30
    assert graph.top == max(layer for _, layer in expected)
    assert {(int(node), layer) for layer in range(1, graph.top + 1) for node in graph.upper.on(layer)} == set(expected)
    for (node, layer), links in expected.items():
        assert graph.links(node, layer).tolist() == links
    for layer in range(1, graph.top + 1):
        counts = [len(links) for (_, on), links in sorted(expected.items()) if on == layer]
        assert graph.upper.link_counts(layer).tolist() == counts


def test_a_graph_in_memory_is_the_one_on_disk(saved, units, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    copied, mapped = graph_in_memory(HnswIndex.load(saved, units, SPEC)), open_graph(saved)
    assert list(folder.iterdir()) == []
    np.testing.assert_array_equal(copied.records, mapped.records)
    np.testing.assert_array_equal(copied.upper.targets, mapped.upper.targets)
    assert (copied.entry, copied.top) == (mapped.entry, mapped.top)


@pytest.mark.parametrize("size", [1, 2, 30])
def test_graphs_of_few_nodes_are_read(tmp_path, size):
    units = unit_rows(np.random.default_rng(2).normal(size=(size, 3)).astype(np.float32))
    index = HnswIndex.build(units, HnswSpec(M=2))
    index.save(tmp_path / "graph.bin")
    graph = open_graph(tmp_path / "graph.bin")
    assert trace_search(graph, units[0], k=1, ef=50).rows.tolist() == [0]
    assert summarise_graph(graph).layers[0].nodes == size


def test_an_index_without_vectors_is_refused(tmp_path):
    index = hnswlib.Index(space="cosine", dim=3)
    index.init_index(max_elements=5, M=4)
    index.save_index(str(tmp_path / "graph.bin"))
    with pytest.raises(ArtifactError, match=r"says 0 vectors of at most 5; delete it to have it built again"):
        open_graph(tmp_path / "graph.bin")


@pytest.mark.parametrize("length", [0, 1, 50, 95, 96, 1000, ABOVE, ABOVE + 400, -4, -3, -1])
def test_a_file_that_is_cut_short_is_refused_when_it_is_opened(saved, length):
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(ArtifactError, match=r"cut short|bytes long"):
        open_graph(saved)


def test_a_longer_file_is_refused(saved):
    saved.write_bytes(saved.read_bytes() + bytes(4))
    with pytest.raises(ArtifactError, match="goes on after its end"):
        open_graph(saved)
    saved.write_bytes(saved.read_bytes() + b"\1\0\0\0")
    with pytest.raises(ArtifactError, match="goes on after its end"):
        open_graph(saved)


@pytest.mark.parametrize("junk", [b"", b"no graph at all" * 1000, bytes(100_000), b"\xff" * 100_000])
def test_another_file_is_refused(tmp_path, junk):
    (tmp_path / "graph.bin").write_bytes(junk)
    with pytest.raises(ArtifactError, match="is not a readable HNSW graph"):
        open_graph(tmp_path / "graph.bin")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ArtifactError, match="No such file"):
        open_graph(tmp_path / "missing")
    with pytest.raises(ArtifactError, match=r"directory|Permission"):
        open_graph(tmp_path)


@pytest.mark.parametrize(
    ("offset", "value", "size", "reason"),
    [
        (0, 4, 8, "its header puts vectors at byte 68 and labels at 92 of 100"),
        (8, 299, 8, "300 vectors of at most 299"),
        (16, 0, 8, "0 vectors of at most 300"),
        (24, 104, 8, "labels at 92 of 104"),
        (32, 90, 8, "labels at 90 of 100"),
        (40, 64, 8, "vectors at byte 64"),
        (40, 2**63, 8, "vectors at byte"),
        (48, 65, 4, "the top layer is 65; choose 0 to 64"),
        (48, 2**32 - 1, 4, "the top layer is -1"),
        (48, 9, 4, "its search begins at layer 9, and node"),
        (52, 300, 4, "begins at node 300, and there are 300 nodes"),
        (52, 2**32 - 1, 4, "begins at node"),
        (56, 9, 8, "M=8 with room for 9 and 16 links"),
        (64, 15, 8, "room for 8 and 15 links"),
        (72, 0, 8, "M=0 with room"),
        (72, 2**40, 8, "M=1,099,511,627,776 with room"),
    ],
)
def test_a_header_that_lies_is_refused_when_the_file_is_opened(saved, offset, value, size, reason):
    with pytest.raises(ArtifactError, match=rf"graph\.bin is not .*{reason}.*; delete it to have it built again"):
        open_graph(changed(saved, offset, value, size))


def test_a_header_that_claims_more_vectors_than_there_are_is_refused(saved):
    changed(saved, 8, 2**50, 8)
    with pytest.raises(ArtifactError, match=r"cut short: [\d,]+ bytes, and 1,099,511,627,776 vectors take at least"):
        open_graph(changed(saved, 16, 2**40, 8))


def above(path):
    """(node, level, byte of its size) of the first node that is on an upper layer."""
    words = np.frombuffer(path.read_bytes()[ABOVE:], "<u4")
    node = int(np.flatnonzero(words)[0])
    return node, int(words[node]) // (4 * (1 + M)), ABOVE + 4 * node


def test_a_damaged_upper_layer_is_refused_when_the_file_is_opened(saved, contents):
    node, _, place = above(saved)
    below = next(node for node in range(N) if node not in open_graph(saved).upper.nodes)
    for offset, value, reason in (
        (place, 12, f"the upper links of node {node} take 12 bytes"),
        (place, 36 * 60, "which cannot be"),
        (place + 4, M + 1, "claims 9 links on an upper layer, which has room for 8"),
        (place + 8, N, "leads to node 300, and there are 300 nodes"),
        (place + 8, 2**32 - 1, "leads to node 4,294,967,295"),
        (place + 8, below, f"leads to node {below}, which is not on that layer"),
    ):
        saved.write_bytes(contents)
        with pytest.raises(ArtifactError, match=rf"{reason}.*; delete it to have it built again"):
            open_graph(changed(saved, offset, value))


@pytest.mark.parametrize(
    ("offset", "value", "size", "reason"),
    [
        (0, 17, 2, "claims 17 links on the bottom layer, which has room for 16"),
        (0, 2**16 - 1, 2, "claims 65,535 links"),
        (2, 1, 2, "deletion mark of 1, and nothing is ever deleted"),
        (4, N, 4, "node 300, and there are 300 nodes"),
        (4, 2**32 - 1, 4, "node 4,294,967,295, and there are 300 nodes"),
        (68, 0x7FC00000, 4, "not finite"),
        (68, 0x7F800000, 4, "not finite"),
        (92, N, 8, "labelled row 300, and there are 300 rows"),
        (92, 2**64 - 1, 8, "labelled row 18,446,744,073,709,551,615"),
    ],
)
def test_a_damaged_node_is_refused_by_the_search_that_touches_it(saved, units, offset, value, size, reason):
    node = 5
    graph = open_graph(changed(saved, 96 + node * WIDTH + offset, value, size))
    with pytest.raises(ArtifactError, match=rf"graph\.bin is not .*{reason}.*; delete it to have it built again"):
        trace_search(graph, units[node], k=10, ef=30)


def test_a_search_reads_only_what_it_touches(saved, units):
    """Damage in a node that is far away does not matter to it."""
    whole = trace_search(open_graph(saved), units[5], k=3, ef=3)
    far = next(row for row in range(N - 1, -1, -1) if row not in whole.visits.rows)
    graph = open_graph(changed(saved, 96 + far * WIDTH, 2**16 - 1, 2))
    assert trace_search(graph, units[5], k=3, ef=3).rows.tolist() == whole.rows.tolist()
    with pytest.raises(ArtifactError, match=f"node {far} claims 65,535 links"):
        summarise_graph(graph)


def test_two_nodes_with_the_same_row_are_refused_by_the_summary(saved):
    graph = open_graph(changed(saved, 96 + 5 * WIDTH + 92, 6, 8))
    with pytest.raises(ArtifactError, match="two nodes are labelled with the same row"):
        summarise_graph(graph)


def test_no_damaged_word_leads_to_anything_but_an_answer_or_one_clear_message(saved, contents, units):
    """Words drawn at random from the header, the links and the labels are overwritten, each alone."""
    rng = np.random.default_rng(4)
    bottom = 96 + rng.integers(N, size=60) * WIDTH + 4 * rng.integers(WIDTH // 4, size=60)
    upper = rng.integers(ABOVE // 4, len(contents) // 4, size=40) * 4
    messages = set()
    for offset in [*range(0, 96, 4), *bottom.tolist(), *upper.tolist()]:
        for value in (0, 2**16 - 1, 2**32 - 1):
            damaged = bytearray(contents)
            damaged[offset : offset + 4] = value.to_bytes(4, "little")
            saved.write_bytes(damaged)
            try:
                graph = open_graph(saved)
                summarise_graph(graph)
                trace_search(graph, units[offset % N], k=20, ef=20)
            except ArtifactError as error:
                messages.add(str(error))
    assert all(message.endswith("delete it to have it built again") for message in messages)
