"""Charts, tables and sentences of the Diagnostics page show the numbers of the diagnosis."""

import numpy as np
import pytest

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.recall import IndexRecall
from ucf_core.studies.diagnosis.hubness import Hubness, chance, occurrence_bins
from ucf_core.studies.diagnosis.popularity_groups import PopularityGroup, popularity_groups
from ucf_core.studies.diagnosis.recall_by_profile import ProfileRecall
from ucf_core.studies.diagnosis.similarity_distribution import SimilarityDistribution
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_core.studies.evaluation.intervals import Interval
from ucf_ui.base import text
from ucf_ui.figures.diagnostics import (
    occurrence_bars,
    popularity_bars,
    popularity_scatter,
    recall_by_profile,
    similarity_histograms,
)
from ucf_ui.figures.search import recall_against_time
from ucf_ui.views.diagnostics import tables as diagnostics_tables
from ucf_ui.views.diagnostics import words as diagnostics_words


@pytest.fixture(scope="module")
def diagnosis(clustered):
    return ucf.diagnose(ucf.Explorer(clustered, in_memory=True), QuerySpec(k=12, dim=16, engine="exact"))


def numbers(values):
    return np.asarray(values, dtype=float)


def of(occurrences, n_lists, k, separation=0.9):
    """A diagnosis with given counts; the sentences do not use the rest."""
    rng = np.random.default_rng(0)
    negatives = rng.random(1_000).astype(np.float32)
    positives = np.full(100, np.quantile(negatives, separation), dtype=np.float32)
    none = np.empty(0, dtype=np.int32)
    return ucf.Diagnosis(
        query=QuerySpec(k=k),
        engine="exact",
        n_lists=n_lists,
        hubness=Hubness(np.array(occurrences)),
        by_chance=chance(n_lists, k, len(occurrences)),
        users=none.astype(np.int64),
        rows=none,
        similarities=np.empty(0, dtype=np.float32),
        similarity=SimilarityDistribution(positives, negatives),
        recall=None,
        recall_by_profile=(),
    )


def test_bars_count_every_user_beside_chance(diagnosis):
    bins = occurrence_bins(diagnosis.hubness.occurrences, diagnosis.by_chance)
    users, by_chance, here = occurrence_bars(bins, 5).data
    assert sum(numbers(users.y)) == 400
    assert sum(numbers(by_chance.y)) == pytest.approx(400, abs=1)
    assert list(users.x[:4]) == ["0", "1", "2-3", "4-7"]
    assert list(here.x) == ["4-7"]


def test_the_chosen_user_is_marked_in_the_right_bar(diagnosis):
    bins = occurrence_bins(diagnosis.hubness.occurrences, diagnosis.by_chance)
    top = int(diagnosis.hubness.occurrences.max())
    figure = occurrence_bars(bins, top)
    filled = [label for label, amount in zip(figure.data[0].x, figure.data[0].y, strict=True) if amount]
    assert figure.data[2].x[0] == filled[-1]
    assert len(occurrence_bars(bins, None).data) == 2


def test_histograms_are_per_cent_of_their_own_kind(diagnosis):
    random, near = similarity_histograms(diagnosis.similarity).data
    assert (random.name, near.name) == ("Random pairs", "User and neighbour")
    assert sum(numbers(random.y)) == pytest.approx(100)
    assert sum(numbers(near.y)) == pytest.approx(100)
    assert np.average(numbers(near.x), weights=numbers(near.y)) == pytest.approx(
        diagnosis.similarity.neighbours.mean(), abs=0.02
    )


def test_recall_by_profile_shows_mean_interval_and_users():
    groups = [ProfileRecall(20, 30, 40, Interval(0.9, 0.8, 0.95)), ProfileRecall(31, 31, 1200, Interval(1, 1, 1))]
    (marks,) = recall_by_profile(groups).data
    assert list(marks.x) == ["20-30<br>40 users", "31<br>1,200 users"]
    assert numbers(marks.y) == pytest.approx([90, 100])
    assert numbers(marks.error_y.array) == pytest.approx([5, 0])
    assert numbers(marks.error_y.arrayminus) == pytest.approx([10, 0])


