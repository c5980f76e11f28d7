"""Ratings: the sparse matrix with its ids and catalogue, the one value that everything else is made from."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from ucf_core.base.arrays import read_only, row_lengths
from ucf_core.base.errors import DatasetError
from ucf_core.base.linalg.products import column_counts
from ucf_core.base.notices import Notice
from ucf_core.base.progress import Progress
from ucf_core.base.text import strip_control_chars
from ucf_core.ratings.catalogue import Catalogue, ItemInfo
from ucf_core.ratings.ids import IdMap, Ids, RawId, encode
from ucf_core.ratings.traits import Traits, film_traits

# Ratings below this are counted by halves, if they are whole or half numbers; so many at once stay in the cache.
_MOST_STARS = 5_000
_IN_CACHE = 1 << 17


@dataclass(frozen=True)
class ImportReport:
    """What reading a dataset corrected; `cached`: it was loaded from an earlier import."""

    n_read: int = 0
    n_duplicates: int = 0
    n_untitled: int = 0
    cached: bool = False
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, eq=False)
class Ratings:
    """All ratings of a dataset. Every array is read-only, so one value may serve many threads and sessions.

    Attributes:
        matrix: (n_users, n_items) CSR, float32 ratings, int32 indices sorted in each row. An entry that is stored
            is a rating, even if its value is 0.
        users, items: raw ids of the rows and of the columns.
        catalogue: titles, years and genres in column order.
        timestamps: (n_ratings,) int64 seconds since 1970 in the order of `matrix.data`, or None.
        name: how the dataset is called in messages and on screen; not part of its identity.
        report: duplicates dropped and the like.
    """

    most_evaluated: ClassVar[int | None] = None
    """Most users that an evaluation may have; None for no bound."""

    matrix: csr_array
    users: IdMap
    items: IdMap
    catalogue: Catalogue
    timestamps: NDArray[np.int64] | None = None
    name: str = "ratings"
    report: ImportReport = field(default_factory=ImportReport)

    def __post_init__(self) -> None:
        if self.matrix.shape != (len(self.users), len(self.items)) or len(self.catalogue) != len(self.items):
            raise DatasetError(
                f"a matrix of shape {self.matrix.shape} does not fit {len(self.users)} users, {len(self.items)} items "
                f"and a catalogue of {len(self.catalogue)}"
            )
        read_only(self.matrix.data, self.matrix.indices, self.matrix.indptr, self.timestamps)

    @classmethod
    def from_columns(
        cls,
        users: Ids,
        items: Ids,
        ratings: NDArray[np.floating],
        timestamps: NDArray[np.int64] | None = None,
        *,
        known_items: Mapping[RawId, ItemInfo] | None = None,
        name: str = "ratings",
        owned: bool = False,
    ) -> "Ratings":
        """Ratings from parallel columns, one entry a rating, in any order.

        Where a user rated an item more than once the last by timestamp wins (the last in order, if timestamps tie
        or are missing); `report.n_duplicates` counts the ones dropped. With `owned` the columns may become part of the
        result and read-only; else they are copied. Raises DatasetError for columns of different lengths, no rows at
        all, or a rating that is not finite.
        """
        if not len(users) == len(items) == len(ratings) or (timestamps is not None and len(timestamps) != len(ratings)):
            raise DatasetError("the columns users, items, ratings and timestamps differ in length")
        if not len(ratings):
            raise DatasetError(f"{name} holds no ratings; at least one is needed")
        with np.errstate(over="ignore"):
            values = ratings.astype(np.float32, copy=not owned)
        if not np.isfinite(values).all():
            raise DatasetError(f"{name} holds a rating that is not a finite number")
        with ThreadPoolExecutor(2) as pool:  # NumPy lets go of the GIL while it looks ids up
            (user_map, user_codes), (item_map, item_codes) = pool.map(encode, (users, items), ("user", "item"))
        shape = (len(user_map), len(item_map))
        if _ascends(user_codes, item_codes):
            # as MovieLens publishes its files: the columns are the matrix already
            starts = np.searchsorted(user_codes, np.arange(shape[0] + 1, dtype=np.int32))
            indices, indptr = item_codes, starts.astype(np.int32)
            kept_times = timestamps if timestamps is None or owned else timestamps.copy()
        else:
            order = _without_repeats(_csr_order(user_codes, item_codes, shape), timestamps)
            values, indices, indptr = values[order.data], order.indices, order.indptr
            kept_times = None if timestamps is None else timestamps[order.data]
        catalogue = Catalogue.aligned(item_map, known_items or {})
        return cls(
            matrix=csr_array((values, indices, indptr), shape=shape),
            users=user_map,
            items=item_map,
            catalogue=catalogue,
            timestamps=kept_times,
            name=name,
            report=ImportReport(
                n_read=len(ratings), n_duplicates=len(ratings) - len(values), n_untitled=catalogue.n_untitled
            ),
        )

    @property
    def n_users(self) -> int:
        """Number of users, each with at least one rating."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items, each with at least one rating."""
        return len(self.items)

    @property
    def n_ratings(self) -> int:
        """Number of ratings, after duplicates were dropped."""
        return int(self.matrix.nnz)

    @cached_property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest rating anywhere."""
        return float(self.matrix.data.min()), float(self.matrix.data.max())

    @cached_property
    def value_counts(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The distinct ratings that occur, ascending, and how often each does."""
        by_halves = _counted_by_halves(self.matrix.data) if 0 <= self.scale[0] <= self.scale[1] < _MOST_STARS else None
        if by_halves is not None:
            present = np.flatnonzero(by_halves)
            return (present / 2).astype(np.float32), by_halves[present]
        values, counts = np.unique(self.matrix.data, return_counts=True)
        return values, counts.astype(np.int64)

    @cached_property
    def mean(self) -> float:
        """Mean of all ratings."""
        return float(self.matrix.data.mean(dtype=np.float64))

    @cached_property
    def user_counts(self) -> NDArray[np.int32]:
        """Ratings per user, (n_users,)."""
        return np.diff(self.matrix.indptr).astype(np.int32)

    @cached_property
    def item_counts(self) -> NDArray[np.int32]:
        """Ratings per item, (n_items,): its popularity."""
        return column_counts(self.matrix).astype(np.int32)

    @cached_property
    def traits(self) -> Traits:
        """Release years and genres of the items, weighted by how well known these are."""
        return film_traits(self.catalogue, self.item_counts, self.n_users)

    @cached_property
    def most_typical(self) -> int:
        """The row most like the average: by cosine with the sum of all unit rows; the lowest of equals."""
        lengths = row_lengths(self.matrix)
        scales = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        return int(np.argmax(scales * (self.matrix @ (self.matrix.T @ scales))))

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits that name these contents: ids, ratings, timestamps and catalogue; not the path or the name."""
        digest = hashlib.blake2b(digest_size=16)
        for ids in (self.users.ids, self.items.ids):
            digest.update(f"{ids.dtype.str}{ids.size};".encode())
            digest.update(ids.tobytes())
        for array in (self.matrix.indptr, self.matrix.indices, self.matrix.data, self.timestamps):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).data)
        for title, year, genres in zip(
            self.catalogue.titles, self.catalogue.years.tolist(), self.catalogue.genres, strict=True
        ):
            digest.update(repr((title, year, genres)).encode())
        return digest.hexdigest()

    def row_of(self, user_row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The item rows that a user rated, ascending, and the ratings: views into the matrix, not copies."""
        start, stop = self.matrix.indptr[user_row], self.matrix.indptr[user_row + 1]
        return self.matrix.indices[start:stop], self.matrix.data[start:stop]

    def kept(self, name: str) -> NDArray[Any] | None:
        """What a build on a cluster has worked out of all ratings and kept; None where it is to be computed.

        user_means (n_users,), user_genres (n_users,): see `mapping.users`. opinions: see `taste.starters`.
        """
        return None

    def learned_from(self, sample: int | None, seed: int) -> int:
        """How many users an evaluation of `sample` of them (None: all) learns from: all, whoever is measured.

        A dataset on a cluster learns from the sample alone, and raises UcfError where that is too large.
        """
        return self.n_users

    def to_evaluate(self, sample: int | None, seed: int, *, progress: Progress | None = None) -> "Ratings":
        """What such an evaluation splits: these ratings; of a dataset on a cluster the sample, read into memory."""
        return self

    def title(self, item_row: int) -> str:
        """The title of an item, fit for a line of text; "Item 108583 (no title)" where the catalogue has none."""
        title = strip_control_chars(self.catalogue.titles[item_row] or "")
        return title or f"Item {self.items.raw(item_row)} (no title)"


