"""Finds the first bad line of a file that Arrow cannot read, going through it line by line."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.columns import shown
from ucf_core.datasets.read.text_format import TextTable, bad_quotes

LARGEST_RATING = 1e6
LONGEST_ID = 200  # text ids become fixed-width arrays: one very long id would make all of them that wide
_BLOCK = 4 << 20  # bytes
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def locate(table: TextTable, reason: str, *, accepts: Callable[[bytes], bool]) -> DatasetError:
    """The error for the first bad line of a file: its number, the value, what was expected and the remedy.

    `reason` is Arrow's message, for a file without a bad line. Whole lines that Arrow `accepts` are skipped, as going
    through all of ml-25m line by line takes minutes.
    """
    number = 0
    try:
        start, before = _first_bad_block(table, accepts)
        number = before
        for number, fields in _rows(table, start, before):
            problem = _problem(fields, table)
            if problem:
                return DatasetError(f"{table.path}, line {number}: {problem}")
    except csv.Error as error:
        return bad_quotes(table.path, number + 1, error)
    except OSError as error:
        return DatasetError(f"{table.path} cannot be read: {error.strerror or error}")
    return DatasetError(f"{table.path} cannot be read as ratings: {shown(reason.splitlines()[0] if reason else '')}")


def id_problem(text: str, what: str) -> str | None:
    """What is wrong with the text of a user or item id, or None."""
    if not text.strip():
        return f"the {what} id is missing; fill it in or remove the line"
    if len(text) > LONGEST_ID:
        return f"a {what} id of {len(text):,} characters; expected {LONGEST_ID} at most"
    if "\0" in text:
        return f"{what} id {shown(text)} holds a NUL character; remove it"
    return None


def rating_problem(text: str) -> str | None:
    """What is wrong with the text of a rating, or None."""
    text = text.strip()
    if not text:
        return "the rating is missing; expected a number such as 3.5; fill it in or remove the line"
    if text.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
        return f"rating {shown(text)} is not a finite number; correct it or remove the line"
    if not _NUMBER.fullmatch(text):
        decimal_comma = re.fullmatch(r"-?\d+,\d+", text)
        remedy = "write it with a decimal point" if decimal_comma else "correct it or remove the line"
        return f"rating {shown(text)} is not a number; expected one such as 3.5; {remedy}"
    if not math.isfinite(float(text)) or abs(float(text)) > LARGEST_RATING:
        return f"rating {shown(text)} is out of range; expected one between -1,000,000 and 1,000,000"
    return None


def _first_bad_block(table: TextTable, accepts: Callable[[bytes], bool]) -> tuple[int, int]:
    """Byte offset of the first block that Arrow rejects, and the number of lines before it."""
    with table.path.open("rb") as file:
        number = table.skip
        head = [file.readline() for _ in range(table.skip)]
        if any(b"\r" in line.removesuffix(b"\r\n") for line in head):
            return 0, number  # lines end in \r alone, which `readline` does not split
        start = file.tell()
        while block := file.read(_BLOCK):
            block += file.readline()
            # a line break may be inside quotes, so blocks cannot be checked alone from the first quote on
            if (table.quoted and b'"' in block) or not accepts(block):
                break
            start, number = file.tell(), number + len(block.splitlines())
    return start, number


def _rows(table: TextTable, start: int, before: int) -> Iterator[tuple[int, list[str]]]:
    """Number of the last line and fields of rows that are not blank, from byte `start`, after `before` lines."""
    encoding = "utf-8-sig" if table.encoding == "utf-8" else "latin-1"
    newline = "" if table.quoted else None
    with table.path.open("rb") as binary:
        binary.seek(start)
        with io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline=newline) as file:
            for _ in range(table.skip if start == 0 else 0):
                next(file, None)
            if table.quoted:
                rows = csv.reader(file, delimiter=table.delimiter, strict=True)
                yield from ((rows.line_num + before, row) for row in rows if row)
            else:
                lines = ((number, line.rstrip("\r\n")) for number, line in enumerate(file, before + 1))
                yield from ((number, line.split(table.delimiter)) for number, line in lines if line)


def _problem(fields: list[str], table: TextTable) -> str | None:
    if len(fields) != table.width:
        return f"{len(fields)} fields where {table.width} were expected; complete the line or quote its text"
    values = {meaning: fields[position] for meaning, position in table.columns.items()}
    problem = id_problem(values["user"], "user") or id_problem(values["item"], "item")
    problem = problem or rating_problem(values["rating"])
    if problem or "timestamp" not in values:
        return problem
    time = values["timestamp"]
    if _is_number(table.first[table.columns["timestamp"]]):
        wanted = "a number; expected seconds since 1970 as in the first line"
        return None if _is_number(time) else f"timestamp {shown(time)} is not {wanted}"
    try:
        datetime.fromisoformat(time.strip())
    except ValueError:
        return f"timestamp {shown(time)} is not understood; expected seconds since 1970, or 2020-01-31 23:59:59"
    return None


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text.strip())) and abs(float(text.strip())) < 2**63
