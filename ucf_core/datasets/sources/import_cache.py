"""The import cache: ratings that were read once are not parsed again, as long as their files are the same.

An import is an artifact of the kind "ratings", named by a digest of the source files' contents: about.json,
catalogue.json, and data, indices, indptr, users, items, timestamps as .npy, with counts that every first page needs
(values, value_counts, item_counts), since counting 25 million ratings takes longer than mapping them. Beside the store,
`sources` remembers the digest of files by their size and time of change, so that 650 MB of unchanged text need not be
read to be recognised.
"""

import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError, DatasetError
from ucf_core.base.files.artifacts import Artifact, ArtifactStore, Check, Key, discard_damaged, save_array
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.memory import check_memory
from ucf_core.base.notices import Notices
from ucf_core.base.progress import Progress
from ucf_core.datasets.read.layout import RatingFiles
from ucf_core.datasets.read.readers import read_files
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings

_log = logging.getLogger(__name__)

# Raise it whenever the readers would make other ratings of the same files, or the files below change.
FORMAT = 3
_KIND = "ratings"
_CATALOGUE = "catalogue.json"
_ABOUT = "about.json"

# What of Ratings is read from an import rather than computed.
_KNOWN = ("fingerprint", "value_counts", "item_counts", "mean", "most_typical")


def read_cached(source: RatingFiles, *, name: str, home: Path, progress: Progress | None = None) -> Ratings:
    """The ratings of a dataset: from the cache when the same contents were read before, else read and kept.

    `progress` hears of the reading, in bytes, and is asked whether to stop while the rest is done. A cache that cannot
    be read or written costs time, never the ratings; `report.notices` says so. Raises DatasetError as `read_files`
    does, or where a file changes while it is read; UcfError if less memory is available than needed.
    """
    notices = Notices()

    def check() -> None:
        if progress is not None:
            progress(0.0, None)

    digest = known_digest(source, home, check=check)
    cached = load_import(home, digest, name=name, notices=notices)
    if cached is not None:
        return _with_notices(cached, notices)
    with _store(home).only_one(_KIND, _key(digest), check=check):
        # another process may have read it meanwhile
        cached = load_import(home, digest, name=name, notices=notices)
        if cached is not None:
            return _with_notices(cached, notices)
        before = _stats(source)
        check_memory(import_bytes(source), f"reading {name}", "close other programs, or take a smaller dataset")
        ratings = read_files(source, name=name, progress=progress)
        if _stats(source) != before:
            raise DatasetError(f"{source.ratings} or a file beside it changed while it was read; try again")
        check()
        try:
            save_import(home, digest, ratings, check=check)
        except ArtifactError as error:
            notices.add("not kept", f"the import of {name} could not be kept: {error}")
    return _with_notices(ratings, notices)


def import_bytes(source: RatingFiles) -> int:
    """Memory that reading the files of a dataset takes at its peak, in bytes, judged by their size.

    A rating takes some 25 bytes of text and 20 in memory, and for a moment the columns and their order are held, too:
    4 times the text. And 64 MB for the blocks that are parsed.
    """
    size: int = sum(of_file for _, of_file, _ in _stats(source))
    return source.layout.memory * size + 64_000_000


def source_digest(source: RatingFiles, *, check: Check | None = None) -> str:
    """32 hex digits that name the contents of a dataset's files; `check` is called every 16 MB, and may raise."""
    digest = hashlib.blake2b(_digest_name(source).encode(), digest_size=16)
    for path in source.files:
        try:
            digest.update(f";{path.name if source.layout.looks_for else ''};{path.stat().st_size};".encode())
            with path.open("rb") as file:
                for number in count():
                    piece = file.read(1 << 20)
                    if not piece:
                        break
                    digest.update(piece)
                    if check is not None and number % 16 == 0:
                        check()
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def known_digest(source: RatingFiles, home: Path, *, check: Check | None = None) -> str:
    """`source_digest`, without reading files that have the size and the time of change that they had before."""
    stats = _stats(source)
    name = hashlib.blake2b(repr([_digest_name(source), *source.files]).encode(), digest_size=12).hexdigest()
    note = home / "artifacts" / "sources" / f"{name}.json"
    try:
        noted = read_json(note, dict)
        if noted["stats"] == stats and noted["seal"] == _seal(stats, noted["digest"]):
            return str(noted["digest"])
    except (OSError, ValueError, LookupError, TypeError):
        pass  # nothing noted, or nothing usable
    digest = source_digest(source, check=check)
    try:
        # not by a rename, which a kill would make a leftover of: half a note is no JSON, and taken for none
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"stats": stats, "digest": digest, "seal": _seal(stats, digest)}), encoding="utf-8")
    except OSError as error:
        _log.info("the digest of %s is not noted: %s", source.ratings, error)
        with suppress(OSError):
            note.unlink()
    return digest


def _digest_name(source: RatingFiles) -> str:
    return source.layout.digest_name or source.layout.name


def _seal(stats: list[list[Any]], digest: object) -> str:
    """A checksum of a note: a digest in which a bit has changed would name an import that is not there."""
    return hashlib.blake2b(json.dumps([stats, digest]).encode(), digest_size=8).hexdigest()


