"""Evaluations against predictions asked one by one, and what must not leak or differ."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from toy import clustered_ratings, ratings_from

from ucf_core.base.errors import CancelledError, SpecError
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.baselines import item_mean, popular, top_unseen
from ucf_core.studies.evaluation.beyond_accuracy import catalogue_use, novelty
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.results import Evaluation
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, grid
from ucf_core.studies.evaluation.split import splits
from ucf_core.studies.evaluation.user_knn import HeldOut, outcomes

HOLDOUT = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout", seed=4), n=5)
SETTINGS = grid(
    {"k": [5, 20], "ranking": ["weighted_ratings", "learned"], "weighting": ["raw", "residual"], "dim": [8]}
)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return clustered_ratings(60, 90, 4, seed=3)


@pytest.fixture(scope="module")
def evaluation(ratings) -> Evaluation:
    return evaluate(ratings, HOLDOUT, SETTINGS)


@pytest.mark.parametrize("number", [0, 3, 7])
def test_errors_and_lists_are_those_of_single_questions(ratings, evaluation, number):
    (split,) = splits(ratings, HOLDOUT.split)
    explorer = Explorer(split.train, in_memory=True)
    setting = SETTINGS[number]
    errors, hits, gains, fallbacks = [], [], [], 0
    for row in evaluation.users.tolist():
        own = split.test_users == row
        raw = ratings.users.raw(row)
        items = ratings.items.ids[split.test_items[own]].tolist()
        held_out = dict(zip(items, split.test_ratings[own].tolist(), strict=True))
        for item, rating in held_out.items():
            predicted = explorer.predict(raw, item, setting.query, setting.scoring)
            errors.append(predicted.rating - rating)
            fallbacks += predicted.fallback
        made = explorer.recommend(raw, setting.query, setting.scoring, n=5)
        hits.append(len(set(made.item_ids.tolist()) & set(held_out)) / 5)
        listed = np.isin(made.item_ids, list(held_out))
        best = np.log2(np.arange(2, min(len(held_out), 5) + 2))
        gains.append(np.sum(listed / np.log2(np.arange(2, len(listed) + 2))) / np.sum(1 / best))
    row = evaluation.rows[evaluation.models.index(setting)]
    assert row.metrics["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    assert row.metrics["mae"] == pytest.approx(np.mean(np.abs(errors)))
    assert row.metrics["precision"] == pytest.approx(np.mean(hits))
    assert row.metrics["ndcg"] == pytest.approx(np.mean(gains))
    assert row.metrics["fallback_share"] == pytest.approx(fallbacks / len(errors))
    low, high = row.ci95["rmse"]
    assert low < row.metrics["rmse"] < high


def test_what_is_held_out_changes_no_prediction_and_no_list(ratings):
    """The held-out ratings are shuffled among themselves: the training part is the same, and so must be all answers."""
    (split,) = splits(ratings, HOLDOUT.split)
    held_out = np.isin(np.arange(ratings.n_ratings), _places_of(ratings, split))
    values = ratings.matrix.data.copy()
    values[held_out] = np.random.default_rng(1).permutation(values[held_out])
    assert (values != ratings.matrix.data).any()
    matrix = csr_array((values, ratings.matrix.indices, ratings.matrix.indptr), shape=ratings.matrix.shape)
    (other,) = splits(replace(ratings, matrix=matrix), HOLDOUT.split)
    scorings = [ScoringSpec(), ScoringSpec(ranking="learned", aggregation="learned")]
    for query in (QuerySpec(k=20, dim=8, weighting="residual"), QuerySpec(k=20, space="raw", weighting="centred")):
        first, second = (
            outcomes(Explorer(each.train, in_memory=True), HeldOut.of(each, None), query, scorings, n=5)
            for each in (split, other)
        )
        for one, two in zip(first, second, strict=True):
            np.testing.assert_array_equal(one.predicted, two.predicted)
            np.testing.assert_array_equal(one.lists, two.lists)


def _places_of(ratings: Ratings, split) -> np.ndarray:
    """Where the held-out entries stand in the data of the whole matrix."""
    numbers, matrix = np.arange(ratings.n_ratings) + 1, ratings.matrix
    places = csr_array((numbers, matrix.indices, matrix.indptr), shape=matrix.shape)
    return np.asarray(places[split.test_users, split.test_items]).ravel() - 1


def test_tested_users_without_a_training_rating_are_counted_in_each_fold():
    """Each rating is held out in one of two folds, which leaves a user with a single rating none to train on."""
    table = {user: {item: 1.0 + (user * item) % 5 for item in range(9)} for user in range(1, 11)}
    lonely = ratings_from(table | {11: {3: 4.0}, 12: {5: 2.0}})
    spec = EvaluationSpec(split=SplitSpec(protocol="kfold", folds=2, seed=1), baselines=("popular",))
    for split in splits(lonely, spec.split):
        assert split.train.user_counts[:10].all()
    assert evaluate(lonely, spec, [Setting(query=QuerySpec(k=3, dim=2))]).n_cold == 2


def test_a_second_run_equals_the_first(ratings, evaluation):
    again = evaluate(ratings, HOLDOUT, SETTINGS)
    for part in ("figures", "resampled", "shifts"):
        for name, values in getattr(evaluation, part).items():
            np.testing.assert_array_equal(values, getattr(again, part)[name])
    assert [row.ci95 for row in evaluation.rows] == [row.ci95 for row in again.rows]


def test_a_sample_measures_some_users_as_they_are_measured_among_all(ratings):
    """The others are trained on all the same: only who is averaged over differs."""
    part = evaluate(ratings, replace(HOLDOUT, sample=20), SETTINGS[3:4])
    assert len(part.users) == 20
    (split,) = splits(ratings, HOLDOUT.split)
    tested = HeldOut.of(split, None)
    setting = SETTINGS[3]
    (made,) = outcomes(Explorer(split.train, in_memory=True), tested, setting.query, [setting.scoring], n=5)
    own = np.isin(tested.users[tested.owners], part.users)
    errors = made.predicted[own] - split.test_ratings[own]
    assert part.n_ratings == own.sum()
    assert part.rows[-1].metrics["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)))


def test_every_rating_is_tested_once_by_k_folds(ratings):
    spec = EvaluationSpec(split=SplitSpec(folds=3), n=5)
    found = evaluate(ratings, spec, [Setting(query=QuerySpec(k=10, dim=8))])
    assert found.n_ratings == ratings.n_ratings
    np.testing.assert_array_equal(found.users, np.arange(ratings.n_users))


@pytest.mark.parametrize("setting", [None, SETTINGS[5]], ids=["a baseline", "a setting"])
def test_lists_of_several_folds_make_the_catalogue_figures(ratings, setting):
    """Coverage and Gini are means over folds; popularity pools all places; novelty is each user's mean, averaged."""
    spec = EvaluationSpec(split=SplitSpec(folds=2), n=5, baselines=("item_mean",))
    found = evaluate(ratings, spec, SETTINGS[5:6])
    uses, places, raters, bits = [], 0, 0, []
    for split in splits(ratings, spec.split):
        tested = HeldOut.of(split, None)
        if setting is None:
            lists = top_unseen(item_mean(split.train).scores, split.train, tested.users, 5)
        else:
            explorer = Explorer(split.train, in_memory=True)
            lists = outcomes(explorer, tested, setting.query, [setting.scoring], n=5)[0].lists
        uses.append(catalogue_use(lists, split.train.item_counts, ratings.n_users))
        places += (lists >= 0).sum()
        raters += split.train.item_counts[lists[lists >= 0]].sum()
        bits.append(dict(zip(tested.users, novelty(lists, split.train.item_counts, ratings.n_users), strict=True)))
    row = found.rows[setting is not None]
    assert row.metrics["item_coverage"] == pytest.approx(np.mean([use.item_coverage for use in uses]))
    assert row.metrics["gini"] == pytest.approx(np.mean([use.gini for use in uses]))
    assert row.metrics["popularity"] == pytest.approx(raters / places)
    own = [np.mean([fold[user] for fold in bits if user in fold]) for user in found.users]
    assert row.metrics["novelty"] == pytest.approx(np.mean(own))
    for name in ("item_coverage", "gini", "popularity", "novelty"):
        low, high = row.ci95[name]
        assert low < row.metrics[name] < high


