"""Charts hold the numbers of the results that they are made from, and say what the axes are."""

import numpy as np
import pytest
from toy import ratings_from

import ucf_core as ucf
from ucf_ui.figures.dataset import activity_histogram, dataset_histogram, popularity_curve
from ucf_ui.figures.films import evidence_bars
from ucf_ui.figures.search import recall_curve, similarity_by_rank
from ucf_ui.figures.users import genre_bars, rating_histogram, shared_ratings


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


@pytest.fixture(scope="module")
def poor(explorer):
    """A neighbour list of an index that misses some."""
    inspection = explorer.inspect(1, k=20, dim=16, ef=1, M=2, ef_construction=5)
    assert inspection.missed.size
    return inspection


@pytest.fixture(scope="module")
def all_figures(explorer, clustered, poor):
    profile = explorer.profile(1)
    points = explorer.index_recall(k=10, dim=16, ef=[8, 64], sample=20)
    shared = ucf.compare_users(clustered, 0, 1)
    made = explorer.recommend(1, k=20)
    return {
        "rating_histogram": rating_histogram(profile, clustered.value_counts[1]),
        "similarity_by_rank": similarity_by_rank(poor),
        "shared_ratings": shared_ratings(shared, clustered, "1", "2"),
        "recall_curve": recall_curve(points, points[0]),
        "evidence_bars": evidence_bars(made.evidence[0], ["x"] * int(made.support[0])),
        "dataset_histogram": dataset_histogram(*clustered.value_counts),
        "activity_histogram": activity_histogram(clustered.user_counts, 30),
        "popularity_curve": popularity_curve(clustered.item_counts),
    }


def numbers(values):
    return np.asarray(values, dtype=float)


def test_every_chart_has_a_title_and_named_axes(all_figures):
    for name, figure in all_figures.items():
        assert figure.layout.title.text, name
        assert figure.layout.xaxis.title.text, name
        assert figure.layout.yaxis.title.text, name


def test_the_rating_histogram_shows_shares_that_sum_to_100(explorer, clustered, all_figures):
    own, all_users = all_figures["rating_histogram"].data
    profile = explorer.profile(1)
    assert numbers(own.y) == pytest.approx(100 * profile.value_counts / profile.count)
    assert sum(numbers(own.y)) == pytest.approx(100)
    assert sum(numbers(all_users.y)) == pytest.approx(100)
    assert list(own.x) == [f"{value:g}" for value in np.unique(clustered.matrix.data)]


def test_genre_bars_count_the_films_most_first():
    ratings = ratings_from(
        {1: {10: 4, 20: 2, 30: 3}, 2: {10: 1}},
        {
            10: ucf.ItemInfo("Ten", None, ("Drama", "<i>War</i>")),
            20: ucf.ItemInfo("Twenty", None, ("Drama",)),
            30: ucf.ItemInfo("Thirty"),
        },
    )
    (bars,) = genre_bars(ucf.user_profile(ratings, 0).genres).data
    assert list(bars.y)[::-1] == ["Drama", "&lt;i&gt;War&lt;/i&gt;"]
    assert list(bars.x)[::-1] == [2, 1]
    assert list(bars.text)[::-1] == ["3.0 stars", "4.0 stars"]


def test_similarities_that_hardly_differ_do_not_look_like_a_cliff(explorer):
    """The margin beside the axis is fixed, too: ticks as close as these would need four decimals and more room."""
    near = explorer.inspect(1, k=2)
    low, high = similarity_by_rank(near).layout.yaxis.range
    assert high - low == pytest.approx(max(0.04, np.ptp(near.exact.similarities)))
    assert low < near.exact.similarities.min() <= near.exact.similarities.max() < high


