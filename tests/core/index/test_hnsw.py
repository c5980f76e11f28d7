"""The HNSW index: recall, files, what happens when the graph gives too few, and threads."""

import logging
from concurrent.futures import ThreadPoolExecutor

import hnswlib
import numpy as np
import pytest

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex
from ucf_core.index.hnsw.index import HnswIndex, check_graph_file

SPEC = HnswSpec(M=8, ef_construction=60, seed=3)


def random_units(n_rows: int, dim: int, seed: int = 0) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(n_rows, dim)).astype(np.float32))


class Reluctant:
    """A graph that gives too few hits for the first `failures` searches, and notes the breadth of each."""

    def __init__(self, graph: hnswlib.Index, failures: int) -> None:
        self.graph = graph
        self.failures = failures
        self.breadths: list[int] = []

    def set_ef(self, ef: int) -> None:
        self.breadths.append(ef)
        self.graph.set_ef(ef)

    def knn_query(self, queries, **options):
        if len(self.breadths) <= self.failures:
            raise RuntimeError("Cannot return the results in a contiguous 2D array. Probably ef or M is too small")
        return self.graph.knn_query(queries, **options)


def reluctant(units: np.ndarray, failures: int) -> tuple[HnswIndex, Reluctant]:
    graph = hnswlib.Index(space="cosine", dim=units.shape[1])
    graph.init_index(max_elements=len(units), M=8, ef_construction=60, random_seed=3)
    graph.add_items(units, np.arange(len(units)), num_threads=1)
    fake = Reluctant(graph, failures)
    return HnswIndex(fake, units, SPEC), fake


def recall(units: np.ndarray, ef: int, k: int = 20) -> float:
    found = HnswIndex.build(units, HnswSpec()).search(units, k=k, ef=ef).rows
    truth = ExactIndex(units).search(units, k=k).rows
    return float(np.mean([np.isin(true, row).mean() for row, true in zip(found, truth, strict=True)]))


def test_recall_on_clustered_users_is_99_percent_at_the_default_breadth(clustered_units):
    assert recall(clustered_units, 128) >= 0.99


def test_a_breadth_of_all_rows_finds_everything(clustered_units):
    assert recall(clustered_units, len(clustered_units)) >= 0.999


