"""Synthetic ratings against their promise: exact sizes, ml-25m's marginals, and tastes that neighbours share."""

import csv
import itertools
import json
import os
import resource
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from ucf_core import cli
from ucf_core.datasets import synthetic
from ucf_core.datasets import synthetic_shape as shape
from ucf_core.datasets.readers import read_ratings
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize, synthetic_ratings, write_movielens
from ucf_core.datasets.synthetic_films import TASTES
from ucf_core.datasets.synthetic_pairs import _part_doubles
from ucf_core.embedding import fit_embedding
from ucf_core.errors import CancelledError, DatasetError, SpecError
from ucf_core.specs import EmbeddingSpec

SPEC = SyntheticSpec(n_users=2_000, n_items=1_500, n_ratings=100_000, seed=0)


@pytest.fixture(scope="module")
def drawn():
    return synthesize(SPEC)


@pytest.fixture(scope="module")
def small():
    return synthesize(SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500, seed=3))


def per_user(drawn):
    return np.bincount(drawn.users, minlength=drawn.spec.n_users)


def per_item(drawn):
    return np.bincount(drawn.items, minlength=drawn.spec.n_items)


# sizes


def test_the_columns_have_the_promised_types_lengths_and_order(drawn):
    columns = (drawn.users, drawn.items, drawn.ratings, drawn.timestamps)
    assert [column.dtype for column in columns] == [np.int32, np.int32, np.float32, np.int64]
    assert {column.size for column in columns} == {SPEC.n_ratings}
    assert not any(column.flags.writeable for column in columns)
    keys = drawn.users.astype(np.int64) * SPEC.n_items + drawn.items
    assert (np.diff(keys) > 0).all()  # sorted and without repeats


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
        (300, 40, 8_000),
        (100, 1_000, 99_000),
        (3_000, 20, 50_000),
        (20, 3_000, 3_001),
        (5_000, 60, 5_000),  # two blocks of users
        (9_000, 2_500, 400_000),
    ],
)
def test_any_possible_size_is_met_exactly_with_distinct_pairs_and_nobody_left_out(n_users, n_items, n_ratings):
    spec = SyntheticSpec(n_users=n_users, n_items=n_items, n_ratings=n_ratings, seed=5)
    drawn = synthesize(spec)
    keys = drawn.users.astype(np.int64) * n_items + drawn.items
    assert keys.size == n_ratings
    assert (np.diff(keys) > 0).all()
    assert per_user(drawn).size == n_users
    assert per_user(drawn).min() >= min(20, n_ratings // n_users)
    assert per_item(drawn).size == n_items
    assert per_item(drawn).min() >= 1
    assert np.isin(drawn.ratings, shape.VALUES).all()


def test_the_margins_are_the_planned_ones(drawn):
    size = (SPEC.n_users, SPEC.n_items, SPEC.n_ratings)
    assert np.sort(per_user(drawn)).tolist() == shape.user_counts(*size).tolist()
    assert np.sort(per_item(drawn))[::-1].tolist() == pytest.approx(shape.item_counts(*size).tolist(), abs=1)


# marginals


@pytest.fixture(scope="module")
def full():
    return SyntheticSpec()


def test_ratings_per_user_at_full_size_are_those_of_ml_25m(full):
    counts = shape.user_counts(full.n_users, full.n_items, full.n_ratings)
    assert counts.sum() == 25_000_095
    assert counts[0] == 20
    assert np.quantile(counts, [0.25, 0.5, 0.75]) == pytest.approx([36, 71, 162], rel=0.02)
    assert counts[-1] == pytest.approx(32_202, rel=0.02)


def test_ratings_per_film_at_full_size_are_those_of_ml_25m(full):
    counts = shape.item_counts(full.n_users, full.n_items, full.n_ratings)
    assert counts.sum() == 25_000_095
    assert counts[-1] == 1
    assert counts[0] == pytest.approx(81_491, rel=0.01)
    above = [np.count_nonzero(counts > bound) for bound in (10_000, 1_000, 100, 10)]
    assert above == pytest.approx([588, 3_794, 10_326, 24_330], rel=0.01)


def test_rating_values_at_full_size_are_those_of_ml_25m():
    assert shape.value_counts(25_000_095).tolist() == [
        393_068, 776_815, 399_490, 1_640_868, 1_262_797, 4_896_928, 3_177_318, 6_639_798, 2_200_539, 3_612_474,
    ]  # fmt: skip


def test_rating_values_occur_as_often_as_in_ml_25m(drawn):
    counts = np.bincount((2 * drawn.ratings).astype(int), minlength=11)[1:]
    assert counts.tolist() == pytest.approx(shape.value_counts(SPEC.n_ratings).tolist(), abs=2)


def test_a_few_films_hold_most_ratings_and_most_films_few(drawn):
    counts = np.sort(per_item(drawn))[::-1]
    assert counts[:150].sum() > 0.55 * SPEC.n_ratings  # the first tenth
    assert counts[750:].sum() < 0.05 * SPEC.n_ratings  # the second half
    assert counts[0] <= 0.6 * SPEC.n_users
    assert np.median(per_user(drawn)) < per_user(drawn).mean() < 0.1 * per_user(drawn).max()


def test_popular_films_are_liked_better_and_people_differ_in_generosity(drawn):
    means = np.bincount(drawn.items, drawn.ratings, SPEC.n_items) / per_item(drawn)
    known = per_item(drawn) >= 20
    assert np.corrcoef(np.log(per_item(drawn)[known]), means[known])[0, 1] > 0.1
    of_users = np.bincount(drawn.users, drawn.ratings, SPEC.n_users) / per_user(drawn)
    assert of_users.std() > 2 * drawn.ratings.std() / np.sqrt(np.median(per_user(drawn)))


# tastes


def centred_cosines(tastes):
    centred = tastes - tastes.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


def exact_neighbours(vectors, sample, k):
    similarities = vectors[sample] @ vectors.T
    similarities[np.arange(sample.size), sample] = -np.inf
    return np.argpartition(-similarities, k, axis=1)[:, :k], similarities


@pytest.fixture(scope="module")
def embedding(drawn):
    return fit_embedding(drawn.to_ratings().matrix, EmbeddingSpec(dim=64))


def test_neighbours_in_svd_space_share_tastes_far_more_than_strangers(drawn, embedding):
    vectors = embedding.unit_vectors()
    tastes = centred_cosines(drawn.user_tastes)
    rng = np.random.default_rng(0)
    sample = rng.choice(SPEC.n_users, 300, replace=False)
    found, _ = exact_neighbours(vectors, sample, 20)
    shared = np.einsum("if,ikf->ik", tastes[sample], tastes[found]).mean()
    strangers = np.einsum("if,ikf->ik", tastes[sample], tastes[rng.integers(SPEC.n_users, size=found.shape)]).mean()
    assert abs(strangers) < 0.03
    assert shared > 0.2


def test_people_meet_and_like_what_fits_their_tastes(drawn):
    fit = np.einsum(
        "ij,ij->i",
        centred_cosines(drawn.user_tastes)[drawn.users],
        centred_cosines(drawn.item_tastes)[drawn.items],
    )
    shuffled = np.random.default_rng(0).permutation(drawn.items)
    by_chance = np.einsum(
        "ij,ij->i",
        centred_cosines(drawn.user_tastes)[drawn.users],
        centred_cosines(drawn.item_tastes)[shuffled],
    )
    assert fit.mean() > by_chance.mean() + 0.1
    assert drawn.ratings[fit > 0.5].mean() > drawn.ratings[fit < 0].mean() + 0.3


def test_lists_from_neighbours_find_more_held_out_films_than_popularity(drawn):
    rng = np.random.default_rng(0)
    held = np.zeros(SPEC.n_ratings, dtype=bool)
    starts = np.concatenate([[0], per_user(drawn).cumsum()])
    for low, high in itertools.pairwise(starts.tolist()):
        held[rng.choice(np.arange(low, high), 5, replace=False)] = True
    size = (SPEC.n_users, SPEC.n_items)
    train, test = (
        csr_array((drawn.ratings[rows], (drawn.users[rows], drawn.items[rows])), shape=size).toarray()
        for rows in (~held, held)
    )
    sample = rng.choice(SPEC.n_users, 500, replace=False)
    vectors = fit_embedding(csr_array(train), EmbeddingSpec(dim=64)).unit_vectors()
    found, similarities = exact_neighbours(vectors, sample, 50)
    by_neighbours = np.stack([similarities[row, found[row]] @ train[found[row]] for row in range(sample.size)])
    by_popularity = np.broadcast_to((train > 0).sum(axis=0).astype(float), by_neighbours.shape)

    def recall(scores):
        best = np.argsort(-np.where(train[sample] > 0, -np.inf, scores), axis=1)[:, :10]
        return (np.take_along_axis(test[sample], best, axis=1) > 0).sum() / (5 * sample.size)

    assert recall(by_neighbours) > 1.1 * recall(by_popularity)


def test_the_spectrum_decays_over_many_directions_that_chance_does_not_have(drawn, embedding):
    values = embedding.singular_values
    # the same margins without tastes: films dealt to the same users at random
    rng = np.random.default_rng(0)
    users, films = drawn.users.astype(np.int64), rng.permutation(drawn.items).astype(np.int64)
    _part_doubles(users, films, np.array([0, SPEC.n_ratings]), SPEC.n_items, rng)
    dealt = csr_array((drawn.ratings.astype(float), (users, films)), shape=(SPEC.n_users, SPEC.n_items))
    chance = np.sort(svds(dealt, k=10, random_state=0, return_singular_vectors=False))[::-1]
    assert values[0] < 6 * values[1]
    assert (values[2:10] > 1.15 * chance[2:]).all()  # the second tells busy users from others, tastes or not
    assert values[1] > 1.4 * values[9] > 1.7 * values[31] > 1.8 * values[63]


def test_genres_are_those_of_the_leading_taste(drawn):
    leading = drawn.item_tastes.argmax(axis=1)
    listed = [(set(genres), set(TASTES[taste])) for genres, taste in zip(drawn.genres, leading, strict=True) if genres]
    assert np.mean([genres >= taste for genres, taste in listed]) > 0.9
    assert {genre for genres in drawn.genres for genre in genres} == {genre for taste in TASTES for genre in taste}


# films and times


def test_films_look_like_those_of_movielens(drawn):
    assert (np.diff(drawn.item_ids) >= 1).all()
    assert drawn.item_ids[0] >= 1
    assert drawn.item_ids[-1] > 2 * SPEC.n_items
    assert all(title == title.strip() != "" for title in drawn.titles)
    assert any("," in title for title in drawn.titles)
    assert any('"' in title for title in drawn.titles)
    assert any(not title.isascii() for title in drawn.titles)
    assert 0 < np.count_nonzero(drawn.years == 0) < 0.05 * SPEC.n_items
    assert drawn.years[drawn.years > 0].min() >= 1900
    assert drawn.years.max() <= 2019
    assert 0 < sum(not genres for genres in drawn.genres) < 0.15 * SPEC.n_items


def test_nobody_rates_a_film_before_its_year_or_after_the_end(drawn):
    years = drawn.timestamps.astype("datetime64[s]").astype("datetime64[Y]").astype(int) + 1970
    assert (years >= drawn.years[drawn.items]).all()
    assert years.min() >= 1996
    assert years.max() <= 2019


# seeds


def equal(one, other):
    columns = ("users", "items", "ratings", "timestamps", "item_ids", "years", "user_tastes", "item_tastes")
    return (
        all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)
        and one.titles == other.titles
        and one.genres == other.genres
    )


