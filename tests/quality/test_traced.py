"""A user's traced search against what the explorer itself finds."""

import numpy as np
import pytest

import ucf_core as ucf
from ucf_core.base.files.artifacts import ArtifactStore


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


@pytest.mark.parametrize(
    "settings", [{}, {"k": 20, "ef": 1}, {"k": 5, "dim": 8, "ef": 5, "M": 2, "ef_construction": 5}]
)
def test_the_traced_search_finds_the_neighbours_that_the_explorer_finds(explorer, settings):
    for user in range(1, 401, 40):
        traced = explorer.trace(user, **settings)
        assert traced.agrees
        assert set(traced.neighbours.tolist()) == set(explorer.neighbours(user, **settings).rows.tolist())
        assert traced.found.user not in traced.neighbours


def test_misses_and_hits_make_up_the_true_neighbours(explorer):
    settings = {"k": 20, "dim": 16, "M": 2, "ef_construction": 5, "ef": 1}
    missed = 0
    for user in range(1, 401, 20):
        traced = explorer.trace(user, **settings)
        truth = explorer.neighbours(user, k=20, dim=16, engine="exact").rows.tolist()
        assert traced.exact.rows.tolist() == truth
        assert {miss.row for miss in traced.misses} == set(truth) - set(traced.neighbours.tolist())
        assert traced.progress.hits[-1] == 20 - sum(
            miss.why in ("not visited", "unreachable") for miss in traced.misses
        )
        missed += len(traced.misses)
    assert missed


def test_the_map_has_a_place_for_whatever_was_visited_or_missed(explorer):
    traced = explorer.trace(7, k=20, dim=16, M=2, ef_construction=5, ef=1)
    lengths = np.linalg.norm(traced.places, axis=1)
    np.testing.assert_allclose(lengths, traced.trace.visits.distances, atol=1e-5)
    assert len(traced.missed_places) == len(traced.misses)


def test_the_share_computed_is_against_one_distance_a_user(explorer):
    traced = explorer.trace(7, ef=20, k=10)
    assert traced.share_computed == traced.trace.n_distances / 400


def test_a_graph_in_the_store_is_mapped_and_one_that_is_not_is_copied(clustered, tmp_path):
    stored = ucf.Explorer(clustered, store=ArtifactStore(tmp_path))
    alone = ucf.Explorer(clustered, in_memory=True)
    query = ucf.QuerySpec(dim=16)
    kept, copied = stored.builds.graph(query), alone.builds.graph(query)
    assert kept.name.startswith(str(tmp_path))
    assert copied.name == "the HNSW graph in memory"
    np.testing.assert_array_equal(kept.records, copied.records)
    assert stored.builds.graph(query) is kept
    assert stored.trace(3, query).neighbours.tolist() == alone.trace(3, query).neighbours.tolist()


@pytest.mark.parametrize("settings", [{"engine": "exact"}, {"space": "raw"}, {"space": "raw", "engine": "hnsw"}])
def test_without_a_graph_a_search_cannot_be_traced(explorer, settings):
    with pytest.raises(ucf.SpecError, match="choose space='svd', engine='hnsw'"):
        explorer.trace(1, **settings)


def test_where_the_graph_leads_to_too_few_its_own_search_is_traced(clustered):
    """Exact search answers for these users; the trace shows why."""
    explorer = ucf.Explorer(clustered, in_memory=True)
    engines = set()
    for user in range(1, 401, 10):
        traced = explorer.trace(user, k=60, dim=16, M=2, ef_construction=3, ef=1)
        engines.add(traced.found.engine)
        assert traced.agrees == (traced.found.engine == "hnsw")
        if traced.found.engine == "exact":
            assert traced.neighbours.size < 60
            assert {miss.row for miss in traced.misses} == set(traced.exact.rows.tolist()) - set(
                traced.neighbours.tolist()
            )
    assert engines == {"hnsw", "exact"}


def test_what_is_missed_where_all_are_equally_near_is_a_tie(clustered):
    """In one dimension everybody lies on one of two points: whom a search returns is chance."""
    explorer = ucf.Explorer(clustered, in_memory=True)
    user = clustered.users.raw(7)
    line = explorer.trace(user, k=20, dim=1)
    assert line.misses
    assert line.only_ties
    inspection = explorer.inspect(user, k=20, dim=1)
    assert inspection.n_ties == inspection.missed.size > 0
    sparse = explorer.trace(user, k=20, dim=24, ef=20, M=2, ef_construction=10)
    assert sparse.misses
    assert not sparse.only_ties
    inspection = explorer.inspect(user, k=20, dim=24, ef=20, M=2, ef_construction=10)
    assert inspection.n_ties < inspection.missed.size
