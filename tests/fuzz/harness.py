"""One input, run and judged."""

import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import UcfError

CORPUS = Path(__file__).parent / "corpus"

SECONDS = 5.0
"""No input here is larger than some 100 kB, and a thousandth of this is usual; the rest is for a busy machine."""


@dataclass(frozen=True)
class Target:
    """Something that reads bytes. `run` may raise UcfError; `seeds` are whole inputs from which others are made."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()

    def corpus(self) -> dict[str, bytes]:
        """Inputs that once broke something, by file name."""
        return {path.name: path.read_bytes() for path in sorted((CORPUS / self.name).glob("*"))}


class TooSlowError(Exception):
    """An input that takes too long."""


@dataclass(frozen=True)
class Outcome:
    """What became of an input. `said` is the message of the UcfError, `fault` what should not have come out."""

    said: str = ""
    fault: str = ""
    where: str = ""


def attempt(target: Target, data: bytes, *, seconds: float = SECONDS) -> Outcome:
    """Run one input. A fault is any exception but UcfError, a message of several lines, or more than `seconds`."""
    try:
        with _bounded_time(seconds), warnings.catch_warnings():
            warnings.simplefilter("error")
            # a header as Python 2 wrote it is read all the same
            warnings.filterwarnings("ignore", "Reading `.npy`")
            warnings.filterwarnings("ignore", "Data type alias 'a' was deprecated")
            target.run(data)
    except UcfError as error:
        said = str(error)
        if "\n" in said or not said:
            return Outcome(said, f"a message of {len(said.splitlines())} lines: {said[:200]!r}", type(error).__name__)
        return Outcome(said)
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "ucf_" in frame.filename]
        where = f"{type(error).__name__} in {frames[-1].name}" if frames else type(error).__name__
        return Outcome(fault="".join(traceback.format_exception(error)[-3:]), where=where)
    return Outcome()


@contextmanager
def _bounded_time(seconds: float) -> Iterator[None]:
    """TooSlowError after some seconds of this process's time, so that a busy machine is no fault."""

    def stop(*_: object) -> None:
        raise TooSlowError(f"more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    start = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    # what runs in C without coming back to Python is told afterwards
    if time.process_time() - start > seconds:
        stop()
