"""Connects to Dask: to a running scheduler, or to workers started on this machine."""

import importlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ucf_core.base.errors import MissingExtraError, ServiceError, SpecError

_LOCAL = re.compile(r"local(?::(?P<workers>[1-9]\d{0,2}))?")
_REMOTE = re.compile(r"(?:tcp|tls|ws|wss)://\S+")

# Seconds to wait for a scheduler that does not answer.
TIMEOUT = 10.0


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
