"""download: fetches a published dataset and unpacks it under `UCF_HOME`, whole or not at all."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ucf_core.base.errors import CancelledError, DatasetError, DownloadError, os_errors_as
from ucf_core.base.files import atomic
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.files.json_reader import read_json
from ucf_core.datasets.read.layouts import holds_ratings
from ucf_core.datasets.sources import registry
from ucf_core.datasets.sources.archive import unpack

Progress = Callable[[int, int | None], None]
Cancelled = Callable[[], bool]

_RECORD = ".download.json"
_TIMEOUT = (10, 30)  # seconds: to connect, and between two pieces
_PIECE = 1 << 16
_LENGTHS = {"md5": 32, "sha256": 64}


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


def fetch(url: str, into: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None) -> None:
    """Download `url` (http or https) to the file `into`.

    `progress` gets the bytes so far and the total (None if unknown). Raises DownloadError unless the file arrives
    whole, CancelledError if `cancelled()`; then `into` may hold a part.
    """
    with os_errors_as(DownloadError, f"{into} cannot be written"), _get(url) as response, into.open("wb") as file:
        length = response.headers.get("content-length", "")
        total = int(length) if length.isdecimal() else 0
        for piece in response.iter_content(_PIECE):
            if cancelled is not None and cancelled():
                raise CancelledError("the download was cancelled; nothing was kept")
            file.write(piece)
            if progress is not None:
                # a compressed transfer has more bytes than its length
                progress(min(file.tell(), total) if total else file.tell(), total or None)


def fetch_md5(url: str) -> str:
    """The MD5 in the file beside an archive: `MD5 (x.zip) = hex` or `hex  x.zip`. Raises DownloadError."""
    remedy = "give the archive's checksum with --checksum"
    with _get(url, f"; or {remedy}") as response:
        text = b"".join(islice(response.iter_content(4096), 4)).decode("ascii", errors="replace")
    found = re.findall(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])", text)
    if len(found) != 1:
        raise DownloadError(f"{url} states no MD5; {remedy}")
    return str(found[0]).lower()


def parse_checksum(text: str) -> tuple[str, str]:
    """Algorithm and lower-case hex digits of "md5:...", "sha256:..." or bare hex digits. Raises DownloadError."""
    algorithm, colon, digits = text.strip().lower().rpartition(":")
    if not colon:
        algorithm = next((name for name, length in _LENGTHS.items() if length == len(digits)), "")
    if _LENGTHS.get(algorithm) != len(digits) or not re.fullmatch("[0-9a-f]+", digits):
        raise DownloadError(f"{text[:80]!r} is not a checksum; give md5: and 32 hex digits, or sha256: and 64")
    return algorithm, digits


@contextmanager
def _get(url: str, other_remedy: str = "") -> Iterator[Any]:
    """The response of a web server. Raises DownloadError for a URL that is not http, and if the transfer fails."""
    import requests

    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine:
        raise DownloadError(f"{url[:200]!r} cannot be fetched; give a URL that starts with https:// or http://")
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True) as response:
            response.raise_for_status()
            yield response
    except requests.RequestException as error:
        reasons = {
            requests.Timeout: "did not answer in time; check the network and try again",
            requests.exceptions.ChunkedEncodingError: "broke off before the end; try again",
            requests.ConnectionError: "cannot be reached; check the network, or give a mirror with --url",
        }
        reason = f"cannot be fetched ({type(error).__name__}); check the address, or give another --url"
        reason = next((text for kind, text in reasons.items() if isinstance(error, kind)), reason)
        if isinstance(error, requests.HTTPError) and error.response is not None:
            status = f"{error.response.status_code} {error.response.reason}"
            reason = f"answered {status}; check the address, or give another --url"
        raise DownloadError(f"{url} {reason}{other_remedy}") from error
