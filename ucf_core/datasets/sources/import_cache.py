"""The import cache: files of ratings are parsed once, as long as they do not change.

An import is an artifact of the kind "ratings", named by a digest of the files' contents: about.json, catalogue.json and
arrays, with counts that the first page needs. `sources` beside the artifacts remembers the digest of files by size and
modification time, so that unchanged text need not be read again.
"""

import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError, DatasetError, os_errors_as
from ucf_core.base.files.artifacts import Artifact, ArtifactStore, Check, Key, discard_damaged, save_array
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.memory import check_memory
from ucf_core.base.notices import Notices
from ucf_core.base.progress import Progress
from ucf_core.datasets.read.layout import RatingFiles
from ucf_core.datasets.read.layouts import read_files
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings

_log = logging.getLogger(__name__)

# raise it when the readers give different ratings for the same files, or the files below change
FORMAT = 3
_KIND = "ratings"
_CATALOGUE = "catalogue.json"
_ABOUT = "about.json"


def read_cached(source: RatingFiles, *, name: str, home: Path, progress: Progress | None = None) -> Ratings:
    """The ratings of a dataset: from the cache when the same contents were read before, else read and stored.

    `progress` gets the bytes read and may raise to stop. `report.notices` has what failed in the cache. Raises
    DatasetError as `read_files` does, or if a file changes while it is read; UcfError for no memory.
    """
    notices = Notices()

    def check() -> None:
        if progress is not None:
            progress(0.0, None)

    digest = known_digest(source, home, check=check)
    ratings = load_import(home, digest, name=name, notices=notices)
    if ratings is None:
        with _store(home).only_one(_KIND, _key(digest), check=check):
            # another process may have read it meanwhile
            ratings = load_import(home, digest, name=name, notices=notices)
            if ratings is None:
                before = _stats(source)
                check_memory(import_bytes(source), f"reading {name}", "close other programs, or take a smaller dataset")
                ratings = read_files(source, name=name, progress=progress)
                if _stats(source) != before:
                    raise DatasetError(f"{source.files[0]} or a file beside it changed while it was read; try again")
                check()
                try:
                    save_import(home, digest, ratings, check=check)
                except ArtifactError as error:
                    notices.add("not kept", f"the import of {name} could not be kept: {error}")
    ratings.__dict__["report"] = replace(ratings.report, notices=tuple(notices))
    return ratings


def import_bytes(source: RatingFiles) -> int:
    """Peak memory of reading a dataset, in bytes, estimated from the size of its files; 64 MB for parsed blocks."""
    return int(source.layout.memory * sum(size for _, size, _ in _stats(source)) + 64_000_000)


def source_digest(source: RatingFiles, *, check: Check | None = None) -> str:
    """A digest of a dataset's files, 32 hex digits; `check` is called every 16 MB and may raise."""
    digest = hashlib.blake2b(source.layout.digest_name.encode(), digest_size=16)
    for path in source.files:
        with os_errors_as(DatasetError, f"{path} cannot be read"), path.open("rb") as file:
            digest.update(f";{path.name if source.layout.looks_for else ''};{path.stat().st_size};".encode())
            for number, piece in enumerate(iter(partial(file.read, 1 << 20), b"")):
                digest.update(piece)
                if check is not None and number % 16 == 0:
                    check()
    return digest.hexdigest()


def known_digest(source: RatingFiles, home: Path, *, check: Check | None = None) -> str:
    """`source_digest`, without reading files whose size and modification time have not changed."""
    stats = _stats(source)
    name = hashlib.blake2b(repr([source.layout.digest_name, *source.files]).encode(), digest_size=12).hexdigest()
    note = home / "artifacts" / "sources" / f"{name}.json"
    try:
        noted = read_json(note, dict)
        if noted["stats"] == stats and noted["seal"] == _seal(stats, noted["digest"]):
            return str(noted["digest"])
    except (OSError, ValueError, LookupError, TypeError):
        pass  # no usable note
    digest = source_digest(source, check=check)
    try:
        # without a rename, which leaves a file behind when killed: half a note is no JSON and is ignored
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"stats": stats, "digest": digest, "seal": _seal(stats, digest)}), encoding="utf-8")
    except OSError as error:
        _log.info("the digest of %s is not noted: %s", source.files[0], error)
        with suppress(OSError):
            note.unlink()
    return digest


