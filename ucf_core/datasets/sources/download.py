"""download: fetches a published dataset and unpacks it under `UCF_HOME`, whole or not at all."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ucf_core.base.errors import CancelledError, DatasetError, DownloadError, os_errors_as
from ucf_core.base.files import atomic
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.files.json_reader import read_json
from ucf_core.datasets.read.layouts import holds_ratings
from ucf_core.datasets.sources import registry
from ucf_core.datasets.sources.archive import unpack
from ucf_core.datasets.sources.fetch import Cancelled, Progress, fetch, fetch_md5, parse_checksum

_RECORD = ".download.json"


@dataclass(frozen=True)
class Downloaded:
    """An installed dataset: its folder, and the archive's size in bytes and checksum ("md5:6b51...")."""

    name: str
    path: Path
    bytes: int
    checksum: str


def download(
    name: str,
    *,
    home: Path,
    url: str | None = None,
    checksum: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Downloaded:
    """Fetch a dataset of the registry, verify it and unpack it to `home/datasets/NAME`.

    `url` is a mirror of the archive, which must have the published MD5 or `checksum` ("md5:...", "sha256:..." or bare
    hex digits). `progress` gets the bytes so far and the total (None if unknown). An installed dataset with that
    checksum is not fetched again; one with another is replaced at the end. Raises DatasetError for an unknown name,
    DownloadError for any other problem, CancelledError if `cancelled()`; then what was installed before stays.
    """
    info = registry.find(name)
    if info.url is None:
        raise DatasetError(f"{name} is embedded and needs no download; it is read when first used")
    source, target = url or info.url, registry.folder_of(name, home)
    expected = checksum or info.md5
    wanted = parse_checksum(expected) if expected else None
    installed = _installed(name, target)
    if installed is not None and (installed.checksum == ":".join(wanted) if wanted else url is None):
        return installed
    algorithm, digits = wanted or ("md5", fetch_md5(f"{source}.md5"))

    def refuse() -> None:
        raise DownloadError(f"{name} is being downloaded already; wait for that to end")

    lock = ArtifactStore(home / "artifacts").only_one("datasets", {"name": name}, check=refuse)
    with os_errors_as(DownloadError, f"{name} cannot be kept in {target.parent}"), lock:
        atomic.remove_leftovers(target.parent, name)  # of a killed download
        with atomic.temporary_folder(target.parent, name) as folder:
            archive, unpacked = folder / f"{name}.zip", folder / "unpacked"
            fetch(source, archive, progress=progress, cancelled=cancelled)
            with archive.open("rb") as file:
                actual = hashlib.file_digest(file, algorithm).hexdigest()
            if actual != digits:
                raise DownloadError(
                    f"{source} has the wrong {algorithm.upper()}: expected {digits}, got {actual}; "
                    "try again, or give the checksum with --checksum if you trust this source"
                )
            done = Downloaded(name, target, archive.stat().st_size, f"{algorithm}:{digits}")
            unpacked.mkdir()
            unpack(archive, unpacked, cancelled=cancelled)
            if not holds_ratings(unpacked):
                raise DownloadError(f"{source} holds no MovieLens dataset in a known layout; check the address")
            found = [path for path in unpacked.iterdir() if path.name != "__MACOSX"]
            made = found[0] if len(found) == 1 and found[0].is_dir() else unpacked
            (made / _RECORD).write_text(json.dumps(asdict(done) | {"path": None}), encoding="utf-8")
            if cancelled is not None and cancelled():
                raise CancelledError("the download was cancelled; nothing was kept")
            atomic.move_into_place(made, target)
    return done


def _installed(name: str, target: Path) -> Downloaded | None:
    """What an earlier download installed, None if nothing or without a usable record."""
    try:
        record = read_json(target / _RECORD, dict)
        done = Downloaded(name, target, int(record["bytes"]), str(record["checksum"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return done if holds_ratings(target) else None
