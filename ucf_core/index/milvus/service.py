"""A Milvus client for a server or a file of Milvus Lite, with timeouts, retries and messages for people.

milvus-lite:PATH             a file on this machine, held by one process at a time
http(s)://host:19530         a server; its token comes from `UCF_VECTORS_TOKEN`, never from the address
"""

import importlib
import itertools
import logging
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ucf_core.base.errors import MissingExtraError, ServiceError, SpecError

_log = logging.getLogger(__name__)

TOKEN_VARIABLE = "UCF_VECTORS_TOKEN"  # noqa: S105  the name of a variable
_LITE = "milvus-lite:"
ADDRESSES = (f"{_LITE}PATH.db", "http(s)://host:19530")

# Seconds that one call may take, how often it is tried, and the pause before the second try; it doubles each time.
TIMEOUT = 10.0
_ATTEMPTS = 4
_PAUSE = 0.2

# Parts of the messages of a server: of a rejected token, a passing failure, a missing collection.
_REFUSED = ("unauthenticated", "auth check failure", "missing authorization", "invalid token", "token expired")
_PASSING = ("unavailable", "fail connecting", "deadline", "timed out", "timeout", "rate limit", "connection reset")
_MISSING = ("not exist", "not found", "can't find collection", "cannot find collection")

# Milvus Lite keeps ef in the graph itself: two searches at once would use each other's.
_ONE_AT_A_TIME = threading.RLock()

# Open clients by file of Milvus Lite: they share one server, which is released with the last of them.
_HOLDERS: "dict[str, weakref.WeakSet[Milvus]]" = {}


class NotThereError(ServiceError):
    """A collection or alias that Milvus does not hold."""


class NotLoadedError(ServiceError):
    """A collection that Milvus has on disk only, after a restart or a release."""


@dataclass(frozen=True)
class MilvusAddress:
    """Where vectors are served from. `uri` is what the client takes: a path ending in .db, or a server's address."""

    uri: str
    token: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str] | None = None) -> "MilvusAddress":
        """Read `milvus-lite:PATH` or `http(s)://host:port`; the token of a server comes from the environment.

        Raises SpecError for anything else, without repeating what may be a secret.
        """
        environment = os.environ if environment is None else environment
        if text.startswith(_LITE):
            path = Path(text.removeprefix(_LITE)).expanduser()
            if path.suffix != ".db":
                raise SpecError(f"{text!r} is no file of Milvus Lite; its name must end in .db: {_LITE}vectors.db")
            return cls(str(path.resolve()))
        try:
            parts = urlsplit(text)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            known = False
        if not known:
            raise SpecError(f"the address of the vectors is not understood; give {' or '.join(ADDRESSES)}")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise SpecError(
                f"the address of Milvus at {parts.hostname} holds more than a host and a port; put its token into the "
                f"environment variable {TOKEN_VARIABLE}"
            )
        return cls(text, environment.get(TOKEN_VARIABLE, ""))

    @property
    def is_file(self) -> bool:
        """Whether this is Milvus Lite, which one process at a time can open."""
        return not self.uri.startswith(("http://", "https://"))

    @property
    def shown(self) -> str:
        """What messages call it."""
        return f"Milvus Lite in {self.uri}" if self.is_file else f"Milvus at {self.uri}"


