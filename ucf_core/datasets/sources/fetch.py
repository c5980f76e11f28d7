"""Downloads over HTTP; each failure is a DownloadError."""

import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from ucf_core.base.errors import CancelledError, DownloadError

Progress = Callable[[int, int | None], None]
Cancelled = Callable[[], bool]

_TIMEOUT = (10, 30)  # seconds: to connect, and between two pieces
_PIECE = 1 << 16
_LENGTHS = {"md5": 32, "sha256": 64}


def fetch(url: str, into: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None) -> None:
    """Download `url` (http or https) to the file `into`.

    `progress` gets the bytes so far and the total (None if unknown). Raises DownloadError unless the file arrives
    whole, CancelledError if `cancelled()`; then `into` may hold a part.
    """
    import requests

    check_url(url)
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True) as response, into.open("wb") as file:
            response.raise_for_status()
            length = response.headers.get("content-length", "")
            total = int(length) if length.isdecimal() else 0
            for piece in response.iter_content(_PIECE):
                if cancelled is not None and cancelled():
                    raise CancelledError("the download was cancelled; nothing was kept")
                file.write(piece)
                if progress is not None:
                    # a compressed transfer has more bytes than its length
                    progress(min(file.tell(), total) if total else file.tell(), total or None)
            if file.tell() < total:
                raise DownloadError(f"{url} broke off after {file.tell():,} of {total:,} bytes; try again")
    except requests.RequestException as error:
        raise DownloadError(_reason(url, error)) from error
    except OSError as error:
        raise DownloadError(f"{into} cannot be written: {error.strerror or error}") from error


def fetch_md5(url: str) -> str:
    """The MD5 in the file beside an archive: `MD5 (x.zip) = hex` or `hex  x.zip`. Raises DownloadError."""
    import requests

    check_url(url)
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True) as response:
            response.raise_for_status()
            text = b"".join(islice(response.iter_content(4096), 4)).decode("ascii", errors="replace")
    except requests.RequestException as error:
        raise DownloadError(f"{_reason(url, error)}; or give the archive's checksum with --checksum") from error
    found = re.findall(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])", text)
    if len(found) != 1:
        raise DownloadError(f"{url} states no MD5; give the archive's checksum with --checksum")
    return str(found[0]).lower()


def check_url(url: str) -> None:
    """Raise DownloadError unless `url` is http or https with a host."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine:
        raise DownloadError(f"{url[:200]!r} cannot be fetched; give a URL that starts with https:// or http://")


def parse_checksum(text: str) -> tuple[str, str]:
    """Algorithm and lower-case hex digits of "md5:...", "sha256:..." or bare hex digits. Raises DownloadError."""
    algorithm, colon, digits = text.strip().lower().rpartition(":")
    if not colon:
        algorithm = next((name for name, length in _LENGTHS.items() if length == len(digits)), "")
    if _LENGTHS.get(algorithm) != len(digits) or not re.fullmatch("[0-9a-f]+", digits):
        raise DownloadError(f"{text[:80]!r} is not a checksum; give md5: and 32 hex digits, or sha256: and 64")
    return algorithm, digits


def _reason(url: str, error: Exception) -> str:
    """Why a request failed, in one line with the remedy."""
    import requests

    response = getattr(error, "response", None)
    if isinstance(error, requests.HTTPError) and response is not None:
        return f"{url} answered {response.status_code} {response.reason}; check the address, or give another --url"
    reasons = {
        requests.Timeout: "did not answer in time; check the network and try again",
        requests.exceptions.ChunkedEncodingError: "broke off before the end; try again",
        requests.ConnectionError: "cannot be reached; check the network, or give a mirror with --url",
    }
    other = f"cannot be fetched ({type(error).__name__}); check the address, or give another --url"
    return f"{url} {next((text for kind, text in reasons.items() if isinstance(error, kind)), other)}"
