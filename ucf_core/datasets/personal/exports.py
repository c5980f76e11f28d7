"""Reads exports of one person's ratings, from bytes in memory; writes the file that the Your taste page offers."""

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.personal.export_registry import service_of
from ucf_core.datasets.personal.export_service import NO_FILM, SERIES, ExportService
from ucf_core.datasets.read.columns import no_column, shown
from ucf_core.ratings.catalogue import split_title
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings

MAX_BYTES = 8 << 20
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it and upload the ratings.csv in it",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"%PDF": "a PDF file; export the ratings as CSV",
    b"PAR1": "a Parquet file; export the ratings as CSV",
}
_ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
# control characters that no table holds
_BINARY = re.compile("[\0-\b\x0e-\x1a\x1c-\x1f]")
MAX_RATINGS = 20_000  # more films than one person rates, few enough to match while the page waits
# also "1995.0", as pandas writes it, and the beginning of a date
_YEAR = re.compile(r"([12]\d{3})(?:\.0*|-\d\d?(?:-\d\d?)?)?", re.ASCII)
_DELIMITERS = (",", ";", "\t", "|")
# appended to a file to see whether an open quote swallows its end
_END = "\x01"


@dataclass(frozen=True)
class RatedFilm:
    """One line of an export, counted from 1; `item` is the raw id as text; `series` is for television series."""

    line: int
    rating: float
    title: str | None = None
    other_title: str | None = None
    year: int | None = None
    item: str | None = None
    date: str = ""
    series: bool = False


@dataclass(frozen=True)
class Export:
    """The content of an export: its service, and the films of its ratings in the order of the file.

    `unrated` lines without a rating and `no_films` lines of episodes, games and the like are left out.
    """

    source: ExportService
    films: tuple[RatedFilm, ...]
    unrated: int
    encoding: str
    no_films: int = 0


def read_export(data: bytes, *, scale: tuple[float, float]) -> Export:
    """The ratings in an export; `scale` is that of the dataset, used for tables of no known service.

    Encodings: UTF-8, UTF-16, else Windows-1252. Delimiters: comma, semicolon, tab, bar. Raises DatasetError for a file
    that is empty, too large, not text, without a column of ratings or films, of several users, or with a bad rating.
    """
    text, encoding = _decoded(data)
    lines = list(io.StringIO(text, newline=None))
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise DatasetError("the file is empty; it needs a line of column names and at least one rating")
    try:
        delimiter, names, source = _header(lines[start].rstrip("\n"), scale)
    except csv.Error as error:
        raise DatasetError(f"line {start + 1}: not well-formed CSV ({error}); mend that line") from None
    columns = source.places(names)
    lacking = [] if "rating" in columns else ["the rating (such as Rating or Your Rating)"]
    if not {"title", "item"} & columns.keys():
        lacking.append("the film (such as Name, Title or movieId)")
    if lacking:
        raise no_column("the file", " and for ".join(lacking), names)
    low, high = source.scale or scale
    films: list[RatedFilm] = []
    unrated, no_films, users = 0, 0, set()
    table = (
        (line, {what: row[place].strip() for what, place in columns.items() if place < len(row)})
        for line, row in _rows(text, delimiter, start + 1)
    )
    for line, fields in source.rows(table):
        users.add(fields.get("user", ""))
        if len(users) > 1:
            raise DatasetError(
                f"line {line}: the file holds ratings of several users ({shown(sorted(users)[0])}, "
                f"{shown(sorted(users)[1])}); keep the lines of one user"
            )
        if re.search(r"[\r\n]", title := fields.get("title", "")) and delimiter in title:
            raise DatasetError(
                f"line {line}: the title holds other lines of the file (a quote in it is not closed); mend that line"
            )
        if not fields.get("rating"):
            unrated += 1
            continue
        if fields.get("kind") == NO_FILM:
            no_films += 1
            continue
        films.append(_film(line, fields, low, high, source))
        if len(films) > MAX_RATINGS:
            raise DatasetError(
                f"the file holds more than {MAX_RATINGS:,} ratings, more than one person's; upload an export of one "
                "person, or a whole dataset on the Data page"
            )
    if not films:
        problem = "the file holds column names but no ratings; at least one is needed"
        if no_films:
            problem = f"all rated lines ({no_films:,}) are episodes, games and the like; at least one film is needed"
        elif unrated:
            problem = f"no line of the file has a rating ({unrated:,} without one); at least one is needed"
        raise DatasetError(problem)
    return Export(source, tuple(films), unrated, encoding, no_films)


