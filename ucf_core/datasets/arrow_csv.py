"""CSV text as an Arrow table: the needed columns of a file, or of some lines of it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from ucf_core.datasets.texts import TextTable

_BLOCK = 8 << 20  # bytes; large enough that one line never fills it


def arrow_table(
    table: TextTable,
    lines: bytes | memoryview | None = None,
    *,
    threads: bool = True,
    numbers: bool = False,
    narrow: bool = False,
) -> Any:
    """The needed columns of the file, or of some lines of it, as a pyarrow.Table: ids are text, ratings float64.

    With `numbers` there are no quotes, no value is missing, the ids are whole numbers, and the lines become columns of
    one piece: ArrowInvalid where it is not so. With `narrow`, too, ids and ratings have 32 bits.
    """
    import pyarrow as pa
    from pyarrow import csv

    present = table.columns.present()
    meaning = {position: name for name, position in present.items()}
    # dictionaries: a text is looked at once a block, not once a line
    types = dict.fromkeys(present, pa.dictionary(pa.int32(), pa.string())) | {"rating": pa.float64()}
    if numbers:
        types |= dict.fromkeys(("user", "item"), pa.int32() if narrow else pa.int64())
        types |= {"rating": pa.float32() if narrow else pa.float64()}
    attempts = _time_types(table) if "timestamp" in present else [None]
    for attempt, time_type in enumerate(attempts, 1):
        if time_type is not None:
            types["timestamp"] = time_type
        try:
            with _opened(table, lines) as source:
                return csv.read_csv(
                    source,
                    read_options=csv.ReadOptions(
                        column_names=[meaning.get(position, f"unused {position}") for position in range(table.width)],
                        skip_rows=table.skip,
                        encoding="utf8" if table.encoding == "utf-8" else "latin1",
                        block_size=max(_BLOCK, len(lines) + 1) if numbers and lines is not None else _BLOCK,
                        use_threads=threads and not numbers,
                    ),
                    parse_options=csv.ParseOptions(
                        delimiter=table.delimiter if len(table.delimiter) == 1 else "\t",
                        # looking for no quotes, and for no words that mean a missing value, saves a tenth
                        quote_char='"' if table.quoted and not numbers else False,
                        # only text needs it, and it costs the parallel parse
                        newlines_in_values=has_text(table),
                    ),
                    convert_options=csv.ConvertOptions(
                        include_columns=list(present),
                        column_types=types,
                        **({"null_values": []} if numbers else {}),
                    ),
                )
        except pa.ArrowInvalid:
            if attempt == len(attempts):
                raise
    raise AssertionError("there is at least one attempt")


def has_text(table: TextTable) -> bool:
    """Whether a quoted text, and so a line break inside a value, is possible."""
    return table.quoted and (table.columns.title is not None or table.width > len(table.columns.present()))


def _time_types(table: TextTable) -> list[Any]:
    """Arrow types to try for the timestamps, judged by the first of them."""
    import pyarrow as pa

    position = table.columns.timestamp or 0
    first = table.first[position].strip() if position < len(table.first) else ""
    if first.lstrip("-").isdigit():
        return [pa.int64(), pa.float64()]
    try:
        float(first)
    except ValueError:
        return [pa.timestamp("us")]
    return [pa.float64()]


@contextmanager
def _opened(table: TextTable, lines: bytes | memoryview | None) -> Iterator[Any]:
    import pyarrow as pa

    if lines is not None and table.delimiter != "::":
        yield pa.BufferReader(lines)  # Arrow parses it where it is
        return
    with table.path.open("rb") if lines is None else io.BytesIO(lines) as file:
        yield _SingleDelimiter(file) if table.delimiter == "::" else file


class _SingleDelimiter(io.RawIOBase):
    """A binary stream in which every `::` is a tab: Arrow splits at one character only."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end only."""
        while True:
            piece = self._source.read(size if size < 0 else max(size - len(self._held), 1))
            content = self._held + piece
            self._held = b""
            # half a delimiter at the end of a piece waits for its other half
            if piece and (len(content) - len(content.rstrip(b":"))) % 2:
                content, self._held = content[:-1], content[-1:]
            if content or not piece:
                return content.replace(b"::", b"\t")
