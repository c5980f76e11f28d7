"""Reads text tables of ratings with Arrow. Import it inside the functions that read, as it imports pyarrow."""

import io
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import IO, Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from ucf_core.base.errors import DatasetError, os_errors_as
from ucf_core.base.progress import Progress
from ucf_core.datasets.read.arrow import BadColumnError, to_columns
from ucf_core.datasets.read.columns import Columns
from ucf_core.datasets.read.locate_error import locate
from ucf_core.datasets.read.text_format import TextTable, is_utf8

_BLOCK = 4 << 20  # bytes; a line must fit
_IN_CACHE = 64 << 10  # bytes that are looked through at once; for more, NumPy gets fresh memory from the system


def read_text(table: TextTable, progress: Progress | None = None) -> Columns:
    """The columns of a text file. Raises DatasetError naming the first bad line."""
    with os_errors_as(DatasetError, f"{table.path} cannot be read"):
        try:
            return to_columns(_arrow_columns(table, progress=progress))
        except (pa.ArrowInvalid, BadColumnError) as error:
            # the first lines decide on the encoding; a Latin-1 letter may come later
            if isinstance(error, pa.ArrowInvalid) and table.encoding == "utf-8" and not is_utf8(table.path):
                return read_text(replace(table, encoding="latin-1"), progress)
            raise locate(table, str(error), accepts=partial(_accepts, replace(table, skip=0))) from None


def _accepts(table: TextTable, lines: bytes) -> bool:
    """Whether Arrow reads these whole lines of a file without an error."""
    try:
        to_columns(_arrow_columns(table, lines))
    except (pa.ArrowInvalid, BadColumnError):
        return False
    return True


def _arrow_columns(table: TextTable, lines: bytes | None = None, *, progress: Progress | None = None) -> dict[str, Any]:
    """The needed columns by meaning, of the file or of some whole lines of it: pyarrow.ChunkedArrays.

    Ids are int32 or int64 where all are whole numbers as Python writes them (half the time and memory of text), else
    dictionaries of text. Raises pyarrow.ArrowInvalid for a line or a value that cannot be parsed.
    """
    # the fastest types first, then those that always apply
    times = [{"timestamp": kind} for kind in _time_types(table)] if "timestamp" in table.columns else [{}]
    # dictionaries: a text is looked at once a block, not once a line
    text = dict.fromkeys(table.columns, pa.dictionary(pa.int32(), pa.string())) | {"rating": pa.float64()}
    numbers = [] if _has_text(table) else [dict.fromkeys(table.columns, kind()) for kind in (pa.int32, pa.int64)]
    *first, last = [kinds | {"rating": pa.float32()} | times[0] for kinds in numbers] + [text | kind for kind in times]
    for types in first:
        # an id of another kind, or a mistake
        with suppress(pa.ArrowInvalid, _NotPlainError):
            return _parse(table, lines, types, progress)
    return _parse(table, lines, last, progress)


def _parse(table: TextTable, lines: bytes | None, types: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    present = table.columns
    meaning = {position: name for name, position in present.items()}
    numbers = pa.types.is_integer(types["user"])
    size = table.path.stat().st_size if lines is None else len(lines)
    with table.path.open("rb", buffering=0) if lines is None else io.BytesIO(lines) as file:
        parsed = csv.read_csv(
            _Source(file, size, table, plain=numbers, progress=progress),
            read_options=csv.ReadOptions(
                column_names=[meaning.get(position, f"unused {position}") for position in range(table.width)],
                skip_rows=table.skip,
                encoding="utf8" if table.encoding == "utf-8" else "latin1",
                block_size=_BLOCK,
            ),
            parse_options=csv.ParseOptions(
                delimiter=table.delimiter if len(table.delimiter) == 1 else "\t",
                # looking for no quotes, and for no words that mean a missing value, saves a tenth
                quote_char='"' if table.quoted and not numbers else False,
                # only text needs it, and it costs the parallel parse
                newlines_in_values=_has_text(table),
            ),
            convert_options=csv.ConvertOptions(
                include_columns=list(present), column_types=types, **({"null_values": []} if numbers else {})
            ),
        )
    return dict(zip(parsed.column_names, parsed.columns, strict=True))


def _has_text(table: TextTable) -> bool:
    """Whether a quoted text, and so a line break inside a value, is possible."""
    return table.quoted and ("title" in table.columns or table.width > len(table.columns))


def _time_types(table: TextTable) -> list[Any]:
    """Arrow types to try for the timestamps, judged by the first of them."""
    position = table.columns["timestamp"]
    first = table.first[position].strip() if position < len(table.first) else ""
    if first.lstrip("-").isdigit():
        return [pa.int64(), pa.float64()]
    try:
        float(first)
    except ValueError:
        return [pa.timestamp("us")]
    return [pa.float64()]


class _NotPlainError(Exception):
    """A number is written as Python would not write it."""


class _Source(io.RawIOBase):
    """The bytes of a file in blocks, with every `::` as a tab, since Arrow splits at one character only.

    With `plain`, raises _NotPlainError for numbers with a sign or a leading zero, as Arrow reads 007, +7 and 0x7 as 7.
    """

    def __init__(
        self, file: IO[bytes], size: int, table: TextTable, *, plain: bool, progress: Progress | None = None
    ) -> None:
        self._file, self._size, self._progress = file, size, progress
        self._double, self._plain, self._skip = table.delimiter == "::", plain, table.skip
        # most delimiters come before the full stop, as blanks and the ends of lines do
        self._late_delimiter = ord(table.delimiter) if not self._double and table.delimiter > "." else None
        self._held = b""  # half a `::` waits for its other half
        self._last = b"\n\n"  # the last two bytes, since a number may go on in the next block

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end only."""
        while True:
            piece = self._file.read(size if size < 0 else max(size - len(self._held), 1))
            if self._progress is not None and piece:
                self._progress(self._file.tell(), self._size)
            content, self._held = self._held + piece, b""
            if self._double:
                if piece and (len(content) - len(content.rstrip(b":"))) % 2:
                    content, self._held = content[:-1], content[-1:]
                content = content.replace(b"::", b"\t")
            if content or not piece:
                if self._plain:
                    self._check(content)
                return content

    def _check(self, block: bytes) -> None:
        start = 0
        while self._skip:  # names may have signs
            start, self._skip = block.find(b"\n", start) + 1, self._skip - 1
        joined = self._last + block
        self._last = joined[-2:]
        whole = np.frombuffer(joined, np.uint8)
        for begin in range(start, len(block), _IN_CACHE):
            byte = whole[begin : begin + _IN_CACHE + 2]
            # one comparison for + and -, which have all but two bits in common with ) and /
            signed = ((byte & 0xF9) == 0x29).any()
            before = byte[:-2] < ord(".")
            if self._late_delimiter is not None:
                before |= byte[:-2] == self._late_delimiter
            zeros = np.flatnonzero((byte[1:-1] == ord("0")) & before)
            if signed or (byte[zeros + 2] >= ord("0")).any():
                raise _NotPlainError
