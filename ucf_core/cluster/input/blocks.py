"""Reads parts of ratings into blocks: all ratings of some consecutive users as one CSR matrix on a worker.

The first pass over the parts (survey) finds the items and samples users for the bounds of the blocks; the second cuts
each part at the bounds and assembles the blocks. Rows are numbered as on one machine, by ascending user id, and the
driver never holds more than the items. All is done by tasks, so Dask computes again what is lost with a worker.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.cluster.dask.tree import send, tree_sum
from ucf_core.cluster.input.parts import Parts, read_part
from ucf_core.ratings.catalogue import ItemInfo
from ucf_core.ratings.ids import IdMap, Ids
from ucf_core.ratings.ratings import Ratings

Futures: TypeAlias = list[Any]
"""distributed.Future objects; Dask is not typed."""

# Ratings of a block, about: some 16 MB as CSR, and 100 MB while it is assembled.
BLOCK_RATINGS = 2_000_000

# Fewest blocks. Digits depend on their number, so it does not depend on that of the workers.
_FEWEST = 8

# The user of each 1,000th rating is sampled for the bounds of the blocks, and at least 64 users of each part.
_EVERY = 1_000
_FEWEST_DRAWN = 64


@dataclass(frozen=True, eq=False)
class Survey:
    """The first pass over a part: its items, a sample of its users, its lowest and highest user."""

    n_ratings: int
    items: Ids
    sample: Ids
    low: Ids
    high: Ids

    @property
    def texts(self) -> tuple[bool, bool]:
        """Whether the ids of users and of items are text."""
        return self.sample.dtype.kind == "U", self.items.dtype.kind == "U"


@dataclass(frozen=True, eq=False)
class Block:
    """All ratings of some consecutive users.

    Attributes:
        users: (n,) their raw ids, ascending.
        matrix: (n, n_items) CSR, float32.
        n_read: ratings before duplicates were dropped.
    """

    users: Ids
    matrix: csr_array
    n_read: int


@dataclass(frozen=True, eq=False)
class Blocks:
    """The ratings of a dataset on the workers.

    Attributes:
        client: the distributed.Client.
        futures: of a Block each.
        offsets: (n_blocks + 1,) int64 the row of each block's first user, and the number of users.
        items: raw ids of the columns.
        item_counts: (n_items,) int64 ratings an item.
        item_sums: (n_items,) float64 sum of the ratings of an item.
        n_ratings: after duplicates were dropped.
        n_read: before.
        values: the distinct ratings, ascending, and how often each occurs.
    """

    client: Any
    futures: Futures
    offsets: NDArray[np.int64]
    items: IdMap
    item_counts: NDArray[np.int64]
    item_sums: NDArray[np.float64]
    n_ratings: int
    n_read: int
    values: tuple[NDArray[np.float32], NDArray[np.int64]]

    @property
    def n_users(self) -> int:
        """Number of users."""
        return int(self.offsets[-1])

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def mean(self) -> float:
        """Mean of all ratings."""
        return float(self.item_sums.sum()) / self.n_ratings


def read_blocks(client: Any, parts: Parts, *, block_ratings: int = BLOCK_RATINGS) -> Blocks:
    """Read all parts into blocks. Raises DatasetError that names the part which cannot be read."""
    surveys: list[Survey] = client.gather(client.map(survey, parts.ratings, pure=False))
    texts = any(each.texts[0] for each in surveys), any(each.texts[1] for each in surveys)
    items = IdMap(np.unique(np.concatenate([_typed(each.items, texts[1]) for each in surveys])), "item")
    total = sum(each.n_ratings for each in surveys)
    bounds = _bounds(surveys, texts[0], max(_FEWEST, -(-total // block_ratings)))
    cut = client.map(_cut, parts.ratings, bounds=bounds, texts=texts, pure=False)
    known = send(client, items)
    futures = []
    for block in range(len(bounds) + 1):
        pieces = [
            client.submit(operator.getitem, piece, block, pure=False)
            for each, piece in zip(surveys, cut, strict=True)
            if _meets(each, bounds, block, texts[0])
        ]
        futures.append(client.submit(_assembled, pieces, known, pure=False))
    about = client.gather(client.map(_about, futures, pure=False))
    counts, sums = tree_sum(client, client.map(_item_totals, futures, pure=False)).result()
    return Blocks(
        client=client,
        futures=futures,
        offsets=np.concatenate([[0], np.cumsum([each[0] for each in about])]).astype(np.int64),
        items=items,
        item_counts=counts.astype(np.int64),
        item_sums=sums,
        n_ratings=sum(each[1] for each in about),
        n_read=sum(each[2] for each in about),
        values=_occurrences(about),
    )


def survey(address: str) -> Survey:
    """The first pass over a part."""
    columns = read_part(address, only_ids=True)
    users = columns.users
    drawn = users[:: max(1, min(_EVERY, len(users) // _FEWEST_DRAWN))]
    low, high = (np.unique(users)[[0, -1]]) if users.dtype.kind == "U" else (users.min(), users.max())
    return Survey(len(users), np.unique(columns.items), drawn, np.array([low]), np.array([high]))


def titles_of(known: dict[str, ItemInfo], items: IdMap) -> dict[Any, ItemInfo]:
    """The titles under ids of the type that the ratings have."""
    if not items.numeric:
        return dict(known)
    return {int(raw): info for raw, info in known.items() if raw.lstrip("-").isdecimal() and str(int(raw)) == raw}


def _typed(ids: Ids, as_text: bool) -> Ids:
    """Ids of one part as those of the whole: where any part has text, all are text."""
    typed: Ids = ids if as_text and ids.dtype.kind == "U" else ids.astype(np.str_ if as_text else np.int64, copy=False)
    return typed


def _bounds(surveys: Sequence[Survey], as_text: bool, n_blocks: int) -> Ids:
    """The first user of each block but the first: ascending, distinct, above the lowest user of all."""
    sample = np.sort(np.concatenate([_typed(each.sample, as_text) for each in surveys]))
    lowest = np.sort(np.concatenate([_typed(each.low, as_text) for each in surveys]))[0]
    places = np.linspace(0, len(sample), n_blocks + 1)[1:-1].astype(np.int64)
    bounds = np.unique(sample[places])
    above: Ids = bounds[bounds > lowest]
    return above


def _meets(part: Survey, bounds: Ids, block: int, as_text: bool) -> bool:
    """Whether some user of the part may belong to the block."""
    if as_text and not part.texts[0]:
        return True  # as text, its ids have another order, in which its ends are not known
    first = int(np.searchsorted(bounds, _typed(part.low, as_text)[0], side="right"))
    last = int(np.searchsorted(bounds, _typed(part.high, as_text)[0], side="right"))
    return first <= block <= last


def _cut(address: str, bounds: Ids, texts: tuple[bool, bool]) -> list[Any]:
    """The columns of a part, cut into those of each block in the order of the part; None for a block without any."""
    columns = read_part(address)
    users, items = _typed(columns.users, texts[0]), _typed(columns.items, texts[1])
    ratings, times = columns.ratings.astype(np.float32, copy=False), columns.timestamps
    owner = np.searchsorted(bounds, users, side="right")
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(len(bounds) + 2))
    pieces: list[Any] = []
    for low, high in pairwise(starts.tolist()):
        rows = order[low:high]
        pieces.append(
            (users[rows], items[rows], ratings[rows], None if times is None else times[rows]) if rows.size else None
        )
    return pieces


def _assembled(pieces: list[Any], items: IdMap) -> Block:
    """A block from its pieces, in the order of the parts; later ones win over earlier ones of the same time.

    No block is without users: its bound is one of them.
    """
    full = [piece for piece in pieces if piece is not None]
    timed = all(piece[3] is not None for piece in full)
    users, of, values = (np.concatenate([piece[column] for piece in full]) for column in range(3))
    times = np.concatenate([piece[3] for piece in full]) if timed else None
    own = Ratings.from_columns(users, of, values, times, name="a block", owned=True)
    # ascending ids keep their order among all items, so the rows stay sorted
    columns = np.searchsorted(items.ids, own.items.ids).astype(np.int32)
    matrix = csr_array(
        (own.matrix.data, columns[own.matrix.indices], own.matrix.indptr), shape=(own.n_users, len(items))
    )
    return Block(own.users.ids, matrix, own.report.n_read)


def _about(block: Block) -> tuple[int, int, int, NDArray[np.float32], NDArray[np.int64]]:
    """Users, ratings, ratings read, the distinct ratings and how often each occurs."""
    values, counts = np.unique(block.matrix.data, return_counts=True)
    return len(block.users), int(block.matrix.nnz), block.n_read, values, counts.astype(np.int64)


def _occurrences(about: Sequence[Any]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The distinct ratings of all blocks, ascending, and how often each occurs."""
    values, place = np.unique(np.concatenate([each[3] for each in about]), return_inverse=True)
    return values, np.bincount(place, np.concatenate([each[4] for each in about])).astype(np.int64)


def _item_totals(block: Block) -> NDArray[np.float64]:
    """Ratings an item, and their sum: (2, n_items)."""
    indices, n_items = block.matrix.indices, block.matrix.shape[1]
    counts = np.bincount(indices, minlength=n_items)
    return np.stack([counts, np.bincount(indices, weights=block.matrix.data, minlength=n_items)])
