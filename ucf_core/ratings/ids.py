"""IdMap: the one place where raw ids of a dataset become row numbers, and back."""

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import DatasetError, UnknownIdError

RawId: TypeAlias = int | str
Ids: TypeAlias = NDArray[Any]  # int64, or NumPy's fixed-width text

# No int64 has more than 19 digits; int() refuses texts of thousands.
_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]{1,19}\s*")

# A lookup table of this many entries (int32) takes 256 MiB at most; beyond it, sorting is used instead.
_LARGEST_TABLE = 64_000_000
_SLICE = 1 << 20


@dataclass(frozen=True, eq=False)
class IdMap:
    """Sorted, distinct raw ids; the position of an id is its row number.

    Attributes:
        ids: (n,) int64, or (n,) of NumPy's fixed-width text; sorted, without repeats, read-only.
        what: "user" or "item", for messages.
    """

    ids: Ids
    what: str

    def __post_init__(self) -> None:
        if self.ids.dtype.kind not in "iU":
            raise DatasetError(f"{self.what} ids are of type {self.ids.dtype}; give whole numbers or text")
        if self.ids.size > 1 and not np.all(self.ids[1:] > self.ids[:-1]):
            raise DatasetError(f"{self.what} ids must be sorted and distinct")
        self.ids.flags.writeable = False

    def __len__(self) -> int:
        return int(self.ids.size)

    @property
    def numeric(self) -> bool:
        """Whether the raw ids are whole numbers."""
        return self.ids.dtype.kind == "i"

    def row(self, raw: RawId) -> int:
        """The row of a raw id. For numeric ids the text form works too ("42"). Raises UnknownIdError."""
        key: RawId | None = raw
        if self.numeric and isinstance(raw, str):
            key = int(raw.strip()) if _WHOLE_NUMBER.fullmatch(raw) else None  # int() knows fewer spaces than \s
        elif not self.numeric:
            key = str(raw)
        if key is not None and not (isinstance(key, int) and not -(2**63) <= key < 2**63):
            position = int(np.searchsorted(self.ids, key))
            if position < len(self) and self.ids[position] == key:
                return position
        raise UnknownIdError(
            f"{self.what} {str(raw)[:60]!r} is not in this dataset; {self._known()}"
            if len(self)
            else f"{self.what} {str(raw)[:60]!r} is not in this dataset, which is empty"
        )

    def _known(self) -> str:
        """The range of numeric ids, or examples of text ids, for a message."""
        if self.numeric:
            return f"{self.what} ids run from {self.raw(0)} to {self.raw(-1)} ({len(self):,} of them)"
        some = ", ".join(str(one)[:60] for one in self.ids[:3].tolist())
        return f"the {len(self):,} {self.what} ids are such as {some}"

    def raw(self, row: int) -> RawId:
        """The raw id of a row, as a Python int or str."""
        value: RawId = self.ids[row].item()
        return value

    def __contains__(self, raw: object) -> bool:
        try:
            self.row(raw)  # type: ignore[arg-type]
        except UnknownIdError:
            return False
        return True


def encode(raw_ids: Ids, what: str) -> tuple[IdMap, NDArray[np.int32]]:
    """The IdMap of a column of raw ids, and the column as row numbers: (n,) int32.

    Whole numbers in a moderate range go through a lookup table, in two passes without a sort.
    """
    raw_ids = _signed(raw_ids)
    if raw_ids.dtype.kind == "i" and raw_ids.size:
        low, high = int(raw_ids.min()), int(raw_ids.max())
        if high - low < _LARGEST_TABLE:
            return _by_table(raw_ids, low, high, what)
    distinct, codes = np.unique(raw_ids, return_inverse=True)
    if distinct.dtype.kind == "i":
        distinct = distinct.astype(np.int64)
    elif distinct.dtype.kind == "U" and distinct.size:
        # as wide as the longest id, however wide the column was: equal ids must be equal arrays
        distinct = distinct.astype(f"U{max(1, int(np.char.str_len(distinct).max()))}")
    return IdMap(distinct, what), codes.astype(np.int32)


def _signed(raw_ids: Ids) -> Ids:
    """Whole numbers in a signed type of at least 32 bits, so that differences fit; others as they are."""
    if raw_ids.dtype.kind == "u" and (not raw_ids.size or int(raw_ids.max()) < 2**63):
        return raw_ids.astype(np.int64)
    return raw_ids.astype(np.int32) if raw_ids.dtype.kind == "i" and raw_ids.dtype.itemsize < 4 else raw_ids


def _by_table(raw_ids: Ids, low: int, high: int, what: str) -> tuple[IdMap, NDArray[np.int32]]:
    """As `encode`, for whole numbers of which none is below `low` or above `high`."""
    # in slices, since NumPy copies what it indexes with to 64 bits
    parts = [slice(start, start + _SLICE) for start in range(0, raw_ids.size, _SLICE)]
    seen = np.zeros(high - low + 1, dtype=bool)
    for part in parts:
        seen[raw_ids[part] - low] = True
    present = np.flatnonzero(seen)
    table = np.empty(seen.size, dtype=np.int32)
    table[present] = np.arange(present.size, dtype=np.int32)
    codes = np.empty(raw_ids.size, dtype=np.int32)
    for part in parts:
        # "clip" only spares NumPy a copy: every id is in the table
        table.take(raw_ids[part] - low, out=codes[part], mode="clip")
    return IdMap((present + low).astype(np.int64), what), codes
