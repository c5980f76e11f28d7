"""Pages on a dataset built by a cluster: what works, and the messages where something is unavailable."""

import json
import runpy
import shutil
import threading

import numpy as np
import pytest
from apptest import PAGES, frames, go, healthy, metric, texts, user
from streamlit.testing.v1 import element_tree

from ucf_core.base.errors import MissingExtraError, ServiceError
from ucf_core.base.files.atomic import folder_bytes
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.cluster.build import remove
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected
from ucf_core.datasets.sources import sample_unpacker
from ucf_core.datasets.sources.uploads import save_upload
from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize, write_movielens
from ucf_core.index.milvus.service import pymilvus
from ucf_core.index.stores.registry import open_store
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.user_map import umap
from ucf_ui.base import text
from ucf_ui.session import cache
from ucf_ui.views.evaluation import controls as evaluation_controls
from ucf_ui.views.map import data as map_data


@pytest.fixture(scope="module")
def cluster_home(tmp_path_factory):
    """A UCF_HOME with one dataset built on a cluster, and the location of its vectors."""
    root = tmp_path_factory.mktemp("cluster")
    write_movielens(synthesize(SyntheticSpec(n_users=300, n_items=700, n_ratings=12_000, seed=2)), root / "films")
    address = f"milvus-lite:{root / 'vectors.db'}"
    milvus = open_store(address)
    with connected("local:1") as client:
        out = root / "home" / "clusters" / "films"
        build_on_cluster(client, str(root / "films"), out, QuerySpec(), store=milvus, dims=(64, 128))
    milvus.close()
    return root / "home", address


@pytest.fixture
def on_cluster(cluster_home, monkeypatch):
    home, address = cluster_home
    monkeypatch.setenv("UCF_HOME", str(home))
    monkeypatch.setenv("UCF_VECTORS", address)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens(on_cluster, open_page, name):
    healthy(open_page(name, dataset="cluster:films"))


def test_neighbours_recommendations_and_tuning(on_cluster, open_page):
    for name in ("neighbours", "recommendations", "tuning"):
        tester = healthy(open_page(name, dataset="cluster:films", k="20"))
        assert texts(tester.error) == [], name
        assert tester.get("plotly_chart") or tester.dataframe, name
    assert metric(tester, "Overlap with raw space") == "-"


def test_message_for_a_dim_that_is_not_served(on_cluster, open_page):
    tester = healthy(open_page("neighbours", dataset="cluster:films", dim="100"))
    assert any("dim=100 is not served; choose one of 64, 128" in note.replace("\\", "") for note in texts(tester.error))


def test_only_served_dims_are_offered(on_cluster, open_page):
    tester = healthy(open_page("neighbours", dataset="cluster:films"))
    (dims,) = [slider for slider in tester.select_slider if slider.key == "dim"]
    assert (dims.options, dims.value) == (["64", "128"], 128)
    assert "These are the values that were built on the cluster." in dims.help


def test_default_dim_is_the_served_one(cluster_home, tmp_path, on_cluster, open_page, monkeypatch):
    folder = tmp_path / "clusters" / "films"
    shutil.copytree(cluster_home[0] / "clusters" / "films", folder)
    about = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps(about | {"dims": [64]}))
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    for name in ("neighbours", "recommendations", "tuning", "map", "compare", "diagnostics", "your_taste"):
        tester = healthy(open_page(name, dataset="cluster:films", k="20"))
        assert texts(tester.error) == [], name
    assert "Dimensions (dim): 64, all that this dataset allows" in texts(
        open_page("neighbours", dataset="cluster:films").caption
    )


def test_data_page_shows_where_the_dataset_was_built(on_cluster, open_page):
    assert "Everything was built on the cluster. Only evaluations are stored here." in texts(
        open_page("data", dataset="cluster:films").caption
    )


def test_remote_index_cannot_be_traced(on_cluster, open_page):
    tester = healthy(open_page("index_inspector", dataset="cluster:films"))
    assert any("look into the graph" in note for note in [*texts(tester.error), *texts(tester.info)])


