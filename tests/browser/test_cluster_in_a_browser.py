"""A dataset of a cluster in a real browser, served from Milvus Lite and Parquet: cold by link, and with ef moved."""

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, open_page, parameters, press
from serving import served

from ucf_core.cluster.build import build_on_cluster
from ucf_core.cluster.scheduler import connected
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize, write_movielens
from ucf_core.index.milvus_service import Milvus, MilvusAddress
from ucf_core.specs import QuerySpec

# the pages are tested on such a dataset without a browser, too
pytestmark = pytest.mark.long

LINK = "?dataset=cluster%3Afilms&k=20"


@pytest.fixture(scope="module")
def cluster_url(browser, tmp_path_factory):
    """A server that nobody has visited, on a dataset that a cluster built."""
    root = tmp_path_factory.mktemp("cluster")
    write_movielens(synthesize(SyntheticSpec(n_users=400, n_items=900, n_ratings=20_000, seed=4)), root / "films")
    address = f"milvus-lite:{root / 'vectors.db'}"
    milvus = Milvus(MilvusAddress.parse(address))
    with connected("local:1") as client:
        out = root / "home" / "clusters" / "films"
        build_on_cluster(client, str(root / "films"), out, QuerySpec(), milvus=milvus)
    milvus.close()
    with served(root / "home", root / "log", warm=False, env={"UCF_VECTORS": address}) as url:
        yield url
    assert "Traceback" not in (root / "log").read_text()


def test_neighbours_come_from_milvus_and_ef_stays_live(new_tab, cluster_url):
    tab = open_page(new_tab(cluster_url), f"/neighbours{LINK}")
    expect(tab.locator("h1")).to_have_text("Neighbours")
    found, k = caption(tab, r"HNSW found (\d+) of the (\d+)")
    assert 0 < int(found) <= int(k) == 20
    press(tab, "ef", "End")
    assert caption(tab, r"HNSW found (\d+) of the (\d+)") == ("20", "20")
    assert parameters(tab)["ef"] == "600"
    assert_healthy(tab)


def test_recommendations_have_titles(new_tab, cluster_url):
    tab = open_page(new_tab(cluster_url), f"/recommendations{LINK}")
    expect(tab.locator("h1")).to_have_text("Recommendations")
    assert tab.get_by_text("Film ").count() or tab.locator("[data-testid=stDataFrame]").count()
    assert_healthy(tab)


def test_tuning_measures_the_graph_in_milvus(new_tab, cluster_url):
    tab = open_page(new_tab(cluster_url), f"/tuning{LINK}")
    expect(tab.locator("h1")).to_have_text("Tuning")
    expect(tab.get_by_text("not on a cluster")).to_have_count(1)
    assert tab.locator(".js-plotly-plot").count() >= 2
    assert_healthy(tab)
