"""A map of all users by UMAP, which puts those who are neighbours in the embedding next to each other.

McInnes, Healy and Melville 2018. Its graph of neighbours is given to it, and it starts from the principal components:
that keeps the large picture in place (Kobak and Linderman 2021), and needs no second search. umap-learn (extra `map`)
works in a process of its own, see `umap_process`; it brings numba, which compiles for some seconds first.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import MissingExtraError, UcfError
from ucf_core.base.files.artifacts import save_array
from ucf_core.base.progress import Progress

Layout: TypeAlias = Callable[
    [NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], int, Progress | None], NDArray[np.float32]
]
"""(neighbour rows, distances, places to start from, seed, progress) -> places; see `umap_layout`."""

# Seconds between two looks at whether to stop.
_PATIENCE = 0.2


def umap_layout(
    rows: NDArray[np.int32],
    distances: NDArray[np.float32],
    start: NDArray[np.float32],
    seed: int,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Places by UMAP, (n_users, 2) float32: of each user the nearest others and their distances, both (n_users, m).

    `start`, (n_users, 2), is the map to begin with. The same seed gives the same map. `progress` hears of every round
    and may raise to stop at any time. Raises MissingExtraError where umap-learn is not installed, UcfError where it
    fails.
    """
    check_installed()
    with TemporaryDirectory(prefix="ucf-map-") as name:
        folder = Path(name)
        for called, array in (("rows", rows), ("distances", distances), ("start", start)):
            save_array(folder, called, array)
        _run(folder, seed, progress)
        return np.load(folder / "places.npy", allow_pickle=False)  # type: ignore[no-any-return]


def check_installed() -> None:
    """Raise MissingExtraError where umap-learn is not there."""
    if not is_installed():
        raise MissingExtraError(
            'a map by UMAP needs umap-learn, which is not installed; get it with: pip install "ucf-explorer[map]", or '
            "in a checkout: uv sync --extra map; the map by PCA needs nothing more"
        )


def is_installed() -> bool:
    """Whether umap-learn is there, without importing it."""
    return find_spec("umap") is not None


def _run(folder: Path, seed: int, progress: Progress | None) -> None:
    with (folder / "messages").open("w+b") as messages:
        process = subprocess.Popen(  # noqa: S603  this interpreter, this module, a folder of ours
            [sys.executable, "-m", "ucf_core.studies.user_map.umap_process", str(folder), str(seed)],
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        lines: Queue[str | None] = Queue()
        reader = Thread(target=_read, args=(process, lines), name="ucf-umap", daemon=True)
        reader.start()
        try:
            _follow(lines, progress)
            process.wait()
        finally:
            process.kill()
            process.wait()
            reader.join()
        if process.returncode != 0:
            messages.seek(0)
            output = messages.read().decode(errors="replace").strip().splitlines()
            why = output[-1] if output else f"it ended with code {process.returncode}"
            raise UcfError(f"UMAP could not lay out the map: {why}; choose the map by PCA")


def _read(process: "subprocess.Popen[str]", lines: "Queue[str | None]") -> None:
    """Put each line of the process's output into `lines`, then None."""
    with process.stdout or nullcontext(()) as output:
        for line in output:
            lines.put(line)
    lines.put(None)


def _follow(lines: "Queue[str | None]", progress: Progress | None) -> None:
    """Pass on how far it is until there are no more lines, asking all the while whether to stop."""
    done, total = 0.0, None
    while True:
        try:
            line = lines.get(timeout=_PATIENCE)
        except Empty:
            line = ""
        if line is None:
            return
        if line:
            done, total = (float(number) for number in line.split())
        if progress is not None:
            progress(done, total)
