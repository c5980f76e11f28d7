"""Connects to Dask, running or started on this machine, and checks that all workers share the folder of a build."""

import importlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ucf_core.base.errors import ArtifactError, MissingExtraError, ServiceError, SpecError

_LOCAL = re.compile(r"local(?::(?P<workers>[1-9]\d{0,2}))?")
_REMOTE = re.compile(r"(?:tcp|tls|ws|wss)://\S+")

# Seconds to wait for a scheduler that does not answer.
TIMEOUT = 10.0

# Seconds until a new file must be visible elsewhere: network file systems refresh with a delay.
_SETTLES = 5.0


@contextmanager
def connected(scheduler: str, *, memory: str = "auto") -> Iterator[Any]:
    """A distributed.Client for `tcp://host:8786`, or for workers on this machine: `local`, `local:4`.

    `memory` limits each local worker ("2GiB"). Raises SpecError for another address, ServiceError where the scheduler
    does not answer or all workers are lost, MissingExtraError without Dask.
    """
    local = _LOCAL.fullmatch(scheduler)
    if not local and not _REMOTE.fullmatch(scheduler):
        raise SpecError(f"scheduler {scheduler[:60]!r} is not understood; give tcp://host:8786, local or local:4")
    distributed = dask()
    # the vectors of a step are sent in tasks, which are large
    quiet = importlib.import_module("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"})
    if local:
        workers = int(local["workers"]) if local["workers"] else None
        with (
            quiet,
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=memory,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,  # failures are also raised
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=TIMEOUT)
    except (OSError, TimeoutError) as error:
        raise ServiceError(
            f"no Dask scheduler answers at {scheduler} within {TIMEOUT:g} s; start one with `dask scheduler`, or use "
            "--scheduler local"
        ) from error
    with quiet, client, one_error(scheduler):
        yield client


@contextmanager
def one_error(scheduler: str) -> Iterator[None]:
    """Turn any failure of the cluster itself into one ServiceError."""
    distributed = dask()
    gone = (distributed.client.FutureCancelledError, distributed.comm.CommClosedError, OSError, TimeoutError)
    try:
        yield
    except distributed.KilledWorker as error:
        raise ServiceError(
            f"workers of {scheduler} were lost again and again while they computed one block; give them more memory"
        ) from error
    except gone as error:
        raise ServiceError(f"the scheduler at {scheduler} went away; start it and build again") from error


def dask() -> Any:
    """The module distributed. Raises MissingExtraError."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError(
            "builds on a cluster need the package distributed: run `uv sync --group cluster` or "
            '`pip install "ucf-explorer[cluster]"`'
        ) from error


def check_shared(client: Any, folder: Path, *, settles: float = _SETTLES, timeout: float = TIMEOUT) -> None:
    """Write a file into `folder`, let every worker read it and write another one, and remove them.

    Raises ArtifactError that names the first worker that cannot, or where this process cannot write there; ServiceError
    where no worker appears within `timeout` seconds.
    """
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        address = client.scheduler.address
        raise ServiceError(
            f"the scheduler at {address} has no workers; start some with `dask worker {address}`"
        ) from error
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    probe = folder / f".probe-{uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text(probe.name, encoding="utf-8")
        answers = client.run(answer, str(probe), settles)
        written = {path.name for path in folder.glob(f"{probe.name}-*")}
    except OSError as error:
        raise ArtifactError(f"cannot write to {folder} ({error.strerror or error}); give another --out") from error
    finally:
        for path in folder.glob(f"{probe.name}*"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            for path in new:  # innermost first
                path.rmdir()
    for worker, (problem, name) in sorted(answers.items()):
        if problem or name not in written:
            raise ArtifactError(
                f"the worker at {worker} does not share {folder} with this machine "
                f"({problem or 'the file it wrote there is not visible here'}); give an --out that all machines see "
                "under this name, such as a network folder"
            )


def answer(probe: str, settles: float, *, sleep: Callable[[float], None] = time.sleep) -> tuple[str, str]:
    """On a worker: what is wrong with the probe ("" if nothing), and the name of the file written beside it."""
    path = Path(probe)
    deadline = time.monotonic() + settles
    while True:
        try:
            if path.read_text(encoding="utf-8") != path.name:
                return "a file of that name holds something else there", ""
            beside = path.with_name(f"{path.name}-{uuid4().hex}")
            beside.write_text("", encoding="utf-8")
        except OSError as error:
            if time.monotonic() >= deadline:
                return error.strerror or str(error), ""
            sleep(min(0.2, settles))
        else:
            return "", beside.name
