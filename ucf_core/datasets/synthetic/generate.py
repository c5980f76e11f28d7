"""Synthetic ratings of any size with ml-25m's marginals, for tests and benchmarks without a download.

Users choose films by popularity and taste, and rate by quality, bias, taste and chance.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import DatasetError, SpecError
from ucf_core.base.files.atomic import folder_bytes, move_into_place, temporary_folder
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import MAX_SEED
from ucf_core.datasets.synthetic.films import PREVALENCE, Floats, Ints, Rows, draw_tastes, make_films
from ucf_core.datasets.synthetic.pairs import N_ITEMS, N_RATINGS, N_USERS, counts_per_item, counts_per_user, draw_pairs
from ucf_core.ratings.catalogue import NO_GENRES
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings

_MOST_USERS, _MOST_ITEMS, _MOST_RATINGS = 10_000_000, 1_000_000, 2**31 - 1
_ROWS = 1 << 17  # ratings drawn or written at a time

# How often each rating from 0.5 to 5.0 occurs in ml-25m.
VALUE_COUNTS = np.array(
    [393_068, 776_815, 399_490, 1_640_868, 1_262_797, 4_896_928, 3_177_318, 6_639_798, 2_200_539, 3_612_474]
)
# Standard deviations of what a rating is made of: the film's quality, the user's bias, agreement of tastes, chance.
_QUALITY, _BIAS, _TASTE, _CHANCE = 0.44, 0.42, 0.5, 0.62
_OPENED, _CLOSED = (int(np.datetime64(day, "s").astype(np.int64)) for day in ("1996-01-29", "2019-11-21"))
_DAY, _SECONDS_PER_RATING = 86_400, 12


@dataclass(frozen=True, kw_only=True)
class SyntheticSpec:
    """The size of a synthetic dataset, by default ml-25m's, and its seed. Raises SpecError for an impossible size."""

    n_users: int = N_USERS
    n_items: int = N_ITEMS
    n_ratings: int = N_RATINGS
    seed: int = 0

    def __post_init__(self) -> None:
        check_int("n_users", self.n_users, 1, _MOST_USERS)
        check_int("n_items", self.n_items, 1, _MOST_ITEMS)
        check_int("n_ratings", self.n_ratings, 1, _MOST_RATINGS)
        check_int("seed", self.seed, 0, MAX_SEED)
        fewest, most = max(self.n_users, self.n_items), self.n_users * self.n_items
        if not fewest <= self.n_ratings <= most:
            raise SpecError(
                f"n_ratings={self.n_ratings} does not fit n_users={self.n_users} and n_items={self.n_items}: each has "
                f"a rating, and no pair has two; choose {fewest:,} <= n_ratings <= {most:,}"
            )

    @classmethod
    def scaled(
        cls, *, n_ratings: int, n_users: int | None = None, n_items: int | None = None, seed: int = 0
    ) -> "SyntheticSpec":
        """Missing numbers of users and items in proportion to ml-25m; at least ten items a rating of a mean user."""
        check_int("n_ratings", n_ratings, 1, _MOST_RATINGS)
        if n_users is None:
            n_users = min(_MOST_USERS, max(1, round(N_USERS * n_ratings / N_RATINGS)))
        if n_items is None:
            wanted = max(1, round(10 * n_ratings / max(1, n_users)), round(N_ITEMS * n_ratings / N_RATINGS))
            n_items = min(_MOST_ITEMS, n_ratings, wanted)
        return cls(n_users=n_users, n_items=n_items, n_ratings=n_ratings, seed=seed)


def synthesize(spec: SyntheticSpec, progress: Progress | None = None) -> Ratings:
    """Draw a dataset, equal to what is read back after `write_movielens`. The same spec gives the same digits.

    `progress` gets the share done and 1.0, and may raise to stop.
    """

    def report(low: float, high: float) -> Progress:
        return lambda done, _: progress(low + (high - low) * done, 1.0) if progress else None

    size = (spec.n_users, spec.n_items, spec.n_ratings)
    rng = np.random.default_rng(spec.seed)
    user_counts, item_counts = rng.permutation(counts_per_user(*size)), counts_per_item(*size)
    # popular films have low ids more often than not, as in MovieLens
    item_counts = item_counts[np.argsort(rng.standard_normal(spec.n_items) - 0.4 * np.log(item_counts), kind="stable")]
    item_ids, catalogue, item_tastes = make_films(item_counts, spec.n_users, rng)
    # users who rate more have broader tastes
    user_tastes = draw_tastes(np.clip(0.05 + 0.05 * np.log(user_counts / 20), 0.05, 0.95), rng)
    items = draw_pairs(user_counts, item_counts, user_tastes, item_tastes, rng, report(0.0, 0.8))
    years = catalogue.years.astype(np.int32)
    users = np.repeat(np.arange(spec.n_users, dtype=np.int32), user_counts)
    ratings, times = _rate(users, items, user_tastes, item_tastes, years, rng, report(0.8, 1.0))
    starts = np.concatenate([[0], user_counts.cumsum()]).astype(np.int32)
    return Ratings(
        matrix=csr_array((ratings, items, starts), shape=(spec.n_users, spec.n_items)),
        users=IdMap(np.arange(1, spec.n_users + 1, dtype=np.int64), "user"),
        items=IdMap(item_ids, "item"),
        catalogue=catalogue,
        timestamps=times,
        name="synthetic",
        report=ImportReport(n_read=spec.n_ratings),
    )


