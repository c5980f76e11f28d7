"""Checks an hnswlib graph file before hnswlib reads it: hnswlib follows what it finds, right or wrong.

A file of another dim loads without complaint, and a damaged link ends the process, so everything that a search follows
is checked here first.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.errors import ArtifactError
from ucf_core.index.hnsw_layout import HEADER, bottom_record
from ucf_core.specs import HnswSpec

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
    start, capacity, count, *layout, top, entry, upper, bottom, links, _, _ = HEADER.unpack(header)
    if count != n_rows:
        return f"it holds {count:,} vectors, not {n_rows:,}"
    if (start, upper, bottom, links) != (0, M, 2 * M, M) or capacity < count:
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
    if not np.allclose(nodes["vector"], unit_vectors[labels], rtol=0, atol=_ROUNDING):
        return "it was built over other vectors"
    if not _links_lead_somewhere(nodes["n_links"][:, None], nodes["links"], n_rows):
        return "a link of the bottom layer leads nowhere"
    words = np.fromfile(path, dtype="<u4", offset=HEADER.size + n_rows * record.itemsize)
    return _what_is_wrong_above(words, n_rows, M, top, entry)


def _links_lead_somewhere(n_links: NDArray[np.integer], links: NDArray[np.uint32], n_rows: int) -> bool:
    """Whether every list has at most as many links as room, and the used ones are all < n_rows."""
    width = links.shape[1]
    used = np.arange(width) < n_links
    return bool((n_links <= width).all() and (links[used] < n_rows).all())


def _what_is_wrong_above(words: NDArray[np.uint32], n_rows: int, M: int, top: int, entry: int) -> str | None:
    """The upper layers: per element a size in bytes, then for each of its levels a link count and M links."""
    levels = np.zeros(n_rows, dtype=np.int64)
    sizes, level_words, at = words.tolist(), 1 + M, 0
    starts: list[int] = []
    for element in range(n_rows):
        if at >= len(sizes):
            return "it is truncated"
        levels[element], rest = divmod(sizes[at], 4 * level_words)
        if rest:
            return "an upper layer has an impossible size"
        end = at + 1 + int(levels[element]) * level_words
        if end > len(sizes):
            return "it is truncated"
        starts.extend(range(at + 1, end, level_words))
        at = end
    if at != len(sizes):
        return "it goes on after its end"
    if not entry < n_rows or levels[entry] != top or levels.max() != top:
        return "its entry point is not on the top level"
    lists = words[np.array(starts, dtype=np.int64)[:, None] + np.arange(level_words)]
    counts, links = lists[:, :1] & 0xFFFF, lists[:, 1:]
    if not _links_lead_somewhere(counts, links, n_rows):
        return "a link of an upper layer leads nowhere"
    level_of_list = np.concatenate([np.arange(1, level + 1) for level in levels[levels > 0]] or [np.empty(0, np.int64)])
    reached = np.where(np.arange(M) < counts, levels[np.minimum(links, n_rows - 1)], level_of_list[:, None])
    return None if (reached >= level_of_list[:, None]).all() else "a link of an upper layer leads below it"
