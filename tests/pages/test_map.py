"""The Map page: points and markers match the core; messages where no map can be shown."""

import json
import threading

import numpy as np
import pytest
import streamlit as st
from apptest import go, healthy, metric, texts
from streamlit.runtime.scriptrunner import get_script_run_ctx

import ucf_core as ucf
from ucf_core.studies.user_map import umap, user_map
from ucf_core.studies.user_map.trust import closest
from ucf_ui.base import pages
from ucf_ui.session import cache
from ucf_ui.shell import prefetch
from ucf_ui.views.map import data as map_data
from ucf_ui.views.map import jobs as map_work

POOR = {"k": 40, "ef": 40, "M": 4, "ef_construction": 25}
TINY = {
    "two users": "user,item,rating\n1,1,4\n1,2,3\n2,1,5\n2,3,1\n",
    "text ids": "user,item,rating\nann,x,4\nann,y,2\nbob,x,5\nbob,z,3\ncyd,y,1\ncyd,z,5\n",
    "nobody alike": "user,item,rating\n1,1,4\n2,2,3\n3,3,5\n",
    "everybody alike": "user,item,rating\n" + "".join(f"{u},{i},{3 + i % 2}\n" for u in range(9) for i in range(3)),
    "signs that mean something": "user,item,rating,title,genres\n"
    "*a*,<b>,5,One,<i>\n[l](u),<b>,4,One,<i>\n$s$,c,2,Two,:x:\n",
}
COLOURS = ("density", "ratings", "mean", "genre", "similarity")


def figure(tester):
    (chart,) = tester.get("plotly_chart")
    return json.loads(chart.proto.spec)


def groups(tester):
    """Markers over the chart by their legend name."""
    (marks,) = [one for one in tester.get("bidi_component") if one.proto.component_name == "ucf_map_marks"]
    return {group["name"]: group for group in json.loads(marks.proto.json)["groups"]}


def page_text(tester):
    return " ".join(texts(tester.caption))


def test_link_on_a_fresh_server(with_sample, fresh_server, open_page):
    tester = open_page("map", user=15)
    assert texts(tester.title) == ["Map"]
    assert not texts(tester.error)


def test_page_is_in_the_navigation():
    assert pages.MAP in pages.SECTIONS["Explore"]


def test_found_and_missed_neighbours_are_marked(with_sample, open_page, explorer):
    tester = open_page("map", user=15, **POOR)
    inspection = explorer.inspect(15, **POOR)
    found, places = inspection.found, ucf.user_map(explorer).places
    missed = inspection.missed.size
    assert missed
    expected = {
        f"{missed} found in place of nearer ones": found.rows[~inspection.is_exact],
        f"{40 - missed} true neighbours found": found.rows[inspection.is_exact],
        f"{missed} true neighbours missed": inspection.missed,
        "User 15": np.array([found.user]),
    }
    shown = groups(tester)
    assert list(shown) == list(expected)
    for name, rows in expected.items():
        assert shown[name]["rows"] == rows.tolist()
        assert shown[name]["x"] == pytest.approx(places[rows, 0])
        assert shown[name]["y"] == pytest.approx(places[rows, 1])


def test_equally_near_users_have_their_own_group(with_sample, open_page):
    shown = groups(open_page("map", user=100, k=28, dim=1))
    assert list(shown) == ["28 found in place of others as near", "28 as near, not listed", "User 100"]


@pytest.mark.parametrize(("by", "shapes"), [("density", {"dot", "ring"}), ("ratings", {"hoop", "dashes"})])
def test_markers_do_not_hide_the_colours_of_points(by, shapes, with_sample, open_page):
    shown = groups(open_page("map", user=15, colour=by, **POOR))
    assert {group["shape"] for group in shown.values()} == shapes | {"cross", "star"}


def test_marker_names_its_user(with_sample, open_page, explorer):
    shown = groups(open_page("map", user=15, k=1))["1 neighbour found"]
    nearest = explorer.neighbours(15, k=1)
    profile = explorer.profile(int(nearest.users[0]))
    lines = (
        f"User {nearest.users[0]}",
        f"{profile.count} ratings, mean {profile.mean:.2f}",
        f"Favourite genre: {profile.genres[0].genre}",
        f"Similarity {nearest.similarities[0]:.3f}",
    )
    assert shown["texts"] == ["\n".join(lines)]


def test_small_dataset_shows_every_user_as_a_point(with_sample, open_page, explorer):
    cells, points = figure(open_page("map", user=15))["data"]
    assert cells["type"] == "heatmap"
    assert len(points["text"]) == explorer.ratings.n_users
    assert points["text"][14].startswith("User 15<br>")


def test_figures_show_the_quality_of_the_projection(with_sample, open_page, explorer):
    tester = open_page("map", user=15, k=20)
    made, units = ucf.user_map(explorer), explorer.builds.units(ucf.QuerySpec())
    kept = ucf.map_trust(units, made.places).kept(20).mean()
    row = explorer.ratings.users.row(15)
    own = np.isin(explorer.neighbours(15, k=20, engine="exact").rows, closest(made.places, row, 20)).mean()
    assert metric(tester, "Variance shown") == f"{100 * sum(made.explained):.1f} %"
    assert metric(tester, "Neighbours preserved") == f"{100 * kept:.0f} %"
    assert metric(tester, "Neighbours preserved, this user") == f"{100 * own:.0f} %"


