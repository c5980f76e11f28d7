"""A dataset of a cluster in a real browser, served from Milvus Lite and Parquet: cold by link, and with ef moved."""

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, choose, open_page, parameters, press, settle
from serving import served

from ucf_core.base.specs import QuerySpec
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected
from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize, write_movielens
from ucf_core.index.stores.registry import open_store

LINK = "?dataset=cluster%3Afilms&k=20"


@pytest.fixture(scope="module")
def cluster_url(browser, tmp_path_factory):
    """A server that nobody has visited, on a dataset that a cluster built."""
    root = tmp_path_factory.mktemp("cluster")
    write_movielens(synthesize(SyntheticSpec(n_users=400, n_items=900, n_ratings=20_000, seed=4)), root / "films")
    address = f"milvus-lite:{root / 'vectors.db'}"
    milvus = open_store(address)
    with connected("local:1") as client:
        out = root / "home" / "clusters" / "films"
        build_on_cluster(client, str(root / "films"), out, QuerySpec(), store=milvus)
    milvus.close()
    with served(root / "home", root / "log", warm=False, env={"UCF_VECTORS": address}) as url:
        yield url
    assert "Traceback" not in (root / "log").read_text()


def go(tab, title):
    tab.get_by_role("link", name=title, exact=True).first.click()
    tab.locator("h1", has_text=title).wait_for()
    settle(tab)
    assert_healthy(tab)


def test_neighbours_recommendations_and_tuning_come_from_milvus_and_ef_stays_live(new_tab, cluster_url):
    tab = open_page(new_tab(cluster_url), f"/neighbours{LINK}")
    expect(tab.locator("h1")).to_have_text("Neighbours")
    found, k = caption(tab, r"HNSW found (\d+) of the (\d+)")
    assert 0 < int(found) <= int(k) == 20
    press(tab, "ef", "End")
    assert caption(tab, r"HNSW found (\d+) of the (\d+)") == ("20", "20")
    assert parameters(tab)["ef"] == "600"
    assert_healthy(tab)
    go(tab, "Recommendations")
    choose(tab, "film", 0)
    assert int(caption(tab, r"(\d+) neighbours? rated it")[0]) >= 1
    go(tab, "Tuning")
    expect(tab.get_by_text("not on a cluster")).to_have_count(1)
    expect(tab.locator(".js-plotly-plot").nth(1)).to_be_attached()
