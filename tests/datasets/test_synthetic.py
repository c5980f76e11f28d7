"""Synthetic ratings keep what they promise: exact sizes, ml-25m's marginals, and tastes that neighbours share."""

import csv
import json
import resource
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ucf_core import cli
from ucf_core.datasets import read_ratings, synthetic
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize, write_movielens
from ucf_core.datasets.synthetic_opinions import VALUE_COUNTS
from ucf_core.datasets.synthetic_pairs import counts_per_item, counts_per_user
from ucf_core.errors import CancelledError, DatasetError, SpecError

SPEC = SyntheticSpec(n_users=2_000, n_items=1_500, n_ratings=100_000)
SMALL = SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500, seed=3)


@pytest.fixture(scope="module")
def drawn():
    return synthesize(SPEC)


@pytest.fixture(scope="module")
def small():
    return synthesize(SMALL)


def rows_of(ratings):
    return np.repeat(np.arange(ratings.n_users), ratings.user_counts)


# sizes and marginals


@pytest.mark.parametrize(
    ("n_users", "n_items", "n_ratings"),
    [
        (1, 1, 1),
        (1, 50, 50),
        (50, 1, 50),
        (5, 7, 9),
        (10, 10, 10),
        (10, 10, 99),
        (10, 10, 100),
        (100, 1_000, 99_000),
        (3_000, 20, 50_000),
        (20, 3_000, 3_001),
        (5_000, 60, 5_000),
        (6_040, 3_706, 1_000_209),  # ml-1m
    ],
)
def test_every_possible_size_has_distinct_pairs_and_the_planned_counts(n_users, n_items, n_ratings):
    size = n_users, n_items, n_ratings
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


# tastes


def nearest(similarities, k):
    """The similarities of each row's k nearest others, 0 for all else."""
    np.fill_diagonal(similarities, -1)
    least = np.partition(similarities, -k, axis=1)[:, -k]
    return np.where(similarities >= np.maximum(least, 0)[:, None], similarities, 0)


def test_neighbours_predict_ratings_better_than_biases_and_lists_better_than_popularity(drawn):
    users, items, values = rows_of(drawn), drawn.matrix.indices, drawn.matrix.data.astype(float)
    held = np.random.default_rng(0).random(values.size) < 0.1
    shape = drawn.matrix.shape

    def dense(chosen, of):
        matrix = np.zeros(shape)
        matrix[users[chosen], items[chosen]] = of[chosen]
        return matrix

    def damped_means(groups, n, of):
        return np.bincount(groups[~held], of[~held], n) / (np.bincount(groups[~held], minlength=n) + 5)

    mean = values[~held].mean()
    item_bias = damped_means(items, shape[1], values - mean)
    user_bias = damped_means(users, shape[0], values - mean - item_bias[items])
    by_bias = mean + item_bias[items] + user_bias[users]
    residuals, rated = dense(~held, values - by_bias), dense(~held, np.ones(values.size))
    units = residuals / np.linalg.norm(residuals, axis=1, keepdims=True)
    weights = nearest(units @ units.T, 100)
    by_neighbours = by_bias + ((weights @ residuals) / (weights @ rated + 1))[users, items]

    def rmse(predicted):
        return np.sqrt(np.mean((predicted - values)[held] ** 2))

    assert rmse(by_neighbours) < 0.98 * rmse(by_bias) < 0.9 * values.std()

    units = rated / np.linalg.norm(rated, axis=1, keepdims=True)
    hidden = dense(held, np.ones(values.size))

    def recall(scores):
        best = np.argpartition(-np.where(rated > 0, -np.inf, scores), 10, axis=1)[:, :10]
        return np.take_along_axis(hidden, best, axis=1).sum() / hidden.sum()

    assert recall(nearest(units @ units.T, 50) @ rated) > 1.08 * recall(np.broadcast_to(rated.sum(axis=0), shape))


# films and times


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


# seeds and specs


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


# files


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
    film = next(row for row, title in enumerate(drawn.catalogue.titles) if "," in title)
    assert f'"{drawn.catalogue.titles[film]} ({drawn.catalogue.years[film]})"' in files["movies.csv"]
    back = read_ratings(tmp_path / "made" / "ml")
    assert (back.fingerprint, back.report) == (drawn.fingerprint, drawn.report)


def test_an_empty_folder_is_filled_and_a_full_one_left_alone(small, tmp_path):
    (tmp_path / "ml").mkdir()
    write_movielens(small, tmp_path / "ml")
    file = tmp_path / "ml" / "ratings.csv"
    for taken, problem in ((file.parent, "not empty; choose another"), (file, "not empty"), (file / "in", "cannot be")):
        with pytest.raises(DatasetError, match=problem):
            write_movielens(synthesize(SyntheticSpec(n_users=1, n_items=1, n_ratings=1)), taken)
    assert len(file.read_text().splitlines()) == SMALL.n_ratings + 1
    assert [path.name for path in tmp_path.iterdir()] == ["ml"]


REFUSED = """
import resource, signal, sys
from pathlib import Path
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize, write_movielens
from ucf_core.errors import DatasetError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
drawn = synthesize(SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write_movielens(drawn, Path(sys.argv[1]))
except DatasetError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_disk_that_refuses_gives_one_message_and_leaves_nothing(tmp_path):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path / "ml")], capture_output=True, text=True, check=True
    )
    assert "cannot be written: File too large; 2,500 ratings take about 1 MB" in done.stdout
    assert list(tmp_path.iterdir()) == []


# progress


def test_progress_rises_to_1_and_what_it_raises_stops_the_work(small, tmp_path):
    for number, work in enumerate((lambda p, _: synthesize(SPEC, p), lambda p, to: write_movielens(small, to, p))):
        reported = []
        work(lambda done, total, reported=reported: reported.append((done, total)), tmp_path / str(number))
        assert reported == sorted(reported)
        assert reported[-1] == (1.0, 1.0)
        for at in {reported[0], reported[len(reported) // 2]}:

            def stop(done, total, at=at):
                if (done, total) == at:
                    raise CancelledError("stop")
                assert (done, total) < at

            with pytest.raises(CancelledError):
                work(stop, tmp_path / "stopped")
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


# the command


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
    monkeypatch.setattr(synthetic, "synthesize", lambda *_: pytest.fail("drawn before the folder was checked"))
    for words in (
        ("--ratings", 2_500, "--out", tmp_path / "full"),
        ("--ratings", 101, "--users", 10, "--items", 10, "--out", tmp_path / "ml"),
        ("--ratings", -1, "--out", tmp_path / "ml"),
        ("--ratings", 10, "--users", 0, "--out", tmp_path / "ml"),
    ):
        code, printed, errors = run(*words)
        assert (code, printed, errors.count("\n")) == (1, "", 1)
        assert "choose" in errors