def test_the_same_seed_gives_the_same_digits_on_any_number_of_cores(monkeypatch):
    spec = SyntheticSpec(n_users=9_000, n_items=500, n_ratings=200_000, seed=7)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = synthesize(spec)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert equal(alone, synthesize(spec))


def test_another_seed_gives_other_people_and_films(small):
    other = synthesize(replace(small.spec, seed=4))
    assert not np.array_equal(small.items, other.items)
    assert not np.array_equal(small.ratings, other.ratings)
    assert small.titles != other.titles


# swaps


def test_swaps_part_doubled_pairs_and_keep_both_margins():
    rng = np.random.default_rng(0)
    users, films = rng.integers(200, size=6_000), (300 * rng.random(6_000) * rng.random(6_000)).astype(int)
    before = np.bincount(users), np.bincount(films)
    assert np.unique(users * 300 + films).size < 5_900
    _part_doubles(users, films, np.array([0, 2_000, 6_000]), 300, rng)
    assert np.unique(users * 300 + films).size == 6_000
    assert np.array_equal(before[0], np.bincount(users))
    assert np.array_equal(before[1], np.bincount(films))


def test_where_no_swap_helps_another_film_is_taken():
    users, films = np.array([0, 0, 0]), np.array([1, 1, 1])
    _part_doubles(users, films, np.array([0, 3]), 3, np.random.default_rng(0))
    assert sorted(films.tolist()) == [0, 1, 2]