def test_the_shape_of_the_baselines(evaluation):
    rows = {row.name: row for row in evaluation.rows if isinstance(row.model, str)}
    assert list(rows) == ["bias", "popular", "item_mean", "random"]
    assert rows["popular"].metrics["rmse"] is None
    assert "rmse" not in rows["popular"].ci95
    assert rows["bias"].metrics["coverage"] is None
    assert rows["random"].metrics["ndcg"] < rows["popular"].metrics["ndcg"]


def test_neighbours_find_what_the_clusters_like():
    """These ratings have tastes in them: user-kNN predicts better than what knows of none, beyond the interval."""
    found = evaluate(clustered_ratings(250, 120, 4, seed=3), HOLDOUT, SETTINGS[4:6])
    assert found.difference("rmse", SETTINGS[4], "bias").high < 0
    assert found.difference("mae", SETTINGS[5], "item_mean").high < 0


def test_a_difference_is_paired_and_has_a_sign(evaluation):
    first, second = SETTINGS[0], SETTINGS[2]
    one, other = evaluation.difference("mae", first, second), evaluation.difference("mae", second, first)
    assert one.estimate == pytest.approx(-other.estimate)
    maes = [evaluation.rows[evaluation.models.index(each)].metrics["mae"] for each in (first, second)]
    assert one.estimate == pytest.approx(maes[0] - maes[1])
    assert evaluation.difference("ndcg", first, first).estimate == 0
    with pytest.raises(SpecError, match="predict ratings"):
        evaluation.difference("rmse", "popular", first)
    with pytest.raises(SpecError, match=r"metric='auc' is not measured; choose rmse, .*gini"):
        evaluation.difference("auc", "popular", first)


