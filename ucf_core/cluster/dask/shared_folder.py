"""Checks that all workers share the folder of a build, before hours are spent on it."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ucf_core.base.errors import ArtifactError, ServiceError
from ucf_core.cluster.dask.scheduler import TIMEOUT

# Seconds until a new file must be visible elsewhere: network file systems refresh with a delay.
_SETTLES = 5.0


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
