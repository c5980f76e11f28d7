"""The Compare page: two users, two settings, links, and missing data."""

import threading

import pytest
from apptest import button, frames, go, healthy, metric, texts, user

import ucf_core as ucf
from ucf_core.explorer.presets import PRESETS
from ucf_core.neighbours.comparison import compare_pair
from ucf_ui.base.text import plain
from ucf_ui.session import cache


def metric_delta(tester, label):
    return next(element.delta for element in tester.metric if element.label == label)


def two_users(ratings, first, second):
    return compare_pair(ratings, ratings.users.row(first), ratings.users.row(second))


@pytest.mark.parametrize("other", [461, 1, 547])
def test_two_users_match_the_core(other, with_sample, open_page, explorer):
    tester = open_page("compare", user=15, other=other, dim=32)
    pair = two_users(explorer.ratings, 15, other)
    assert metric(tester, "Shared films") == f"{pair.accord.shared:,}"
    assert metric(tester, "Correlation") == ("none" if pair.accord.pearson is None else f"{pair.accord.pearson:+.2f}")
    assert metric(tester, "Mean difference") == f"{pair.accord.mean_absolute_difference:.2f} stars"
    assert metric(tester, "Within half a star").removesuffix(" %") == f"{100 * pair.accord.within_half:.0f}"
    own, others = explorer.nearness(15, other, ucf.QuerySpec(dim=32))
    assert metric(tester, "Similarity") == f"{own.similarity:.3f}"
    assert (metric(tester, f"Rank of {other}"), metric_delta(tester, f"Rank of {other}")) == (
        f"{own.place}",
        "of 670 users",
    )
    assert metric(tester, "Rank of 15") == f"{others.place}"
    among = other in explorer.neighbours(15, dim=32).users.tolist()
    place = "the nearest" if own.place == 1 else f"number {own.place}"
    among = "among" if among else "not among"
    sentence = f"For user 15, user {other} is {place} of 670 users, and {among} the 50 neighbours found."
    assert sentence in texts(tester.caption)
    for table, unseen in zip(frames(tester), [one for one in pair.loved_by if one.items.size], strict=True):
        assert table["Film"].tolist() == [explorer.ratings.title(row) for row in unseen.items.tolist()[:100]]


def test_default_is_the_most_similar_user(with_sample, open_page, explorer):
    tester = open_page("compare", user=15)
    nearest = explorer.neighbours(15).users.tolist()[0]
    assert f"User 15 and user {nearest}" in texts(tester.subheader)
    assert metric(tester, f"Rank of {nearest}") == "1"
    assert "other" not in tester.query_params


def test_random_user_and_most_similar_buttons(with_sample, open_page, explorer):
    tester = open_page("compare", user=15)
    seen = set()
    for _ in range(4):
        button(tester, "A random user").click()
        healthy(tester.run())
        other = tester.text_input(key="other").value
        seen.add(other)
        assert other != "15"
        assert int(other) in explorer.ratings.users
        assert tester.query_params["other"] == other
    assert len(seen) > 1
    button(tester, "Most similar").click()
    healthy(tester.run())
    assert f"User 15 and user {explorer.neighbours(15).users.tolist()[0]}" in texts(tester.subheader)


@pytest.mark.parametrize(
    ("other", "message"),
    [("99999", "is not in this dataset"), ("nobody", "is not in this dataset"), ("15", "choose another")],
)
def test_invalid_other_user_shows_a_warning(other, message, with_sample, open_page):
    tester = open_page("compare", user=15, other=other)
    assert any(message in text.replace("\\", "") for text in texts(tester.warning))
    assert not tester.metric


def test_swap_button(with_sample, open_page):
    tester = open_page("compare", user=15, other=461)
    button(tester, "Swap: choose user 461").click()
    healthy(tester.run())
    assert (user(tester), tester.text_input(key="other").value) == (461, "15")
    assert "User 461 and user 15" in texts(tester.subheader)


def test_users_with_few_or_no_shared_films(upload, open_page):
    upload(
        "user,item,rating,title,genres\n1,1,5,One,Drama\n1,2,1,Two,War\n2,3,5,Three,Drama\n2,4,1,Four,War\n3,1,4,One,\n3,3,4,Three,\n"
    )
    tester = open_page("compare", user=1, other=2, k=2)
    assert any("no rated film in common" in text for text in texts(tester.info))
    assert [metric(tester, label) for label in ("Shared films", "Correlation", "Mean difference")] == [
        "0",
        "none",
        "none",
    ]
    assert any("0 shared films: too few to tell agreement from chance" in text for text in texts(tester.caption))
    tester.text_input(key="other").set_value("3")
    healthy(tester.run())
    assert any("1 shared film: too few" in text for text in texts(tester.caption))
    assert texts(tester.subheader) == ["User 1 and user 3"]


def test_special_characters_in_ids_are_shown(upload, open_page):
    upload("user,item,rating\n*a*,x,4\n*a*,y,2\n<b>,x,5\n<b>,z,3\n$c$,y,1\n$c$,z,5\n")
    tester = open_page("compare", user="*a*", other="<b>")
    assert f"User {plain('*a*')} and user {plain('<b>')}" in texts(tester.subheader)


def test_other_user_survives_page_changes(with_sample, open_page):
    tester = open_page("compare", user=15, other=461)
    go(tester, "overview")
    assert texts(go(tester, "compare").subheader) == ["User 15 and user 461"]