def test_popularity_charts_leave_out_users_without_a_list():
    profiles, lists = np.array([0.1, 0.2, np.nan, 0.3]), np.array([0.2, 0.4, 0.5, np.nan])
    bias = PopularityBias(profiles, lists, profiles, lists)
    line, dots, here = popularity_scatter(bias, 1).data
    assert numbers(line.x).tolist() == numbers(line.y).tolist()
    assert (numbers(dots.x), numbers(dots.y)) == (pytest.approx([10, 20]), pytest.approx([20, 40]))
    assert (here.x[0], here.y[0]) == (pytest.approx(20), pytest.approx(40))
    for row in (None, 2, 3):
        assert len(popularity_scatter(bias, row).data) == 2
    rated, recommended = popularity_bars(popularity_groups(bias)).data
    assert (list(rated.x), rated.y[0], recommended.y[0]) == (["All users"], pytest.approx(15), pytest.approx(30))


def test_groups_of_taste_are_named_at_both_ends():
    groups = [PopularityGroup(10, share, share) for share in (0.1, 0.2, 0.3)]
    assert list(popularity_bars(groups).data[0].x) == ["Rarest", "2", "Most popular"]


def test_every_chart_has_a_title_and_named_axes(diagnosis):
    bias = PopularityBias(*[np.array([0.1, 0.3])] * 4)
    for figure in (
        occurrence_bars(occurrence_bins(diagnosis.hubness.occurrences, diagnosis.by_chance), 1),
        similarity_histograms(diagnosis.similarity),
        recall_by_profile([ProfileRecall(1, 2, 3, Interval(1, 1, 1))]),
        popularity_scatter(bias, 0),
        popularity_bars(popularity_groups(bias)),
    ):
        assert figure.layout.title.text
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text


def test_recall_against_time_shows_each_search_once_and_exact_search():
    same = RecallPoint(8, IndexRecall(0.7, 0.8, 1.2), 0.01, 0.5)
    points = [
        same,
        RecallPoint(16, same.recall, 0.01, 0.5),
        RecallPoint(64, IndexRecall(0.9, 0.95, 1.01), 0.04, 0.5, fell_back=True),
    ]
    curve, exact, here = recall_against_time(points, points[2]).data
    assert numbers(curve.x).tolist() == [0.01, 0.04]
    assert numbers(curve.y) == pytest.approx([70, 90])
    assert list(curve.text) == ["16", "64"]
    assert ["exact search answered for some users" in message for message in curve.customdata] == [False, True]
    assert list(exact.x) == [0.5, 0.5]
    assert (here.x[0], here.y[0]) == (0.04, pytest.approx(90))


def test_the_hub_table_lists_hubs_first(diagnosis, clustered):
    ids, (frame, _) = diagnostics_tables.hub_table(diagnosis, clustered, most=3)
    hubs = diagnosis.hubness.hubs(3)
    assert ids == clustered.users.ids[hubs].tolist()
    assert frame["Lists"].tolist() == sorted(diagnosis.hubness.occurrences.tolist(), reverse=True)[:3]
    assert frame["Share"].to_numpy() == pytest.approx(frame["Lists"] / 4)
    assert frame["Ratings"].tolist() == clustered.user_counts[hubs].tolist()


@pytest.mark.parametrize(
    ("occurrences", "k", "words"),
    [
        ([40] + [1] * 40, 2, "Strong hubness"),
        ([2] * 40, 2, "Almost no hubness"),
        ([1] * 10 + [2] * 20 + [3] * 8 + [4, 5, 4, 2], 2, "Some hubness"),
        ([0] * 4 + [3] * 36, 2, "No hubs"),
    ],
)
def test_skewness_in_words(occurrences, k, words):
    assert words in diagnostics_words.hubness(of(occurrences, len(occurrences), k))


def test_too_few_lists_have_no_skewness():
    found = of([1, 1, 1, 0, 0, 0, 0], 3, 1)
    assert "Too few lists" in diagnostics_words.hubness(found)
    assert "3 users of 7, drawn at random" in diagnostics_words.lists_counted(found)
    assert "all 2 users" in diagnostics_words.lists_counted(of([1, 1], 2, 1))


@pytest.mark.parametrize(("share", "words"), [(0.99, "nearly always"), (0.9, "mostly"), (0.6, "hardly")])
def test_separation_in_words(share, words):
    assert words in diagnostics_words.separation(of([1, 1, 1], 3, 1, share))


def test_ratios_and_factors_as_text():
    assert (text.ratio(1.00341), text.ratio(1), text.ratio(float("inf"))) == ("1.003", "1.000", "unbounded")
    assert (diagnostics_words.times(0.5), diagnostics_words.times(-0.25)) == ("1.50 times", "0.75 times")
