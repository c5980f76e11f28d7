"""A dataset served from Milvus Lite and Parquet answers as one in memory does, and says what it cannot do."""

import json
from dataclasses import replace

import numpy as np
import pytest
from parts_on_disk import QUERY, write_parts

from ucf_core import cli
from ucf_core.base.errors import ArtifactError, DatasetError, ServiceError, SpecError, UnknownIdError
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.files import files
from ucf_core.cluster.files.files import ENGINES, alias_of
from ucf_core.cluster.files.rows import ParquetRows
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import load_ratings, source_bytes, version
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.stores.registry import open_store
from ucf_core.neighbours.recall import overlap
from ucf_core.ratings.guest import Guest
from ucf_core.ratings.profile import quick_picks


@pytest.mark.parametrize("engine", ENGINES)
def test_neighbours_are_those_of_one_machine(here, there, users, engine):
    shares = []
    for user in users:
        found = there.neighbours(user, QUERY, engine=engine)
        truth = here.neighbours(user, QUERY, engine="exact")
        assert (found.engine, found.k) == (engine, 20)
        assert user not in found.users
        shares.append(overlap(found.rows, truth.rows))
        np.testing.assert_allclose(found.similarities, truth.similarities, atol=1e-4)
    assert np.mean(shares) >= 0.99


@pytest.mark.parametrize("ranking", ["weighted_ratings", "predicted", "damped", "learned"])
def test_recommendations_are_those_of_one_machine_up_to_ties(here, there, users, ranking):
    for user in users:
        found = there.recommend(user, QUERY, engine="exact", ranking=ranking, n=10)
        truth = here.recommend(user, QUERY, engine="exact", ranking=ranking, n=10)
        np.testing.assert_allclose(found.scores, truth.scores, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(found.predicted_ratings.sum(), truth.predicted_ratings.sum(), atol=0.05)
        # what differs must be tied, up to rounding, with what is at the end of the other list
        last = truth.scores[-1]
        for item in set(found.items.tolist()) ^ set(truth.items.tolist()):
            scores = dict(zip(found.items.tolist(), found.scores, strict=True)) | dict(
                zip(truth.items.tolist(), truth.scores, strict=True)
            )
            assert scores[item] == pytest.approx(last, rel=1e-3, abs=1e-4)
        assert found.titles[0] == there.ratings.title(int(found.items[0]))


def test_the_hybrid_rule_is_that_of_one_machine_but_for_the_times_that_a_cluster_leaves_out(here, there, users):
    timeless = Explorer(replace(here.ratings, timestamps=None), in_memory=True)
    for user in users[:4]:
        found = there.recommend(user, QUERY, engine="exact", ranking="hybrid", n=10)
        truth = timeless.recommend(user, QUERY, engine="exact", ranking="hybrid", n=10)
        np.testing.assert_allclose(found.scores, truth.scores, rtol=1e-3, atol=1e-4)
        assert found.scores == pytest.approx(
            [
                there.explain(user, item, QUERY, engine="exact", ranking="hybrid").score.total
                for item in found.item_ids.tolist()
            ]
        )


def test_predicted_ratings_profiles_and_evidence_are_those_of_one_machine(here, there, small, users):
    item = small.items.raw(int(np.argmax(small.item_counts)))
    for user in users[:10]:
        found = there.predict(user, item, QUERY, engine="exact")
        truth = here.predict(user, item, QUERY, engine="exact")
        assert found.rating == pytest.approx(truth.rating, abs=1e-3)
        assert (found.support, found.fallback) == (truth.support, truth.fallback)
        assert there.profile(user).count == here.profile(user).count
        assert there.profile(user).value_counts.tolist() == here.profile(user).value_counts.tolist()
    frames = [each.neighbours(users[0], QUERY, engine="exact").to_frame() for each in (here, there)]
    assert frames[0]["co_rated"].tolist() == frames[1]["co_rated"].tolist()


def test_a_guest_with_the_ratings_of_a_user_finds_that_user(there, small):
    items, given = small.row_of(3)
    found = there.neighbours(Guest(items, given), QUERY, engine="exact")
    assert found.rows[0] == 3
    assert found.similarities[0] == pytest.approx(1, abs=1e-4)


def test_index_recall_is_measured_against_the_flat_collection(there):
    points = there.index_recall(QUERY, ef=[21, 400], sample=30, k=10)
    assert points[-1].recall.recall_by_id >= 0.99


def test_rows_read_from_files_are_those_of_the_matrix(there, small):
    rows = np.random.default_rng(0).integers(0, small.n_users, 60)
    found, expected = there.ratings.matrix[rows], small.matrix[rows]
    assert isinstance(there.ratings.matrix, ParquetRows)
    for one, other in ((found.indptr, expected.indptr), (found.indices, expected.indices), (found.data, expected.data)):
        np.testing.assert_array_equal(one, other)
    assert there.ratings.matrix[np.array([], dtype=np.int64)].shape == (0, small.n_items)
    np.testing.assert_array_equal(there.ratings.matrix[5:9].data, small.matrix[5:9].data)


def test_what_is_known_of_the_dataset_is_the_same(there, small):
    assert there.ratings.scale == small.scale
    assert there.ratings.mean == pytest.approx(small.mean)
    assert there.ratings.n_ratings == small.n_ratings
    np.testing.assert_array_equal(there.ratings.user_counts, small.user_counts)
    np.testing.assert_array_equal(there.ratings.item_counts, small.item_counts)
    assert list(there.ratings.catalogue.titles) == list(small.catalogue.titles)
    assert quick_picks(there.ratings) == quick_picks(small)
    with pytest.raises(UnknownIdError):
        there.neighbours("nobody", QUERY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dim": 64}, "dim=64 is not served; choose one of 32, or build with --serve-dim 64"),
        ({"weighting": "raw"}, "weighting='raw' was not built; choose weighting='residual'"),
        ({"seed": 3}, "seed=3 was not built"),
        ({"M": 8}, "the graph in Milvus has M=32 and ef_construction=200, not 8 and 200"),
        ({"space": "raw"}, "search in the raw rating space is not available from Milvus"),
        ({"dim": 900}, "dim=900 exceeds the rank"),
    ],
)
def test_what_was_not_built_is_refused_with_what_was(there, users, changes, message):
    with pytest.raises(SpecError, match=message):
        there.neighbours(users[0], QUERY, **changes)


