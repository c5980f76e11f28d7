"""Large files of numbers, read piece by piece by several threads."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import numpy as np

from ucf_core.block_lanczos import Progress
from ucf_core.datasets.arrow import Columns, narrowed, to_columns
from ucf_core.datasets.arrow_csv import arrow_table, has_text
from ucf_core.datasets.joining import Joining
from ucf_core.datasets.texts import TextTable
from ucf_core.ids import are_numbers

_PIECE = 32 << 20  # bytes of a file that are read at once
_IN_CACHE = 64 << 10  # bytes that are looked through at once; for more, NumPy gets fresh memory from the system
_CORES = os.cpu_count() or 1


def in_pieces(table: TextTable, progress: Progress | None) -> Columns | None:
    """The columns of a large file of numbers, read piece by piece and kept in the narrowest types, to save memory.

    None where that is not possible: a line break may stand inside a quoted text, or the ids turn out to be text.
    """
    import pyarrow as pa

    size = table.path.stat().st_size
    if has_text(table) or size < _PIECE:
        return None
    joining = Joining()
    with table.path.open("rb") as file, ThreadPoolExecutor(_CORES) as pool:
        for _ in range(table.skip):
            file.readline()
        pieces = _Pieces(table, file.fileno())
        waiting: deque[tuple[int, int, Future[Columns]]] = deque()
        for begin, end in (*_cuts(file.fileno(), file.tell(), size), (size, size)):
            if begin < end:
                work = pool.submit(pieces.columns, begin, end)
                waiting.append((begin, end, work))
            # as many pieces are in memory as there are cores, and one that waits for its turn
            while waiting and (begin == end or len(waiting) > _CORES + 1):
                started, reached, work = waiting.popleft()
                part = work.result()
                if not (are_numbers(part.users) and are_numbers(part.items)):
                    return None
                joining.add(part, (reached - started) / size)
                if progress is not None:
                    progress(reached, size)
    columns = joining.columns()
    pa.default_memory_pool().release_unused()  # Arrow would keep what the pieces took
    return columns


def _cuts(file: int, begin: int, size: int) -> Iterator[tuple[int, int]]:
    """Pieces of an open file that end with a line, as (begin, end) in bytes."""
    while begin < size:
        end = min(begin + _PIECE, size)
        while end < size:
            ahead = os.pread(file, 1 << 16, end)
            line_end = ahead.find(b"\n")
            end = min(end + (line_end + 1 if line_end >= 0 else max(len(ahead), 1)), size)
            if line_end >= 0:
                break
        yield begin, end
        begin = end


class _Pieces:
    """Reads pieces of an open file at their places, so that many threads can share it."""

    def __init__(self, table: TextTable, file: int) -> None:
        self._table = replace(table, skip=0)
        self._file = file
        self._own = threading.local()

    def columns(self, begin: int, end: int) -> Columns:
        """The columns of one piece, from byte `begin` to `end`, in the narrowest types."""
        import pyarrow as pa

        lines = self._read(begin, end)
        if self._table.delimiter != "::" and _loses_nothing(lines, self._table.delimiter):
            for narrow in (True, False):
                with suppress(pa.ArrowInvalid):
                    return narrowed(to_columns(arrow_table(self._table, lines, numbers=True, narrow=narrow)))
            # an id that is no number after all, or a mistake: told apart where ids are read as text
        return narrowed(to_columns(arrow_table(self._table, lines, threads=False)))

    def _read(self, begin: int, end: int) -> memoryview:
        """The bytes of a piece, valid until this thread reads its next one."""
        room: bytearray | None = getattr(self._own, "room", None)
        if room is None or len(room) < end - begin:
            # kept by the thread: to get fresh memory from the system for every piece takes as long as to fill it
            room = self._own.room = bytearray(max(end - begin, _PIECE + (1 << 16)))
        lines = memoryview(room)[: end - begin]
        filled = 0
        while filled < len(lines):
            read = os.preadv(self._file, [lines[filled:]], begin + filled)
            if not read:
                break  # the file has become shorter
            filled += read
        return lines[:filled]


def _loses_nothing(lines: memoryview, delimiter: str) -> bool:
    """Whether ids that parse as whole numbers are written as Python would write them: no sign, no zero before others.

    Reading them as numbers takes half the time of reading them as text. What has quotes or letters does not parse.
    """
    for start in range(0, len(lines), _IN_CACHE):
        # two bytes more, so that no value is missed at a seam
        byte = np.frombuffer(lines[max(start - 2, 0) : start + _IN_CACHE], np.uint8)  # no copy
        # one comparison for + and -, which have all but two bits in common with ) and /
        if ((byte & 0xF9) == 0x29).any():
            return False
        # before a value there is a delimiter, the end of a line or a blank; most come before the full stop
        before = byte[:-2] < ord(".")
        if delimiter > ".":
            before |= byte[:-2] == ord(delimiter)
        zeros = np.flatnonzero((byte[1:-1] == ord("0")) & before)
        if (byte[zeros + 2] >= ord("0")).any():
            return False
    first = bytes(lines[:2])
    return not (first[:1] == b"0" and first[1:] >= b"0")
