"""All expected errors, as one tree. Every message gives the value, the bound and the remedy.

UcfError
├── SpecError            a parameter outside its bounds, or larger than the data allows
├── UnknownIdError       a user or item that the dataset does not hold
├── DatasetError         a dataset, file or archive that cannot be read as ratings
│   └── DownloadError    a download that failed: network, checksum, archive
├── ArtifactError        a built artifact that cannot be written or read
├── ServiceError         a vector database or a cluster that does not answer, or refuses
├── BusyError            too many jobs wait in the queue
├── MissingExtraError    an optional dependency that is not installed
└── CancelledError       the caller asked a long computation to stop
"""

from collections.abc import Iterator
from contextlib import contextmanager


class UcfError(Exception):
    """Base of every expected failure: `except UcfError` catches all that this package raises on purpose."""


class SpecError(UcfError, ValueError):
    """A parameter outside its bounds, or larger than the data allows."""


class UnknownIdError(UcfError, LookupError):
    """A user or item that the dataset does not hold."""


class DatasetError(UcfError):
    """A dataset, file or archive that cannot be read as ratings."""


class DownloadError(DatasetError):
    """A download that failed: no network, wrong checksum, broken archive."""


class ArtifactError(UcfError):
    """A built artifact that cannot be written or read."""


class ServiceError(UcfError):
    """A vector database or a cluster that does not answer, refuses, or lacks what was built."""


class BusyError(UcfError):
    """Too many jobs wait in the queue."""


class MissingExtraError(UcfError, ImportError):
    """An optional dependency that is not installed; the message names the extra."""


class CancelledError(UcfError):
    """A long computation was asked to stop and did."""


@contextmanager
def os_errors_as(kind: type[UcfError], what: str) -> Iterator[None]:
    """Raise an OSError in the block as `kind`, with the message `what` and the reason."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what}: {error.strerror or error}") from error
