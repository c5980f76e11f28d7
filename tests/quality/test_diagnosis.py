"""The diagnosis of a dataset holds what its parts find one at a time."""

import numpy as np
import pytest
from toy import checkerboard, ratings_from

import ucf_core as ucf
from ucf_core.base.errors import CancelledError, SpecError
from ucf_core.base.specs import QuerySpec
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.diagnosis.diagnosis import diagnose, diagnose_lists
from ucf_core.studies.evaluation.beyond_accuracy import catalogue_use, popularity_bias

POOR = QuerySpec(k=20, dim=16, ef=20, M=2, ef_construction=10)


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


@pytest.fixture(scope="module")
def poor(explorer):
    return diagnose(explorer, POOR)


def test_the_lists_of_all_users_are_those_of_each(explorer, poor, clustered):
    assert poor.users.tolist() == list(range(400))
    assert (poor.n_lists, poor.is_of_all) == (400, True)
    counted = np.zeros(400, dtype=int)
    for row, near in enumerate(explorer.neighbours_of(np.arange(400), POOR)):
        counted[near.rows] += 1
        if row % 50 == 0:
            assert poor.rows[row].tolist() == near.rows.tolist()
            assert poor.similarities[row] == pytest.approx(near.similarities)
    assert poor.hubness.occurrences.tolist() == counted.tolist()
    assert poor.skewness == poor.hubness.skewness


def test_recall_is_the_overlap_with_exact_search(explorer, poor, clustered):
    own = [explorer.inspect(raw, POOR).index_recall for raw in clustered.users.ids.tolist()]
    assert np.mean(own) < 0.95
    assert poor.recall.recall_by_id == pytest.approx(np.mean(own))
    groups = poor.recall_by_profile
    assert sum(group.users for group in groups) == 400
    assert sum(group.users * group.recall.estimate for group in groups) == pytest.approx(np.sum(own))
    least = clustered.user_counts <= groups[0].most
    assert groups[0].recall.estimate == pytest.approx(np.mean(np.array(own)[least]))


@pytest.mark.parametrize("settings", [{"engine": "exact", "dim": 16}, {"space": "raw"}])
def test_exact_search_has_no_recall_to_measure(settings, explorer):
    made = diagnose(explorer, QuerySpec(k=10, **settings))
    assert (made.engine, made.recall, made.recall_by_profile) == ("exact", None, ())
    near = explorer.neighbours(1, k=10, **settings)
    assert made.rows[0].tolist() == near.rows.tolist()
    assert 0.5 < made.similarity.separation <= 1


def test_a_sample_counts_fewer_lists_and_looks_closer_at_fewer_still(explorer, poor):
    made = diagnose(explorer, POOR, sample=90, closer=30, seed=5)
    assert (made.n_lists, made.is_of_all, made.users.size) == (90, False, 30)
    assert made.hubness.occurrences.sum() == 90 * 20
    assert made.by_chance.probabilities.size == 91
    assert made.rows.tolist() == poor.rows[made.users].tolist()
    assert sum(group.users for group in made.recall_by_profile) == 30
    assert [made.place(row) for row in made.users.tolist()] == list(range(30))
    assert all(made.place(row) is None for row in set(range(400)) - set(made.users.tolist()))


def test_the_seed_decides_who_is_looked_at(explorer):
    first, again, other = (diagnose(explorer, POOR, sample=40, seed=seed) for seed in (1, 1, 2))
    assert first.users.tolist() == again.users.tolist() != other.users.tolist()
    assert first.similarity.random.tolist() == again.similarity.random.tolist() != other.similarity.random.tolist()


def test_neighbours_across_a_checkerboard_are_fully_separated():
    """Users of one parity share items, those of the other none: 9 neighbours of the same parity have cosine > 0."""
    made = diagnose(ucf.Explorer(checkerboard(), in_memory=True), QuerySpec(k=9, space="raw"))
    random = made.similarity.random
    assert made.similarity.neighbours.min() > 0
    # of the other 19 users 10 are of the other parity
    assert np.mean(random == 0) == pytest.approx(10 / 19, abs=0.02)
    assert made.similarity.separation == pytest.approx(np.mean(random == 0) + np.mean(random > 0) / 2, abs=0.05)


def test_lists_are_those_of_each_user(explorer, poor, clustered):
    scoring = ScoringSpec(ranking="damped", min_support=2)
    made = diagnose_lists(explorer, poor, scoring, n=7)
    for row in (0, 123, 399):
        alone = explorer.recommend(clustered.users.raw(row), POOR, scoring, n=7)
        assert made.lists[row, : alone.items.size].tolist() == alone.items.tolist()
    assert made.use == catalogue_use(made.lists, clustered.item_counts, clustered.n_users)
    bias = popularity_bias(clustered, poor.users, made.lists)
    assert made.bias.gap_difference == pytest.approx(bias.gap_difference)


def test_short_lists_are_padded_and_empty_ones_left_out_of_the_averages():
    ratings = ratings_from({1: {1: 5, 2: 4}, 2: {1: 4, 2: 3}, 3: {1: 5, 2: 2, 3: 4}})
    explorer = ucf.Explorer(ratings, in_memory=True)
    made = diagnose_lists(explorer, diagnose(explorer, QuerySpec(k=2, space="raw")), n=3)
    assert made.lists.tolist() == [[2, -1, -1], [2, -1, -1], [-1, -1, -1]]
    assert made.bias.measured.tolist() == [True, True, False]
    assert made.bias.profile_gap == pytest.approx(1)
    assert made.bias.list_gap == pytest.approx(1 / 3)
    assert made.use.item_coverage == pytest.approx(1 / 3)


def test_progress_counts_every_search_and_may_stop_it(explorer, poor):
    heard = []
    diagnose(explorer, POOR, progress=lambda done, total: heard.append((done, total)))
    assert {total for _, total in heard} == {800}
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})

    def stop(*_):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        diagnose(explorer, POOR, progress=stop)
    with pytest.raises(CancelledError):
        diagnose_lists(explorer, poor, progress=stop)


def test_what_sessions_share_cannot_be_written_to(poor):
    for shared in (poor.rows, poor.similarities, poor.users, poor.hubness.occurrences, poor.similarity.random):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 0


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"query": QuerySpec(k=400)}, "choose 1 <= k <= 399"),
        ({"sample": 2}, "choose 3 <= sample"),
        ({"closer": 0}, "choose 1 <= closer"),
        ({"n_pairs": 0}, "choose 1 <= n_pairs"),
        ({"seed": -1}, "choose 0 <= seed"),
    ],
)
def test_impossible_settings_are_refused_with_the_bound(settings, remedy, explorer):
    with pytest.raises(SpecError, match=remedy):
        diagnose(explorer, **({"query": POOR} | settings))


def test_impossible_lists_are_refused_with_the_bound(explorer, poor):
    with pytest.raises(SpecError, match="choose 1 <= n <= 300"):
        diagnose_lists(explorer, poor, n=301)
    with pytest.raises(SpecError, match="choose 'global'"):
        diagnose_lists(explorer, poor, ScoringSpec(neighbourhood="per_item"))