def _rate(
    users: Rows, items: Rows, user_tastes: Floats, item_tastes: Floats, years: Rows, rng: Generator, progress: Progress
) -> tuple[NDArray[np.float32], Ints]:
    """Ratings and their times in seconds, (n_ratings,) each, for pairs of rows. `progress` gets the share done.

    A rating is the film's quality, the user's bias, the agreement of their tastes, and chance. Users rate in a long
    first session, then in shorter ones weeks apart, and no film before its year (`years`, 0 where unknown).
    """
    counts, fame = np.bincount(users), np.log(np.bincount(items))
    fame = (fame - fame.mean()) / max(fame.std(), 1e-9)
    qualities = (_QUALITY * (0.6 * fame + 0.8 * rng.standard_normal(fame.size))).astype(np.float32)
    biases = (_BIAS * rng.standard_normal(counts.size)).astype(np.float32)
    joined = rng.integers(_OPENED, _CLOSED - 60 * _DAY, counts.size)
    new_year = (np.maximum(years, 1900) - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    user_leanings, item_leanings = _leanings(user_tastes), _leanings(item_tastes)
    scores, times = np.empty(users.size, np.float32), np.empty(users.size, np.int64)
    for low in range(0, users.size, _ROWS):
        part = slice(low, low + _ROWS)
        user, item = users[part], items[part]
        # unit vectors of about ten directions in effect: a product deviates by about 1 / sqrt(10)
        agreement = np.float32(3.2) * np.einsum("ij,ij->i", user_leanings[user], item_leanings[item])
        chance = np.float32(_CHANCE) * rng.standard_normal(user.size, dtype=np.float32)
        scores[part] = qualities[item] + biases[user] + np.float32(_TASTE) * np.clip(agreement, -3, 3) + chance
        session = (rng.random(user.size) ** 2 * (1 + counts[user] // 100)).astype(np.int64) * 45 * _DAY
        within = (rng.random(user.size) * np.minimum(counts[user], 600) * _SECONDS_PER_RATING).astype(np.int64)
        released = new_year[item] + (rng.random(user.size) * 300 * _DAY).astype(np.int64)
        times[part] = np.maximum(released, np.minimum(joined[user] + session + within, _CLOSED))
        progress(min(1.0, (low + _ROWS) / users.size), 1.0)
    # half stars by rank of the score, so that every value is as common as in ml-25m
    ends = np.rint(VALUE_COUNTS.cumsum()[:-1] * (scores.size / VALUE_COUNTS.sum())).astype(np.int64)
    cuts = np.append(np.sort(scores), np.float32(np.inf))[ends]
    return ((np.searchsorted(cuts, scores, side="right") + 1) / 2).astype(np.float32), times


def _leanings(tastes: Floats) -> NDArray[np.float32]:
    """Deviations from the mean tastes, rare tastes weighted up; the mean squared length of the rows is 1."""
    centred = (tastes - tastes.mean(axis=0)) * PREVALENCE**-0.25
    return np.asarray(centred / max(np.sqrt((centred**2).sum(axis=1).mean()), 1e-9), dtype=np.float32)


def write_movielens(ratings: Ratings, folder: Path, progress: Progress | None = None) -> int:
    """Write a synthetic dataset as ratings.csv and movies.csv, whole or not at all; returns the bytes.

    `progress` is as for `synthesize`. Raises DatasetError if the folder is not empty or cannot be written.
    """
    try:
        check_free(folder)
        with temporary_folder(folder.parent, folder.name) as aside:
            (made := aside / "made").mkdir()
            films, items = ratings.catalogue, ratings.items.ids.tolist()
            with (made / "movies.csv").open("w", encoding="utf-8", newline="") as file:
                lines = csv.writer(file, lineterminator="\n")
                lines.writerow(("movieId", "title", "genres"))
                for item, title, year, genres in zip(items, films.titles, films.years, films.genres, strict=True):
                    lines.writerow((item, f"{title} ({year})" if year else title, "|".join(genres) or NO_GENRES))
            _write_ratings(ratings, made / "ratings.csv", progress)
            size = folder_bytes(made)
            move_into_place(made, folder)
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be written: {error.strerror or error}; {ratings.n_ratings:,} ratings take about "
            f"{1 + ratings.n_ratings * 27 // 1_000_000:,} MB, so free some space or choose another folder"
        ) from error
    return size


def check_free(folder: Path) -> None:
    """Raise DatasetError if `folder` is a file or is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder} exists and is not empty; choose another folder or remove it first")


def _write_ratings(ratings: Ratings, path: Path, progress: Progress | None) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    texts = pa.array([f"{number / 2:.1f}" for number in range(11)])
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none", batch_size=_ROWS)
    matrix, n, times = ratings.matrix, ratings.n_ratings, cast("np.ndarray", ratings.timestamps)
    with path.open("wb") as file:
        file.write(b"userId,movieId,rating,timestamp\n")
        for low in range(0, n, _ROWS):
            part = slice(low, min(low + _ROWS, n))
            rows = np.searchsorted(matrix.indptr, np.arange(part.start, part.stop), side="right") - 1
            values = texts.take(pa.array((2 * matrix.data[part]).astype(np.int8)))
            columns = [ratings.users.ids[rows], ratings.items.ids[matrix.indices[part]], values, times[part]]
            pa_csv.write_csv(pa.table(columns, names=["userId", "movieId", "rating", "timestamp"]), file, options)
            if progress:
                progress(part.stop / n, 1.0)
