"""Arrow columns as NumPy arrays. Import it inside the functions that read, as it imports pyarrow."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ucf_core.datasets.read.columns import Columns
from ucf_core.datasets.read.locate_error import LARGEST_RATING, id_problem
from ucf_core.ratings.catalogue import ItemInfo, split_genres, split_title
from ucf_core.ratings.ids import Ids, RawId

_Converted = TypeVar("_Converted")


class BadColumnError(Exception):
    """A value that cannot be used; `row` counts from 0, None for the column as a whole."""

    def __init__(self, message: str, row: int | None = None) -> None:
        """Take the message and the row."""
        super().__init__(message)
        self.row = row


def to_columns(columns: dict[str, Any]) -> Columns:
    """NumPy columns of pyarrow.ChunkedArrays: user, item, rating, perhaps timestamp, title, genres, year.

    Empties `columns` to free memory. Raises BadColumnError for a missing id, a rating that is not a finite number of
    at most 1e6 or an unknown form of time.
    """

    def taken(name: str, convert: Callable[[Any], _Converted]) -> _Converted:
        values = convert(columns.pop(name))
        pa.default_memory_pool().release_unused()  # Arrow would keep it for the next table
        return values

    items = taken("item", partial(ids, what="item"))
    users, ratings = taken("user", partial(ids, what="user")), taken("rating", numbers)
    times = taken("timestamp", seconds) if "timestamp" in columns else None
    known = item_infos(items, *map(columns.get, ("title", "genres", "year"))) if "title" in columns else {}
    return Columns(users, items, ratings, times, known)


def ids(column: Any, what: str) -> Ids:
    """A column of ids, (n,): int64 if all are whole numbers as Python writes them, else text, as with "007"."""
    _check_complete(column, f"the {what} id is missing")
    if pa.types.is_dictionary(column.type):
        whole = [(_whole_numbers(chunk.dictionary), chunk) for chunk in column.chunks]
        numbered = [distinct[_to_numpy(chunk.indices)] for distinct, chunk in whole if distinct is not None]
        if len(numbered) == len(whole):
            return np.concatenate(numbered)
        column = _plain(column)
    if pa.types.is_int32(column.type):
        return _to_numpy(column)
    if pa.types.is_integer(column.type):
        try:
            return _to_numpy(column.cast(pa.int64()))
        except pa.ArrowInvalid:  # unsigned, beyond int64
            column = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        values: NDArray[np.float64] = _to_numpy(column.cast(pa.float64()))
        whole_number = (values == np.floor(values)) & (np.abs(values) < 2**53)
        _check_all(whole_number, values, f"{what} id {{}} is not a whole number; give whole numbers or text")
        return values.astype(np.int64)
    if not _is_text(column.type):
        raise BadColumnError(f"{what} ids are of type {column.type}; give whole numbers or text")
    return _texts(pc.utf8_trim_whitespace(column), what)


def numbers(column: Any) -> NDArray[np.floating]:
    """A column of ratings as float64, or float32 where it is that; every one finite and at most 1e6 in size."""
    column = _plain(column)
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise BadColumnError(f"ratings are of type {kind}; expected numbers")
    _check_complete(column, "the rating is missing; expected a number such as 3.5")
    values: NDArray[np.floating] = _to_numpy(
        column if pa.types.is_float32(kind) else column.cast(pa.float64(), safe=False)
    )
    # NaN fails both comparisons
    if values.size and not (values.min() >= -LARGEST_RATING and values.max() <= LARGEST_RATING):
        message = "rating {} is not a finite number between -1,000,000 and 1,000,000"
        _check_all(np.abs(values) <= LARGEST_RATING, values, message)
    return values


def seconds(column: Any) -> NDArray[np.int64]:
    """A column of times as whole seconds since 1970: from numbers of seconds, or from dates and times."""
    column = _plain(column)
    kind = column.type
    _check_complete(column, "the timestamp is missing; expected seconds since 1970")
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _to_numpy(column.cast(pa.timestamp("s"), safe=False).cast(pa.int64()))
    if pa.types.is_integer(kind):
        return _to_numpy(column.cast(pa.int64(), safe=False))
    if pa.types.is_floating(kind):
        values: NDArray[np.float64] = _to_numpy(column.cast(pa.float64()))
        _check_all(np.abs(values) < 2.0**63, values, "timestamp {} is not a number of seconds since 1970")
        return np.floor(values).astype(np.int64)
    raise BadColumnError(f"timestamps are of type {kind}; expected seconds since 1970, or dates")


def item_infos(items: Ids, titles: Any, genres: Any, years: Any) -> dict[RawId, ItemInfo]:
    """Title, year and genres of each item, from the first of its ratings that has a title."""
    titles = _plain(titles)
    if not _is_text(titles.type):
        raise BadColumnError(f"titles are of type {titles.type}; expected text")
    lengths = pc.binary_length(pc.utf8_trim_whitespace(titles)).cast(pa.int64())
    rows = np.flatnonzero(_to_numpy(pc.is_valid(titles)) & (_to_numpy(lengths) > 0))
    distinct, first = np.unique(items[rows], return_index=True)
    take = pa.Array.from_buffers(pa.int64(), len(first), [None, pa.py_buffer(rows[first].astype(np.int64))])

    def taken(column: Any) -> Sequence[Any]:
        values: Sequence[Any] = [None] * len(take) if column is None else column.take(take).to_pylist()
        return values

    return {
        item: _info(title, genre, year)
        for item, title, genre, year in zip(distinct.tolist(), taken(titles), taken(genres), taken(years), strict=True)
    }


def _info(title: str, genres: str | Sequence[str] | None, year: object) -> ItemInfo:
    short, titled_year = split_title(title)
    try:
        known_year = int(float(str(year)))
    except (ValueError, OverflowError):
        known_year = 0
    if 1000 <= known_year <= 9999 and known_year != titled_year:
        # the year has a column of its own, so what is in brackets is part of the title
        short, titled_year = title.strip(), known_year
    return ItemInfo(short, titled_year, split_genres(genres if isinstance(genres, str) else "|".join(genres or ())))


def _whole_numbers(texts: Any) -> NDArray[np.int64] | None:
    """The texts as int64, None unless every one is a whole number as Python would write it."""
    try:
        whole = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    # Arrow also reads 007 and 0x7; writing the numbers again shows whether anything was lost
    same = pc.all(pc.equal(whole.cast(texts.type), texts), min_count=0).as_py()
    return _to_numpy(whole) if same else None


def _texts(column: Any, what: str) -> Ids:
    encoded = pa.chunked_array(column.dictionary_encode()).unify_dictionaries()
    distinct = encoded.chunk(0).dictionary
    codes = np.concatenate([_to_numpy(chunk.indices) for chunk in encoded.chunks])
    whole = _whole_numbers(distinct)
    if whole is not None:
        return np.asarray(whole[codes])
    texts = distinct.to_pylist()
    for code, text in enumerate(texts):
        problem = id_problem(text, what)
        if problem:
            raise BadColumnError(problem, int(np.argmax(codes == code)))
    return np.asarray(np.array(texts, dtype=np.str_)[codes])


def _plain(column: Any) -> Any:
    """The column without its dictionary."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _check_complete(column: Any, message: str) -> None:
    if column.null_count:
        raise BadColumnError(message, int(np.argmax(_to_numpy(pc.is_null(column)))))


def _check_all(fine: NDArray[np.bool_], values: NDArray[np.floating], message: str) -> None:
    """Raise BadColumnError, `message` with the first value that is not `fine`."""
    if not fine.all():
        row = int(np.argmin(fine))
        raise BadColumnError(message.format(float(values[row])), row)


def _to_numpy(column: Any) -> NDArray[Any]:
    """A column of numbers or truth values without nulls, (n,).

    Reads the buffers, as Arrow's own conversion imports pandas, which is slower than reading a small file.
    """
    if pa.types.is_boolean(column.type):
        return np.asarray(_to_numpy(column.cast(pa.int8())), dtype=np.bool_)
    # Arrow's int32, int64 and double are called the same in NumPy, but its float is NumPy's float32
    dtype = np.dtype(np.float32 if pa.types.is_float32(column.type) else str(column.type))
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    views = [np.frombuffer(chunk.buffers()[1], dtype)[chunk.offset :][: len(chunk)] for chunk in chunks if len(chunk)]
    if not views:
        return np.empty(0, dtype)
    return views[0] if len(views) == 1 else np.concatenate(views)
