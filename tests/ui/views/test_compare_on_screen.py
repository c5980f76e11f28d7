"""Charts and tables of two users, and of two lists, show the right numbers."""

import numpy as np
import pandas as pd
import pytest
from toy import clustered_ratings, ratings_from, toy_ratings

import ucf_core as ucf
from ucf_core.neighbours.comparison import GenrePair, compare_pair
from ucf_core.recommendations.list_pairs import pair_lists
from ucf_ui.figures.compare import agreement_scatter, genre_pairs, rank_shifts
from ucf_ui.views.compare import settings as compare_settings
from ucf_ui.views.compare import tables as compare_tables


@pytest.fixture(scope="module")
def explorer():
    return ucf.Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


def scatter(ratings):
    pair = compare_pair(ratings, 0, 1)
    figure = agreement_scatter(pair.shared, ratings, "<1>", "2")
    return pair, figure, {trace.name: trace for trace in figure.data}


def test_every_shared_film_is_a_point_near_its_two_ratings(explorer):
    pair, figure, traces = scatter(explorer.ratings)
    points = traces["Shared film"]
    step = 0.5
    assert len(points.x) == pair.shared.items.size > 1
    assert np.abs(np.asarray(points.x) - pair.shared.first).max() <= 0.36 * step + 1e-9
    assert np.abs(np.asarray(points.y) - pair.shared.second).max() <= 0.36 * step + 1e-9
    assert figure.layout.xaxis.title.text == "User &lt;1&gt; (stars)"
    again = {trace.name: trace for trace in scatter(explorer.ratings)[1].data}["Shared film"]
    assert list(again.x) == list(points.x)
    assert list(again.y) == list(points.y)


def test_films_with_the_same_two_ratings_are_counted_and_do_not_hide_each_other():
    ratings = ratings_from({1: dict.fromkeys(range(40), 4.0) | {50: 1.0}, 2: dict.fromkeys(range(40), 3.0) | {50: 5.0}})
    _, _, traces = scatter(ratings)
    points = traces["Shared film"]
    places = np.column_stack([points.x, points.y])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert apart.min() > 0.02
    assert list(traces["Films at one place"].text) == ["40"]
    alone = [(x, y) for x, y, item in zip(points.x, points.y, points.text, strict=True) if item.startswith("Item 50")]
    assert alone == [(1.0, 5.0)]


def test_fewer_than_5_overlapping_films_are_not_counted():
    assert "Films at one place" not in scatter(toy_ratings())[2]


def test_genres_are_ordered_by_share():
    genres = (
        GenrePair("<Drama>", (3, 1), (0.75, 0.5), (4.0, 2.5)),
        GenrePair("War", (0, 1), (0.0, 0.5), (None, 3.0)),
    )
    other, user = genre_pairs(genres, "1", "2").data
    assert (user.name, other.name) == ("User 1", "User 2")
    assert list(user.y) == ["War", "&lt;Drama&gt;"]
    assert list(user.x) == [0, 75]
    assert list(other.x) == [50, 50]
    assert list(user.customdata) == ["0 films", "3 films, 4.00 stars on average"]


def test_a_line_joins_the_two_ranks_of_a_film_or_ends_below_the_list():
    pair = pair_lists(np.array([7, 3, 5, 8]), np.array([3, 9, 7, 5])).within(3)
    titles = [f"<{row}>" for row in pair.rows.tolist()]
    figure = rank_shifts(pair, titles, 3)
    lines = {trace.text[0].split("<br>")[0]: (trace.name, list(trace.y)) for trace in figure.data if trace.text}
    assert lines == {
        "&lt;7&gt;": ("Falls", [1, 3]),
        "&lt;3&gt;": ("Rises", [2, 1]),
        "&lt;5&gt;": ("In one list alone", [3, 4]),
        "&lt;9&gt;": ("In one list alone", [4, 2]),
    }
    assert figure.layout.yaxis.ticktext == ("1. &lt;7&gt;", "2. &lt;3&gt;", "3. &lt;5&gt;", "below")
    assert figure.layout.yaxis2.ticktext == ("1. &lt;3&gt;", "2. &lt;9&gt;", "3. &lt;7&gt;", "below")
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range


