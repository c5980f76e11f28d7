"""What goes beyond one user's list is answered on a dataset of a cluster as on one machine."""

import shutil

import numpy as np
import pytest
from parts_on_disk import QUERY, write_parts

from ucf_core.base.errors import ArtifactError, CancelledError, SpecError
from ucf_core.base.specs import changed
from ucf_core.cluster.build.biases import fit_item_biases
from ucf_core.cluster.build.build import opinions_of
from ucf_core.cluster.files import files
from ucf_core.cluster.input.blocks import read_blocks
from ucf_core.cluster.input.parts import find_parts
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.datasets.personal import starter_films as starters
from ucf_core.datasets.personal.starter_films import starter_films
from ucf_core.neighbours.comparison import compare_pair
from ucf_core.neighbours.recall import overlap
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.guest import Guest
from ucf_core.recommendations.rules import RULES
from ucf_core.studies.all_neighbours import run
from ucf_core.studies.diagnosis.diagnosis import diagnose, diagnose_lists
from ucf_core.studies.user_map.user_map import user_map
from ucf_core.studies.user_map.user_traits import favourite_genres, mean_ratings

EXACT = changed(QUERY, {"engine": "exact"})


@pytest.mark.parametrize("dim", [32, 100])  # of which Milvus serves one
def test_all_unit_vectors_have_the_cosines_of_one_machine(here, there, dim):
    query = changed(QUERY, {"dim": dim})
    found, truth = there.builds.units(query), here.builds.units(query)
    assert not found.flags.writeable
    np.testing.assert_allclose(found @ found.T, truth @ truth.T, atol=1e-4)


def test_a_recommendation_is_explained_alike(here, there, users):
    for user in users[:5]:
        item = int(here.recommend(user, EXACT, n=1).item_ids[0])
        found, truth = there.explain(user, item, EXACT), here.explain(user, item, EXACT)
        assert found.evidence.users.tolist() == truth.evidence.users.tolist()
        np.testing.assert_allclose(found.evidence.similarities, truth.evidence.similarities, atol=1e-4)
        np.testing.assert_array_equal(found.evidence.ratings, truth.evidence.ratings)
        for name in ("score", "predicted"):
            one, other = getattr(found, name), getattr(truth, name)
            assert one.total == pytest.approx(other.total, abs=1e-3)
        rules = found.by_rule()
        assert set(rules) == set(RULES)
        for rule, standing in rules.items():
            assert standing.support == truth.by_rule()[rule].support
        left_out = found.what_if(without=int(found.evidence.users[0]))
        assert left_out.support == found.standing.support - 1


def test_two_users_are_compared_alike(here, there, users):
    for one, other in zip(users[:8], users[8:16], strict=True):
        for found, truth in zip(there.nearness(one, other, QUERY), here.nearness(one, other, QUERY), strict=True):
            assert found.similarity == pytest.approx(truth.similarity, abs=1e-4)
            assert abs(found.place - truth.place) <= 2  # up to users who are all but equally near
            assert found.others == truth.others == 399
        rows = [here.ratings.users.row(user) for user in (one, other)]
        pair, expected = compare_pair(there.ratings, *rows), compare_pair(here.ratings, *rows)
        assert pair.accord == expected.accord
        assert pair.genres == expected.genres
        assert [side.items.tolist() for side in pair.loved_by] == [side.items.tolist() for side in expected.loved_by]
        assert pair.loved_from == expected.loved_from


def test_a_guest_gets_the_lists_of_one_machine(here, there, small):
    items, given = small.row_of(11)
    guest = Guest(items[::2].copy(), given[::2].copy())
    found, truth = there.neighbours(guest, EXACT), here.neighbours(guest, EXACT)
    assert overlap(found.rows, truth.rows) >= 0.95
    np.testing.assert_allclose(found.similarities, truth.similarities, atol=1e-4)
    made, expected = there.recommend(guest, EXACT, n=10), here.recommend(guest, EXACT, n=10)
    np.testing.assert_allclose(made.scores, expected.scores, rtol=1e-3, atol=1e-4)
    assert there.profile(guest).value_counts.tolist() == here.profile(guest).value_counts.tolist()
    assert starter_films(there.ratings, there.builds.biases).tolist() == (
        starter_films(here.ratings, here.builds.biases).tolist()
    )


def test_a_diagnosis_counts_the_hubs_of_one_machine(here, there):
    found, truth = diagnose(there, EXACT, n_pairs=500), diagnose(here, EXACT, n_pairs=500)
    apart = np.abs(found.hubness.occurrences.astype(int) - truth.hubness.occurrences)
    assert apart.sum() <= 0.02 * truth.hubness.occurrences.sum()
    np.testing.assert_allclose(found.similarity.random, truth.similarity.random, atol=1e-4)
    lists, expected = diagnose_lists(there, found, n=5), diagnose_lists(here, truth, n=5)
    assert float(np.mean([np.isin(a, b).mean() for a, b in zip(lists.lists, expected.lists, strict=True)])) >= 0.97
    assert diagnose(there, QUERY, sample=50, n_pairs=50).recall.recall_by_id >= 0.99