def test_page_survives_an_unreachable_milvus(on_cluster, open_page, monkeypatch):
    monkeypatch.setenv("UCF_VECTORS", "http://127.0.0.1:9")
    tester = healthy(open_page("neighbours", dataset="cluster:films"))
    assert any("does not answer" in note.replace("\\", "") for note in texts(tester.error))
    assert metric(tester, "Ratings")  # of the user's own profile


class Server:
    """A client of a Milvus server, each of whose calls fails with a message, or describes other vectors."""

    def __init__(self, message):
        self.message = message

    def describe_collection(self, *_, **__):
        if self.message:
            raise pymilvus().exceptions.MilvusException(message=self.message)
        return {"fields": [{"name": "unit", "params": {"dim": 3}}]}


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ("UNAUTHENTICATED: token expired", "refuses the token; set UCF_VECTORS_TOKEN to a token that is valid"),
        ("Deadline Exceeded", "does not answer (tried 4 times, up to 10 s each)"),
        ("collection not found", "holds no vectors called ucf_"),
        ("", "with dim=3, expected dim=128; build it again"),
    ],
)
def test_server_error_shows_one_message(on_cluster, open_page, monkeypatch, message, note):
    monkeypatch.setenv("UCF_VECTORS", "http://vectors.example:19530")
    monkeypatch.setattr(pymilvus(), "MilvusClient", lambda *_, **__: Server(message))
    tester = healthy(open_page("neighbours", dataset="cluster:films"))
    assert any(note in text.replace("\\", "") for text in texts(tester.error))
    assert metric(tester, "Ratings")


def test_expired_token_shows_one_message(on_cluster, cluster_home, open_page, monkeypatch):
    lite = open_store(cluster_home[1])
    real, expired = lite._connected(), threading.Event()

    class Client:
        def __getattr__(self, name):
            if expired.is_set():
                raise pymilvus().exceptions.MilvusException(message="UNAUTHENTICATED: token expired")
            return getattr(real, name)

    monkeypatch.setenv("UCF_VECTORS", "http://vectors.example:19530")
    monkeypatch.setattr(pymilvus(), "MilvusClient", lambda *_, **__: Client())
    tester = healthy(open_page("neighbours", dataset="cluster:films", k="20"))
    assert texts(tester.error) == []
    expired.set()
    for name in ("neighbours", "recommendations", "tuning", "map"):
        errors = [note.replace("\\", "") for note in texts(go(tester, name).error)]
        assert errors, name
        assert all("refuses the token; set UCF_VECTORS_TOKEN to a token that is valid" in note for note in errors), name
    tester = go(tester, "neighbours")
    assert metric(tester, "Ratings")
    expired.clear()
    assert texts(healthy(tester.run()).error) == []
    lite.close()


# on the Data page


@pytest.fixture
def copied(cluster_home, tmp_path, monkeypatch):
    """A separate UCF_HOME with copies of the build and its vectors, which tests may delete, and an upload."""
    home = tmp_path / "home"
    shutil.copytree(cluster_home[0] / "clusters", home / "clusters")
    shutil.copytree(cluster_home[1].removeprefix("milvus-lite:"), tmp_path / "vectors.db")
    monkeypatch.setenv("UCF_HOME", str(home))
    monkeypatch.setenv("UCF_VECTORS", f"milvus-lite:{tmp_path / 'vectors.db'}")
    monkeypatch.setattr(sample_unpacker, "can_unpack", lambda: False)
    save_upload("mine.csv", b"user,item,rating\n1,1,3\n2,1,4\n2,2,4\n", home=home)
    # a browser sends the text that it shows; AppTest makes it anew, when the dataset may be gone and have no title
    made = element_tree._format_value_for_widget
    shown = {"cluster:films": "films (on a cluster)"}
    monkeypatch.setattr(
        element_tree, "_format_value_for_widget", lambda title, name: shown.get(name) or made(title, name)
    )
    return home


DELETE = "delete-cluster:films"


def delete(tester):
    """Press Delete and rerun the page when the job has ended. The job starts once a page shows it."""
    drawn = threading.Event()
    delete_build = remove.delete_build

    def delete_when_drawn(name, home):
        assert drawn.wait(60)
        return delete_build(name, home=home)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remove, "delete_build", delete_when_drawn)
        tester.button(key=DELETE).click()
        healthy(tester.run())
        drawn.set()
        cache.jobs().join(60)
    return healthy(tester.run())


