"""Synthetic ratings of any size with ml-25m's marginals and with tastes, for tests and benchmarks without a download.

How many ratings each user and film has, and how often each value is given, follows ml-25m; films, people and ratings
are invented. Whom a user meets is drawn from popularity times taste, and the rating from the film's quality, the
user's bias, their tastes and chance, so that neighbours mean something.
"""

import csv
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.arrays import read_only
from ucf_core.catalogue import NO_GENRES, Catalogue
from ucf_core.datasets import synthetic_shape as shape
from ucf_core.datasets.disk import move_into_place, temporary_folder
from ucf_core.datasets.synthetic_films import make_films
from ucf_core.datasets.synthetic_opinions import Opinions, make_people, make_qualities
from ucf_core.datasets.synthetic_pairs import Leanings, Plan, plan_pairs, serve_every_film
from ucf_core.errors import DatasetError, SpecError
from ucf_core.ids import IdMap
from ucf_core.parameter import check_int
from ucf_core.ratings import ImportReport, Ratings
from ucf_core.specs import MAX_SEED

Progress: TypeAlias = Callable[[float, float | None], None]

_MOST_USERS = 10_000_000
_MOST_ITEMS = 1_000_000
_MOST_RATINGS = 2**31 - 1

# Users in a block: each block has a seed of its own, so the result does not depend on the number of threads.
_BLOCK = 4096
_ROWS = 1 << 17


@dataclass(frozen=True, kw_only=True)
class SyntheticSpec:
    """The size of a synthetic dataset, by default ml-25m's, and its seed.

    Raises SpecError where no such matrix exists: more ratings than cells, or fewer than users or items.
    """

    n_users: int = shape.N_USERS
    n_items: int = shape.N_ITEMS
    n_ratings: int = shape.N_RATINGS
    seed: int = 0

    def __post_init__(self) -> None:
        check_int("n_users", self.n_users, 1, _MOST_USERS)
        check_int("n_items", self.n_items, 1, _MOST_ITEMS)
        check_int("n_ratings", self.n_ratings, 1, _MOST_RATINGS)
        check_int("seed", self.seed, 0, MAX_SEED)
        cells, fewest = int(self.n_users) * int(self.n_items), max(self.n_users, self.n_items)
        if self.n_ratings > cells:
            raise SpecError(
                f"n_ratings={self.n_ratings} exceeds the {cells:,} pairs that n_users={self.n_users} and "
                f"n_items={self.n_items} have; choose n_ratings <= {cells:,}"
            )
        if self.n_ratings < fewest:
            raise SpecError(
                f"n_ratings={self.n_ratings} is too few for n_users={self.n_users} and n_items={self.n_items} with at "
                f"least one rating each; choose n_ratings >= {fewest:,}"
            )
        for name in ("n_users", "n_items", "n_ratings", "seed"):
            object.__setattr__(self, name, int(getattr(self, name)))

    @classmethod
    def scaled(
        cls, *, n_ratings: int, n_users: int | None = None, n_items: int | None = None, seed: int = 0
    ) -> "SyntheticSpec":
        """As many users and items for `n_ratings` as ml-25m has in proportion, where they are not given.

        Small datasets get more items than that: at least ten for every rating of a mean user, else hardly anything
        would be left to recommend.
        """
        check_int("n_ratings", n_ratings, 1, _MOST_RATINGS)
        share = n_ratings / shape.N_RATINGS
        if n_users is None:
            n_users = min(_MOST_USERS, max(1, round(shape.N_USERS * share)))
        if n_items is None:
            fewest = round(10 * n_ratings / n_users) if n_users > 0 else 1
            n_items = min(_MOST_ITEMS, n_ratings, max(1, fewest, round(shape.N_ITEMS * share)))
        return cls(n_users=n_users, n_items=n_items, n_ratings=n_ratings, seed=seed)


