"""The two users to begin with are those with the most and the least similar neighbours, by brute force."""

import json

import numpy as np
import pytest
from toy import ratings_from

import ucf_core as ucf
from ucf_core.base.errors import CancelledError, SpecError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.studies.diagnosis import tour_examples as module
from ucf_core.studies.diagnosis.tour_examples import examples, kept_examples


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


@pytest.fixture(scope="module")
def means(explorer):
    """Mean cosine of each user's 7 nearest others, (n_users,), from all pairs."""
    units = explorer.builds.embedding(ucf.QuerySpec(dim=16)).unit_vectors(16).astype(np.float64)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -2)
    return np.sort(cosines, axis=1)[:, -7:].mean(axis=1)


def test_of_all_users_the_best_and_the_worst_are_found(explorer, means):
    found = examples(explorer, query=ucf.QuerySpec(k=7, dim=16), sample=1_000, fewest=1)
    assert found.users == 400
    assert found.nearest.similarity == pytest.approx(means.max(), abs=1e-5)
    assert found.farthest.similarity == pytest.approx(means.min(), abs=1e-5)
    assert means[found.nearest.user] == pytest.approx(means.max(), abs=1e-5)
    assert means[found.farthest.user] == pytest.approx(means.min(), abs=1e-5)


def test_only_users_with_enough_ratings_are_drawn(explorer, means):
    counts = explorer.ratings.user_counts
    fewest = int(np.sort(counts)[-20])
    able = np.flatnonzero(counts >= fewest)
    found = examples(explorer, query=ucf.QuerySpec(k=7, dim=16), sample=1_000, fewest=fewest)
    assert found.users == able.size < 400
    assert found.nearest.similarity == pytest.approx(means[able].max(), abs=1e-5)
    assert found.farthest.similarity == pytest.approx(means[able].min(), abs=1e-5)


def test_a_sample_is_drawn_with_the_seed(explorer):
    of = [examples(explorer, sample=10, fewest=1, seed=seed) for seed in (1, 1, 2)]
    assert of[0] == of[1]
    assert of[0].users == 10
    assert {of[0].nearest.user, of[0].farthest.user} != {of[2].nearest.user, of[2].farthest.user}


def test_where_nobody_rated_much_and_all_are_alike_there_are_still_two():
    ratings = ratings_from({user: {1: 4, 2: 3} for user in range(1, 5)})
    found = examples(ucf.Explorer(ratings, in_memory=True))
    assert (found.k, found.users) == (3, 4)
    assert found.nearest.similarity == pytest.approx(1)
    assert found.nearest.user != found.farthest.user


def test_nobody_has_neighbours_alone():
    with pytest.raises(SpecError, match="1 user"):
        examples(ucf.Explorer(ratings_from({1: {1: 4, 2: 3}}), in_memory=True))


def test_it_reports_and_stops(explorer):
    said = []
    examples(explorer, sample=12, fewest=1, progress=lambda done, total: said.append((done, total)))
    assert said == [(at, 12) for at in range(1, 13)]

    def stop(done, total):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        examples(explorer, sample=12, fewest=1, progress=stop)


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path)


@pytest.fixture
def found(store, clustered):
    """The examples of a dataset, now kept."""
    return kept_examples(ucf.Explorer(clustered, store=store))


def refuse(*_, **__):
    raise AssertionError("compared again")


def test_they_are_found_once_and_read_by_the_next_process(store, clustered, explorer, found, monkeypatch):
    assert found == examples(explorer)
    monkeypatch.setattr(module, "examples", refuse)
    assert kept_examples(ucf.Explorer(clustered, store=store)) == found


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"nearest": {"user": 400, "similarity": 1.0}, "farthest": {"user": 0, "similarity": 0.0}, "users": 2, "k": 1},
        {"nearest": {"user": 1, "who": 2}, "farthest": {"user": 0, "similarity": 0.0}, "users": 2, "k": 1},
        {"nearest": [1], "farthest": [0], "users": 2, "k": 1},
    ],
)
def test_what_is_no_pair_of_users_of_the_dataset_is_found_again(written, store, clustered, found, monkeypatch):
    real = ArtifactStore.find

    def find(self, kind, key, **options):
        kept = real(self, kind, key, **options)
        if kept is not None and kind == "examples":
            kept.path("examples.json").write_text(json.dumps(written))
        return kept

    monkeypatch.setattr(ArtifactStore, "find", find)
    explorer = ucf.Explorer(clustered, store=store)
    assert kept_examples(explorer) == found
    assert any("examples" in notice.text for notice in explorer.notices)
