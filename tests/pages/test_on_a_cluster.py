"""Pages on a dataset that a cluster built: what works, and what is said where something cannot."""

import pytest
from apptest import PAGES, healthy, metric, texts

from ucf_core.cluster.build import build_on_cluster
from ucf_core.cluster.scheduler import connected
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize, write_movielens
from ucf_core.index.milvus_service import Milvus, MilvusAddress
from ucf_core.specs import QuerySpec


@pytest.fixture(scope="module")
def cluster_home(tmp_path_factory):
    """A UCF_HOME with one dataset built on a cluster, and where its vectors are."""
    root = tmp_path_factory.mktemp("cluster")
    write_movielens(synthesize(SyntheticSpec(n_users=300, n_items=700, n_ratings=12_000, seed=2)), root / "films")
    address = f"milvus-lite:{root / 'vectors.db'}"
    milvus = Milvus(MilvusAddress.parse(address))
    with connected("local:1") as client:
        out = root / "home" / "clusters" / "films"
        build_on_cluster(client, str(root / "films"), out, QuerySpec(), milvus=milvus, dims=(64, 128))
    milvus.close()
    return root / "home", address


@pytest.fixture
def on_cluster(cluster_home, monkeypatch):
    home, address = cluster_home
    monkeypatch.setenv("UCF_HOME", str(home))
    monkeypatch.setenv("UCF_VECTORS", address)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_on_a_dataset_of_a_cluster(on_cluster, open_page, name):
    healthy(open_page(name, dataset="cluster:films"))


def test_neighbours_recommendations_and_tuning_work(on_cluster, open_page):
    for name in ("neighbours", "recommendations", "tuning"):
        tester = healthy(open_page(name, dataset="cluster:films", k="20"))
        assert texts(tester.error) == [], name
        assert tester.get("plotly_chart") or tester.dataframe, name
    assert metric(tester, "Overlap with raw space") == "-"


def test_a_dim_that_is_not_served_is_said_to_be(on_cluster, open_page):
    tester = healthy(open_page("neighbours", dataset="cluster:films", dim="100"))
    assert any("dim=100 is not served; choose one of 64, 128" in said.replace("\\", "") for said in texts(tester.error))


def test_the_graph_of_a_remote_index_cannot_be_looked_into(on_cluster, open_page):
    tester = healthy(open_page("index_inspector", dataset="cluster:films"))
    assert any("look into the graph" in said for said in [*texts(tester.error), *texts(tester.info)])


def test_where_milvus_does_not_answer_the_rest_of_the_page_lives(on_cluster, open_page, monkeypatch):
    monkeypatch.setenv("UCF_VECTORS", "http://127.0.0.1:9")
    tester = healthy(open_page("neighbours", dataset="cluster:films"))
    assert any("does not answer" in said.replace("\\", "") for said in texts(tester.error))
    assert metric(tester, "Ratings")  # of the user's own profile