# specs


@pytest.mark.parametrize(
    ("sizes", "remedy"),
    [
        ({"n_users": 0}, "choose 1 <= n_users"),
        ({"n_items": -3}, "choose 1 <= n_items"),
        ({"n_ratings": 0}, "choose 1 <= n_ratings"),
        ({"n_ratings": 2**31}, "choose 1 <= n_ratings"),
        ({"n_users": 2.5}, "not a whole number"),
        ({"n_users": True}, "out of range"),
        ({"seed": -1}, "choose 0 <= seed"),
        ({"n_users": 10, "n_items": 10, "n_ratings": 101}, "n_ratings=101 exceeds the 100 pairs .* choose .* <= 100"),
        ({"n_users": 30, "n_items": 10, "n_ratings": 29}, "n_ratings=29 is too few .* choose n_ratings >= 30"),
        ({"n_users": 10, "n_items": 40, "n_ratings": 39}, "choose n_ratings >= 40"),
    ],
)
def test_impossible_sizes_are_refused_with_the_remedy(sizes, remedy):
    with pytest.raises(SpecError, match=remedy):
        SyntheticSpec(**sizes)


def test_numbers_of_numpy_become_those_of_python():
    spec = SyntheticSpec(n_users=np.int64(5), n_items=np.int32(6), n_ratings=np.int64(20), seed=np.uint8(1))
    assert [type(value) for value in vars(spec).values()] == [int] * 4


