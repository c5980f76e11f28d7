"""Fetches one file over HTTP with pooch: progress, cancelling, and each failure as a DownloadError."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ucf_core.base.errors import CancelledError, DownloadError

Progress = Callable[[int, int | None], None]
Cancelled = Callable[[], bool]

_TIMEOUT = (10, 30)  # seconds: to connect, and between two pieces
_PIECE = 1 << 16
_LENGTHS = {"md5": 32, "sha256": 64}


class _Meter:
    """A progress bar for pooch that reports the bytes, and raises to cancel."""

    def __init__(self, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self.total = 0
        self._done = 0
        self._progress = progress
        self._cancelled = cancelled

    def update(self, size: int) -> None:
        if self._cancelled is not None and self._cancelled():
            raise CancelledError("the download was cancelled; nothing was kept")
        # pooch adds whole pieces, so that the last one may overshoot; at the end it adds 0 where no total is known
        self._done = min(self._done + size, self.total) if self.total else self._done + size
        if self._progress is not None and size:
            self._progress(self._done, self.total or None)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Do nothing; pooch calls it."""


def fetch(url: str, into: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None) -> None:
    """Download `url` (http or https) to the file `into`.

    `progress` gets the bytes so far and the total (None if unknown). Raises DownloadError unless the file arrives
    whole, CancelledError if `cancelled()`; then `into` is removed.
    """
    import pooch
    import requests

    check_url(url)
    if cancelled is not None and cancelled():
        raise CancelledError("the download was cancelled; nothing was kept")
    meter = _Meter(progress, cancelled)
    responses: list[requests.Response] = []
    # pooch closes no response, so failed ones would keep their sockets
    hooks = {"response": lambda response, *_, **__: responses.append(response)}
    try:
        pooch.HTTPDownloader(progressbar=meter, chunk_size=_PIECE, timeout=_TIMEOUT, hooks=hooks)(url, str(into), None)
        if meter.total and into.stat().st_size < meter.total:
            raise DownloadError(f"{url} broke off after {into.stat().st_size:,} of {meter.total:,} bytes; try again")
    except BaseException as error:
        into.unlink(missing_ok=True)
        if isinstance(error, requests.RequestException):
            raise DownloadError(_reason(url, error)) from error
        if isinstance(error, OSError):
            raise DownloadError(f"{into} cannot be written: {error.strerror or error}") from error
        raise
    finally:
        for response in responses:
            response.close()


def fetch_md5(url: str) -> str:
    """The MD5 in the file beside an archive: `MD5 (x.zip) = hex` or `hex  x.zip`. Raises DownloadError."""
    import requests

    check_url(url)
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True) as response:
            response.raise_for_status()
            text = response.raw.read(4096, decode_content=True).decode("ascii", errors="replace")
    except requests.RequestException as error:
        raise DownloadError(f"{_reason(url, error)}; or give the archive's checksum with --checksum") from error
    except Exception as error:  # below requests, reading may raise what urllib3 raises
        raise DownloadError(f"{url} broke off ({type(error).__name__}); try again") from error
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
    if isinstance(error, requests.Timeout):
        return f"{url} did not answer in time; check the network and try again"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"{url} broke off before the end; try again"
    if isinstance(error, requests.ConnectionError):
        return f"{url} cannot be reached; check the network, or give a mirror with --url"
    return f"{url} cannot be fetched ({type(error).__name__}); check the address, or give another --url"
