"""One measurement: a process of its own, bounded in time, with the memory that it took at most."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

ROOT = Path(__file__).resolve().parent.parent

Status: TypeAlias = Literal["ok", "limit", "memory", "unavailable", "failed"]


@dataclass(frozen=True)
class Run:
    """What came of a process.

    Attributes:
        status: "limit" if it was stopped, "memory" if it was not tried, "unavailable" if there is no such command.
        wall: seconds from before its start until it was over, the interpreter's start included.
        peak_bytes: most memory resident at once.
        answer: the JSON document on the last line of its standard output.
        note: why it is not ok, in one line.
    """

    status: Status
    wall: float = 0.0
    peak_bytes: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def run(command: Sequence[str], *, limit: float, env: Mapping[str, str] | None = None) -> Run:
    """Run a command, and stop it with all its children after `limit` seconds."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=output, stderr=errors, start_new_session=True
        )
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            # not Popen.wait: only wait4 tells how much memory it took
            _, wait_status, usage = os.wait4(process.pid, 0)
        except BaseException:
            stop()
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - start
        code = process.returncode = os.waitstatus_to_exitcode(wait_status)
        output.seek(0)
        errors.seek(0)
        lines = output.read().decode(errors="replace").split("\n")
        complaints = errors.read().decode(errors="replace").strip().splitlines()
    if stopped.is_set():
        return Run("limit", wall, note=f"more than {limit:,.0f} s")
    if code:
        # a killed process has no last words
        why = complaints[-1].replace("|", "/") if complaints and code > 0 else f"ended by signal {-code}"
        if code == 2 and any("No such command" in line for line in complaints):
            return Run("unavailable", wall, note="no such command yet")
        return Run("memory" if why.startswith("MemoryError") else "failed", wall, note=why)
    answer = json.loads(next((line for line in reversed(lines) if line.strip()), "{}"))
    return Run("ok", wall, answer.get("peak_bytes") or answer.get("peak_rss_bytes") or _bytes(usage.ru_maxrss), answer)


def child(*arguments: str, limit: float, env: Mapping[str, str] | None = None) -> Run:
    """Run `benchmarks.child` with arguments."""
    return run([sys.executable, "-m", "benchmarks.child", *arguments], limit=limit, env=env)


def peak_bytes() -> int:
    """The most memory that this process had resident so far.

    From /proc where there is one: what getrusage says begins with the memory of the process that started this one.
    """
    return _status_bytes("VmHWM") or _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def resident_bytes() -> int:
    """Memory resident now; the peak where the system does not tell."""
    return _status_bytes("VmRSS") or peak_bytes()


def available_bytes() -> int | None:
    """Memory that a new process can have without swapping, as far as the system tells."""
    found: list[int] = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
        group = Path("/sys/fs/cgroup")
        if (most := (group / "memory.max").read_text().strip()) != "max":
            found.append(int(most) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return min(found, default=None)


def _status_bytes(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None)


def _bytes(maxrss: int) -> int:
    return maxrss if sys.platform == "darwin" else maxrss * 1024