@dataclass(frozen=True, eq=False)
class SyntheticRatings:
    """Parallel columns, one entry a rating, by user and then by item; and what is known of the films. Read-only.

    Attributes:
        spec: what was asked for.
        users, items: (n_ratings,) int32 row numbers, from 0; the pairs are distinct.
        ratings: (n_ratings,) float32, 0.5 to 5.0 in halves.
        timestamps: (n_ratings,) int64 seconds since 1970; none before the year of the film.
        item_ids: (n_items,) int32, MovieLens-like ids, ascending with gaps. User ids are row numbers from 1.
        titles: without the year, (n_items,).
        years: (n_items,) int16, 0 where unknown.
        genres: (n_items,) tuples of names.
        user_tastes, item_tastes: (n_users, 24) and (n_items, 24) float32, rows sum to 1: the latent tastes behind
            the ratings, which tests may compare neighbours by. They are not written.
    """

    spec: SyntheticSpec
    users: NDArray[np.int32]
    items: NDArray[np.int32]
    ratings: NDArray[np.float32]
    timestamps: NDArray[np.int64]
    item_ids: NDArray[np.int32]
    titles: list[str]
    years: NDArray[np.int16]
    genres: list[tuple[str, ...]]
    user_tastes: NDArray[np.float32]
    item_tastes: NDArray[np.float32]

    def __post_init__(self) -> None:
        read_only(self.users, self.items, self.ratings, self.timestamps)
        read_only(self.item_ids, self.years, self.user_tastes, self.item_tastes)

    def to_ratings(self, *, name: str = "synthetic") -> Ratings:
        """The same as Ratings, equal to what is read back after `write_movielens`; the columns are shared."""
        spec = self.spec
        starts = np.concatenate([[0], np.bincount(self.users, minlength=spec.n_users).cumsum()]).astype(np.int32)
        return Ratings(
            matrix=csr_array((self.ratings, self.items, starts), shape=(spec.n_users, spec.n_items)),
            users=IdMap(np.arange(1, spec.n_users + 1, dtype=np.int64), "user"),
            items=IdMap(self.item_ids.astype(np.int64), "item"),
            catalogue=Catalogue(self.titles, self.years, self.genres),
            timestamps=self.timestamps,
            name=name,
            report=ImportReport(n_read=spec.n_ratings),
        )


def synthesize(spec: SyntheticSpec, progress: Progress | None = None) -> SyntheticRatings:
    """Draw a dataset. The same spec gives the same digits, on however many cores.

    Every user and every item has at least one rating, and every user at least 20 if the size allows. At ml-25m's
    size this takes 1.1 GB.

    Args:
        spec: size and seed.
        progress: called with the share done so far and 1.0; what it raises stops the work.
    """
    report = _reporter(progress)
    n_blocks = -(-spec.n_users // _BLOCK)
    film_seed, people_seed, repair_seed, *rest = np.random.SeedSequence(spec.seed).spawn(6 + 2 * n_blocks)
    pair_seeds, block_seeds, rating_seeds = rest[:3], rest[3 : 3 + n_blocks], rest[3 + n_blocks :]

    rng = np.random.default_rng(film_seed)
    per_item = _in_order_of_ids(shape.item_counts(spec.n_users, spec.n_items, spec.n_ratings), rng)
    films = make_films(per_item, spec.n_users, rng)
    qualities = make_qualities(per_item, rng)
    rng = np.random.default_rng(people_seed)
    per_user = rng.permutation(shape.user_counts(spec.n_users, spec.n_items, spec.n_ratings))
    people = make_people(per_user, rng)
    report(0.02)

    leanings = Leanings(people.tastes, people.eras, films.tastes, films.eras)
    plan = plan_pairs(per_user, per_item, leanings, pair_seeds, _BLOCK, lambda done: report(0.02 + 0.2 * done))
    starts = np.concatenate([[0], per_user.cumsum()])
    items = _draw_items(plan, starts, block_seeds, lambda done: report(0.22 + 0.5 * done))
    del plan
    serve_every_film(items, starts, spec.n_items, np.random.default_rng(repair_seed))
    users = np.repeat(np.arange(spec.n_users, dtype=np.int32), per_user)
    opinions = Opinions.of(people, films, qualities, per_user)
    scores, timestamps = _draw_opinions(
        opinions, users, items, starts, rating_seeds, lambda done: report(0.72 + 0.2 * done)
    )
    ratings = _to_values(scores)
    report(1.0)
    return SyntheticRatings(
        spec=spec,
        users=users,
        items=items,
        ratings=ratings,
        timestamps=timestamps,
        item_ids=films.ids,
        titles=films.titles,
        years=films.years,
        genres=films.genres,
        user_tastes=people.tastes,
        item_tastes=films.tastes,
    )


def synthetic_ratings(spec: SyntheticSpec, progress: Progress | None = None) -> Ratings:
    """Draw a dataset as `synthesize` does, as Ratings, without a detour over files."""
    return synthesize(spec, progress).to_ratings()


def write_movielens(synthetic: SyntheticRatings, folder: Path, progress: Progress | None = None) -> int:
    """Write ratings.csv and movies.csv in the layout of ml-25m into a new folder; it appears whole or not at all.

    Returns the bytes written. `progress` is called with the share done so far and 1.0.

    Raises:
        DatasetError: if the folder holds something already, or the disk refuses.
    """
    report = _reporter(progress)
    try:
        check_free(folder)
        with temporary_folder(folder.parent, folder.name) as aside:
            made = aside / "made"
            made.mkdir()
            _write_movies(synthetic, made / "movies.csv")
            _write_ratings(synthetic, made / "ratings.csv", report)
            size = sum(path.stat().st_size for path in made.iterdir())
            move_into_place(made, folder)
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be written: {error.strerror or error}; {synthetic.spec.n_ratings:,} ratings take about "
            f"{1 + synthetic.spec.n_ratings * 27 // 1_000_000:,} MB, so free some space or choose another folder"
        ) from error
    report(1.0)
    return size


