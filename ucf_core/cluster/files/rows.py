"""A rating matrix in files, of which single rows are read on demand."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.lru import LruCache
from ucf_core.base.progress import Progress
from ucf_core.cluster.files.files import GROUP
from ucf_core.index.stores.registry import store_titles

# Row groups (some 50 kB each) and files' metadata that are cached for the next run of a page.
_GROUPS, _FILES = 512, 64

# Row groups that are read at once where many are needed.
_AT_ONCE = 64

_Rows: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


class ParquetRows:
    """A CSR matrix that answers `matrix[rows]` from the row groups of Parquet files.

    What needs all ratings at once (`data`, `indices`, `indptr`, `T`) raises SpecError.
    """

    def __init__(self, folder: Path, offsets: Sequence[int], shape: tuple[int, int], nnz: int) -> None:
        """`offsets`: the first row of each file in `folder`, and the number of rows."""
        self.shape = shape
        self.nnz = nnz
        self._folder = folder
        self._offsets = np.asarray(offsets, dtype=np.int64)
        self._metadata: LruCache[int, Any] = LruCache(_FILES)
        self._groups: LruCache[tuple[int, int], _Rows] = LruCache(_GROUPS)

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> csr_array:
        """The rows asked for, in their order, (n, n_items) float32."""
        wanted = np.arange(self.shape[0])[rows] if isinstance(rows, slice) else np.asarray(rows, dtype=np.int64)
        found = [self.row(row) for row in wanted.tolist()]
        indptr = np.concatenate([[0], np.cumsum([len(items) for items, _ in found])]).astype(np.int32)
        items = np.concatenate([items for items, _ in found]) if found else np.empty(0, dtype=np.int32)
        values = np.concatenate([values for _, values in found]) if found else np.empty(0, dtype=np.float32)
        return csr_array((values, items, indptr), shape=(len(wanted), self.shape[1]))

    def row(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The items of a row, ascending, and its values; read-only."""
        file = int(np.searchsorted(self._offsets, row, side="right")) - 1
        group, place = divmod(row - int(self._offsets[file]), GROUP)
        starts, items, values = self._groups.get_or_compute((file, group), lambda: self._read_groups(file, [group]))
        return items[starts[place] : starts[place + 1]], values[starts[place] : starts[place + 1]]

    def many(self, rows: NDArray[np.integer], progress: Progress | None = None) -> csr_array:
        """As `matrix[rows]` for many distinct rows, ascending, a few row groups at a time and without the cache.

        `progress` is called with (rows read, rows) and may raise to stop.
        """
        files = np.searchsorted(self._offsets, rows, side="right") - 1
        groups, places = np.divmod(rows - self._offsets[files], GROUP)
        bunches = np.flatnonzero(np.diff(files) | np.diff(groups // _AT_ONCE)) + 1
        pieces = []
        for low, high in pairwise([0, *bunches.tolist(), len(rows)]):
            if progress is not None:
                progress(low, len(rows))
            wanted, number = np.unique(groups[low:high], return_inverse=True)
            starts, items, values = self._read_groups(int(files[low]), wanted.tolist())
            read = csr_array((values, items, starts), shape=(len(starts) - 1, self.shape[1]))
            pieces.append(read[number * GROUP + places[low:high]])  # only the last group of a file may be shorter
        return csr_array(vstack(pieces, format="csr"))

    def __getattr__(self, name: str) -> NoReturn:
        if name not in ("data", "indices", "indptr", "T"):
            raise AttributeError(name)
        raise SpecError(
            "this needs all ratings in memory, and this dataset is served from files and "
            f"{store_titles()}; open it as a dataset of one machine for that"
        )

    def _read_groups(self, file: int, groups: list[int]) -> _Rows:
        """Where the rows of some row groups of a file begin, their items and their values."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._folder / f"{file:05}.parquet"
        try:
            metadata = self._metadata.get_or_compute(file, lambda: pq.read_metadata(path))
            with pq.ParquetFile(path, metadata=metadata) as opened:
                table = opened.read_row_groups(groups, columns=["items", "ratings"])
        except FileNotFoundError as error:
            raise ArtifactError(
                f"the files of this dataset are no longer in {self._folder.parent}: it was deleted or built anew; "
                "reload the page, or open it again"
            ) from error
        except (OSError, pa.ArrowException) as error:
            raise ArtifactError(f"{path} cannot be read ({error}); build it again") from error
        items, values = (table[name].combine_chunks() for name in ("items", "ratings"))
        arrays = (np.asarray(items.offsets), np.asarray(items.flatten()), np.asarray(values.flatten()))
        return arrays[0], arrays[1].astype(np.int32, copy=False), arrays[2].astype(np.float32, copy=False)
