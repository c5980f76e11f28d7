"""The import cache: ratings that were read once are not parsed again, as long as their files are the same.

An import is a folder of plain arrays, named by a digest of the source files' contents:
manifest.json, catalogue.json, and data, indices, indptr, users, items, timestamps as .npy.
"""

import hashlib
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ucf_core.catalogue import Catalogue
from ucf_core.datasets import disk
from ucf_core.datasets.layouts import Layout
from ucf_core.datasets.readers import read_layout
from ucf_core.errors import DatasetError
from ucf_core.ids import IdMap
from ucf_core.ratings import ImportReport, Ratings

_log = logging.getLogger(__name__)

# Raise it whenever the readers would make other ratings of the same files, or the files below change.
FORMAT = 1
_ARRAYS = ("data", "indices", "indptr", "users", "items")
_CATALOGUE = "catalogue.json"


def read_cached(layout: Layout, *, name: str, home: Path) -> Ratings:
    """The ratings of a layout: from the cache when the same contents were read before, else read and kept.

    A cache that cannot be read or written costs time, never the ratings. Raises DatasetError as `read_layout` does.
    """
    digest = source_digest(layout)
    cached = load_import(home, digest, name=name)
    if cached is not None:
        return cached
    ratings = read_layout(layout, name=name)
    try:
        save_import(home, digest, ratings)
    except OSError as error:
        _log.warning("the import of %s could not be kept: %s", name, error)
    return ratings


def source_digest(layout: Layout) -> str:
    """32 hex digits that name the contents of a layout's files and this version of the readers."""
    digest = hashlib.blake2b(f"{FORMAT};{layout.form}".encode(), digest_size=16)
    for path in layout.files:
        try:
            digest.update(f";{path.name if layout.form != 'file' else ''};{path.stat().st_size};".encode())
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def import_folder(home: Path, digest: str) -> Path:
    """Where an import is kept."""
    return home / "artifacts" / "ratings" / digest


def save_import(home: Path, digest: str, ratings: Ratings) -> None:
    """Keep ratings under a digest. Raises OSError where the disk refuses."""
    target = import_folder(home, digest)
    with disk.temporary_folder(target.parent, digest) as parent:
        folder = parent / "import"
        folder.mkdir()
        arrays = {
            "data": ratings.matrix.data,
            "indices": ratings.matrix.indices,
            "indptr": ratings.matrix.indptr,
            "users": ratings.users.ids,
            "items": ratings.items.ids,
        }
        if ratings.timestamps is not None:
            arrays["timestamps"] = ratings.timestamps
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        _write_catalogue(folder / _CATALOGUE, ratings.catalogue)
        manifest = {
            "format": FORMAT,
            "name": ratings.name,
            "fingerprint": ratings.fingerprint,
            "shape": list(ratings.matrix.shape),
            "report": asdict(ratings.report),
            "checksums": {path.name: _checksum(path) for path in sorted(folder.iterdir())},
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        disk.move_into_place(folder, target)


def load_import(home: Path, digest: str, *, name: str) -> Ratings | None:
    """The ratings kept under a digest, their arrays mapped from disk; None where there are none, or damaged ones."""
    folder = import_folder(home, digest)
    if not folder.is_dir():
        return None
    try:
        return _load(folder, name)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, DatasetError) as error:
        _log.warning("the import %s is damaged (%s); reading the source again", folder, error)
        return None


def _load(folder: Path, name: str) -> Ratings:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise DatasetError(f"format {manifest['format']!r}; expected {FORMAT}")
    checksums: dict[str, str] = manifest["checksums"]
    for file_name in (*(f"{array}.npy" for array in _ARRAYS), _CATALOGUE):
        if file_name not in checksums:
            raise DatasetError(f"{file_name} is not in the manifest")
    for file_name, checksum in checksums.items():
        if _checksum(folder / Path(file_name).name) != checksum:
            raise DatasetError(f"{file_name} has another checksum")

    def array(file_name: str) -> Any:
        return np.load(folder / f"{file_name}.npy", mmap_mode="r", allow_pickle=False)

    n_users, n_items = manifest["shape"]
    ratings = Ratings(
        matrix=csr_array((array("data"), array("indices"), array("indptr")), shape=(n_users, n_items)),
        users=IdMap(array("users"), "user"),
        items=IdMap(array("items"), "item"),
        catalogue=_read_catalogue(folder / _CATALOGUE),
        timestamps=array("timestamps") if "timestamps.npy" in checksums else None,
        name=name,
        report=replace(ImportReport(**manifest["report"]), cached=True),
    )
    # cached_property looks here first: hashing all ratings again would take longer than reading them
    ratings.__dict__["fingerprint"] = str(manifest["fingerprint"])
    return ratings


def _write_catalogue(path: Path, catalogue: Catalogue) -> None:
    # JSON and not Parquet: making Arrow arrays of Python lists imports pandas, which takes longer than all the rest
    columns = {"titles": list(catalogue.titles), "years": catalogue.years.tolist(), "genres": list(catalogue.genres)}
    path.write_text(json.dumps(columns, ensure_ascii=False), encoding="utf-8")


def _read_catalogue(path: Path) -> Catalogue:
    columns = json.loads(path.read_text(encoding="utf-8"))
    return Catalogue(
        titles=columns["titles"],
        years=np.array(columns["years"], dtype=np.int16),
        genres=[tuple(genres) for genres in columns["genres"]],
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