def test_build_is_listed_and_can_be_deleted(copied, open_page):
    tester = open_page("data", dataset="upload:mine.csv")
    row = frames(tester)[0].set_index("Name").loc["cluster:films"]
    assert row[["Users", "Films"]].tolist() == [300, 700]
    size = text.size(folder_bytes(copied / "clusters" / "films"))
    assert any("films \\(on a cluster\\)" in note and size in note for note in texts(tester.markdown))
    assert any("Its vectors in Milvus are deleted too" in note for note in texts(tester.markdown))
    delete(tester)
    assert texts(tester.error) + texts(tester.warning) == []
    assert texts(tester.success) == ["films is deleted."]
    assert frames(tester)[0]["Name"].tolist() == ["upload:mine.csv"]
    assert not (copied / "clusters" / "films").exists()
    assert DELETE not in [one.key for one in tester.button]
    assert texts(healthy(tester.run()).success) == []  # the message is shown once


def test_build_without_a_server_can_be_deleted(copied, open_page, monkeypatch):
    monkeypatch.delenv("UCF_VECTORS")
    tester = open_page("data")
    assert frames(tester)[0]["Name"].tolist() == ["upload:mine.csv"]
    assert any("not served: UCF_VECTORS is not set" in note.replace("\\", "") for note in texts(tester.markdown))
    (note,) = texts(delete(tester).main.warning)
    assert "its vectors stay in Milvus" in note.replace("\\", "")
    assert not (copied / "clusters" / "films").exists()
    assert texts(healthy(tester.run()).main.warning) == []


def test_deletion_with_a_silent_milvus_does_not_block(copied, open_page, monkeypatch):
    tester = open_page("data", dataset="upload:mine.csv")
    asked, gives_up = threading.Event(), threading.Event()

    def silent(milvus, alias):
        asked.set()
        assert gives_up.wait(60)
        raise ServiceError("Milvus at http://vectors.example:19530 does not answer")

    monkeypatch.setattr("ucf_core.index.milvus.store.MilvusStore.drop", silent)
    tester.button(key=DELETE).click()
    healthy(tester.run())
    assert asked.wait(60)
    healthy(tester.run())  # with Milvus still silent
    assert frames(tester)[0]["Name"].tolist() == ["upload:mine.csv"]
    assert texts(tester.main.warning) + texts(tester.main.success) == []
    other = open_page("data", dataset="upload:mine.csv")
    for session in (tester, other):
        assert [one.key for one in session.button if one.label == "Cancel"] == ["cancel-delete cluster:films"]
    gives_up.set()
    cache.jobs().join(60)
    (note,) = texts(healthy(tester.run()).main.warning)
    assert "films are deleted, but not its vectors: Milvus at http://vectors.example:19530 does not answer" in (
        note.replace("\\", "")
    )
    assert texts(healthy(other.run()).main.warning) == []  # other sessions see no message


def test_waiting_deletion_can_be_cancelled(copied, open_page):
    tester = open_page("data", dataset="upload:mine.csv")
    free = threading.Event()
    cache.jobs().submit("other", "Something else", lambda job: free.wait(60))
    tester.button(key=DELETE).click()
    healthy(tester.run())
    assert DELETE not in [one.key for one in tester.button]
    next(one for one in tester.button if one.label == "Cancel").click()
    healthy(tester.run())
    free.set()
    assert texts(tester.info) == ["Deleting films was cancelled. Nothing was deleted."]
    assert DELETE in [one.key for one in tester.button]
    assert (copied / "clusters" / "films").exists()


def test_disk_error_during_deletion_is_shown(copied, open_page, monkeypatch):
    def refuse(path):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr("ucf_core.base.files.atomic.remove_folder", refuse)
    (note,) = texts(delete(open_page("data", dataset="upload:mine.csv")).error)
    assert "films cannot be deleted: Device or resource busy" in note.replace("\\", "")


