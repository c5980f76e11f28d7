"""Synthetic ratings keep what they promise: exact sizes, ml-25m's marginals, and tastes that neighbours share."""

import csv
import errno
import json
import sys
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from ucf_core import cli
from ucf_core.base.errors import CancelledError, DatasetError, SpecError
from ucf_core.datasets.read.layouts import read_ratings
from ucf_core.datasets.synthetic import generate
from ucf_core.datasets.synthetic.generate import VALUE_COUNTS, SyntheticSpec, synthesize, write_movielens
from ucf_core.datasets.synthetic.pairs import counts_per_item, counts_per_user

SPEC = SyntheticSpec(n_users=1_000, n_items=1_200, n_ratings=60_000)
SMALL = SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500, seed=3)


@pytest.fixture(scope="module")
def drawn():
    return synthesize(SPEC)


@pytest.fixture(scope="module")
def small():
    return synthesize(SMALL)


def rows_of(ratings):
    return np.repeat(np.arange(ratings.n_users), ratings.user_counts)


ML_1M = (6_040, 3_706, 1_000_209)
ML_100K = (943, 1_682, 100_000)
SPARSE = [(1, 1, 1), (1, 50, 50), (50, 1, 50), (5, 7, 9), (20, 3_000, 3_001), (5_000, 60, 5_000)]
DENSE = [(10, 10, 99), (10, 10, 100), (100, 1_000, 99_000), (3_000, 20, 50_000)]