def _seal(stats: list[list[Any]], digest: object) -> str:
    """A checksum of a note, so that a changed bit in the digest is noticed."""
    return hashlib.blake2b(json.dumps([stats, digest]).encode(), digest_size=8).hexdigest()


def find_import(home: Path, digest: str, notices: Notices | None = None) -> Artifact | None:
    """The import of a source digest, None where there is none or it is damaged (then `notices` says so)."""
    return _store(home).find(_KIND, _key(digest), notices=notices)


def save_import(home: Path, digest: str, ratings: Ratings, *, check: Check | None = None) -> None:
    """Store ratings under a digest. Raises ArtifactError if they cannot be written."""

    def fill(folder: Path) -> None:
        values, counts = ratings.value_counts
        arrays = {name: getattr(ratings.matrix, name) for name in ("data", "indices", "indptr")}
        arrays |= {"users": ratings.users.ids, "items": ratings.items.ids, "timestamps": ratings.timestamps}
        arrays |= {"values": values, "value_counts": counts, "item_counts": ratings.item_counts}
        for name, array in arrays.items():
            if array is not None:
                save_array(folder, name, array)
            if check is not None:
                check()
        films = ratings.catalogue
        columns = {"titles": list(films.titles), "years": films.years.tolist(), "genres": list(films.genres)}
        # Parquet would import pandas, which takes longer than the rest
        (folder / _CATALOGUE).write_text(json.dumps(columns, ensure_ascii=False), encoding="utf-8")
        about = {name: getattr(ratings, name) for name in ("fingerprint", "mean", "most_typical")}
        report = {name: value for name, value in asdict(ratings.report).items() if name != "notices"}
        about |= {"shape": list(ratings.matrix.shape), "report": report}
        (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")

    _store(home).write(_KIND, _key(digest), fill, check=check)


def forget(home: Path, stored: Artifact) -> None:
    """Delete an import, and all artifacts that were built from its ratings."""
    try:
        fingerprint = read_json(stored.path(_ABOUT), dict)["fingerprint"]
    except (OSError, ValueError, LookupError, TypeError):
        fingerprint = None
    stored.discard()
    if fingerprint:
        _store(home).delete(fingerprint)


def load_import(home: Path, digest: str, *, name: str, notices: Notices | None = None) -> Ratings | None:
    """The ratings stored under a digest, arrays mapped from disk; None if missing or damaged (a notice says so)."""
    notices = notices or Notices()
    stored = find_import(home, digest, notices)
    if stored is None:
        return None
    try:
        return _load(stored, name)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, DatasetError) as error:
        discard_damaged(stored, error, notices)
        return None


def _store(home: Path) -> ArtifactStore:
    return ArtifactStore(home / "artifacts")


def _key(digest: str) -> Key:
    return {"source": digest, "readers": FORMAT}


def _stats(source: RatingFiles) -> list[list[Any]]:
    """Path, size and modification time of all files."""
    try:
        return [[str(path.resolve()), (stat := path.stat()).st_size, stat.st_mtime_ns] for path in source.files]
    except OSError as error:
        raise DatasetError(f"{error.filename} cannot be read: {error.strerror or error}") from error


def _load(stored: Artifact, name: str) -> Ratings:
    about, films = read_json(stored.path(_ABOUT), dict), read_json(stored.path(_CATALOGUE), dict)
    n_users, n_items = about["shape"]
    ratings = Ratings(
        matrix=csr_array(
            (stored.array("data"), stored.array("indices"), stored.array("indptr")), shape=(n_users, n_items)
        ),
        users=IdMap(stored.array("users"), "user"),
        items=IdMap(stored.array("items"), "item"),
        catalogue=Catalogue(
            films["titles"], np.array(films["years"], np.int16), [tuple(genres) for genres in films["genres"]]
        ),
        timestamps=stored.array("timestamps") if stored.path("timestamps.npy").exists() else None,
        name=name,
        report=replace(ImportReport(**about["report"]), cached=True),
    )
    # cached properties look there first
    ratings.__dict__.update(
        fingerprint=str(about["fingerprint"]),
        value_counts=(stored.array("values"), stored.array("value_counts")),
        item_counts=stored.array("item_counts"),
        mean=float(about["mean"]),
        most_typical=int(about["most_typical"]),
    )
    return ratings
