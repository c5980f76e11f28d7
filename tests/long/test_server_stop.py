"""SIGTERM while a job runs: the server ends within seconds, and the next start goes on as if nothing had been."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from bad_times import check_nothing_is_half_done, command

from benchmarks.load import Session
from ucf_core.datasets.sources.links import add_link

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home with a link to ratings of 40,000 users, large enough for its index to be built by a job."""
    folder = tmp_path / "large"
    folder.mkdir()
    rows = (
        f"{user},{(user * 37 + step * (1 + user % 11)) % 3_000 + 1},{1 + (user + step * step) % 5}"
        for user in range(1, 40_001)
        for step in range(40)
    )
    (folder / "ratings.csv").write_text("userId,movieId,rating\n" + "\n".join(rows) + "\n")
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path))
    add_link(str(folder), home=tmp_path / "home")
    return tmp_path / "home"


def started(home: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """A server, and its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ | {"UCF_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            with urllib.request.urlopen(address + "/_stcore/health", timeout=5):
                return process, address
        except OSError:
            time.sleep(0.1)
    raise AssertionError((home / "server.log").read_text())


async def visit(visitor: Session, address: str, seconds: float) -> None:
    """Open the page, which starts the job, and stay for so long."""
    await visitor.open(address)
    await asyncio.sleep(seconds)
    await visitor.socket.close()


@pytest.mark.long
def test_a_server_that_is_told_to_stop_in_a_job_does_and_the_next_one_goes_on(home):
    for moment in (0.5, 3.0, 8.0):
        process, address = started(home)
        try:
            visitor = Session(user="1", dim=16, ef=64, k=20, dataset="link:large")
            asyncio.run(visit(visitor, address, moment))
            ready = list((home / "artifacts" / "hnsw").glob("[!.]*"))
            start = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            seconds = time.monotonic() - start
            print(f"\nstopped {moment:g} s after the page: {seconds:.1f} s, job {'done' if ready else 'running'}")
            assert seconds < 5
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    assert "Traceback" not in (home / "server.log").read_text()
    done = command(home, "build", home.parent / "large")
    assert (done.returncode, done.stderr) == (0, "")
    check_nothing_is_half_done(home)