def test_similarity_by_rank_shows_both_lists_and_what_was_missed(poor, all_figures):
    traces = {trace.name: trace for trace in all_figures["similarity_by_rank"].data}
    assert numbers(traces["Exact"].y) == pytest.approx(poor.exact.similarities)
    assert numbers(traces["HNSW"].y) == pytest.approx(poor.found.similarities)
    ranks = [1 + poor.exact.rows.tolist().index(row) for row in poor.missed.tolist()]
    assert list(traces["Missed"].x) == ranks


def test_an_exact_list_has_nothing_missed(explorer):
    names = [trace.name for trace in similarity_by_rank(explorer.inspect(1, k=5, engine="exact")).data]
    assert "HNSW" not in names
    assert "Missed" not in names


def test_shared_ratings_shows_both_ratings_of_each_film_and_its_title_as_text():
    ratings = ratings_from(
        {"<b>": {1: 4, 2: 2, 3: 5}, "b": {1: 5, 2: 2}}, {1: ucf.ItemInfo("<script>x</script>"), 2: ucf.ItemInfo("Same")}
    )
    figure = shared_ratings(ucf.compare_users(ratings, 0, 1), ratings, "<b>", "b")
    own, other = figure.data[-2:]
    assert (own.name, other.name) == ("User &lt;b&gt;", "User b")
    titles = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    shown = {titles[place]: pair for place, *pair in zip(own.y, own.x, other.x, strict=True)}
    assert shown == {"&lt;script&gt;x&lt;/script&gt;": [4, 5], "Same": [2, 2]}


def test_of_many_shared_films_the_best_known_are_shown(clustered):
    shared = ucf.compare_users(clustered, 0, 8)
    figure = shared_ratings(shared, clustered, "1", "9", most=5)
    assert shared.items.size > 5
    assert f"5 best known of {shared.items.size}" in figure.layout.title.text
    best = sorted(clustered.item_counts[shared.items].tolist(), reverse=True)[:5]
    by_title = {clustered.title(item): int(clustered.item_counts[item]) for item in shared.items.tolist()}
    assert sorted((by_title[title] for title in figure.layout.yaxis.ticktext), reverse=True) == best


def test_the_recall_curve_marks_the_present_setting(explorer, all_figures):
    points = explorer.index_recall(k=10, dim=16, ef=[8, 64], sample=20)
    by_id, by_distance, here = all_figures["recall_curve"].data
    assert numbers(by_id.x).tolist() == [8, 64]
    assert numbers(by_id.y) == pytest.approx([100 * point.recall.recall_by_id for point in points])
    assert numbers(by_distance.y) == pytest.approx([100 * point.recall.recall_by_distance for point in points])
    assert (here.x[0], here.y[0]) == (8, pytest.approx(100 * points[0].recall.recall_by_id))


def test_evidence_bars_show_what_each_neighbour_gave(explorer):
    evidence = explorer.recommend(1, k=20).evidence[0]
    (bars,) = evidence_bars(evidence, [f"<{row}>" for row in evidence.users.tolist()], most=3).data
    assert list(bars.x) == [f"User &lt;{row}&gt;" for row in evidence.users.tolist()[:3]]
    assert numbers(bars.y) == pytest.approx(evidence.ratings[:3])
    assert numbers(bars.marker.color) == pytest.approx(evidence.similarities[:3])


def test_histograms_of_the_dataset_count_everything_once(clustered, all_figures):
    assert sum(all_figures["dataset_histogram"].data[0].y) == clustered.n_ratings
    assert sum(all_figures["activity_histogram"].data[0].y) == clustered.n_users
    curve = all_figures["popularity_curve"].data[0]
    assert curve.y[0] == clustered.item_counts.max()
    assert curve.y[-1] == clustered.item_counts.min()


@pytest.mark.parametrize("counts", [[3], [1, 1, 1], [1, 2], [5, 5, 900]])
def test_the_activity_histogram_stands_any_counts(counts):
    figure = activity_histogram(np.array(counts), counts[0])
    assert sum(figure.data[0].y) == len(counts)
    assert list(figure.data[1].x) == [counts[0]] * 2
