"""The map of all users: what it is made from, kept, refused, and what UMAP itself makes of clusters."""

import sys

import numpy as np
import pytest

import ucf_core as ucf
from ucf_core.base.errors import CancelledError, MissingExtraError, SpecError, UcfError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.studies.user_map import umap
from ucf_core.studies.user_map.knn_graph import NEIGHBOURS, near_users
from ucf_core.studies.user_map.pca import principal_map
from ucf_core.studies.user_map.trust import map_trust
from ucf_core.studies.user_map.user_map import has_umap, user_map


class Layout:
    """Lays out by PCA turned by a quarter, and remembers what it was given."""

    def __init__(self):
        self.calls = []

    def __call__(self, rows, distances, start, seed, progress):
        self.calls.append((rows, distances, start, seed))
        if progress is not None:
            progress(1.0, 2.0)
        return start[:, ::-1].copy()


@pytest.fixture
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


def test_by_pca_it_is_of_the_unit_vectors_of_the_query(explorer):
    query = ucf.QuerySpec(dim=7, weighting="centred", k=3)
    assert (user_map(explorer, query).places == principal_map(explorer.builds.units(query)).places).all()


def test_umap_is_given_the_true_neighbours_and_starts_from_pca(explorer):
    made_by = Layout()
    made = user_map(explorer, ucf.QuerySpec(seed=5), method="umap", layout=made_by)
    ((rows, distances, start, seed),) = made_by.calls
    assert seed == 5
    assert made.method == "umap"
    assert made.explained is None
    assert (start == principal_map(explorer.builds.units(ucf.QuerySpec(seed=5))).places).all()
    assert made.places == pytest.approx(start, abs=1e-6)  # turned back, so that the widest direction lies flat
    for row in (0, 57, 399):
        truth = explorer.neighbours(explorer.ratings.users.raw(row), k=NEIGHBOURS, engine="exact", seed=5)
        assert rows[row].tolist() == truth.rows.tolist()
        assert distances[row] == pytest.approx(1 - truth.similarities, abs=1e-6)


def test_the_map_by_umap_is_there_after_a_restart(clustered, tmp_path):
    store, made_by = ArtifactStore(tmp_path), Layout()
    first = ucf.Explorer(clustered, store=store)
    assert not has_umap(first, ucf.QuerySpec())
    made = user_map(first, method="umap", layout=made_by)
    again = ucf.Explorer(clustered, store=ArtifactStore(tmp_path))
    assert has_umap(again, ucf.QuerySpec())
    assert (user_map(again, method="umap", layout=made_by).places == made.places).all()
    assert len(made_by.calls) == 1


def test_k_and_ef_make_no_other_map_but_dim_weighting_and_seed_do(explorer):
    made_by = Layout()
    for changes in (
        {},
        {"k": 9, "ef": 300, "M": 4, "engine": "exact"},
        {"dim": 5},
        {"weighting": "centred"},
        {"seed": 1},
    ):
        user_map(explorer, ucf.QuerySpec(**changes), method="umap", layout=made_by)
    assert len(made_by.calls) == 4
    assert has_umap(explorer, ucf.QuerySpec(k=77, dim=5))
    assert not has_umap(explorer, ucf.QuerySpec(dim=6))


def test_an_unknown_method_is_refused(explorer):
    with pytest.raises(SpecError, match="method='tsne' is not known; choose one of pca, umap"):
        user_map(explorer, method="tsne")


def test_too_few_users_for_umap_are_told_so(clustered_units):
    few = clustered_units[:NEIGHBOURS]
    with pytest.raises(SpecError, match="14 users are too few for UMAP, which needs 15 or more"):
        near_users(ucf.ExactIndex(few), few, ef=10)


def test_without_umap_learn_the_remedy_is_named(explorer, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    assert not umap.is_installed()
    with pytest.raises(MissingExtraError, match=r"pip install \"ucf-explorer\[map\]\".*uv sync --extra map.*PCA"):
        user_map(explorer, method="umap")


def test_whoever_cancels_is_heard_while_neighbours_are_found_and_while_users_are_placed(explorer):
    for heard in (1.0, 400):

        def stop(done, total, at=heard):
            if at in (done, total):
                raise CancelledError("enough")

        with pytest.raises(CancelledError, match="enough"):
            user_map(explorer, method="umap", layout=Layout(), progress=stop)
    assert not has_umap(explorer, ucf.QuerySpec())


def test_what_goes_wrong_in_the_process_of_umap_is_told_in_one_line(explorer, monkeypatch, tmp_path):
    broken = tmp_path / "umap"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise RuntimeError('no luck')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        UcfError, match=r"^UMAP could not lay out the map: RuntimeError: no luck; choose the map by PCA$"
    ):
        user_map(explorer, method="umap")


needs_umap = pytest.mark.skipif(not umap.is_installed(), reason="umap-learn is not installed: uv sync --extra map")


@needs_umap
def test_umap_keeps_more_neighbours_than_pca_and_the_same_seed_gives_the_same_map(clustered):
    rounds = []
    made = user_map(
        ucf.Explorer(clustered, in_memory=True), method="umap", progress=lambda *heard: rounds.append(heard)
    )
    again = ucf.Explorer(clustered, in_memory=True)
    assert (user_map(again, method="umap").places == made.places).all()
    assert np.isfinite(made.places).all()
    units = again.builds.units(ucf.QuerySpec())
    kept, flat = (map_trust(units, one.places).kept(10).mean() for one in (made, user_map(again)))
    assert kept > flat
    placed = [done for done, total in rounds if total == 500.0]
    assert placed == sorted(placed)
    assert placed[-1] == 500.0


@needs_umap
def test_umap_stops_in_the_middle_of_its_rounds(explorer):
    def stop(done, total):
        if total == 500.0 and done >= 20:
            raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        user_map(explorer, method="umap", progress=stop)