def test_what_needs_everything_says_so(there, users):
    with pytest.raises(SpecError, match="a look into the graph is not available"):
        there.builds.graph(QUERY)
    with pytest.raises(SpecError, match="needs all ratings in memory"):
        _ = there.ratings.matrix.data
    with pytest.raises(SpecError, match="whole rating matrix"):
        there.builds.weighted(QUERY)


def test_the_command_line_builds_and_asks(client, small, tmp_path, monkeypatch, capsys):
    parts = write_parts(small, tmp_path / "parts", 2)
    monkeypatch.setenv("UCF_VECTORS", f"milvus-lite:{tmp_path / 'vectors.db'}")
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    built = ask(capsys, monkeypatch, "build", str(parts), "--scheduler", client.scheduler.address, "--json")
    assert (built["n_users"], built["n_ratings"], built["dims"]) == (400, 20_000, [128])
    assert [stage["name"] for stage in built["stages"]] == ["blocks", "biases", "embedding", "files", "vectors"]
    user = str(small.users.raw(7))
    found = ask(capsys, monkeypatch, "neighbours", built["path"], user, "--k", "5", "--ef", "400", "--json")
    assert len(found["neighbours"]) == 5
    assert found["index_recall"] >= 0.8
    listed = ask(capsys, monkeypatch, "recommend", built["path"], user, "--n", "3", "--json")
    assert len(listed["recommendations"]) == 3


def ask(capsys, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["ucf", *arguments])
    cli.app(list(arguments), standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def test_a_build_below_the_home_folder_is_a_dataset_where_vectors_are_served(served, tmp_path, monkeypatch):
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "films").symlink_to(served[0])
    monkeypatch.delenv("UCF_VECTORS", raising=False)
    assert not any(row["name"].startswith("cluster:") for row in listing(tmp_path))
    monkeypatch.setenv("UCF_VECTORS", served[1])
    (row,) = [row for row in listing(tmp_path) if row["name"].startswith("cluster:")]
    assert (row["name"], row["n_users"], row["n_ratings"]) == ("cluster:films", 400, 20_000)
    assert version("cluster:films", home=tmp_path)
    assert source_bytes("cluster:films", home=tmp_path) == 0
    with pytest.raises(DatasetError, match="open it with"):
        load_ratings("cluster:films", home=tmp_path)
    with pytest.raises(DatasetError, match="no build of a cluster here"):
        version("cluster:../films", home=tmp_path)


def test_the_inspection_of_a_neighbour_list_leaves_the_raw_space_out(there, users):
    inspection = there.inspect(users[0], QUERY)
    assert inspection.raw_overlap is None
    assert inspection.index_recall >= 0.9


# what goes wrong


def test_a_folder_without_a_build_and_a_missing_address_are_refused(served, tmp_path, monkeypatch):
    with pytest.raises(ArtifactError, match="holds no build"):
        open_served(tmp_path, served[1])
    monkeypatch.delenv("UCF_VECTORS", raising=False)
    with pytest.raises(SpecError, match="set UCF_VECTORS to milvus-lite:PATH"):
        open_served(served[0])


def test_vectors_that_were_not_published_are_one_message(served, users, tmp_path):
    empty = open_served(served[0], f"milvus-lite:{tmp_path / 'empty.db'}")
    with pytest.raises(ServiceError, match="holds no vectors called ucf_"):
        empty.neighbours(users[0], QUERY)
    assert empty.profile(users[0]).count > 0  # what needs no vectors goes on


@pytest.mark.long
def test_a_build_of_other_contents_drops_the_collections_of_the_former_one(client, small, tmp_path):
    milvus = open_store(f"milvus-lite:{tmp_path / 'vectors.db'}")
    for number, n_parts in enumerate((2, 1)):
        parts = write_parts(small, tmp_path / f"parts-{number}", n_parts)
        if number:
            (parts / "more.csv").write_text("userId,movieId,rating,timestamp\n999999,1,3.0,1\n")
        dims = ((32, 64), (32,))[number]
        build_on_cluster(client, str(parts), tmp_path / "built", QUERY, store=milvus, dims=dims)
        about = files.read_about(tmp_path / "built")
        expected = {alias_of(about, dim, engine) for dim in dims for engine in ENGINES}
        assert {name[:-13] for name in milvus.call("list_collections")} == expected
    milvus.close()


def test_a_failure_while_vectors_are_sent_leaves_the_former_build(client, served, small, monkeypatch, tmp_path):
    folder, address = served
    before = files.read_about(folder)
    parts = write_parts(small, tmp_path / "parts", 3)
    milvus = open_store(address)
    collections = milvus.collections()

    def fail(build, path):
        raise ServiceError("the server went away")

    monkeypatch.setattr("ucf_core.cluster.build.build.upsert_vectors", fail)
    with pytest.raises(ServiceError, match="went away"):
        build_on_cluster(client, str(parts), folder, QUERY, store=milvus, dims=(32,))
    assert files.read_about(folder) == before
    assert milvus.collections() == collections
    assert milvus.call("describe_alias", alias_of(before, 32, "hnsw"))["collection_name"] in collections
