"""Parse untrusted JSON; no other module parses it."""

import json
from pathlib import Path
from typing import Any, NoReturn, TypeVar

Kind = TypeVar("Kind", dict[str, Any], list[Any])

_WIDEST = 20  # characters of the longest 64-bit number, with its sign


def read_json(path: Path, kind: type[Kind]) -> Kind:
    """The object (`dict`) or array (`list`) in a file.

    Raises OSError where it cannot be read, ValueError where `parse_json` does.
    """
    return parse_json(path.read_text(encoding="utf-8"), kind)


def parse_json(text: str, kind: type[Kind]) -> Kind:
    """The object (`dict`) or array (`list`) that `text` is.

    Raises ValueError where it is none, is nested deeper than Python's stack, or holds a number that neither 64 bits nor
    a float can hold, which would fail only later, in a computation.
    """
    try:
        found = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_refused)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(found, kind):
        raise ValueError(f"it is a {type(found).__name__}, and a {kind.__name__} was expected")
    return found


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= _WIDEST else 2**63
    return number if -(2**63) <= number < 2**63 else _refused(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if abs(number) != float("inf") else _refused(digits)


def _refused(digits: str) -> NoReturn:
    raise ValueError(f"the number {digits[:30]} is out of range")
