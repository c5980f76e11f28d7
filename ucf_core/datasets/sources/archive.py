"""Safe unpacking of a zip archive: no paths outside its folder, no links, limited size."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ucf_core.base.errors import CancelledError, DownloadError
from ucf_core.datasets.read.columns import shown

MAX_ENTRIES = 10_000
MAX_BYTES = 8 << 30  # ml-32m unpacks to less than 1 GiB
MAX_RATIO = 200  # text of ratings compresses by 4 to 10, a bomb by 1,000
_SMALL = 1 << 20  # bytes below which a ratio means nothing
_PIECE = 1 << 20
# what zipfile raises for damaged files
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def unpack(archive: Path, into: Path, *, cancelled: Callable[[], bool] | None = None) -> None:
    """Unpack a zip archive into an existing empty folder; on errors the caller removes the folder.

    Raises DownloadError for a damaged archive, a bad entry, and for more than 10,000 entries, 8 GiB or 200 times the
    compressed size; CancelledError if `cancelled()`.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = source.infolist()
            _check_all(entries, archive)
            for entry in entries:
                _unpack_one(source, entry, into, cancelled)
    except _BROKEN as error:
        raise DownloadError(
            f"{archive.name} is not a whole zip archive ({error}); download it again, or give another --url"
        ) from error
    except OSError as error:
        raise DownloadError(f"{archive.name} cannot be unpacked into {into}: {error.strerror or error}") from error


def _check_all(entries: list[zipfile.ZipInfo], archive: Path) -> None:
    """Raise DownloadError for a bad table of contents, before anything is written."""
    if len(entries) > MAX_ENTRIES:
        raise DownloadError(f"{archive.name} has {len(entries):,} entries; at most {MAX_ENTRIES:,} are unpacked")
    seen: set[str] = set()
    for entry in entries:
        # some file systems ignore case: there, one entry would silently replace the other
        plain = entry.filename.rstrip("/").casefold()
        if problem := _problem(entry) or ("comes twice" if plain in seen else None):
            raise DownloadError(
                f"{archive.name}: the entry {shown(entry.orig_filename)} {problem}; nothing was unpacked"
            )
        seen.add(plain)
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    problem = None
    if total > MAX_BYTES:
        problem = f"{total / 2**30:,.1f} GiB; at most {MAX_BYTES >> 30} are unpacked"
    elif _is_bomb(total, packed):
        problem = f"{total / max(packed, 1):,.0f} times its size; at most {MAX_RATIO} times is believed"
    if problem:
        raise DownloadError(f"{archive.name} would unpack to {problem}")


def _problem(entry: zipfile.ZipInfo) -> str | None:
    name = entry.orig_filename
    path = PurePosixPath(name)
    if not name or "\0" in name:
        return "has no proper name"
    if "\\" in name or path.is_absolute() or re.match(r"^[A-Za-z]:", name) or ".." in path.parts:
        return "climbs out of the folder"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by a method other than deflate"
    if _is_bomb(entry.file_size, entry.compress_size):
        return f"would unpack to more than {MAX_RATIO} times its size"
    return None


def _is_bomb(size: int, packed: int) -> bool:
    return size > _SMALL and size > MAX_RATIO * max(packed, 1)


def _unpack_one(
    source: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path, cancelled: Callable[[], bool] | None
) -> None:
    target = into.joinpath(*PurePosixPath(entry.filename).parts)
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # zipfile stops at the size that the table of contents states, and checks the CRC there
    with source.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(_PIECE):
            if cancelled is not None and cancelled():
                raise CancelledError("unpacking was cancelled; nothing was kept")
            file.write(piece)
