"""What the `ucf` command writes: JSON for programs, aligned columns for people."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import typer

from ucf_core.base.specs import QuerySpec
from ucf_core.base.text import strip_control_chars_by_line
from ucf_core.recommendations.scoring import ScoringSpec

# An id is a name, even where it is a number: no thousands separators.
_IDS = ("user", "item")


def print_answer(answer: Any, as_json: bool, text: Callable[[], str]) -> None:
    """One JSON document, or what `text` makes of the answer, on standard output."""
    typer.echo(json.dumps(answer, allow_nan=False) if as_json else strip_control_chars_by_line(text()))


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as aligned text: numbers to the right, the rest to the left."""

    def show(value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:.4f}"
        return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    cells = [[name.replace("_", " ") for name in columns]]
    cells += [[str(row[name]) if name in _IDS else show(row[name]) for name in columns] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    right = [bool(rows) and isinstance(rows[0][name], (int, float)) for name in columns]
    lines = [
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines)


def varying(rows: Sequence[dict[str, Any]], usual: Sequence[str]) -> list[str]:
    """The parameters to show of evaluated settings: the usual ones, and every other one in which two of them differ."""
    settings = [row for row in rows if row["model"] == "user_knn"]
    parameters = {one.name for spec in (QuerySpec, ScoringSpec) for one in fields(spec)}
    others = [name for name in rows[0] if name in parameters and len({row[name] for row in settings}) > 1]
    return list(dict.fromkeys((*usual, *others)))


def peak_rss_bytes() -> int:
    """The most memory that this process has held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Remarks(logging.Handler):
    """Holds the warnings of this package back while the command works; at its end each is a line on standard error.

    Where the command fails they are dropped: what went wrong is told in one line, and that one is not to be missed.
    """

    def __init__(self) -> None:
        """Nothing to remark yet."""
        super().__init__(logging.WARNING)
        self._lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Hold a warning back."""
        self._lines[" ".join(record.getMessage().split())] = None

    def __enter__(self) -> "Remarks":
        logging.getLogger("ucf_core").addHandler(self)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        logging.getLogger("ucf_core").removeHandler(self)
        # Typer ends every command by SystemExit
        if error is None or (isinstance(error, SystemExit) and not error.code):
            sys.stderr.writelines(f"ucf: {line}\n" for line in self._lines)