def test_a_single_threaded_build_is_the_same_every_time(tmp_path, clustered_units):
    for name in ("first", "second"):
        HnswIndex.build(clustered_units, SPEC).save(tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_hits_say_the_engine_and_the_breadth(clustered_units):
    index = HnswIndex.build(clustered_units, SPEC)
    wide, narrow = (index.search(clustered_units[:2], k=20, ef=ef) for ef in (64, 5))
    assert (wide.engine, wide.ef) == ("hnsw", 64)
    assert (narrow.engine, narrow.ef) == ("hnsw", 20), "a search is never narrower than k"


class TestTooFewHits:
    @pytest.mark.parametrize(("failures", "breadths"), [(0, [30]), (1, [30, 120]), (2, [30, 120, 480])])
    def test_a_wider_search_answers(self, failures, breadths, caplog):
        units = random_units(500, 8)
        index, graph = reluctant(units, failures)
        with caplog.at_level(logging.WARNING):
            hits = index.search(units[[4]], k=10, ef=30)
        assert graph.breadths == breadths
        assert (hits.engine, hits.ef) == ("hnsw", breadths[-1])
        assert hits.rows[0, 0] == 4
        assert len(caplog.records) == failures

    def test_exact_search_answers_at_last(self):
        units = random_units(500, 8)
        index, graph = reluctant(units, 99)
        hits = index.search(units[[4]], k=10, ef=30)
        expected = ExactIndex(units).search(units[[4]], k=10)
        assert graph.breadths == [30, 120, 480]
        assert (hits.engine, hits.ef) == ("exact", None)
        np.testing.assert_array_equal(hits.rows, expected.rows)
        np.testing.assert_array_equal(hits.similarities, expected.similarities)

    def test_a_starved_query_does_not_widen_the_search_of_the_others(self):
        units = random_units(500, 8)
        index, graph = reluctant(units, 2)  # the batch fails, then the first query once
        hits = index.search(units[[4, 5]], k=10, ef=30)
        assert graph.breadths == [30, 30, 120, 30]
        assert (hits.engine, hits.ef) == ("hnsw", 120)
        assert hits.rows[:, 0].tolist() == [4, 5]

    def test_a_batch_says_exact_when_one_of_its_queries_needed_it(self):
        units = random_units(500, 8)
        index, graph = reluctant(units, 4)
        hits = index.search(units[[4, 5]], k=10, ef=30)
        assert graph.breadths == [30, 30, 120, 480, 30]
        assert (hits.engine, hits.ef) == ("exact", None)
        assert hits.rows[:, 0].tolist() == [4, 5]

    def test_a_breadth_never_exceeds_the_rows_unless_it_was_asked_for(self):
        units = random_units(50, 4)
        index, graph = reluctant(units, 99)
        index.search(units[[0]], k=10, ef=30)
        assert max(graph.breadths) == 50
        index.search(units[[0]], k=10, ef=300)
        assert max(graph.breadths) == 300


def test_concurrent_searches_with_different_breadths_do_not_disturb_each_other():
    """ef is a setting of the whole hnswlib index, so a search must hold it from setting to answer."""
    units = random_units(3000, 24)
    index = HnswIndex.build(units, HnswSpec(M=4, ef_construction=20))
    jobs = [(row, ef) for row in range(400) for ef in (10, 200)]
    alone = [index.search(units[[row]], k=10, ef=ef) for row, ef in jobs]
    differing = [np.array_equal(alone[at].rows, alone[at + 1].rows) for at in range(0, len(jobs), 2)]
    assert not all(differing), "the two breadths must not give the same, or a mix-up would not show"
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda job: index.search(units[[job[0]]], k=10, ef=job[1]), jobs))
    for one, other in zip(alone, found, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        assert one.ef == other.ef


class TestFiles:
    @pytest.fixture
    def units(self) -> np.ndarray:
        return random_units(300, 6)

    @pytest.fixture
    def saved(self, tmp_path, units):
        HnswIndex.build(units, SPEC).save(tmp_path / "graph.bin")
        return tmp_path / "graph.bin"

    def test_a_saved_graph_answers_as_the_one_that_was_built(self, saved, units):
        built, loaded = HnswIndex.build(units, SPEC), HnswIndex.load(saved, units, SPEC)
        expected, found = (index.search(units, k=7, ef=20) for index in (built, loaded))
        np.testing.assert_array_equal(found.rows, expected.rows)
        np.testing.assert_array_equal(found.similarities, expected.similarities)
        assert loaded.spec == SPEC

    def test_a_graph_built_by_many_threads_is_accepted(self, tmp_path, units):
        HnswIndex.build(units, SPEC, num_threads=4).save(tmp_path / "graph.bin")
        assert HnswIndex.load(tmp_path / "graph.bin", units, SPEC).n_rows == 300

    @pytest.mark.parametrize("shape", [(1, 3), (2, 3), (40, 1)])
    def test_small_graphs_round_trip(self, tmp_path, shape):
        units = random_units(*shape)
        HnswIndex.build(units, SPEC).save(tmp_path / "graph.bin")
        hits = HnswIndex.load(tmp_path / "graph.bin", units, SPEC).search(units[:1], k=1, ef=40)
        np.testing.assert_allclose(hits.similarities, 1, atol=1e-6)

    def test_a_graph_with_rows_of_zeros_round_trips(self, tmp_path, units):
        with_zeros = units.copy()
        with_zeros[::50] = 0
        HnswIndex.build(with_zeros, SPEC).save(tmp_path / "graph.bin")
        assert HnswIndex.load(tmp_path / "graph.bin", with_zeros, SPEC).n_rows == 300

    @pytest.mark.parametrize(
        ("other", "spec", "reason"),
        [
            (random_units(300, 12), SPEC, "do not have 12 dimensions"),
            (random_units(300, 3), SPEC, "do not have 3 dimensions"),
            (random_units(299, 6), SPEC, "holds 300 vectors, not 299"),
            (random_units(300, 6), HnswSpec(M=9), "not built with M=9"),
            (random_units(300, 6, seed=1), SPEC, "built over other vectors"),
        ],
    )
    def test_a_graph_of_other_vectors_is_refused(self, saved, other, spec, reason):
        with pytest.raises(ArtifactError, match=rf"graph\.bin .*{reason}; delete it to have it rebuilt"):
            HnswIndex.load(saved, other, spec)

    @pytest.mark.parametrize("length", [0, 50, 95, 96, 1000, -4, -1])
    def test_a_truncated_graph_is_refused(self, saved, units, length):
        saved.write_bytes(saved.read_bytes()[:length])
        with pytest.raises(ArtifactError, match=r"cut short|bytes long"):
            HnswIndex.load(saved, units, SPEC)

    @pytest.mark.parametrize("contents", [b"", b"no graph at all" * 1000, bytes(100_000), b"\xff" * 100_000])
    def test_another_file_is_refused(self, tmp_path, units, contents):
        (tmp_path / "graph.bin").write_bytes(contents)
        with pytest.raises(ArtifactError, match="not the HNSW graph that was expected"):
            HnswIndex.load(tmp_path / "graph.bin", units, SPEC)

    def test_a_missing_file_and_a_folder_are_refused(self, tmp_path, units):
        with pytest.raises(ArtifactError, match="No such file"):
            HnswIndex.load(tmp_path / "missing", units, SPEC)
        with pytest.raises(ArtifactError, match="directory"):
            HnswIndex.load(tmp_path, units, SPEC)

    def test_a_longer_file_is_refused(self, saved, units):
        saved.write_bytes(saved.read_bytes() + bytes(8))
        with pytest.raises(ArtifactError, match="goes on after its end"):
            HnswIndex.load(saved, units, SPEC)

    # Each of these, unnoticed, makes hnswlib follow a wild pointer, now or at the first search. The bottom layer
    # starts at byte 96; an element takes 4 (count) + 16 x 4 (links) + 6 x 4 (vector) + 8 (label) = 100 bytes.
    @pytest.mark.parametrize(
        ("offset", "value", "reason"),
        [
            (48, 77, "the top layer is 77; choose 0 to 64"),
            (52, 10**6, "search begins at node 1,000,000, and there are 300 nodes"),
            (56, 10**9, "with room for .* links, not M and 2 M"),
            (64, 10**9, "with room for .* links, not M and 2 M"),
            (72, 3, "with room for .* links, not M and 2 M"),
            (96, 60_000, "link of the bottom layer leads nowhere"),
            (96 + 4, 10**6, "link of the bottom layer leads nowhere"),
            (96 + 92, 10**6, "labels are not the rows"),
            (96 + 92, 1, "labels are not the rows"),
            (96 + 70, 0x7F80, "built over other vectors"),
            (96 + 300 * 100, 12, "take 12 bytes, which cannot be"),
        ],
    )
    def test_a_damaged_graph_is_refused(self, saved, units, offset, value, reason):
        damaged = bytearray(saved.read_bytes())
        damaged[offset : offset + 4] = value.to_bytes(4, "little")
        assert damaged != saved.read_bytes()
        saved.write_bytes(damaged)
        with pytest.raises(ArtifactError, match=reason):
            HnswIndex.load(saved, units, SPEC)

    def test_a_mark_of_deletion_is_refused(self, saved, units):
        """A marked row is never found, and nothing else would tell."""
        damaged = bytearray(saved.read_bytes())
        damaged[96 + 5 * 100 + 2] |= 1
        saved.write_bytes(damaged)
        with pytest.raises(ArtifactError, match="a node is marked as deleted"):
            HnswIndex.load(saved, units, SPEC)

    def test_an_entry_point_below_the_top_level_is_refused(self, saved, units):
        contents = bytearray(saved.read_bytes())
        entry = int.from_bytes(contents[52:56], "little")
        reasons = []
        for other in set(range(300)) - {entry}:
            contents[52:56] = other.to_bytes(4, "little")
            saved.write_bytes(contents)
            try:
                HnswIndex.load(saved, units, SPEC)
            except ArtifactError as error:
                reasons.append("its search begins at layer" in str(error))
        assert len(reasons) > 250
        assert all(reasons)

    @pytest.mark.parametrize("what", ["count", "link", "level"])
    def test_a_damaged_upper_layer_is_refused(self, saved, units, what):
        """The first element above the bottom layer: its list has a count that is too large, a link to nowhere, or a
        link to an element that is not on that layer."""
        words = np.frombuffer(saved.read_bytes()[96 + 300 * 100 :], dtype="<u4").copy()
        sizes, at = [], 0
        while at < words.size:
            sizes.append((at, int(words[at])))
            at += 1 + int(words[at]) // 4
        assert len(sizes) == 300
        first = next(at for at, size in sizes if size and words[at + 1])
        ground = next(element for element, (_, size) in enumerate(sizes) if not size)
        offset, value = {"count": (1, 9), "link": (2, 300), "level": (2, ground)}[what]
        words[first + offset] = value
        saved.write_bytes(saved.read_bytes()[: 96 + 300 * 100] + words.tobytes())
        with pytest.raises(ArtifactError, match=r"of an upper layer leads|on an upper layer, which has room"):
            HnswIndex.load(saved, units, SPEC)

    def test_whatever_single_byte_is_flipped_a_graph_is_refused_or_safe_to_search(self, saved, units):
        """Refused, or the flipped byte is one that no search follows; a crash would end this process."""
        whole = saved.read_bytes()
        refused = 0
        for offset in np.random.default_rng(0).integers(len(whole), size=150).tolist():
            damaged = bytearray(whole)
            damaged[offset] ^= 0xFF
            saved.write_bytes(damaged)
            try:
                hits = HnswIndex.load(saved, units, SPEC).search(units[:20], k=5, ef=50)
            except ArtifactError:
                refused += 1
            else:
                assert ((hits.rows >= 0) & (hits.rows < 300)).all()
        assert refused > 50

    def test_a_folder_that_cannot_be_written_is_an_artifact_error(self, tmp_path, units):
        with pytest.raises(
            ArtifactError, match="could not be written in full; free some space, or choose another folder"
        ):
            HnswIndex.build(units, SPEC).save(tmp_path / "missing" / "graph.bin")

    def test_a_graph_that_was_cut_off_while_it_was_written_is_an_artifact_error(self, tmp_path, units):
        class FullDisk:
            def save_index(self, path: str) -> None:
                (tmp_path / "graph.bin").write_bytes(b"half")

            def index_file_size(self) -> int:
                return 1000

        with pytest.raises(ArtifactError, match="could not be written in full; free some space"):
            HnswIndex(FullDisk(), units, SPEC).save(tmp_path / "graph.bin")

    def test_a_good_file_passes_the_check(self, saved, units):
        check_graph_file(saved, units, SPEC)
        with pytest.raises(ArtifactError):
            check_graph_file(saved, units[::-1], SPEC)