def find_import(home: Path, digest: str) -> Artifact | None:
    """The import of a source digest, None where there is none or it is damaged."""
    return _store(home).find(_KIND, _key(digest))


def save_import(home: Path, digest: str, ratings: Ratings, *, check: Check | None = None) -> None:
    """Keep ratings under a digest. Raises ArtifactError where the disk refuses."""

    def fill(folder: Path) -> None:
        for name in ("data", "indices", "indptr"):
            save_array(folder, name, getattr(ratings.matrix, name))
            if check is not None:
                check()
        save_array(folder, "users", ratings.users.ids)
        save_array(folder, "items", ratings.items.ids)
        if ratings.timestamps is not None:
            save_array(folder, "timestamps", ratings.timestamps)
        values, counts = ratings.value_counts
        save_array(folder, "values", values)
        save_array(folder, "value_counts", counts)
        save_array(folder, "item_counts", ratings.item_counts)
        if check is not None:
            check()
        _write_catalogue(folder / _CATALOGUE, ratings.catalogue)
        report = asdict(ratings.report)
        del report["notices"]  # they are about one run
        about = {
            "fingerprint": ratings.fingerprint,
            "shape": list(ratings.matrix.shape),
            "report": report,
            "mean": ratings.mean,
            "most_typical": ratings.most_typical,
        }
        (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")

    _store(home).write(_KIND, _key(digest), fill, check=check)


def forget(home: Path, kept: Artifact) -> None:
    """Delete an import, and all artifacts that were built from its ratings."""
    try:
        fingerprint = read_json(kept.path(_ABOUT), dict)["fingerprint"]
    except (OSError, ValueError, LookupError, TypeError):
        fingerprint = None
    kept.discard()
    if fingerprint:
        _store(home).delete(fingerprint)


def load_import(home: Path, digest: str, *, name: str, notices: Notices | None = None) -> Ratings | None:
    """The ratings kept under a digest, their arrays mapped from disk; None where there are none that can be used.

    `notices` hears of damaged ones.
    """
    notices = notices or Notices()
    kept = _store(home).find(_KIND, _key(digest), notices=notices)
    if kept is None:
        return None
    try:
        return _load(kept, name)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, DatasetError) as error:
        discard_damaged(kept, error, notices)
        return None


def _store(home: Path) -> ArtifactStore:
    return ArtifactStore(home / "artifacts")


def _key(digest: str) -> Key:
    return {"source": digest, "readers": FORMAT}


def _stats(source: RatingFiles) -> list[list[Any]]:
    """Path, size and time of change of all files."""
    try:
        return [[str(path.resolve()), (stat := path.stat()).st_size, stat.st_mtime_ns] for path in source.files]
    except OSError as error:
        raise DatasetError(f"{error.filename} cannot be read: {error.strerror or error}") from error


def _load(kept: Artifact, name: str) -> Ratings:
    about = read_json(kept.path(_ABOUT), dict)
    n_users, n_items = about["shape"]
    ratings = Ratings(
        matrix=csr_array((kept.array("data"), kept.array("indices"), kept.array("indptr")), shape=(n_users, n_items)),
        users=IdMap(kept.array("users"), "user"),
        items=IdMap(kept.array("items"), "item"),
        catalogue=_read_catalogue(kept.path(_CATALOGUE)),
        timestamps=kept.array("timestamps") if kept.path("timestamps.npy").exists() else None,
        name=name,
        report=replace(ImportReport(**about["report"]), cached=True),
    )
    _know(
        ratings,
        {
            "fingerprint": str(about["fingerprint"]),
            "value_counts": (kept.array("values"), kept.array("value_counts")),
            "item_counts": kept.array("item_counts"),
            "mean": float(about["mean"]),
            "most_typical": int(about["most_typical"]),
        },
    )
    return ratings


def _know(ratings: Ratings, known: dict[str, Any]) -> None:
    """Let the ratings have what is known of them: cached_property looks there first."""
    ratings.__dict__.update(known)


def _with_notices(ratings: Ratings, notices: Notices) -> Ratings:
    """The same ratings, with what their reader should hear of."""
    said = replace(ratings, report=replace(ratings.report, notices=tuple(notices)))
    _know(said, {name: ratings.__dict__[name] for name in _KNOWN if name in ratings.__dict__})
    return said


def _write_catalogue(path: Path, catalogue: Catalogue) -> None:
    # JSON and not Parquet: making Arrow arrays of Python lists imports pandas, which takes longer than all the rest
    columns = {"titles": list(catalogue.titles), "years": catalogue.years.tolist(), "genres": list(catalogue.genres)}
    path.write_text(json.dumps(columns, ensure_ascii=False), encoding="utf-8")


def _read_catalogue(path: Path) -> Catalogue:
    columns = read_json(path, dict)
    return Catalogue(
        titles=columns["titles"],
        years=np.array(columns["years"], dtype=np.int16),
        genres=[tuple(genres) for genres in columns["genres"]],
    )