def check_free(folder: Path) -> None:
    """Raise DatasetError if there is a file in place of a folder, or a folder that holds something."""
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise DatasetError(f"{folder} cannot be read: {error.strerror or error}; choose another folder") from error
    if taken:
        raise DatasetError(f"{folder} exists and is not empty; choose another folder or remove it first")


def _reporter(progress: Progress | None) -> Callable[[float], None]:
    def report(share: float) -> None:
        if progress is not None:
            progress(share, 1.0)

    return report


def _draw_items(
    plan: Plan, starts: NDArray[np.int64], seeds: Sequence[np.random.SeedSequence], report: Callable[[float], None]
) -> NDArray[np.int32]:
    """The item of every rating, (n_ratings,) int32, by user and then ascending. One seed a block."""
    items = np.empty(starts[-1], dtype=np.int32)
    bounds = _block_bounds(starts)

    def draw(number: int) -> None:
        items[bounds[number] : bounds[number + 1]] = plan.films_of(number, np.random.default_rng(seeds[number]))

    _threaded(draw, plan.n_blocks, report)
    return items


def _draw_opinions(
    opinions: Opinions,
    users: NDArray[np.int32],
    items: NDArray[np.int32],
    starts: NDArray[np.int64],
    seeds: Sequence[np.random.SeedSequence],
    report: Callable[[float], None],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """How much every user liked every item they rated, on no particular scale, and when: (n_ratings,) each."""
    scores = np.empty(users.size, dtype=np.float32)
    timestamps = np.empty(users.size, dtype=np.int64)
    bounds = _block_bounds(starts)

    def draw(number: int) -> None:
        rng = np.random.default_rng(seeds[number])
        for low in range(bounds[number], bounds[number + 1], _ROWS):
            part = slice(low, min(low + _ROWS, bounds[number + 1]))
            scores[part] = opinions.scores(users[part], items[part], rng)
            timestamps[part] = opinions.times(users[part], items[part], rng)

    _threaded(draw, len(seeds), report)
    return scores, timestamps


def _block_bounds(starts: NDArray[np.int64]) -> list[int]:
    """Where the ratings of each block of users begin, and where the last ends."""
    return [*starts[:-1:_BLOCK].tolist(), int(starts[-1])]


def _threaded(work: Callable[[int], None], n: int, report: Callable[[float], None]) -> None:
    """Call `work` for 0..n-1 on all cores and report the share done. An error stops what has not begun."""
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        for done, future in enumerate([pool.submit(work, number) for number in range(n)], 1):
            future.result()
            report(done / n)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order_of_ids(counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts in column order: popular films came early and have low ids more often than not, as in MovieLens."""
    return counts[np.argsort(-0.4 * np.log(counts) + rng.standard_normal(counts.size), kind="stable")]


def _to_values(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half stars by rank of the score, so that every value occurs as often as it should, (n,) float32.

    Scores equal to the one at a boundary, a handful among millions, may move a count by a few.
    """
    ends = shape.value_counts(scores.size).cumsum()[:-1]
    cuts = np.append(np.sort(scores), np.float32(np.inf))[ends]
    return np.asarray(shape.VALUES[np.searchsorted(cuts, scores, side="right")], dtype=np.float32)


def _write_movies(synthetic: SyntheticRatings, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("movieId", "title", "genres"))
        for item, title, year, genres in zip(
            synthetic.item_ids.tolist(), synthetic.titles, synthetic.years.tolist(), synthetic.genres, strict=True
        ):
            lines.writerow((item, f"{title} ({year})" if year else title, "|".join(genres) or NO_GENRES))


def _write_ratings(synthetic: SyntheticRatings, path: Path, report: Callable[[float], None]) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    texts = pa.array([f"{value:.1f}" for value in shape.VALUES.tolist()])
    names = ["userId", "movieId", "rating", "timestamp"]
    fields = pa.schema(zip(names, (pa.int32(), pa.int32(), pa.string(), pa.int64()), strict=True))
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none", batch_size=_ROWS)
    with path.open("wb") as file:
        file.write(f"{','.join(names)}\n".encode())
        with pa_csv.CSVWriter(file, fields, write_options=options) as lines:
            for low in range(0, synthetic.spec.n_ratings, _ROWS):
                part = slice(low, low + _ROWS)
                number = (2 * synthetic.ratings[part] - 1).astype(np.int8)
                columns = [
                    pa.array(synthetic.users[part] + np.int32(1)),
                    pa.array(synthetic.item_ids[synthetic.items[part]]),
                    texts.take(pa.array(number)),
                    pa.array(synthetic.timestamps[part]),
                ]
                lines.write_batch(pa.RecordBatch.from_arrays(columns, schema=fields))
                report(low / synthetic.spec.n_ratings)
