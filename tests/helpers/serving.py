"""A Streamlit server of the app, in a process of its own.

Not in conftest.py: there are several of that name, and which one an import finds depends on what else is run.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def served(home, log, *options, warm, script="app.py", env=None):
    """The address of a Streamlit server with a UCF_HOME of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.scriptHealthCheckEnabled", str(warm).lower(), *options]
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"UCF_HOME": str(home)} | (env or {}),
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(url + "/_stcore/health", process, log)
        if warm:
            _wait_for(url + "/_stcore/script-health-check", process, log)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url, process, log):
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=100) as answer:
                if answer.status == 200 and answer.read(16).strip() == b"ok":
                    return
        except OSError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
