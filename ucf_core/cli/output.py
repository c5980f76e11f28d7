"""Output of the `ucf` command: JSON for programs, aligned columns for people, progress bars and warnings."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import typer

from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.base.text import strip_control_chars_by_line
from ucf_core.recommendations.scoring import ScoringSpec

# Ids are names, even where they are numbers: no thousands separators.
_IDS = ("user", "item")

SHARE = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
"""tqdm's format for work whose total is a share, not a count."""


def print_answer(answer: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print one JSON document, or `text()`, on standard output."""
    typer.echo(json.dumps(answer, allow_nan=False) if as_json else strip_control_chars_by_line(text()))


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as aligned text: numbers right-aligned, the rest left-aligned."""

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
    row_format = "  ".join(f"{{:{'>' if number else '<'}{width}}}" for width, number in zip(widths, right, strict=True))
    return "\n".join(row_format.format(*row).rstrip() for row in cells)


def varying(rows: Sequence[dict[str, Any]], usual: Sequence[str]) -> list[str]:
    """Names of the parameters to print: the `usual` ones, and all others in which two evaluated settings differ."""
    settings = [row for row in rows if row["model"] == "user_knn"]
    parameters = {one.name for spec in (QuerySpec, ScoringSpec) for one in fields(spec)}
    others = [name for name in rows[0] if name in parameters and len({row[name] for row in settings}) > 1]
    return list(dict.fromkeys((*usual, *others)))


def peak_rss_bytes() -> int:
    """Peak resident memory of this process, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@contextmanager
def progress_bar(description: str, **looks: Any) -> Iterator[Progress]:
    """Show a bar on standard error, if that is a terminal; yields the callback that moves it."""
    from tqdm import tqdm

    with tqdm(desc=description, file=sys.stderr, disable=not sys.stderr.isatty(), **looks) as bar:
        started = False

        def progress(done: float, total: float | None) -> None:
            nonlocal started
            if not started:
                bar.initial, started = done, True  # work of an earlier run does not count for the time left
            bar.total = total
            bar.update(done - bar.n)

        yield progress


class HeldWarnings(logging.Handler):
    """Holds back this package's warnings while a command runs, and prints each once if it succeeded.

    After a failure they are dropped, so that the line that says what went wrong is the only one.
    """

    def __init__(self) -> None:
        """Hold no warning yet."""
        super().__init__(logging.WARNING)
        self._lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Hold a warning back."""
        self._lines[" ".join(record.getMessage().split())] = None

    def __enter__(self) -> None:
        logging.getLogger("ucf_core").addHandler(self)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        logging.getLogger("ucf_core").removeHandler(self)
        # Typer ends every command by SystemExit
        if error is None or (isinstance(error, SystemExit) and not error.code):
            sys.stderr.writelines(f"ucf: {line}\n" for line in self._lines)