def test_points_are_drawn_before_the_quality_is_measured(with_sample, open_page, monkeypatch):
    drawn, judge = [], map_data.map_trust

    def judged(*args, **options):
        if get_script_run_ctx(suppress_warning=True):  # not the prefetch thread of the first page
            drawn.append("_map_drawn" in st.session_state)
        return judge(*args, **options)

    monkeypatch.setattr(map_data, "map_trust", judged)
    tester = open_page("map", user=15, k=20, dim=9)
    assert drawn == [True]
    before = metric(tester, "Neighbours preserved")
    assert before.endswith(" %")
    tester.session_state["k"] = 60
    healthy(tester.run())
    assert drawn == [True]
    assert metric(tester, "Neighbours preserved") != before


def test_only_dim_changes_the_points(with_sample, open_page):
    tester = open_page("map", user=15, **POOR)
    before = figure(tester), list(groups(tester))
    go(tester, "map")
    for key, at in (("k", 20), ("ef", 300)):
        tester.session_state[key] = at
        healthy(tester.run())
    assert figure(tester) == before[0]
    assert list(groups(tester)) == ["20 neighbours found", "User 15"] != before[1]
    tester.session_state["dim"] = 4
    healthy(tester.run())
    assert figure(tester) != before[0]


@pytest.mark.parametrize("colour", COLOURS)
def test_another_user_changes_points_only_when_coloured_by_similarity(colour, with_sample, open_page):
    first, other = (figure(open_page("map", user=user, colour=colour)) for user in (15, 20))
    assert (first == other) == (colour != "similarity")


def test_raw_ratings_have_no_separate_map(with_sample, open_page, explorer):
    tester = open_page("map", user=15, space="raw", k=30)
    assert "Neighbours are those by raw ratings, but the map shows the SVD embedding" in page_text(tester)
    assert groups(tester)["30 neighbours found"]["rows"] == explorer.neighbours(15, k=30, space="raw").rows.tolist()
    assert figure(tester) == figure(open_page("map", user=15))


def test_pca_is_the_fallback_without_umap(with_sample, open_page, monkeypatch):
    monkeypatch.setattr(umap, "is_installed", lambda: False)
    tester = open_page("map", user=15, map="umap")
    (info,) = texts(tester.info)
    assert "uv sync --extra map" in info.replace("\\", "")
    assert metric(tester, "Variance shown")


def test_umap_is_computed_by_a_job_and_cached(upload, open_page, empty_home, monkeypatch):
    rows = [f"{u},{i},{1 + (u * i) % 5}" for u in range(30) for i in range(12) if (u + i) % 3]
    upload("user,item,rating\n" + "\n".join(rows))
    go_on = threading.Event()

    def fake(near, distances, start, seed, progress):
        progress(1.0, 4.0)
        assert go_on.wait(60)
        return start * np.float32([1, 9])

    monkeypatch.setattr(umap, "check_installed", lambda: None)
    monkeypatch.setattr(umap, "umap_layout", fake)
    try:
        tester = open_page("map", map="umap", dim=3)
        assert "this is the map by PCA; then the page updates by itself" in page_text(tester)
        assert metric(tester, "Variance shown")
    finally:
        go_on.set()
    (job,) = [job for job in cache.jobs().all() if job.title.startswith("Map by UMAP")]
    for _ in range(200):
        if not job.live:
            break
        threading.Event().wait(0.05)
    assert job.state == "done", job.error
    healthy(tester.run())
    assert "Variance shown" not in [one.label for one in tester.metric]
    assert "mean little" in page_text(tester)
    cache.jobs().forget(job.key)
    assert "mean little" in page_text(open_page("map", map="umap", dim=3))
    assert cache.jobs().get(job.key) is None


def test_cancelled_umap_can_be_retried(with_sample, open_page, monkeypatch):
    stopped = ucf.CancelledError("enough")

    def fake(*given):
        raise stopped

    monkeypatch.setattr(umap, "check_installed", lambda: None)
    monkeypatch.setattr(map_work, "user_map", lambda *given, **options: fake())
    tester = open_page("map", user=15, map="umap", dim=9)
    (job,) = [job for job in cache.jobs().all() if job.title.startswith("Map by UMAP")]
    for _ in range(200):
        if not job.live:
            break
        threading.Event().wait(0.05)
    healthy(tester.run())
    assert any(text.endswith("was cancelled. This is the map by PCA.") for text in texts(tester.info))
    assert tester.button(key=f"retry-{job.key}").label == "Try again"


def test_umap_needs_enough_users(upload, open_page):
    upload(TINY["text ids"])
    tester = open_page("map", map="umap")
    assert any("needs at least 15 users" in one for one in texts(tester.info))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("content", TINY.values(), ids=TINY)
def test_tiny_datasets(content, colour, upload, open_page):
    upload(content)
    tester = open_page("map", colour=colour)
    assert not texts(tester.error)
    assert figure(tester)["data"]


def test_single_user_shows_an_error(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n")
    assert "neighbours need at least 2" in texts(open_page("map").error)[0].replace("\\", "")


def test_without_a_dataset_it_links_to_the_data_page(empty_home, open_page):
    assert any("on the Data page" in one for one in texts(open_page("map").info))


def test_first_map_is_prefetched_once(with_sample, open_page, explorer, monkeypatch):
    monkeypatch.setattr(prefetch, "_BROWSER_SETTLES", 0.0)
    tester = open_page("overview")
    for thread in threading.enumerate():
        if thread.name == "ucf-prefetch":
            thread.join(60)

    def again(*_):
        raise AssertionError("made again")

    monkeypatch.setattr(user_map, "principal_map", again)
    monkeypatch.setattr(map_data, "map_trust", again)
    tester = go(tester, "map")
    assert not texts(tester.error)
    assert figure(tester)["data"]
    with pytest.raises(AssertionError, match="made again"):
        map_data.drawn(explorer, ucf.QuerySpec(dim=7), "pca")
