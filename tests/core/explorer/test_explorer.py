"""The Explorer: one composition of everything, built once, kept on disk, answering in spite of a bad one."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from toy import TOY, ratings_from, ratings_from_matrix

from ucf_core.base.errors import SpecError, UnknownIdError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.specs import EmbeddingSpec, HnswSpec, QuerySpec
from ucf_core.embedding.embedding import fit_embedding
from ucf_core.explorer import builds, local_builds
from ucf_core.explorer import recipes as recipes_module
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.exact import SparseExactIndex
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.neighbours.neighbours import find_neighbours
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import recommend
from ucf_core.recommendations.scoring import ScoringSpec


@pytest.fixture
def store(tmp_path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


@pytest.fixture(scope="module")
def explorer(clustered: Ratings) -> Explorer:
    return Explorer(clustered, in_memory=True)


def answers(explorer: Explorer) -> tuple:
    neighbours, recommendations = explorer.neighbours(7, k=10), explorer.recommend(7, k=10)
    return (
        neighbours.rows.tolist(),
        neighbours.similarities.tolist(),
        recommendations.items.tolist(),
        recommendations.scores.tolist(),
    )


def cached(explorer: Explorer) -> dict[str, bool]:
    """Of each kind, whether all that was asked for came from disk."""
    stages = explorer.builds.stages
    return {name: all(stage.cached for stage in stages if stage.name == name) for name in {s.name for s in stages}}


class TestComposition:
    def test_neighbours_are_those_of_the_parts(self, explorer, clustered):
        units = fit_embedding(clustered.matrix, EmbeddingSpec()).unit_vectors(32)
        parts = find_neighbours(clustered, HnswIndex.build(units, HnswSpec()), units[[6]], 6, k=9, ef=50)
        found = explorer.neighbours(7, k=9, dim=32, ef=50)
        np.testing.assert_array_equal(found.rows, parts.rows)
        np.testing.assert_array_equal(found.similarities, parts.similarities)
        assert (found.engine, found.ef) == ("hnsw", 50)

    def test_recommendations_are_those_of_the_parts(self, explorer, clustered):
        scoring = ScoringSpec(ranking="damped", min_support=2)
        parts = recommend(explorer.neighbours(7, k=9), fit_biases(clustered.matrix), scoring, n=5)
        for found in (
            explorer.recommend(7, n=5, k=9, ranking="damped", min_support=2),
            explorer.recommend(7, QuerySpec(k=9), scoring, n=5),
        ):
            np.testing.assert_array_equal(found.items, parts.items)
            np.testing.assert_array_equal(found.scores, parts.scores)

    def test_the_raw_space_is_exact_and_agrees_with_scikit_learn(self, explorer, clustered):
        found = explorer.neighbours(7, space="raw", k=9)
        similarities = cosine_similarity(clustered.matrix[[6]], clustered.matrix)[0]
        similarities[6] = -2
        np.testing.assert_allclose(found.similarities, np.sort(similarities)[::-1][:9], atol=1e-6)
        assert (found.engine, found.ef) == ("exact", None)
        assert explorer.dim(QuerySpec(space="raw")) is None

    def test_a_prediction_is_the_one_of_the_list(self, explorer):
        recommendations = explorer.recommend(7, n=5)
        for item, rating, support, behind in zip(
            recommendations.item_ids.tolist(),
            recommendations.predicted_ratings,
            recommendations.support,
            recommendations.evidence,
            strict=True,
        ):
            found = explorer.predict(7, item)
            assert found.rating == rating
            assert found.support == support
            assert not found.fallback
            assert found.evidence.users.tolist() == behind.users.tolist()

    def test_a_prediction_without_support_is_the_bias_estimate_and_flagged(self):
        ratings = ratings_from(TOY)
        found = Explorer(ratings, in_memory=True).predict(1, 60, k=1, space="raw")
        biases = fit_biases(ratings.matrix)
        assert found.fallback
        assert found.support == found.evidence.users.size == 0
        assert found.rating == pytest.approx(biases.estimate(0)[5])
        assert found.rating > 0

    def test_users_and_items_are_raw_ids_as_numbers_or_text(self, explorer):
        assert explorer.neighbours("7").user == explorer.neighbours(np.int64(7)).user == 6
        assert explorer.profile("7").user == 6
        assert explorer.predict("7", "3").item == explorer.predict(7, 3).item == 2

    def test_users_with_text_ids_work_throughout(self):
        ratings = Ratings.from_columns(
            np.array(["ann", "bob", "cy"]), np.array(["x", "x", "y"]), np.array([5.0, 4.0, 3.0])
        )
        found = Explorer(ratings, in_memory=True).neighbours("ann", k=1, dim=1, space="raw")
        assert found.users.tolist() == ["bob"]

    def test_the_default_dim_is_128_or_the_rank(self, explorer, clustered):
        assert explorer.dim(QuerySpec()) == 128
        low = ratings_from_matrix(np.outer(np.arange(1, 7), [1.0, 2.0, 3.0]))
        assert Explorer(low, in_memory=True).dim(QuerySpec()) == 1

    def test_an_explorer_changes_no_spec(self, explorer):
        query = QuerySpec(k=5)
        explorer.neighbours(7, query, k=9)
        assert query == QuerySpec(k=5)


class TestBounds:
    @pytest.fixture
    def small(self) -> Explorer:
        return Explorer(ratings_from(TOY), in_memory=True)

    def test_unknown_users_and_items_are_refused_with_what_there_is(self, small):
        for ask in (small.neighbours, lambda user: small.recommend(user, n=3), small.profile):
            with pytest.raises(UnknownIdError, match="user '99' is not in this dataset; user ids run from 1 to 6"):
                ask(99)
        with pytest.raises(UnknownIdError, match="item '5' is not in this dataset; item ids run from 10 to 90"):
            small.predict(1, 5, k=2)

    @pytest.mark.parametrize("k", [6, 1000])
    def test_k_beyond_the_other_users_is_refused(self, small, k):
        for ask in (
            lambda: small.neighbours(1, k=k),
            lambda: small.recommend(1, k=k, n=3),
            lambda: small.index_recall(k=k),
        ):
            with pytest.raises(SpecError, match=f"k={k} exceeds the 5 other users; choose 1 <= k <= 5"):
                ask()

    def test_a_single_user_is_told_that_neighbours_need_two(self):
        with pytest.raises(SpecError, match="neighbours need at least 2; add users"):
            Explorer(ratings_from({1: {1: 5}}), in_memory=True).neighbours(1, k=1)

    @pytest.mark.parametrize("dim", [7, 128, 4096])
    def test_dim_beyond_the_matrix_is_refused(self, small, dim):
        with pytest.raises(SpecError, match=rf"dim={dim} exceeds the rank 6 .*; choose 1 <= dim <= 6"):
            small.neighbours(1, k=2, dim=dim)

    def test_dim_beyond_the_rank_is_refused(self):
        low = Explorer(ratings_from_matrix(np.outer(np.arange(1, 7), [1.0, 2.0, 3.0])), in_memory=True)
        with pytest.raises(SpecError, match=r"dim=2 exceeds the rank 1 .*; choose 1 <= dim <= 1"):
            low.neighbours(1, k=2, dim=2)

    @pytest.mark.parametrize("n", [0, 10, True, 2.5, None])
    def test_n_out_of_bounds_is_refused(self, small, n):
        with pytest.raises(SpecError, match=r"n=.*choose 1 <= n <= 9"):
            small.recommend(1, k=2, n=n)

    @pytest.mark.parametrize("sample", [0, -1, 2.5])
    def test_an_empty_sample_is_refused(self, small, sample):
        with pytest.raises(SpecError, match=r"sample=.*choose 1 <= sample"):
            small.index_recall(k=2, sample=sample)

    def test_an_unknown_keyword_is_refused_everywhere(self, small):
        for ask in (
            lambda: small.neighbours(1, nonsense=3),
            lambda: small.recommend(1, n=3, nonsense=3),
            lambda: small.predict(1, 10, nonsense=3),
            lambda: small.index_recall(nonsense=3),
        ):
            with pytest.raises(SpecError, match="nonsense: no such parameter; choose from"):
                ask()

    def test_index_recall_of_the_raw_space_is_refused_with_the_alternative(self, small):
        with pytest.raises(SpecError, match="choose space='svd'"):
            small.index_recall(k=2, space="raw")

    def test_all_ratings_0_are_refused_in_the_embedding(self):
        zeros = Explorer(ratings_from({1: {1: 0, 2: 0}, 2: {1: 0}}), in_memory=True)
        with pytest.raises(SpecError, match="every rating is 0"):
            zeros.neighbours(1, k=1)

    def test_the_largest_k_and_n_are_allowed(self, small):
        assert small.neighbours(1, k=5).k == 5
        assert small.recommend(1, k=5, n=9).items.size <= 7


class TestStore:
    def test_a_second_explorer_loads_everything_and_answers_the_same(self, clustered, store):
        first, second = Explorer(clustered, store=store), Explorer(clustered, store=store)
        expected = answers(first)
        assert cached(first) == {"embedding": False, "hnsw": False, "biases": False}
        assert answers(second) == expected
        assert cached(second) == {"embedding": True, "hnsw": True, "biases": True}
        assert answers(Explorer(clustered, in_memory=True)) == expected

    def test_build_makes_all_that_answers_need(self, clustered, store):
        explorer = Explorer(clustered, store=store)
        stages = explorer.build(QuerySpec(k=10))
        assert {stage.name for stage in stages} == {"embedding", "hnsw", "biases"}
        assert all(stage.seconds >= 0 and not stage.cached for stage in stages)
        answers(explorer)
        assert len(explorer.builds.stages) == len(stages)
        assert all(stage.cached for stage in Explorer(clustered, store=store).build(QuerySpec(k=10)))

    def test_numpy_numbers_in_a_query_can_be_kept(self, clustered, store):
        explorer = Explorer(clustered, store=store)
        explorer.neighbours(7, dim=np.int64(16), seed=np.int64(1), M=np.int32(8))
        again = Explorer(clustered, store=store)
        again.neighbours(7, dim=16, seed=1, M=8)
        assert all(cached(again).values())

    def test_what_another_process_built_during_the_wait_is_read(self, clustered, store, monkeypatch):
        fitted = []

        def fit(*arguments, **options):
            fitted.append(1)
            return fit_biases(*arguments, **options)

        class Behind(ArtifactStore):
            """Lets another process build before it has its turn."""

            @contextmanager
            def only_one(self, kind, key, *, check=None):
                Explorer(clustered, store=store).builds.fit_biases()
                with super().only_one(kind, key, check=check):
                    yield

        monkeypatch.setattr(recipes_module, "fit_biases", fit)
        biases = Explorer(clustered, store=Behind(store.root)).builds.biases
        np.testing.assert_array_equal(biases.user, fit_biases(clustered.matrix).user)
        assert fitted == [1]

    def test_graphs_of_different_settings_are_kept_side_by_side(self, clustered, store):
        settings = [{"dim": 8}, {"dim": 9}, {"M": 8}, {"ef_construction": 50}, {"seed": 1}]
        for asked in (Explorer(clustered, store=store), Explorer(clustered, store=store)):
            for changes in settings:
                asked.neighbours(7, k=5, **changes)
        assert all(cached(asked).values())
        assert len(list((store.root / "hnsw").iterdir())) == len(settings)

    def test_other_ratings_do_not_share_artifacts(self, store):
        Explorer(ratings_from(TOY), store=store).build(QuerySpec(k=2))
        other = Explorer(ratings_from(TOY | {7: {10: 5}}), store=store)
        other.build(QuerySpec(k=2))
        assert not any(cached(other).values())

    @pytest.mark.parametrize("kind", ["embedding", "hnsw", "biases"])
    def test_a_corrupted_artifact_is_rebuilt(self, clustered, store, kind):
        expected = answers(Explorer(clustered, store=store))
        for path in (store.root / kind).rglob("*"):
            if path.suffix in {".npy", ".bin"}:
                contents = bytearray(path.read_bytes())
                contents[len(contents) // 2] ^= 0xFF
                path.write_bytes(contents)
        explorer = Explorer(clustered, store=store)
        assert answers(explorer) == expected
        assert cached(explorer) == {name: name != kind for name in ("embedding", "hnsw", "biases")}
        assert all(cached(self.asked(Explorer(clustered, store=store))).values())

    @staticmethod
    def asked(explorer: Explorer) -> Explorer:
        answers(explorer)
        return explorer

    @pytest.mark.parametrize("kind", ["embedding", "hnsw", "biases"])
    def test_a_whole_artifact_that_does_not_fit_is_rebuilt(self, clustered, store, kind, caplog):
        """Checksums are right, but the contents are not what the reader needs."""
        expected = answers(Explorer(clustered, store=store))
        (manifest,) = store.root.glob(f"{kind}/*/manifest.json")
        key = json.loads(manifest.read_text())["key"]
        store.find(kind, key).discard()
        store.write(kind, key, lambda folder: (folder / "graph.bin").write_bytes(b"nonsense"))
        explorer = Explorer(clustered, store=store)
        with caplog.at_level(logging.WARNING):
            assert answers(explorer) == expected
        assert "does not fit" in caplog.text
        assert cached(explorer) == {name: name != kind for name in ("embedding", "hnsw", "biases")}
        assert all(cached(self.asked(Explorer(clustered, store=store))).values())

    def test_a_store_that_cannot_be_written_costs_only_the_keeping(self, clustered, tmp_path, caplog):
        (tmp_path / "in the way").write_text("")
        explorer = Explorer(clustered, store=ArtifactStore(tmp_path / "in the way"))
        with caplog.at_level(logging.WARNING):
            assert answers(explorer) == answers(Explorer(clustered, in_memory=True))
        assert "is not kept for next time" in caplog.text

    def test_in_memory_writes_nothing(self, clustered, monkeypatch, tmp_path):
        monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
        answers(Explorer(clustered, in_memory=True))
        assert not (tmp_path / "home").exists()
        answers(Explorer(clustered))
        assert (tmp_path / "home" / "artifacts" / "hnsw").is_dir()


class TestIndexRecall:
    def test_it_is_1_where_the_search_is_exhaustive(self, explorer, clustered):
        (point,) = explorer.index_recall(k=10, dim=16, ef=[clustered.n_users])
        assert point.ef == clustered.n_users
        assert point.recall.recall_by_id == point.recall.recall_by_distance == 1
        assert point.recall.distance_ratio == pytest.approx(1, abs=1e-5)
        assert point.milliseconds_per_query > 0
        assert point.exact_milliseconds_per_query > 0

    def test_it_is_the_same_every_time(self, explorer):
        first, second = (explorer.index_recall(k=10, dim=16, ef=[10, 40], sample=30) for _ in range(2))
        assert [point.recall for point in first] == [point.recall for point in second]
        assert [point.ef for point in first] == [10, 40]

    def test_a_broader_search_finds_at_least_as_much(self, explorer):
        points = explorer.index_recall(k=10, M=2, ef_construction=5, ef=[1, 64, 400], sample=400)
        recalls = [point.recall.recall_by_id for point in points]
        assert recalls == sorted(recalls)
        assert recalls[0] < 1

    def test_it_agrees_with_the_lists_that_a_user_sees(self, explorer, clustered):
        (point,) = explorer.index_recall(k=10, M=2, ef_construction=5, ef=[12], sample=10_000)
        shares = []
        for user in clustered.users.ids.tolist():
            found = explorer.neighbours(user, k=10, M=2, ef_construction=5, ef=12)
            exact = explorer.neighbours(user, k=10, engine="exact")
            shares.append(len(set(found.rows.tolist()) & set(exact.rows.tolist())) / 10)
        assert point.recall.recall_by_id == pytest.approx(np.mean(shares))

    @pytest.mark.parametrize("ef", [0, 20_000, True, "8"])
    def test_a_breadth_out_of_bounds_is_refused(self, explorer, ef):
        with pytest.raises(SpecError, match=r"ef=.*choose 1 <= ef <= 10,000"):
            explorer.index_recall(k=10, ef=[64, ef])


def test_many_threads_build_each_thing_once(clustered, monkeypatch):
    built = []

    def counted(name, function):
        def call(*arguments, **options):
            built.append(name)
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(recipes_module, "fit_embedding", counted("embedding", fit_embedding))
    monkeypatch.setattr(recipes_module, "fit_biases", counted("biases", fit_biases))
    monkeypatch.setattr(HnswIndex, "build", counted("hnsw", HnswIndex.build))
    monkeypatch.setattr(local_builds, "SparseExactIndex", counted("raw", SparseExactIndex))
    explorer = Explorer(clustered, in_memory=True)
    together = threading.Barrier(8)

    def ask(_: int) -> tuple:
        together.wait()
        return *answers(explorer), explorer.neighbours(7, k=5, space="raw").rows.tolist()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert sorted(built) == ["biases", "embedding", "hnsw", "raw"]
    assert all(answer == found[0] for answer in found)


def test_a_build_that_failed_is_tried_again(clustered, monkeypatch):
    explorer = Explorer(clustered, in_memory=True)

    def fail(*_, **options):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(recipes_module, "fit_embedding", fail)
        with pytest.raises(MemoryError):
            explorer.neighbours(7)
    assert explorer.neighbours(7).k == 50


def test_only_a_few_graphs_stay_in_memory_and_answers_stay_the_same(clustered):
    explorer = Explorer(clustered, in_memory=True)
    expected = explorer.neighbours(7, dim=3, k=5).rows
    for dim in range(4, 14):
        explorer.neighbours(7, dim=dim, k=5)
    counts = [len(list(explorer.builds._caches[kind])) for kind in ("hnsw", "units")]
    assert counts == [builds._CACHED_OF_A_KIND] * 2
    np.testing.assert_array_equal(explorer.neighbours(7, dim=3, k=5).rows, expected)


def test_the_raw_space_can_be_searched_through_a_graph_that_is_kept_too(clustered, tmp_path):
    pytest.importorskip("nmslib", reason="the raw space's graph needs the extra raw")
    store = ArtifactStore(tmp_path)
    found = Explorer(clustered, store=store).neighbours(7, space="raw", engine="hnsw", k=20)
    exact = Explorer(clustered, in_memory=True).neighbours(7, space="raw", k=20)
    assert found.engine == "hnsw"
    assert np.isin(exact.rows, found.rows).mean() >= 0.9
    again = Explorer(clustered, store=store)
    np.testing.assert_array_equal(again.neighbours(7, space="raw", engine="hnsw", k=20).rows, found.rows)
    assert [(stage.name, stage.cached) for stage in again.builds.stages] == [("sparse_hnsw", True)]


def test_what_is_in_memory_is_known_without_building_it(clustered):
    explorer = Explorer(clustered, in_memory=True)
    queries = [QuerySpec(), QuerySpec(engine="exact"), QuerySpec(space="raw")]
    assert not any(explorer.builds.in_memory(query) for query in queries)
    for query in queries:
        explorer.build(query)
    assert all(explorer.builds.in_memory(query) for query in queries)
    assert not explorer.builds.in_memory(QuerySpec(dim=3))