def test_relevance_from_a_threshold_leaves_out_users_without_any(ratings):
    high = evaluate(ratings, replace(HOLDOUT, relevant_from=ratings.scale[1], baselines=("popular",)), [])
    (split,) = splits(ratings, HOLDOUT.split)
    best = split.test_ratings == ratings.scale[1]
    users = np.unique(split.test_users[best])
    assert len(users) < len(high.users)
    lists = top_unseen(popular(split.train).scores, split.train, users, 5)
    hits = [np.isin(lists[at], split.test_items[best & (split.test_users == user)]) for at, user in enumerate(users)]
    assert high.rows[0].metrics["precision"] == pytest.approx(np.mean(hits))
    assert high.rows[0].metrics["hit_rate"] == pytest.approx(np.mean(np.any(hits, axis=1)))
    nothing = evaluate(ratings, replace(HOLDOUT, relevant_from=100), SETTINGS[:1])
    assert nothing.rows[-1].metrics["ndcg"] is None
    assert nothing.rows[-1].metrics["rmse"] is not None


def test_progress_rises_to_the_end_and_any_report_may_stop_the_work(ratings):
    spec = EvaluationSpec(split=SplitSpec(folds=2), n=5, baselines=("bias",))
    reports: list[tuple[float, float | None]] = []
    words: list[str] = []
    evaluate(ratings, spec, SETTINGS[:3], progress=lambda done, total: reports.append((done, total)), say=words.append)
    done = [each for each, _ in reports]
    assert done == sorted(done)
    assert reports[-1][0] < reports[-1][1]
    assert {total for _, total in reports} == {reports[0][1]}
    assert words[-1] == "Drawing intervals, 1,000 resamples of the users"
    assert words[0] == "Fitting baselines, fold 1 of 2"
    for stop_at in range(0, len(reports), 3):
        countdown = iter(range(stop_at))

        def stopped(*_: object, left: Iterator[int] = countdown) -> None:
            if next(left, None) is None:
                raise CancelledError("stopped")

        with pytest.raises(CancelledError):
            evaluate(ratings, spec, SETTINGS[:3], progress=stopped)


def test_a_grid_is_all_combinations_without_repeats():
    made = grid({"k": [5, 10], "ranking": ["learned", "damped", "learned"]}, Setting(query=QuerySpec(dim=7)))
    assert [(one.query.k, one.query.dim, one.scoring.ranking) for one in made] == [
        (5, 7, "learned"),
        (5, 7, "damped"),
        (10, 7, "learned"),
        (10, 7, "damped"),
    ]
    assert grid({}) == [Setting()]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n": [3]}, "no such parameter"),
        ({"k": [0]}, "k=0"),
        ({"k": range(1, 40), "ef": range(1, 40)}, "1,521"),
        ({"k": []}, "0 settings"),
    ],
)
def test_a_grid_refuses_what_it_cannot_make(values, message):
    with pytest.raises(SpecError, match=message):
        grid(values)


def test_more_neighbours_than_others_are_refused_before_anything_is_fitted(ratings):
    with pytest.raises(SpecError, match="k=60"):
        evaluate(ratings, HOLDOUT, [Setting(query=QuerySpec(k=60))])
