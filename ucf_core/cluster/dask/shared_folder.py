"""Whether all workers see the folder that a build is to be written to, found out before hours are spent."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from ucf_core.base.errors import ArtifactError, ServiceError
from ucf_core.cluster.dask.scheduler import TIMEOUT

# Seconds until a file that was just written must be seen elsewhere: network file systems look only now and then.
_SETTLES = 5.0


def check_shared(client: Any, folder: Path, *, settles: float = _SETTLES, timeout: float = TIMEOUT) -> None:
    """Write a file into `folder` and have every worker read it and write one beside it; nothing of it is left.

    Raises ArtifactError that names the first worker that cannot, or where this process cannot write there; ServiceError
    where no worker comes within `timeout` seconds.
    """
    _wait_for_a_worker(client, timeout)
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    probe = folder / f".probe-{uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text(probe.name, encoding="utf-8")
        said = client.run(answer, str(probe), settles)
        written = {path.name for path in folder.glob(f"{probe.name}-*")}
    except OSError as error:
        raise ArtifactError(f"cannot write to {folder} ({error.strerror or error}); give another --out") from error
    finally:
        _clear(folder, probe.name, new)
    for worker, (problem, name) in sorted(said.items()):
        if problem or name not in written:
            raise ArtifactError(
                f"the worker at {worker} does not share {folder} with this machine "
                f"({problem or 'what it writes there is not seen here'}); give an --out that all machines see under "
                "this name, such as a network folder"
            )


def answer(probe: str, settles: float, *, sleep: Callable[[float], None] = time.sleep) -> tuple[str, str]:
    """What is wrong with the probe as seen from here, or nothing, and the name of the file written beside it."""
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


def _wait_for_a_worker(client: Any, timeout: float) -> None:
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        address = client.scheduler.address
        raise ServiceError(
            f"the scheduler at {address} has no workers; start some with `dask worker {address}`"
        ) from error


def _clear(folder: Path, name: str, new: list[Path]) -> None:
    for path in folder.glob(f"{name}*"):
        path.unlink(missing_ok=True)
    for path in new:  # innermost first; a folder is made again by the build
        try:
            path.rmdir()
        except OSError:
            return
