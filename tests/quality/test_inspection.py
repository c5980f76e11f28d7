"""An inspection holds one list against exact search and against the raw space; here the searches are given."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from ucf_core.base import timing
from ucf_core.base.specs import QuerySpec
from ucf_core.neighbours.inspection import inspect
from ucf_core.neighbours.neighbours import Neighbours


def test_an_inspection_by_hand(toy):
    lists = {("svd", "hnsw"): [1, 2, 3, 4], ("svd", "exact"): [2, 5, 1, 4], ("raw", "exact"): [5, 4, 3, 2]}

    def search(query: QuerySpec) -> Neighbours:
        rows = np.array(lists[query.space, query.chosen_engine], dtype=np.int32)
        return Neighbours(toy, 0, rows, np.ones(4, dtype=np.float32), query.chosen_engine)

    found = inspect(search, QuerySpec(k=4))
    assert found.index_recall == 3 / 4
    assert found.raw_overlap == 3 / 4
    assert found.missed.tolist() == [5]
    assert found.is_exact.tolist() == [True, True, False, True]

    # all similarities are 1 here, so by distance any neighbour is as good as the one missed
    assert (found.recall.recall_by_id, found.recall.recall_by_distance, found.recall.distance_ratio) == (3 / 4, 1, 1)
    assert found.n_ties == 1, "the one found in its place; the three that exact search lists too are none"

    raw = inspect(search, QuerySpec(k=4, space="raw"))
    assert raw.exact is raw.raw
    assert raw.index_recall == raw.raw_overlap == 1
    assert not raw.missed.size
    assert raw.n_ties == 0


def test_a_search_that_was_kept_waiting_for_some_milliseconds_is_timed_once_more(toy, monkeypatch):
    clock, asked = SimpleNamespace(now=0.0), Counter()

    def search(query: QuerySpec) -> Neighbours:
        asked[query.chosen_engine] += 1
        clock.now += 0.006 if asked[query.chosen_engine] == 1 else 0.001
        return Neighbours(toy, 0, np.array([1, 2], np.int32), np.ones(2, np.float32), query.chosen_engine)

    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    found = inspect(search, QuerySpec(k=2), with_raw=False)
    assert (found.milliseconds, found.exact_milliseconds) == (pytest.approx(1), pytest.approx(1))
    assert asked == {"hnsw": 2, "exact": 2}