# two settings


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "default"])
def test_preset_against_current_settings(name, with_sample, open_page, explorer):
    tester = open_page("compare", user=15, compare="settings", beside=name)
    preset = PRESETS[name]
    query = preset.query_for(explorer.ratings)
    first, second = explorer.neighbours(15), explorer.neighbours(15, query)
    table, films = frames(tester)
    listed_b = table[table["Rank B"].notna()].sort_values("Rank B")
    assert listed_b["User"].tolist() == second.users.tolist()
    common = set(first.rows.tolist()) & set(second.rows.tolist())
    assert (metric(tester, "In both"), metric_delta(tester, "In both")) == (
        f"{len(common)}",
        f"of 50 (A), {second.k} (B)",
    )
    a, b = explorer.recommend(15), explorer.recommend(15, query, preset.scoring)
    for side, made in (("A", a), ("B", b)):
        listed = films[films[f"Rank {side}"] <= 10].sort_values(f"Rank {side}")
        assert listed["Film"].tolist() == made.titles
        assert listed[f"Predicted {side}"].to_numpy() == pytest.approx(made.predicted_ratings)
    shares = [element.value for element in tester.metric if element.label == "Overlap@10"]
    both = set(a.items.tolist()) & set(b.items.tolist())
    assert shares[1] == f"{10 * len(both)} %"


def test_custom_settings_from_the_link_can_be_used_everywhere(with_sample, open_page, explorer):
    link = {"b_k": 20, "b_dim": 16, "b_ef": 40, "b_weighting": "centred", "b_ranking": "damped"}
    tester = open_page("compare", user=15, compare="settings", beside="own", **link)
    second = explorer.neighbours(15, k=20, dim=16, ef=40, weighting="centred")
    table = frames(tester)[0]
    listed_b = table[table["Rank B"].notna()].sort_values("Rank B")
    assert listed_b["User"].tolist() == second.users.tolist()
    assert any(
        text.startswith("**B**: k 20, dim 16, ef 40, centred weighting, list by damped")
        for text in texts(tester.caption)
    )
    button(tester, "Use these settings (B)").click()
    healthy(tester.run())
    assert any("Both sides have the same settings" in text for text in texts(tester.info))
    go(tester, "overview")
    go(tester, "recommendations")
    made = explorer.recommend(15, k=20, dim=16, ef=40, weighting="centred", ranking="damped")
    assert frames(tester)[0]["Title"].tolist() == made.titles


def test_using_a_preset_makes_both_sides_equal(with_sample, open_page):
    tester = open_page("compare", user=15, compare="settings")
    button(tester, "Use these settings (B)").click()
    healthy(tester.run())
    assert any("Both sides have the same settings" in text for text in texts(tester.info))
    assert tester.query_params["k"] == "400"


def test_raw_ratings_against_the_embedding(with_sample, open_page, explorer):
    tester = open_page("compare", user=15, compare="settings", beside="own", b_space="raw", b_k=30)
    table = frames(tester)[0]
    second = explorer.neighbours(15, space="raw", k=30)
    listed_b = table[table["Rank B"].notna()].sort_values("Rank B")
    assert listed_b["User"].tolist() == second.users.tolist()


@pytest.mark.parametrize(
    "link",
    [{"beside": "none"}, {"beside": "own", "b_k": "0"}, {"beside": "own", "b_weighting": "x"}, {"compare": "films"}],
)
def test_invalid_link_values_are_ignored(link, with_sample, open_page):
    assert not texts(open_page("compare", **({"user": 15, "compare": "settings"} | link)).error)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_on_a_tiny_dataset(name, upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n2,1,5\n2,3,1\n3,2,3\n3,3,5\n3,4,4\n")
    tester = open_page("compare", compare="settings", beside=name)
    assert not texts(tester.error)


def test_learned_lists_against_per_item_neighbourhoods(with_sample, open_page):
    tester = open_page(
        "compare", user=15, k=10, compare="settings", neighbourhood="per_item", beside="own", b_ranking="learned"
    )
    assert not texts(tester.error)
    assert len(frames(tester)) == 2


def test_side_b_is_compared_once_its_weighting_is_built(with_sample, open_page, explorer, monkeypatch):
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    go_on = threading.Event()
    try:
        cache.jobs().submit("before", "Something else", lambda job: go_on.wait(30))
        link = {"beside": "own", "b_weighting": "residual", "b_k": 20, "b_space": "raw"}
        tester = open_page("compare", user=15, compare="settings", engine="exact", **link)
        assert any("when what side B needs is built" in text for text in texts(tester.info))
        assert not frames(tester)
    finally:
        go_on.set()
        cache.jobs().join(30)
    healthy(tester.run())
    second = explorer.neighbours(15, k=20, weighting="residual", space="raw")
    table = frames(tester)[0]
    listed_b = table[table["Rank B"].notna()].sort_values("Rank B")
    assert listed_b["User"].tolist() == second.users.tolist()


def test_sides_are_built_one_at_a_time(with_sample, open_page, monkeypatch):
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    go_on = threading.Event()
    try:
        cache.jobs().submit("before", "Something else", lambda job: go_on.wait(30))
        tester = open_page("compare", user=15, dim=9, compare="settings", beside="own", b_dim=7)
        titles = [job.title for job in cache.jobs().all()]
        assert any("What side B needs is built after" in text for text in texts(tester.caption))
        assert len(tester.get("progress")) == 1
        assert len(frames(tester)) == 2
        assert [title for title in titles if ", 9 dimensions" in title]
        assert not [title for title in titles if ", 7 dimensions" in title]
    finally:
        go_on.set()
        cache.jobs().join(30)
    tester.run()
    cache.jobs().join(30)
    healthy(tester.run())
    assert not any("being built" in text for text in texts(tester.caption))
