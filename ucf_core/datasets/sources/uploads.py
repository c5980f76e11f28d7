"""Uploaded files: stored under `UCF_HOME` by a safe name if they can be read, or only read."""

import json
import re
import tempfile
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from ucf_core.base.errors import DatasetError, os_errors_as
from ucf_core.base.files import atomic
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.memory import check_memory
from ucf_core.datasets.read.layouts import find_ratings, read_files
from ucf_core.datasets.sources.import_cache import import_bytes, read_cached
from ucf_core.ratings.ratings import Ratings

PREFIX = "upload:"
SESSION_PREFIX = "session:"  # files in the memory of one session of the dashboard, not for `load_ratings`
MAX_BYTES = 512 << 20
_ABOUT = ".about.json"  # no safe name starts with a full stop
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Upload:
    """One uploaded file: its safe name and its counts, None if unknown."""

    name: str
    n_users: int | None = None
    n_items: int | None = None
    n_ratings: int | None = None


def save_upload(filename: str, data: bytes, *, home: Path) -> str:
    """Store an uploaded CSV or Parquet file; returns its name for `load_ratings`, such as "upload:mine.csv".

    Another file of that name gets a number. Raises DatasetError for a file without ratings or of more than 512 MiB.
    """
    if len(data) > MAX_BYTES:
        raise DatasetError(
            f"{filename[:60]} has {len(data) / 2**20:,.0f} MiB; at most {MAX_BYTES >> 20} can be uploaded: "
            "put the file on this machine and give its path"
        )
    safe = safe_name(filename)
    uploads = home / "uploads"
    problem = f"{safe} cannot be kept in {uploads}"
    with os_errors_as(DatasetError, problem), atomic.temporary_folder(uploads, "upload") as parent:
        folder = parent / "upload"
        folder.mkdir()
        path = folder / safe
        path.write_bytes(data)
        try:
            ratings = read_cached(find_ratings(path), name=safe, home=home)
        except DatasetError as error:
            # the temporary path means nothing to the user
            raise DatasetError(str(error).replace(str(path), safe)) from None
        name = _free_name(safe, data, uploads)
        path.rename(folder / name)
        about = Upload(name, ratings.n_users, ratings.n_items, ratings.n_ratings)
        (folder / _ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
        atomic.move_into_place(folder, uploads / name)
    return PREFIX + name


def read_upload(filename: str, data: bytes, *, name: str) -> Ratings:
    """The ratings in an uploaded file, called `name`, stored nowhere. Raises DatasetError; UcfError for no memory."""
    safe = safe_name(filename)
    problem = f"{safe} cannot be read"
    with os_errors_as(DatasetError, problem), tempfile.TemporaryDirectory(prefix="ucf-upload-") as folder:
        path = Path(folder) / safe
        path.write_bytes(data)
        try:
            files = find_ratings(path)
            check_memory(import_bytes(files), f"reading {safe}", "close other programs, or take a smaller file")
            return read_files(files, name=name)
        except DatasetError as error:
            raise DatasetError(str(error).replace(str(path), safe)) from None


def uploaded(home: Path) -> list[Upload]:
    """All uploaded files, sorted by name."""
    folders = sorted((home / "uploads").glob("*"))
    return [_about(folder) for folder in folders if (folder / folder.name).is_file()]


def upload_path(name: str, home: Path) -> Path:
    """The path of "upload:NAME". Raises DatasetError for an unknown name."""
    names = [upload.name for upload in uploaded(home)]
    plain = name.removeprefix(PREFIX)
    if plain not in names:
        there = f"; uploaded are {', '.join(names[:10])}" if names else "; nothing is uploaded yet"
        raise DatasetError(f"{plain[:60]!r} is not an uploaded file{there}")
    return home / "uploads" / plain / plain


def safe_name(filename: str) -> str:
    """A file name of ASCII letters, digits, `.`, `_` and `-`, without folders."""
    last = re.split(r"[/\\]", filename)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = plain, "", ""
    return (stem[:_LONGEST_NAME].rstrip(".-") or "ratings") + dot + suffix


def _about(folder: Path) -> Upload:
    try:
        counts = read_json(folder / _ABOUT, dict)
        return Upload(folder.name, *(int(counts[count]) for count in ("n_users", "n_items", "n_ratings")))
    except (OSError, ValueError, LookupError, TypeError):
        return Upload(folder.name)


def _free_name(safe: str, data: bytes, uploads: Path) -> str:
    """`safe`, or with a number where another file has that name."""
    name, number = Path(safe), 1
    while (folder := uploads / name).exists():
        path = folder / name
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            break
        number += 1
        name = Path(f"{Path(safe).stem}-{number}{name.suffix}")
    return str(name)