@pytest.mark.parametrize("size", [*SPARSE, *DENSE, ML_100K], ids=str)
def test_every_possible_size_has_distinct_pairs_and_the_planned_counts(size):
    n_users, n_items, n_ratings = size
    ratings = synthesize(SyntheticSpec(n_users=n_users, n_items=n_items, n_ratings=n_ratings, seed=5))
    assert (ratings.n_users, ratings.n_items, ratings.n_ratings) == size
    assert (np.diff(rows_of(ratings) * n_items + ratings.matrix.indices) > 0).all()  # sorted and without repeats
    assert ratings.user_counts.min() >= min(20, n_ratings // n_users)
    assert ratings.item_counts.min() >= 1
    assert np.sort(ratings.user_counts)[::-1].tolist() == counts_per_user(*size).tolist()
    misplaced = np.abs(np.sort(ratings.item_counts)[::-1] - counts_per_item(*size)).sum() / 2
    assert misplaced <= max(1, 0.005 * n_ratings)
    values = np.bincount((2 * ratings.matrix.data).astype(int), minlength=11)[1:]
    assert values.tolist() == pytest.approx((VALUE_COUNTS * n_ratings / 25_000_095).tolist(), abs=2)


def test_counts_at_full_size_are_those_of_ml_25m():
    full = SyntheticSpec()
    users, items = (counts(full.n_users, full.n_items, full.n_ratings) for counts in (counts_per_user, counts_per_item))
    assert users.sum() == items.sum() == VALUE_COUNTS.sum() == 25_000_095
    assert (users[-1], items[-1]) == (20, 1)
    assert np.quantile(users, [0.25, 0.5, 0.75, 1]) == pytest.approx([36, 71, 162, 32_202], rel=0.02)
    assert items[0] == pytest.approx(81_491, rel=0.02)
    above = [np.count_nonzero(items > bound) for bound in (10_000, 1_000, 100, 10)]
    assert above == pytest.approx([588, 3_794, 10_326, 24_330], rel=0.02)


def nearest(vectors, k):
    """Cosines of each row with its k nearest other rows, 0 for all others."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, 0)
    return np.where(cosines >= np.partition(cosines, -k, axis=1)[:, [-k]], cosines, 0)


def test_neighbours_predict_ratings_better_than_biases_and_lists_better_than_popularity(drawn):
    users, items, values = rows_of(drawn), drawn.matrix.indices, drawn.matrix.data.astype(float)
    held = np.random.default_rng(0).random(values.size) < 0.1

    def dense(chosen, of):
        return csr_array((of[chosen], (users[chosen], items[chosen])), shape=drawn.matrix.shape).toarray()

    def damped_means(groups, of):
        sums, counts = (np.bincount(groups, weights, groups.max() + 1) for weights in (of * ~held, ~held))
        return sums / (counts + 5)

    def rmse(predicted):
        return np.sqrt(np.mean((predicted - values)[held] ** 2))

    def recall(scores):
        best = np.argpartition(-np.where(rated, -np.inf, scores), 10, axis=1)[:, :10]
        return np.take_along_axis(hidden, best, axis=1).sum() / hidden.sum()

    by_bias = values[~held].mean() + damped_means(items, values - values[~held].mean())[items]
    by_bias = by_bias + damped_means(users, values - by_bias)[users]
    residuals = dense(~held, values - by_bias)
    rated, hidden = dense(~held, values) > 0, dense(held, values) > 0
    weights = nearest(residuals, 100)
    by_neighbours = by_bias + ((weights @ residuals) / (weights @ rated + 1))[users, items]
    assert rmse(by_neighbours) < 0.98 * rmse(by_bias) < 0.9 * values.std()
    assert recall(nearest(rated * 1.0, 50) @ rated) > 1.05 * recall(np.tile(rated.sum(axis=0), (SPEC.n_users, 1)))


def test_films_look_like_those_of_movielens(drawn):
    titles, years, genres = drawn.catalogue.titles, drawn.catalogue.years, drawn.catalogue.genres
    assert drawn.items.raw(-1) > 2 * SPEC.n_items
    for mark in (", The", ", A", ": ", '"', "é", "ö"):
        assert any(mark in title for title in titles)
    assert 0 < np.count_nonzero(years == 0) < 0.05 * SPEC.n_items
    assert 1900 <= years[years > 0].min() < 1950 < 2015 < years.max() <= 2019
    assert 0 < sum(not one for one in genres) < 0.15 * SPEC.n_items
    assert len(drawn.catalogue.genre_names) > 15


def test_users_rate_in_sessions_within_movielens_years_and_no_film_before_its_year(drawn):
    years = drawn.timestamps.astype("datetime64[s]").astype("datetime64[Y]").astype(int) + 1970
    assert (years >= drawn.catalogue.years[drawn.matrix.indices]).all()
    assert 1996 <= years.min() < years.max() <= 2019
    order = np.lexsort((drawn.timestamps, rows_of(drawn)))
    gaps = np.diff(drawn.timestamps[order])[np.diff(rows_of(drawn)) == 0]
    assert np.mean(gaps < 600) > 0.6
    assert 0.02 < np.mean(gaps > 86_400) < 0.4


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_others(small, tmp_path):
    for threads in (1, 2):
        with threadpool_limits(threads):
            write_movielens(synthesize(SMALL), tmp_path / str(threads))
    for name in ("ratings.csv", "movies.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    other = synthesize(SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500, seed=4))
    assert not np.array_equal(small.matrix.indices, other.matrix.indices)
    assert small.catalogue.titles != other.catalogue.titles


@pytest.mark.parametrize(
    ("sizes", "remedy"),
    [
        ({"n_users": 0}, "choose 1 <= n_users"),
        ({"n_items": 2.5}, "not a whole number"),
        ({"n_ratings": 2**31}, "choose 1 <= n_ratings"),
        ({"seed": -1}, "choose 0 <= seed"),
        ({"n_users": 10, "n_items": 10, "n_ratings": 101}, "n_ratings=101 .* choose 10 <= n_ratings <= 100"),
        ({"n_users": 30, "n_items": 1_000, "n_ratings": 999}, "n_ratings=999 .* choose 1,000 <= n_ratings <= 30,000"),
    ],
)
def test_impossible_sizes_are_refused_with_the_remedy(sizes, remedy):
    with pytest.raises(SpecError, match=remedy):
        SyntheticSpec(**sizes)


def test_sizes_in_proportion():
    assert SyntheticSpec.scaled(n_ratings=25_000_095) == SyntheticSpec()
    quarter = SyntheticSpec.scaled(n_ratings=6_250_000, seed=2)
    assert quarter == SyntheticSpec(n_users=40_635, n_items=14_762, n_ratings=6_250_000, seed=2)
    assert SyntheticSpec.scaled(n_ratings=500, n_users=7, n_items=90).n_items == 90
    for n_ratings in (1, 2, 10, 153, 1_000, 100_000):
        assert SyntheticSpec.scaled(n_ratings=n_ratings).n_ratings == n_ratings


def test_files_are_spelt_as_those_of_ml_25m_and_read_back_as_the_same_ratings(drawn, tmp_path):
    size = write_movielens(drawn, tmp_path / "made" / "ml")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["ml"]
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "made" / "ml").iterdir()}
    assert size == sum(len(text.encode()) for text in files.values())
    header, first, *_ = files["ratings.csv"].splitlines()
    assert header == "userId,movieId,rating,timestamp"
    item = drawn.items.raw(drawn.matrix.indices[0])
    assert first == f"1,{item},{drawn.matrix.data[0]:.1f},{drawn.timestamps[0]}"
    header, *films = csv.reader(files["movies.csv"].splitlines())
    assert header == ["movieId", "title", "genres"]
    assert "(no genres listed)" in {genres for _, _, genres in films}
    film = next(row for row, title in enumerate(drawn.catalogue.titles) if "," in title and drawn.catalogue.years[row])
    assert f'"{drawn.catalogue.titles[film]} ({drawn.catalogue.years[film]})"' in files["movies.csv"]
    back = read_ratings(tmp_path / "made" / "ml")
    assert (back.fingerprint, back.report) == (drawn.fingerprint, drawn.report)


def test_a_full_folder_or_a_full_disk_gives_one_message_and_changes_nothing(small, tmp_path, monkeypatch):
    (tmp_path / "ml").mkdir()
    write_movielens(small, tmp_path / "ml")
    file = tmp_path / "ml" / "ratings.csv"
    for taken, problem in ((file.parent, "not empty; choose another"), (file, "not empty"), (file / "in", "cannot be")):
        with pytest.raises(DatasetError, match=problem):
            write_movielens(small, taken)

    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(generate, "move_into_place", refuse)
    with pytest.raises(DatasetError, match="cannot be written: No space left on device; 2,500 ratings take about 1 MB"):
        write_movielens(small, tmp_path / "other")
    assert len(file.read_text().splitlines()) == SMALL.n_ratings + 1
    assert [path.name for path in tmp_path.iterdir()] == ["ml"]


def test_progress_rises_to_1_and_what_it_raises_stops_the_work(drawn, tmp_path):
    for work in (lambda p: synthesize(SPEC, p), lambda p: write_movielens(drawn, tmp_path / "ml", p)):
        reported = []

        def stop(done, total, at, reported=reported):
            reported.append((done, total))
            if done >= at:
                raise CancelledError("stop")

        for at in (0.0, 1.0):
            with pytest.raises(CancelledError):
                work(partial(stop, at=at))
        assert reported[1:] == sorted(reported[1:])
        assert reported[0] == reported[1] <= reported[-1] == (1.0, 1.0)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ucf", "synthesize", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return run


def test_the_command_writes_a_folder_and_reports_its_contents(run, tmp_path):
    code, printed, errors = run("--ratings", 20_000, "--seed", 3, "--out", tmp_path / "ml", "--json")
    answer = json.loads(printed)
    assert (code, errors) == (0, "")
    assert answer.pop("seconds") > 0
    size = sum(path.stat().st_size for path in (tmp_path / "ml").iterdir())
    sizes = {"n_users": 130, "n_items": 1_538, "n_ratings": 20_000}  # in ml-25m's proportion, but more items
    assert answer == {"path": str(tmp_path / "ml"), **sizes, "bytes": size}
    assert read_ratings(tmp_path / "ml").fingerprint == synthesize(SyntheticSpec(**sizes, seed=3)).fingerprint


def test_the_command_fails_in_one_line(run, tmp_path, monkeypatch):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    monkeypatch.setattr(generate, "synthesize", lambda *_: pytest.fail("drawn before the folder was checked"))
    for words in (
        ("--ratings", 2_500, "--out", tmp_path / "full"),
        ("--ratings", 101, "--users", 10, "--items", 10, "--out", tmp_path / "ml"),
        ("--ratings", -1, "--out", tmp_path / "ml"),
        ("--ratings", 10, "--users", 0, "--out", tmp_path / "ml"),
    ):
        code, printed, errors = run(*words)
        assert (code, printed, errors.count("\n")) == (1, "", 1)
        assert "choose" in errors
