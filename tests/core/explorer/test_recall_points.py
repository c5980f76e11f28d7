"""A point of the recall curve says when it is not the graph's own doing."""

import numpy as np
import pytest

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec
from ucf_core.cli.answers import recall_answer

QUERY = QuerySpec(k=5, dim=16)


@pytest.fixture
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


def test_a_graph_that_gives_enough_says_so(explorer):
    assert [point.fell_back for point in explorer.index_recall(QUERY, ef=[8, 64], sample=30)] == [False, False]


def test_one_user_whom_exact_search_had_to_answer_is_told(explorer, monkeypatch):
    """The graph gives too few for one of the users, however wide the search."""
    unlucky = explorer.builds.units(QUERY)[np.random.default_rng(0).permutation(400)[3]]
    index = explorer.builds.index(QUERY)

    class Narrow:
        """The graph, which finds too few neighbours of one user while `poor`."""

        graph, poor = index._graph, True

        def set_ef(self, ef):
            self.graph.set_ef(ef)

        def knn_query(self, queries, **options):
            if self.poor and np.any(np.all(queries == unlucky, axis=1)):
                raise RuntimeError("Cannot return the results in a contiguous 2D array")
            return self.graph.knn_query(queries, **options)

    narrow = Narrow()
    monkeypatch.setattr(index, "_graph", narrow)
    (point,) = explorer.index_recall(QUERY, ef=[8], sample=30)
    assert point.fell_back
    assert recall_answer(explorer, [8], 30, QUERY)["points"][0]["fell_back"] is True
    narrow.poor = False
    (point,) = explorer.index_recall(QUERY, ef=[8], sample=30)
    assert not point.fell_back
