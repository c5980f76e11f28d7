"""An inspection holds one list against exact search and against the raw space; here the searches are given."""

import numpy as np

from ucf_core.neighbours import Neighbours
from ucf_core.quality.inspection import inspect
from ucf_core.specs import QuerySpec


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

    raw = inspect(search, QuerySpec(k=4, space="raw"))
    assert raw.exact is raw.raw
    assert raw.index_recall == raw.raw_overlap == 1
    assert not raw.missed.size