def test_sizes_in_proportion():
    assert SyntheticSpec.scaled(n_ratings=25_000_095) == SyntheticSpec()
    quarter = SyntheticSpec.scaled(n_ratings=6_250_000, seed=2)
    assert (quarter.n_users, quarter.n_items, quarter.seed) == (40_635, 14_762, 2)
    for n_ratings in (1, 2, 10, 153, 1_000, 20_000, 100_000, 1_000_000):
        spec = SyntheticSpec.scaled(n_ratings=n_ratings)
        assert n_ratings <= spec.n_users * spec.n_items
    assert SyntheticSpec.scaled(n_ratings=500, n_users=7, n_items=90) == SyntheticSpec(
        n_users=7, n_items=90, n_ratings=500
    )


# files


def test_what_is_written_reads_back_as_the_same_ratings(small, tmp_path):
    size = write_movielens(small, tmp_path / "made" / "ml")
    ratings = read_ratings(tmp_path / "made" / "ml")
    direct = synthetic_ratings(small.spec)
    assert ratings.fingerprint == direct.fingerprint
    assert ratings.report == direct.report
    assert size == sum(path.stat().st_size for path in (tmp_path / "made" / "ml").iterdir())
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["ml"]


def test_the_files_are_spelt_as_those_of_ml_25m(drawn, tmp_path):
    write_movielens(drawn, tmp_path / "ml")
    lines = (tmp_path / "ml" / "ratings.csv").read_text().splitlines()
    assert lines[0] == "userId,movieId,rating,timestamp"
    assert len(lines) == SPEC.n_ratings + 1
    first = lines[1].split(",")
    assert first == ["1", str(drawn.item_ids[drawn.items[0]]), f"{drawn.ratings[0]:.1f}", str(drawn.timestamps[0])]
    assert {line.split(",")[2] for line in lines[1:]} == {f"{value:.1f}" for value in shape.VALUES.tolist()}
    text = (tmp_path / "ml" / "movies.csv").read_text(encoding="utf-8")
    assert text.startswith("movieId,title,genres\n")
    rows = list(csv.reader(text.splitlines()))[1:]
    assert [int(row[0]) for row in rows] == drawn.item_ids.tolist()
    assert any(row[2] == "(no genres listed)" for row in rows)
    row = next(number for number, year in enumerate(drawn.years) if year and "," in drawn.titles[number])
    assert f'"{drawn.titles[row]} ({drawn.years[row]})"' in text