def test_the_map_by_pca_is_that_of_one_machine(here, there):
    found, truth = user_map(there, QUERY, method="pca"), user_map(here, QUERY, method="pca")
    np.testing.assert_allclose(found.explained, truth.explained, rtol=1e-3)
    np.testing.assert_allclose(np.abs(found.places), np.abs(truth.places), atol=5e-3)


def test_what_a_map_is_coloured_by_is_stored_for_every_user(here, there, monkeypatch):
    monkeypatch.setattr(there.ratings.matrix, "row", None)  # no rating is read
    rows = np.arange(0, 400, 7)
    for of in (mean_ratings, favourite_genres):
        np.testing.assert_array_equal(of(there.ratings, rows), of(here.ratings, rows))
        np.testing.assert_array_equal(of(there.ratings), of(here.ratings))


def test_films_to_ask_about_are_chosen_without_reading_a_rating(here, there, monkeypatch):
    expected = starter_films(here.ratings, here.builds.biases)
    monkeypatch.setattr(there.ratings.matrix, "row", None)
    assert starter_films(there.ratings, there.builds.biases).tolist() == expected.tolist()
    monkeypatch.undo()
    for n, known in ((12, 40), (50, 120)):  # others than those that were built for are read
        chosen = [starter_films(each.ratings, each.builds.biases, n=n, known=known) for each in (there, here)]
        assert chosen[0].tolist() == chosen[1].tolist()


@pytest.mark.parametrize("most", [20_000, 90])
def test_opinions_over_blocks_are_those_of_one_machine(client, small, tmp_path, monkeypatch, most):
    """Of all users, and of every fifth from the first on, wherever blocks begin."""
    monkeypatch.setattr(starters, "_MOST_USERS", most)
    blocks = read_blocks(client, find_parts(str(write_parts(small, tmp_path, 3))))
    biases, popular = fit_biases(small.matrix), starters.most_rated(small.item_counts)
    asked = np.arange(0, 400, starters.asked_every(400))
    assert len(asked) == min(most, 400) or len(asked) == 80
    expected = starters.opinions(small.matrix[asked], asked, biases, popular)
    np.testing.assert_allclose(opinions_of(blocks, fit_item_biases(blocks)), expected, rtol=1e-4, atol=1e-3)


def test_a_build_of_an_earlier_version_reads_rows_instead(served, here, tmp_path):
    folder = tmp_path / "earlier"
    shutil.copytree(served[0], folder)
    for path in folder.glob("build-*/*.npy"):
        if path.stem in ("user_means", "user_genres", "opinions"):
            path.unlink()
    earlier = open_served(folder, served[1])
    rows = np.arange(0, 400, 7)
    for of in (mean_ratings, favourite_genres):
        np.testing.assert_array_equal(of(earlier.ratings, rows), of(here.ratings, rows))
        with pytest.raises(SpecError, match="needs all ratings in memory"):
            of(earlier.ratings)
    assert starter_films(earlier.ratings, earlier.builds.biases).tolist() == (
        starter_films(here.ratings, here.builds.biases).tolist()
    )


def test_neighbours_of_all_users_are_those_that_each_has(there, tmp_path):
    query = changed(EXACT, {"k": 5})
    run.all_neighbours(there, query, out=tmp_path / "all.npz")
    with np.load(tmp_path / "all.npz") as file:
        for row in range(0, 400, 40):
            own = there.neighbours(there.ratings.users.raw(row), query)
            np.testing.assert_allclose(file["similarities"][row], own.similarities, atol=1e-5)


# what cannot be, what does not fit, and what is gone


def test_more_vectors_than_fit_a_serving_process_are_refused_with_what_fits(there, users, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 4 * 400 * 20)
    with pytest.raises(SpecError, match=r"vectors of all 400 users, 0 MB at dim=32.*choose dim <= 20"):
        there.nearness(users[0], users[1], QUERY)
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(SpecError, match="open a part of it on one machine"):
        diagnose(there, QUERY)
    assert there.neighbours(users[0], QUERY).k == 20


def test_reading_all_vectors_can_be_stopped_and_notices_what_is_missing(there, served, tmp_path):
    build = served[0] / there.ratings.about["build"]
    heard = []
    files.read_units(build, 400, 8, lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 400)

    def stop(done, total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        files.read_units(build, 400, 8, stop)
    with pytest.raises(ArtifactError, match="holds 400 of 401 vectors: the dataset was deleted or built anew"):
        files.read_units(build, 401, 8)
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "00000.parquet").write_bytes(b"no parquet")
    with pytest.raises(ArtifactError, match="cannot be read"):
        files.read_units(tmp_path, 400, 8)
