"""The log: one line an event, on standard error, as key=value for people or as JSON for programs.

    UCF_LOG_FORMAT   text (default) or json
    UCF_LOG_LEVEL    debug, info (default), warning, error

The service manager (systemd, a container's runtime) stores and rotates the lines. Events hold names, states, times and
error types, never a rating or a secret. The message of an expected failure, which may quote a file, is left out; that
of an unexpected one is logged with its traceback.
"""

import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

_LOGGERS = ("ucf_core", "ucf_ui")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FIELDS = "ucf_fields"
_SLOW = 1.0


def configure() -> None:
    """Start the log of this process; a second call changes nothing."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if any(isinstance(handler, _Lines) for handler in logger.handlers):
            continue
        handler = _Lines()
        handler.setFormatter(Json() if os.environ.get("UCF_LOG_FORMAT", "").lower() == "json" else KeyValue())
        logger.addHandler(handler)
        logger.setLevel(_LEVELS.get(os.environ.get("UCF_LOG_LEVEL", "").lower(), logging.INFO))


def event(log: logging.Logger, what: str, /, **fields: str | float | None) -> None:
    """Log an event with its fields; those that are None are left out."""
    log.info("%s", what, extra={_FIELDS: {key: value for key, value in fields.items() if value is not None}})


def incident(log: logging.Logger, error: BaseException, **fields: str | float | None) -> str:
    """Log an unexpected error with its traceback under a new id, and return the id, which is all that the user sees."""
    name = secrets.token_hex(3)
    details = {"id": name, "type": type(error).__name__, **{key: value for key, value in fields.items() if value}}
    log.error("%s", "error", exc_info=error, extra={_FIELDS: details})
    return name


def slow_seconds() -> float:
    """Seconds from which a page's rerun is logged: `UCF_SLOW_SECONDS`, or 1."""
    try:
        return float(os.environ.get("UCF_SLOW_SECONDS", _SLOW))
    except ValueError:
        return _SLOW


@contextmanager
def slow_noted(log: logging.Logger, page: str) -> Iterator[None]:
    """Log what takes `slow_seconds` or more, however it ends."""
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - start
        if seconds >= slow_seconds():
            event(log, "slow rerun", page=page, seconds=round(seconds, 3))


class KeyValue(logging.Formatter):
    """`time=... level=info event="slow rerun" page=/tuning seconds=1.3`; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback, if any, indented below."""
        line = " ".join(f"{key}={_quoted(value)}" for key, value in _fields_of(record).items())
        trace = _traceback(record)
        return line if trace is None else line + "".join(f"\n    {part}" for part in trace.splitlines())


class Json(logging.Formatter):
    """One JSON document a line, the traceback in it as text."""

    def format(self, record: logging.LogRecord) -> str:
        """Exactly one line."""
        trace = _traceback(record)
        return json.dumps(_fields_of(record) | ({} if trace is None else {"traceback": trace}), default=str)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # asked anew for each line
        return sys.stderr


def _fields_of(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, _FIELDS, {})
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {
        "time": when.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        "logger": record.name,
        **fields,
    }


def _traceback(record: logging.LogRecord) -> str | None:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else None


def _quoted(value: Any) -> str:
    """The text itself if it is unambiguous, else in quotes with control characters escaped."""
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "=\\')
    return text if plain and text else json.dumps(text)