def test_deletion_warns_about_unreachable_vectors(copied, open_page, monkeypatch):
    tester = open_page("data", dataset="upload:mine.csv")
    monkeypatch.setenv("UCF_VECTORS", "http://127.0.0.1:9")
    (note,) = texts(delete(tester).main.warning)
    assert "but not its vectors: Milvus at http://127.0.0.1:9 does not answer" in note.replace("\\", "")
    assert not (copied / "clusters" / "films").exists()


def test_session_moves_on_when_another_deletes_its_dataset(copied, open_page, monkeypatch):
    tester = open_page("neighbours", dataset="cluster:films", k="20")
    names = cache.dataset_names

    def delete_and_list_names():
        if (copied / "clusters" / "films").exists():
            remove.delete_build("cluster:films", home=copied)
        return names()

    monkeypatch.setattr(cache, "dataset_names", delete_and_list_names)
    healthy(tester.run())
    (note,) = texts(tester.sidebar.warning)
    assert note.replace("\\", "") == "cluster:films is not on this machine. Showing mine.csv (uploaded)."
    assert user(tester) in (1, 2)
    assert texts(tester.error) == []
    assert len(texts(go(tester, "recommendations").sidebar.warning)) == 1  # until another one is chosen


def test_deleting_the_open_dataset_names_the_next_one(copied, open_page):
    tester = delete(open_page("data", dataset="cluster:films"))
    (note,) = texts(tester.sidebar.warning)
    assert "Showing mine.csv (uploaded)." in note.replace("\\", "")
    assert texts(tester.error) + texts(tester.main.warning) == []


def test_search_in_a_deleted_dataset_fails_with_a_message(copied, open_page):
    """A slider in a part of the page redraws that part, which still has the dataset."""
    tester = open_page("neighbours", dataset="cluster:films", k="20")
    explorer = tester.session_state["_view"].explorer
    remove.delete_build("cluster:films", home=copied)
    with pytest.raises(ServiceError, match="the dataset was deleted or built anew; reload the page"):
        explorer.neighbours(explorer.ratings.users.raw(0), k=20)


def test_link_to_an_unknown_dataset_shows_a_warning(copied, open_page):
    tester = open_page("neighbours", dataset="cluster:*nothing*", user=2)
    (note,) = texts(tester.sidebar.warning)
    assert note.startswith(r"cluster\:\*nothing\* is not on this machine")
    tester.sidebar.selectbox(key="dataset").set_value("upload:mine.csv")
    healthy(tester.run())
    assert texts(tester.sidebar.warning) == []


# other pages


def test_explanation_of_a_film(on_cluster, open_page):
    tester = open_page("recommendations", dataset="cluster:films", k="20")
    assert "**What if?**" not in texts(tester.markdown)
    view = tester.session_state["_view"]
    film = int(view.explorer.recommend(view.user, k=20).item_ids[0])
    tester = open_page("recommendations", dataset="cluster:films", k="20", film=film)
    assert texts(tester.error) == []
    assert "**What if?**" in texts(tester.markdown)
    assert len(tester.get("plotly_chart")) == 1


def test_compare_two_users(on_cluster, open_page):
    tester = open_page("compare", dataset="cluster:films", k="20")
    assert texts(tester.error) == []
    assert metric(tester, "Similarity")
    assert len(tester.get("plotly_chart")) >= 2


def test_diagnostics(on_cluster, open_page):
    tester = open_page("diagnostics", dataset="cluster:films", k="20")
    assert texts(tester.error) == []
    assert float(metric(tester, "Skewness")) > -5
    assert tester.get("plotly_chart")


@pytest.mark.parametrize("colour", map_data.COLOURS)
def test_map_in_every_colour(on_cluster, open_page, colour):
    tester = open_page("map", dataset="cluster:films", k="20", colour=colour)
    assert texts(tester.error) == []
    assert tester.get("plotly_chart")
    assert metric(tester, "Variance shown")


def test_pca_is_the_fallback_without_umap(on_cluster, open_page, monkeypatch):
    def missing():
        raise MissingExtraError("maps by UMAP need the package umap-learn: run `uv sync --extra map`")

    monkeypatch.setattr(umap, "check_installed", missing)
    tester = open_page("map", dataset="cluster:films", k="20", map="umap")
    assert texts(tester.error) == []
    note = [each.replace("\\", "") for each in texts(tester.info)]
    assert any("This is the map by PCA: maps by UMAP need the package umap-learn" in each for each in note)
    assert metric(tester, "Variance shown")
    assert tester.get("plotly_chart")


