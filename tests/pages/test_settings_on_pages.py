"""Presets, weighting and scoring options reach the core and the other pages."""

import threading

import pytest
from apptest import frames, go, healthy, texts

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.datasets.sources import links
from ucf_core.datasets.sources.links import add_link
from ucf_core.explorer.presets import PRESETS
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_ui.base.text import plain
from ucf_ui.session import cache

NEAR = {"k": 400, "dim": 16}


def preset(tester):
    """The preset shown by the picker, None for custom settings."""
    return tester.radio(key="_preset").value


def choose_preset(tester, name):
    tester.radio(key="_preset").set_value(PRESETS[name].title)
    return healthy(tester.run())


def all_keys(tester):
    kinds = (tester.slider, tester.select_slider, tester.segmented_control, tester.selectbox)
    return {widget.key for kind in kinds for widget in kind}


@pytest.mark.parametrize("name", PRESETS)
def test_preset_gives_the_list_of_the_core(name, with_sample, open_page, explorer):
    tester = open_page("recommendations", user=15, k=7, weighting="centred", min_support=3, aggregation="mean")
    assert preset(tester) is None
    choose_preset(tester, name)
    assert preset(tester) == name
    made = explorer.recommend(15, PRESETS[name].query_for(explorer.ratings), PRESETS[name].scoring)
    table = frames(tester)[0]
    assert table["Title"].tolist() == made.titles
    assert table["Score"].to_numpy() == pytest.approx(made.scores)
    assert table["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)


def test_preset_applies_to_other_pages(with_sample, open_page, explorer):
    tester = choose_preset(open_page("neighbours", user=15), "best_ratings")
    found = explorer.neighbours(15, k=400, dim=16, weighting="residual")
    assert frames(tester)[-1]["User"].tolist() == found.users.tolist()
    assert [tester.query_params[key] for key in ("k", "dim", "weighting")] == ["400", "16", "residual"]
    go(tester, "overview")
    go(tester, "recommendations")
    assert preset(tester) == "best_ratings"
    made = explorer.recommend(15, k=400, dim=16, weighting="residual", aggregation="learned")
    assert frames(tester)[0]["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)


def test_changed_settings_are_custom_until_changed_back(with_sample, open_page):
    assert preset(open_page("recommendations", user=15, significance=10)) is None
    tester = open_page("recommendations", user=15)
    assert preset(tester) == "default"
    for value, shown in ((7.5, None), (5.0, "default")):
        tester.slider(key="shrinkage").set_value(value)
        assert preset(healthy(tester.run())) == shown
    tester.select_slider(key="k").set_value(30)
    assert preset(healthy(tester.run())) is None


def test_finding_the_preset_builds_no_other_embedding(with_sample, open_page):
    tester = open_page("recommendations", user=15)
    builds = tester.session_state["_view"].explorer.builds
    assert {key[1].weighting for key in builds._caches["embedding"]} == {"raw"}


def test_setting_without_effect_keeps_the_preset(with_sample, open_page):
    tester = choose_preset(open_page("recommendations", user=15), "best_lists")
    tester.selectbox(key="ranking").set_value("Weighted ratings")
    healthy(tester.run())
    tester.select_slider(key="k").set_value(50)
    tester.slider(key="dim").set_value(128)
    assert preset(healthy(tester.run())) == "default"


def test_every_preset_on_a_tiny_dataset(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n2,1,5\n2,3,1\n3,2,3\n3,3,5\n3,4,4\n")
    tester = open_page("recommendations")
    for name in PRESETS:
        choose_preset(tester, name)
        assert not texts(tester.error)
        assert tester.select_slider(key="k").value == 2


@pytest.mark.parametrize("weighting", ["raw", "centred", "residual"])
@pytest.mark.parametrize("space", ["svd", "raw"])
def test_weighting_reaches_the_core_in_both_spaces(weighting, space, with_sample, open_page, explorer):
    tester = open_page("neighbours", user=15, space=space, k=20)
    tester.segmented_control(key="weighting").set_value(weighting)
    healthy(tester.run())
    found = explorer.neighbours(15, k=20, space=space, weighting=weighting)
    table = frames(tester)[-1]
    assert table["User"].tolist() == found.users.tolist()
    assert table["Similarity"].to_numpy() == pytest.approx(found.similarities, abs=1e-6)
    message = [text for text in texts(tester.caption) if text.startswith("Set under Advanced") and "weighting" in text]
    assert bool(message) == (weighting != "raw")


@pytest.mark.parametrize(
    "link",
    [
        {"neighbourhood": "per_item", "k": 20},
        {"amplification": 4},
        {"amplification": 0.7, "significance": 33},
        {"ranking": "learned", "ridge": 800, **NEAR},
        {"aggregation": "learned", "rating_ridge": 12.5, **NEAR},
    ],
    ids=lambda link: " ".join(map(str, link.values())),
)
def test_scoring_options_in_a_link_reach_the_core(link, with_sample, open_page, explorer):
    changes = dict(link)
    query, scoring = changed(QuerySpec(), changes), changed(ScoringSpec(), changes)
    assert not changes
    table = frames(open_page("recommendations", user=15, **link))[0]
    made = explorer.recommend(15, query, scoring)
    assert table["Title"].tolist() == made.titles
    assert table["Score"].to_numpy() == pytest.approx(made.scores)
    assert table["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)


def test_options_without_effect_are_hidden(with_sample, open_page):
    shown = {"min_support", "aggregation", "neighbourhood", "amplification", "significance"}
    conditional = {"ridge", "rating_ridge", "shrinkage"}
    for link, expected in (
        ({}, {"shrinkage"}),
        ({"aggregation": "mean"}, set()),
        ({"aggregation": "mean", "ranking": "damped"}, {"shrinkage"}),
        ({"aggregation": "mean", "against": "damped"}, {"shrinkage"}),
        ({"ranking": "learned"}, {"shrinkage", "ridge"}),
        ({"against": "learned"}, {"shrinkage", "ridge"}),
        ({"aggregation": "learned"}, {"shrinkage", "rating_ridge"}),
    ):
        keys = all_keys(open_page("recommendations", user=15, **link))
        assert keys & (shown | conditional) == shown | expected


@pytest.mark.parametrize("learned", [{"ranking": "learned"}, {"against": "learned"}, {"aggregation": "learned"}])
def test_per_item_neighbourhood_is_disabled_with_learned_weights(learned, with_sample, open_page):
    tester = open_page("recommendations", user=15, neighbourhood="per_item", **learned)
    assert not texts(tester.error)
    assert tester.segmented_control(key="neighbourhood").disabled


def test_steps_of_k(with_sample, open_page):
    for k in (1, 37, 61, 123, 400, 670):
        tester = open_page("neighbours", user=15, k=k)
        assert tester.select_slider(key="k").value == k
        assert len(frames(tester)[-1]) == k
    steps = [int(step) for step in tester.select_slider(key="k").options]
    assert steps[:60] == list(range(1, 61))
    assert {100, 200, 300, 400, 500, 670} <= set(steps)
    assert max(steps) == 670


@pytest.mark.parametrize("k", ["0", "671", "-3", "2.5", "nan", "abc", "", "1e2"])
def test_invalid_k_is_ignored(k, with_sample, open_page):
    assert open_page("neighbours", user=15, k=k).select_slider(key="k").value == 50


@pytest.mark.parametrize("ridge", ["0", "-1", "nan", "inf", "much"])
def test_invalid_ridge_is_ignored(ridge, with_sample, open_page):
    tester = open_page("recommendations", user=15, ranking="learned", ridge=ridge)
    assert tester.select_slider(key="ridge").value == 200


def test_weighting_without_ratings_shows_an_error(upload, open_page):
    upload("user,item,rating\n" + "".join(f"{u},{i},3\n" for u in range(6) for i in range(6) if u != i))
    tester = open_page("recommendations", weighting="centred")
    assert texts(tester.error)
    tester.segmented_control(key="weighting").set_value("raw")
    assert not texts(healthy(tester.run()).error)


def test_old_weighting_answers_until_the_new_one_is_built(with_sample, open_page, explorer, monkeypatch):
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    tester, go_on = open_page("neighbours", user=15, engine="exact"), threading.Event()
    try:
        cache.jobs().submit("before", "Something else", lambda job: go_on.wait(30))
        tester.segmented_control(key="weighting").set_value("residual")
        healthy(tester.run())
        assert any("Answers are by ratings as given (raw weighting) until" in text for text in texts(tester.caption))
        assert [bar.proto.text for bar in tester.get("progress")] == ["Waits for: Something else"]
        shown = frames(tester)[-1]["User"].tolist()
        assert shown == explorer.neighbours(15, engine="exact").users.tolist()
    finally:
        go_on.set()
        cache.jobs().join(30)
    healthy(tester.run())
    assert not any("Answers are by" in text for text in texts(tester.caption))
    shown = frames(tester)[-1]["User"].tolist()
    assert shown == explorer.neighbours(15, engine="exact", weighting="residual").users.tolist()


def test_jobs_of_a_linked_dataset_show_its_title(empty_home, tmp_path, open_page, monkeypatch):
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path))
    rows = "".join(f"{user},{item},{1 + (user * item) % 5}\n" for user in range(12) for item in range(user % 3, 9))
    (tmp_path / "linked.csv").write_text(f"user,item,rating\n{rows}")
    name = add_link(str(tmp_path / "linked.csv"), home=empty_home)
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    open_page("neighbours", dataset=name, dim=2)
    cache.jobs().join(30)
    tester = open_page("jobs", dataset=name)
    assert any(f"Index of {plain('linked.csv (on this machine)')}" in text for text in texts(tester.markdown))
    links.remove_link(name, home=empty_home)
    assert cache.dataset_title(name) == "linked.csv"