def _counted_by_halves(values: NDArray[np.float32]) -> NDArray[np.int64] | None:
    """How often 0, 0.5, 1, ... occur; None where there is any other value. Much faster than sorting."""
    counts = np.zeros(2 * _MOST_STARS + 1, dtype=np.int64)
    for start in range(0, len(values), _IN_CACHE):
        doubled = values[start : start + _IN_CACHE] * np.float32(2)
        halves = doubled.astype(np.intp)
        if (halves != doubled).any():
            return None
        counts += np.bincount(halves, minlength=len(counts))
    return counts


def _ascends(user_codes: NDArray[np.int32], item_codes: NDArray[np.int32]) -> bool:
    """Whether the entries are sorted by user, then item, without repeats."""
    for start in range(0, len(user_codes), _IN_CACHE):
        users, items = user_codes[start : start + _IN_CACHE + 1], item_codes[start : start + _IN_CACHE + 1]
        sorts = (users[1:] > users[:-1]) | ((users[1:] == users[:-1]) & (items[1:] > items[:-1]))
        if not sorts.all():
            return False
    return True


def _csr_order(user_codes: NDArray[np.int32], item_codes: NDArray[np.int32], shape: tuple[int, int]) -> csr_array:
    """A CSR whose data are positions in the columns: sorted by user, then item; repeats stay."""
    positions: NDArray[Any] = np.arange(len(user_codes), dtype=np.int32 if len(user_codes) < 2**31 else np.int64)
    coo = coo_array((positions, (user_codes, item_codes)), shape=shape)
    coo.has_canonical_format = True  # else SciPy would add up the positions of duplicates
    order = csr_array(coo.tocsr())
    order.has_sorted_indices = False
    order.sort_indices()
    return order


def _without_repeats(order: csr_array, timestamps: NDArray[np.int64] | None) -> csr_array:
    """`order` with, of each (user, item), only the last entry by time, then by position."""
    repeats = np.zeros(order.nnz, dtype=bool)
    repeats[1:] = order.indices[1:] == order.indices[:-1]
    starts = order.indptr[:-1]
    repeats[starts[starts < order.nnz]] = False
    if not repeats.any():
        return order
    # only the cells that have several entries need sorting
    crowded = repeats.copy()
    crowded[:-1] |= repeats[1:]
    entries = np.flatnonzero(crowded)
    cell = np.cumsum(~repeats[entries])
    position = order.data[entries]
    by_time = np.lexsort((position, cell) if timestamps is None else (position, timestamps[position], cell))
    last = np.append(cell[by_time][1:] != cell[by_time][:-1], True)
    kept = ~crowded
    kept[entries[by_time[last]]] = True
    before = np.concatenate([[0], np.cumsum(kept)])
    return csr_array((order.data[kept], order.indices[kept], before[order.indptr].astype(np.int32)), shape=order.shape)