def test_umap_reads_the_vectors_on_disk(on_cluster, open_page, monkeypatch):
    given = []

    def fake(near, distances, start, seed, progress):
        given.append((near.shape, start.shape))
        return start * np.float32([1, 9])

    monkeypatch.setattr(umap, "check_installed", lambda: None)
    if not umap.is_installed():
        monkeypatch.setattr(umap, "umap_layout", fake)
    tester = open_page("map", dataset="cluster:films", k="20", map="umap")
    cache.jobs().join(120)
    healthy(tester.run())
    assert [job.error for job in cache.jobs().all() if job.title.startswith("Map by UMAP")] == [None]
    assert "Variance shown" not in [one.label for one in tester.metric]
    assert tester.get("plotly_chart")
    assert umap.is_installed() or [(len_near, places) for (len_near, _), places in given] == [(300, (300, 2))]


def test_raw_space_is_unavailable(on_cluster, open_page):
    tester = open_page("neighbours", dataset="cluster:films", k="20", space="raw")
    assert any("search in the raw rating space is not available" in note for note in texts(tester.error))
    assert metric(tester, "Ratings")


# evaluation


def chosen(tester):
    """A quick question: one setting, two folds, of 200 of the 300 users."""
    next(group for group in tester.button_group if group.key == "eval-what").set_value(["present"])
    tester.number_input(key="eval-folds").set_value(2)
    healthy(tester.run())
    sample = next(box for box in tester.selectbox if box.key.startswith("eval-sample"))
    sample.set_value(200)
    return healthy(tester.run())


def sample_notes(tester):
    return [text for text in texts(tester.caption) if "hold for a sample of" in text]


def test_evaluation_notes_its_sample(on_cluster, open_page, monkeypatch):
    monkeypatch.setattr(evaluation_controls, "_SAMPLES", (100, 200, 40_000))
    tester = open_page("evaluation", dataset="cluster:films", k="20", dim="64")
    assert texts(tester.error) == []
    assert sample_notes(tester) == []  # all 300 by default
    sample = next(box for box in tester.selectbox if box.key.startswith("eval-sample"))
    assert sample.options == ["200 drawn at random", "All 300"]
    chosen(tester)
    (before,) = sample_notes(tester)
    assert "sample of 200 of 300 users, drawn with seed 0" in before
    assert "Neighbours come from the sample alone" in before
    next(one for one in tester.button if one.label == "Start").click()
    healthy(tester.run())
    cache.jobs().join(120)
    healthy(tester.run())
    assert texts(tester.error) == []
    assert sample_notes(tester) == [before, before]
    table = next(frame for frame in frames(tester) if "Model" in frame)
    ratings = tester.session_state["_view"].ratings
    spec = EvaluationSpec(split=SplitSpec(folds=2), sample=200)
    truth = evaluate(ratings, spec, [Setting(query=QuerySpec(k=20, dim=64))])
    assert table["RMSE"].iloc[0] == pytest.approx(truth.rows[-1].metrics["rmse"])
    again = healthy(open_page("evaluation", dataset="cluster:films"))
    assert len(sample_notes(again)) == 1  # the stored result keeps the note


def test_evaluation_with_too_little_memory_shows_an_error(on_cluster, open_page, monkeypatch):
    tester = open_page("evaluation", dataset="cluster:films")
    monkeypatch.setattr("ucf_core.base.memory.available_bytes", lambda: 10_000_000)
    next(one for one in tester.button if one.label == "Start").click()
    healthy(tester.run())
    (note,) = texts(tester.error)
    assert "evaluating 300 users needs about" in note
    assert "choose a smaller sample of users" in note


def test_script_of_a_page_opens_the_dataset(on_cluster, open_page, tmp_path):
    (code,) = open_page("neighbours", dataset="cluster:films", k="7").code
    (tmp_path / "script.py").write_text(code.value)
    ran = runpy.run_path(str(tmp_path / "script.py"))
    assert ran["neighbours"].k == 7
    assert ran["inspection"].raw_overlap is None