def profile_csv(ratings: Ratings, rated: Mapping[RawId, float]) -> bytes:
    """A CSV file that `read_export` reads: itemId, title, year and rating, on the dataset's scale."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["itemId", "title", "year", "rating"])
    for raw, rating in rated.items():
        row = ratings.items.row(raw)
        title = ratings.catalogue.titles[row] or ""
        item = raw if isinstance(raw, int) else _no_formula(raw)
        rows.writerow([item, _no_formula(title), ratings.catalogue.year(row) or "", f"{rating:.9g}"])
    return out.getvalue().encode("utf-8")


def _no_formula(text: str) -> str:
    """Puts an apostrophe before text that a spreadsheet would run as a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def of_one_person(data: bytes) -> str | None:
    """The name of the service of a personal export; None for other files."""
    try:
        lines = _decoded(data)[0].splitlines()
        source = _header(next(filter(str.strip, lines), ""), (0.0, 0.0))[2]
    except (DatasetError, csv.Error):
        return None
    return source.name if source.personal else None


def _header(line: str, scale: tuple[float, float]) -> tuple[str, list[str], ExportService]:
    """The delimiter that gives the most known columns, all column names, and the service."""

    def split(delimiter: str) -> tuple[str, list[str], ExportService]:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        return delimiter, names, service_of(names, scale)

    return max(map(split, _DELIMITERS), key=lambda made: (len(made[2].places(made[1])), len(made[1])))


def _rows(text: str, delimiter: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(chain(io.StringIO(text, newline=""), ["\n", _END]), delimiter=delimiter)
    first = 1
    try:
        for row in reader:
            if row == [_END]:
                return
            if row and row[-1].endswith(_END):
                raise DatasetError(
                    f"line {first}: not well-formed CSV (a quote is opened and never closed); mend that line"
                )
            if reader.line_num > skip and any(field.strip() for field in row):
                yield reader.line_num, row
            first = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"line {reader.line_num}: not well-formed CSV ({error}); mend that line") from None


def _film(line: int, fields: dict[str, str], low: float, high: float, source: ExportService) -> RatedFilm:
    text = fields["rating"]
    try:
        number = text.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", text) else text
        rating = float(number) if number.isascii() and "_" not in number else math.nan
    except ValueError:
        rating = math.nan
    if not math.isfinite(rating):
        problem = "is not a number; expected one such as 3.5"
        raise DatasetError(f"line {line}: rating {shown(text)} {problem}; correct it or remove the line")
    if not low <= rating <= high:
        whose = "this dataset's" if source.scale is None else f"that of {source.name}"
        problem = f"is off the scale; {whose} goes from {low:g} to {high:g}"
        raise DatasetError(f"line {line}: rating {shown(text)} {problem}; correct it or remove the line")
    title, year = split_title(fields.get("title", ""))
    if not title and not fields.get("item"):
        raise DatasetError(f"line {line}: the film is missing; fill it in or remove the line")
    if found := _YEAR.fullmatch(fields.get("year", "")):
        year = int(found[1])
    other_title, item, date = fields.get("other_title") or None, fields.get("item") or None, fields.get("date", "")
    return RatedFilm(line, rating, title or None, other_title, year, item, date, series=fields.get("kind") == SERIES)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text of a file, and its encoding. Raises DatasetError for a file that is empty, too large or not text."""
    if not data:
        raise DatasetError("the file is empty; it needs a line of column names and at least one rating")
    if len(data) > MAX_BYTES:
        raise DatasetError(
            f"the file has {len(data) / 2**20:,.1f} MiB; an export of one person's ratings has at most "
            f"{MAX_BYTES >> 20}: upload whole datasets on the Data page"
        )
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise DatasetError(f"the file is {what}")
    head, encodings = data[:2000], ["utf-8-sig", "cp1252", "latin-1"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    # of mostly Latin text every second byte is zero
    elif len(data) % 2 == 0 and head[1::2].count(0) > len(head) // 4:
        encodings = ["utf-16-le"]
    elif len(data) % 2 == 0 and head[::2].count(0) > len(head) // 4:
        encodings = ["utf-16-be"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if _BINARY.search(text):
                break
            return text, _ENCODINGS.get(encoding, "UTF-16")
    raise DatasetError("the file is binary, not text; export the ratings as CSV")