def test_an_empty_folder_is_filled_and_a_full_one_left_alone(small, tmp_path):
    (tmp_path / "ml").mkdir()
    write_movielens(small, tmp_path / "ml")
    written = (tmp_path / "ml" / "ratings.csv").read_bytes()
    with pytest.raises(DatasetError, match="exists and is not empty; choose another"):
        write_movielens(small, tmp_path / "ml")
    assert (tmp_path / "ml" / "ratings.csv").read_bytes() == written
    with pytest.raises(DatasetError, match="exists and is not empty"):
        write_movielens(small, tmp_path / "ml" / "ratings.csv")
    with pytest.raises(DatasetError, match="cannot be"):
        write_movielens(small, tmp_path / "ml" / "ratings.csv" / "deeper")
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
def test_a_disk_that_refuses_is_told_and_leaves_nothing(tmp_path):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path / "ml")], capture_output=True, text=True, check=True
    )
    assert "cannot be written: File too large; 2,500 ratings take about 1 MB" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", [0.0, 0.1, 0.3, 0.8])
def test_drawing_stops_when_progress_raises(at):
    reported = []

    def stop(done, total):
        reported.append(done)
        if done >= at:
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        synthesize(SPEC, stop)
    assert reported == sorted(reported)
    assert reported[-1] < 1.0


def test_writing_stops_when_progress_raises_and_leaves_nothing(small, tmp_path):
    def stop(done, total):
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        write_movielens(small, tmp_path / "ml", stop)
    assert list(tmp_path.iterdir()) == []


def test_progress_runs_from_nothing_to_all(tmp_path):
    reported = []
    drawn = synthesize(SPEC, lambda done, total: reported.append((done, total)))
    assert reported == sorted(reported)
    assert reported[-1] == (1.0, 1.0)
    reported.clear()
    write_movielens(drawn, tmp_path / "ml", lambda done, total: reported.append((done, total)))
    assert reported == sorted(reported)
    assert reported[-1] == (1.0, 1.0)


# the command


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ucf", "synthesize", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return run


def test_the_command_writes_a_folder_and_says_what_is_in_it(run, tmp_path):
    out = tmp_path / "ml"
    sizes = ("--users", 60, "--items", 200, "--ratings", 2_500, "--seed", 3)
    code, printed, told = run(*sizes, "--out", out, "--json")
    answer = json.loads(printed)
    assert (code, told) == (0, "")
    assert answer.pop("seconds") > 0
    assert answer == {
        "path": str(out),
        "n_users": 60,
        "n_items": 200,
        "n_ratings": 2_500,
        "bytes": sum(path.stat().st_size for path in out.iterdir()),
    }
    spec = SyntheticSpec(n_users=60, n_items=200, n_ratings=2_500, seed=3)
    assert read_ratings(out).fingerprint == synthetic_ratings(spec).fingerprint


def test_with_ratings_alone_users_and_items_are_in_proportion(run, tmp_path):
    code, printed, _ = run("--ratings", 20_000, "--out", tmp_path / "ml", "--json")
    answer = json.loads(printed)
    assert (code, answer["n_users"], answer["n_items"]) == (0, 130, 1_538)


def test_the_command_fails_in_one_line(run, tmp_path, monkeypatch):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    monkeypatch.setattr(synthetic, "synthesize", lambda *_: pytest.fail("drawn before the folder was looked at"))
    for words in (
        ("--ratings", 2_500, "--out", tmp_path / "full"),
        ("--ratings", 101, "--users", 10, "--items", 10, "--out", tmp_path / "ml"),
        ("--ratings", -1, "--out", tmp_path / "ml"),
        ("--ratings", 10, "--users", 0, "--out", tmp_path / "ml"),
    ):
        code, printed, told = run(*words)
        assert (code, printed, told.count("\n")) == (1, "", 1)
        assert "choose" in told