class Milvus:
    """A client that connects when first used, retries passing failures, and raises the rest as one-line errors.

    Safe for many threads. In another process a copy connects anew, with the token of the environment there.
    """

    def __init__(
        self,
        address: MilvusAddress,
        *,
        timeout: float = TIMEOUT,
        connect: Callable[..., Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`timeout`: seconds a call; `connect` makes the client, by default pymilvus.MilvusClient."""
        self.address = address
        self._timeout = timeout
        self._connect = connect
        self._sleep = sleep
        self._client: Any = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.address.uri, self.address.is_file, self._timeout)

    def call(self, name: str, *arguments: Any, timeout: float | None = None, **options: Any) -> Any:
        """Call a method of the client. Raises ServiceError: unreachable, too slow, refused, missing, or else wrong."""
        limit = self._timeout if timeout is None else timeout
        failures = (pymilvus().exceptions.MilvusException, importlib.import_module("grpc").RpcError, OSError)
        with _ONE_AT_A_TIME if self.address.is_file else nullcontext():
            for attempt in itertools.count(1):
                try:
                    return getattr(self._connected(), name)(*arguments, timeout=limit, **options)
                except failures as error:
                    if attempt == _ATTEMPTS or not _may_pass(error):
                        raise self._as_service_error(error, name, attempt) from None
                    _log.info("%s: %s failed (%s), trying again", self.address.shown, name, type(error).__name__)
                    self._client = None  # the next try connects anew
                    self._sleep(_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection; the last client of a file of Milvus Lite releases it."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
            holders = _HOLDERS.get(self.address.uri, weakref.WeakSet())
            holders.discard(self)
        if self.address.is_file and not holders:
            importlib.import_module("milvus_lite.server_manager").server_manager_instance.release_server(
                self.address.uri
            )

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                connect = self._connect or pymilvus().MilvusClient
                if self.address.is_file:
                    Path(self.address.uri).parent.mkdir(parents=True, exist_ok=True)
                self._client = connect(self.address.uri, token=self.address.token, timeout=self._timeout)
                _HOLDERS.setdefault(self.address.uri, weakref.WeakSet()).add(self)
            return self._client

    def _as_service_error(self, error: Exception, name: str, attempts: int) -> ServiceError:
        text, where = _text(error), self.address.shown
        token = f"set {TOKEN_VARIABLE} to a token that is valid and not expired, and start again"
        if any(word in text for word in _REFUSED):
            return ServiceError(f"{where} refuses the token; {token}")
        if "open local milvus failed" in text:
            return ServiceError(f"{where} is held by another process or cannot be opened; close the other one first")
        if "not loaded" in text:
            return NotLoadedError(f"{where} has what was asked for on disk only; it was started anew")
        if "illegal connection params" in text and _listens(self.address.uri):  # the client's only message on a token
            return ServiceError(f"{where} is there, but rejects this program; {token}")
        if _may_pass(error):
            return ServiceError(
                f"{where} does not answer (tried {attempts} times, up to {self._timeout:g} s each); check the address "
                "and that it runs"
            )
        if any(word in text for word in _MISSING):
            return NotThereError(f"{where} does not hold what was asked for; build it with `ucf build --scheduler`")
        text = str(getattr(error, "message", error))
        if self.address.token:
            text = text.replace(self.address.token, "...")
        return ServiceError(f"{where} cannot {name.replace('_', ' ')}: {' '.join(text.split())[:200]}")


def pymilvus() -> Any:
    """The module pymilvus, without its log of errors that are also raised. Raises MissingExtraError."""
    try:
        module = importlib.import_module("pymilvus")
    except ImportError as error:
        raise MissingExtraError(
            "vectors in Milvus need the package pymilvus: run `uv sync --group cluster` or "
            '`pip install "ucf-explorer[cluster]"`'
        ) from error
    for name in ("pymilvus", "milvus_lite", "grpc._server"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return module


def _again(uri: str, is_file: bool, timeout: float) -> Milvus:
    return Milvus(MilvusAddress(uri) if is_file else MilvusAddress.parse(uri), timeout=timeout)


def _listens(address: str) -> bool:
    """Whether a server listens at an address."""
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 19530), timeout=1):
            return True
    except OSError:
        return False


def _may_pass(error: Exception) -> bool:
    text = _text(error)
    return not any(word in text for word in _REFUSED) and any(word in text for word in _PASSING)


def _text(error: Exception) -> str:
    return f"{getattr(error, 'message', '')} {error}".lower()
