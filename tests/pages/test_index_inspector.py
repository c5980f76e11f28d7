"""The Index page: the traced search in the HNSW graph, and the messages without an index."""

import threading

import pytest
from apptest import frames, go, healthy, metric, texts

import ucf_core as ucf
from ucf_core.explorer.local_builds import LocalBuilds
from ucf_ui.base import pages
from ucf_ui.session import cache

POOR = {"k": 40, "ef": 40, "M": 4, "ef_construction": 25}
TINY = {
    "two users": "user,item,rating\n1,1,4\n1,2,3\n2,1,5\n2,3,1\n",
    "text ids": "user,item,rating\nann,x,4\nann,y,2\nbob,x,5\nbob,z,3\ncyd,y,1\ncyd,z,5\n",
    "no similar users": "user,item,rating\n1,1,4\n2,2,3\n3,3,5\n",
    "equally similar users": "user,item,rating\n"
    + "".join(f"{u},{i},{3 + i % 2}\n" for u in range(9) for i in range(3)),
    "special characters": 'user,item,rating\n*a*,<b>,5\n*a*,:x:,3\n[l](u),<b>,4\n$s$,c,2\n"<i>",c,3\n',
}


def step_slider(tester):
    return next(slider for slider in tester.slider if slider.label == "Replay up to step")


def numbers(tester):
    labels = ("True neighbours found", "Users looked at", "Distances computed", "Hops", "Layers", "Unreachable users")
    return [metric(tester, label) for label in labels]


def test_link_on_a_fresh_server(with_sample, fresh_server, open_page):
    tester = open_page("index_inspector", user=15)
    assert texts(tester.title) == ["Index"]
    assert not texts(tester.error)


def test_page_is_in_the_navigation():
    assert pages.INDEX in pages.SECTIONS["Judge"]


def test_numbers_match_the_traced_search(with_sample, open_page, explorer):
    tester = open_page("index_inspector", user=15, **POOR)
    traced = explorer.trace(15, **POOR)
    trace, misses = traced.trace, len(traced.misses)
    assert misses
    assert numbers(tester) == [
        f"{40 - misses} of 40",
        str(trace.visits.rows.size),
        str(trace.n_distances),
        str(len(trace.steps)),
        str(len(traced.summary.layers)),
        str(traced.summary.unreachable.size),
    ]
    assert metric(tester, "Entry point") == f"User {explorer.ratings.users.raw(traced.summary.entry)}"


def test_missed_neighbours_are_listed_with_the_reason(with_sample, open_page, explorer):
    tester = open_page("index_inspector", user=15, **POOR)
    traced = explorer.trace(15, **POOR)
    (table,) = frames(tester)
    users = explorer.ratings.users
    assert table["User"].tolist() == [users.raw(miss.row) for miss in traced.misses]
    assert table["Rank"].tolist() == [miss.rank for miss in traced.misses]
    assert table["Links to it"].tolist() == [miss.links for miss in traced.misses]
    words = {
        "not visited": "Never looked at",
        "unreachable": "Unreachable",
        "pushed out": "Pushed out",
        "passed by": "Seen",
    }
    for why, miss in zip(table["Why"], traced.misses, strict=True):
        assert why.startswith(words[miss.why])


def test_message_when_all_neighbours_are_found(with_sample, open_page):
    tester = open_page("index_inspector", user=15, k=10, ef=300)
    assert frames(tester) == []
    assert any("all 10 true neighbours were found" in message for message in texts(tester.caption))


def test_changed_ef_searches_again(with_sample, open_page, explorer):
    tester = open_page("index_inspector", user=15, **POOR)
    before = numbers(tester)
    tester.slider(key="ef").set_value(400)
    healthy(tester.run())
    traced = explorer.trace(15, **POOR | {"ef": 400})
    assert numbers(tester) != before
    assert metric(tester, "Distances computed") == str(traced.trace.n_distances)
    assert step_slider(tester).value == step_slider(tester).max == len(traced.trace.steps)


def test_replay_describes_each_step(with_sample, open_page, explorer):
    tester = open_page("index_inspector", user=15, **POOR)
    trace, users = explorer.trace(15, **POOR).trace, explorer.ratings.users
    for n_steps in (0, 1, len(trace.descent), len(trace.descent) + 1, len(trace.steps)):
        step_slider(tester).set_value(n_steps)
        healthy(tester.run())
        text = " ".join(texts(tester.caption))
        if not n_steps:
            assert "Every search begins at the same user" in text
            continue
        step = trace.steps[n_steps - 1]
        assert (
            f"Step {n_steps} of {len(trace.steps)}, {f'layer {step.layer}' if step.layer else 'bottom layer'}" in text
        )
        assert f"user {users.raw(step.row)} (similarity {1 - step.distance:.3f})" in text


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"engine": "exact"}, "Exact search compares all users"), ({"space": "raw"}, "Raw ratings are compared without")],
)
def test_message_without_an_index(with_sample, open_page, parameters, message):
    tester = open_page("index_inspector", user=15, **parameters)
    (info,) = texts(tester.info)
    assert message in info
    assert "under Advanced" in info
    assert frames(tester) == []


def test_message_while_the_index_is_built(with_sample, open_page, monkeypatch):
    go_on = threading.Event()
    build = LocalBuilds.index

    def slow(self, query, *, progress=None):
        if query.chosen_engine == "hnsw" and progress is not None:
            assert go_on.wait(60)
        return build(self, query, progress=progress)

    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 10)
    monkeypatch.setattr(LocalBuilds, "index", slow)
    try:
        tester = open_page("index_inspector", user=15, dim=31)
        assert any("is being built" in message for message in texts(tester.caption))
        assert texts(tester.info) == ["There is nothing to look into until the index is built."]
    finally:
        go_on.set()


@pytest.mark.parametrize("content", TINY.values(), ids=TINY)
def test_tiny_datasets(content, upload, open_page, empty_home):
    name = upload(content)
    tester = open_page("index_inspector")
    assert not texts(tester.error)
    ratings = ucf.load_ratings(name, home=empty_home)
    assert metric(tester, "Users looked at") == str(ratings.n_users)
    for n_steps in range(int(step_slider(tester).max) + 1):
        step_slider(tester).set_value(n_steps)
        healthy(tester.run())


def test_single_user_shows_an_error(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n")
    assert "neighbours need at least 2" in texts(open_page("index_inspector").error)[0].replace("\\", "")


def test_without_a_dataset_it_links_to_the_data_page(empty_home, open_page):
    assert any("on the Data page" in message for message in texts(open_page("index_inspector").info))


def test_settings_come_from_the_other_pages(with_sample, open_page):
    tester = go(open_page("neighbours", user=15, k=23), "index_inspector")
    assert metric(tester, "True neighbours found") == "23 of 23"
