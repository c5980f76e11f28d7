"""A Milvus for tests: Milvus Lite, or with `UCF_TEST_MILVUS=server` a real server that the test run starts.

The server is that of the PyPI package `milvus`, which has etcd and storage in one process; see docs/reliability.md.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ucf_core.base.errors import ServiceError
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import Milvus, MilvusAddress
from ucf_core.index.milvus.store import MilvusBuild

_START = "import milvus; milvus.main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def milvus_server(folder: Path, *, token: str = "", port: int | None = None) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server with its data in `folder`: its address, and the process, which a test may kill.

    With a `token` it lets in nobody else; that of a new server is root:Milvus.
    """
    port = free_port() if port is None else port
    security = ["--extra-config", "common.security.authorizationEnabled=true"] if token else []
    command = [sys.executable, "-c", _START, "--data", str(folder), "--proxy-port", str(port), *security]
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(MilvusAddress(address, token), process)
        yield address, process
    finally:
        stop(process)


def stop(process: subprocess.Popen) -> None:
    """End a server and what it has started, by the group that only they are in."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        return
    process.wait(30)


def _wait(address: MilvusAddress, process: subprocess.Popen) -> None:
    until = time.monotonic() + 180
    while True:
        service = Milvus(address, timeout=5)
        try:
            service.call("list_collections")
            return
        except ServiceError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(1)
        finally:
            service.close()


@contextmanager
def milvus_for_tests(folder: Path) -> Iterator[str]:
    """The address of an empty Milvus: a file in `folder`, or a server that was asked for by `UCF_TEST_MILVUS`."""
    if os.environ.get("UCF_TEST_MILVUS") == "server":
        with milvus_server(folder / "server") as (address, _):
            yield address
    else:
        yield f"milvus-lite:{folder / 'vectors.db'}"


def build_milvus(milvus, alias, units, spec, *, engine="hnsw"):
    """The index of a collection with `units`, published under `alias`."""
    build = MilvusBuild.begin(milvus, alias, dim=units.shape[1], spec=spec, engine=engine)
    build.add(np.arange(len(units)), units)
    build.publish(len(units))
    return MilvusIndex.open(milvus, alias, dim=units.shape[1], engine=engine)
