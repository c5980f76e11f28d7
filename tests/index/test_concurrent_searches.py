"""Many sessions search one index at once, each with its own ef, k and user: each gets what it would get alone.

The breadth ef is a setting of the whole hnswlib index, so a search could run with another session's. On these vectors
most queries find other rows with another ef, and the threads change places as often as Python can.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from toy import clustered_ratings

from ucf_core.base.specs import HnswSpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.base import Hits
from ucf_core.index.hnsw.index import HnswIndex

THREADS = 12


@pytest.fixture
def restless() -> Iterator[None]:
    """Python hands over to another thread after a microsecond instead of five milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module")
def units() -> np.ndarray:
    """Directions without any order, the hardest for a graph, (4000, 32)."""
    vectors = np.random.default_rng(3).normal(size=(4_000, 32)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def index(units) -> HnswIndex:
    return HnswIndex.build(units, HnswSpec(M=4, ef_construction=40))


def all_at_once(work: Callable[[int], list]) -> list[list]:
    """What `work` gives for each thread's number; all threads begin together."""
    gate = threading.Barrier(THREADS)

    def run(number: int) -> list:
        gate.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, range(THREADS)))


def asked(number: int) -> dict[str, int]:
    """The settings of one thread: narrow searches and wide ones side by side."""
    return {"k": 3 + number, "ef": (3 + number, 60, 900)[number % 3]}


def plain(hits: Hits) -> tuple:
    return hits.engine, hits.ef, hits.rows.tolist(), hits.similarities.tolist()


def test_the_breadth_matters_on_these_vectors(index, units):
    """What the other tests stand on: with another ef the answers differ, so that a mix-up shows."""
    narrow, wide = (index.search(units[:200], k=5, ef=ef).rows for ef in (5, 900))
    assert (narrow != wide).any(axis=1).mean() > 0.5


@pytest.mark.parametrize("batch", [1, 40])
def test_each_thread_gets_from_the_index_what_it_would_get_alone(index, units, restless, batch):
    def search(number: int) -> list:
        starts = range(number * 40, number * 40 + 200, 5 * batch)
        return [plain(index.search(units[start : start + batch], **asked(number))) for start in starts]

    alone = [search(number) for number in range(THREADS)]
    for _ in range(3):
        assert all_at_once(search) == alone


def test_each_session_gets_from_the_explorer_what_it_would_get_alone(restless):
    ratings = clustered_ratings(1_200, 150, 40, seed=2)
    explorer = Explorer(ratings, in_memory=True)
    narrow_graph = {"dim": 40, "M": 2, "ef_construction": 10}
    explorer.neighbours(1, **narrow_graph)

    def search(number: int) -> list:
        found = [
            explorer.neighbours(1 + (number * 97 + step * 13) % 1_200, **narrow_graph, **asked(number))
            for step in range(30)
        ]
        return [(each.user, each.engine, each.ef, each.rows.tolist(), each.similarities.tolist()) for each in found]

    alone = [search(number) for number in range(THREADS)]
    assert alone[0] != search(1)
    for _ in range(3):
        assert all_at_once(search) == alone