def test_neighbours_of_both_sides_have_ranks_and_similarities(explorer):
    first, second = explorer.neighbours(3, k=10, dim=4), explorer.neighbours(3, k=15, dim=16)
    frame, _ = compare_tables.neighbour_pairs(first, second)
    for place, similarity, side in (("Rank A", "Similarity A", first), ("Rank B", "Similarity B", second)):
        there = frame[frame[place].notna()].sort_values(place)
        assert there["User"].tolist() == side.users.tolist()
        assert there[similarity].to_numpy() == pytest.approx(side.similarities)
        assert frame[frame[place].isna()][similarity].isna().all()
    common = set(first.rows.tolist()) & set(second.rows.tolist())
    assert (frame["In"] == "Both").sum() == len(common)
    assert (frame["In"] == "A only").sum() == 10 - len(common)
    overlap = compare_tables.overlap(first.rows, second.rows, 5, 10, 50)
    assert (overlap.common, overlap.size) == (len(common), 10)
    assert overlap.at == {
        depth: len(set(first.rows[:depth].tolist()) & set(second.rows[:depth].tolist())) / depth for depth in (5, 10)
    }


def test_films_of_both_sides_have_ranks_and_predictions(explorer):
    first = explorer.recommend(3, k=10, n=30)
    second = explorer.recommend(3, k=30, ranking="damped", n=30)
    frame, _ = compare_tables.film_table(compare_tables.film_pairs(first, second, 5), first, second)
    titles = {side: made.titles for side, made in (("A", first), ("B", second))}
    assert set(frame["Film"]) == set(titles["A"][:5]) | set(titles["B"][:5])
    for _, row in frame.iterrows():
        for side, made in (("A", first), ("B", second)):
            if row["Film"] in titles[side]:
                place = titles[side].index(row["Film"])
                assert row[f"Rank {side}"] == place + 1
                assert row[f"Predicted {side}"] == pytest.approx(made.predicted_ratings[place])
            else:
                assert row[[f"Rank {side}", f"Predicted {side}"]].isna().all()
        both = row[["Rank A", "Rank B"]].notna().all()
        if both:
            assert row["Change"] == row["Rank A"] - row["Rank B"]
        else:
            assert pd.isna(row["Change"])


def test_films_loved_by_one_user_are_listed_best_first(explorer):
    pair = compare_pair(explorer.ratings, 0, 1)
    frame, _ = compare_tables.unseen_table(pair.loved_by[0], explorer.ratings, most=7)
    assert frame["Film"].tolist() == [explorer.ratings.title(row) for row in pair.loved_by[0].items.tolist()[:7]]
    assert frame["Stars"].is_monotonic_decreasing
    assert frame["Stars"].min() >= pair.loved_from


@pytest.mark.parametrize(
    ("query", "scoring", "expected"),
    [
        ({"M": 2}, {}, "M 2,"),
        ({"ef_construction": 10}, {}, "ef_construction 10,"),
        ({"M": 2, "engine": "exact"}, {}, None),
        ({}, {"ranking": "learned", "ridge": 1.0}, "ridge of the list 1"),
        ({}, {"ridge": 1.0}, None),
        ({}, {"aggregation": "learned", "rating_ridge": 7.5}, "ridge of the ratings 7.5"),
        ({}, {"rating_ridge": 7.5}, None),
    ],
)
def test_settings_without_effect_are_left_out(query, scoring, expected):
    words = compare_settings.sentence(ucf.QuerySpec(dim=16, **query), ucf.ScoringSpec(**scoring))
    assert expected in words if expected else not {"M", "ridge"} & set(words.replace(",", "").split())


def test_settings_in_words():
    words = compare_settings.sentence(ucf.QuerySpec(dim=16), ucf.ScoringSpec())
    assert words == "k 50, dim 16, ef 128, ratings as given, list by weighted ratings, predicted by bias plus offset"
    raw = compare_settings.sentence(ucf.QuerySpec(space="raw"), ucf.ScoringSpec(min_support=3, amplification=2.5))
    assert raw.startswith("k 50, ratings as given, raw ratings, list")
    assert raw.endswith("minimum support 3, amplification 2.5")
    exact = compare_settings.sentence(ucf.QuerySpec(dim=8, engine="exact"), ucf.ScoringSpec(neighbourhood="per_item"))
    assert "dim 8, ratings as given, exact search" in exact
    assert exact.endswith("each film judged by its own nearest raters")
