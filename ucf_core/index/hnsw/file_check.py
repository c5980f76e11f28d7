"""Checks an hnswlib graph file before hnswlib reads it.

hnswlib loads a file of another dim without an error, and a damaged link crashes the process.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import HnswSpec
from ucf_core.index.hnsw.file_layout import HEADER, DamageError, bottom_record, read_upper

# Stored vectors are normalised once more by hnswlib, which moves them by float32 rounding.
_ROUNDING = 1e-4


def check_graph_file(path: Path, unit_vectors: NDArray[np.float32], spec: HnswSpec) -> None:
    """Raise ArtifactError unless `path` holds a whole graph over `unit_vectors`, (n_rows, dim), built with `spec.M`."""
    try:
        reason = _what_is_wrong(path, unit_vectors, spec.M)
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise ArtifactError(f"{path} is not the HNSW graph that was expected: {reason}; delete it to have it rebuilt")


def _what_is_wrong(path: Path, unit_vectors: NDArray[np.float32], M: int) -> str | None:
    n_rows, dim = unit_vectors.shape
    with path.open("rb") as file:
        header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return f"it is {len(header)} bytes long, and the header alone takes {HEADER.size}"
    record = bottom_record(M, dim)
    start, capacity, count, *layout, top, entry, upper, bottom, header_m, _, _ = HEADER.unpack(header)
    if count != n_rows:
        return f"it holds {count:,} vectors, not {n_rows:,}"
    if (start, upper, bottom, header_m) != (0, M, 2 * M, M) or capacity < count:
        return f"it was not built with M={M}"
    if layout != [record.itemsize, record.fields["label"][1], record.fields["vector"][1]]:  # type: ignore[index]
        return f"its vectors do not have {dim} dimensions"
    body = path.stat().st_size - HEADER.size - n_rows * record.itemsize
    if body < 0 or body % 4:
        return "it is truncated"
    nodes = np.memmap(path, dtype=record, mode="r", offset=HEADER.size, shape=(n_rows,))
    labels = nodes["label"]
    if not np.array_equal(np.sort(labels), np.arange(n_rows, dtype=np.uint64)):
        return "its labels are not the rows"
    if nodes["mark"].any():
        return "a node is marked as deleted"
    if not np.allclose(nodes["vector"], unit_vectors[labels], rtol=0, atol=_ROUNDING):
        return "it was built over other vectors"
    n_links, links = nodes["n_links"][:, None], nodes["links"]
    if (n_links > 2 * M).any() or (links[np.arange(2 * M) < n_links] >= n_rows).any():
        return "a link of the bottom layer leads nowhere"
    words = np.fromfile(path, dtype="<u4", offset=HEADER.size + n_rows * record.itemsize)
    if entry >= n_rows:
        return f"its search begins at node {entry:,}, and there are {n_rows:,} nodes"
    try:
        read_upper(words, n_nodes=n_rows, M=M, top=top, entry=entry)
    except DamageError as damage:
        return str(damage)
    return None
