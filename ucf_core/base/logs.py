"""The log: one line an event, on standard error, as key=value for people or as JSON for programs.

    UCF_LOG_FORMAT   text (default) or json
    UCF_LOG_LEVEL    debug, info (default), warning, error

Keeping and rotating lines is left to what runs the program (systemd's journal, a container's runtime). Events carry
names, states, times and types of errors: never a rating, the contents of a profile, or a secret. So the words of
an expected failure, which may quote a line of a file, are left out too; those of an unexpected one are kept with its
traceback, which are needed to fix it.
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
    """Have this process write its log; a second call changes nothing."""
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
    """Log an unexpected error with its traceback under a new id, and return the id: which is all that a page shows."""
    name = secrets.token_hex(3)
    logged = {"id": name, "type": type(error).__name__, **{key: value for key, value in fields.items() if value}}
    log.error("%s", "error", exc_info=error, extra={_FIELDS: logged})
    return name


def slow_seconds() -> float:
    """From how many seconds on a rerun of a page is logged: `UCF_SLOW_SECONDS`, or 1."""
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
        line = " ".join(f"{key}={_quoted(value)}" for key, value in _said(record).items())
        trace = _traceback(record)
        return line if trace is None else line + "".join(f"\n    {part}" for part in trace.splitlines())


class Json(logging.Formatter):
    """One JSON document a line, the traceback in it as text."""

    def format(self, record: logging.LogRecord) -> str:
        """Exactly one line."""
        trace = _traceback(record)
        return json.dumps(_said(record) | ({} if trace is None else {"traceback": trace}), default=str)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # asked anew for each line
        return sys.stderr


def _said(record: logging.LogRecord) -> dict[str, Any]:
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
    """As it is, if nothing in it could be taken for anything else; else in quotes, with escapes for control signs."""
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "=\\')
    return text if plain and text else json.dumps(text)
