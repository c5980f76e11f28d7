"""Every page opens on every kind of dataset and matches the core; the controls of the sidebar."""

import numpy as np
import pytest
from apptest import PAGES, TITLES, button, frames, go, healthy, metric, texts, user
from tiny import ONE_EACH, TINY

import ucf_core as ucf
from ucf_core.ratings.profile import quick_picks
from ucf_ui.base import pages
from ucf_ui.base.text import plain
from ucf_ui.session import sidebar
from ucf_ui.shell import page


@pytest.mark.parametrize("name", PAGES)
def test_link_to_a_page_on_a_fresh_server(name, with_sample, fresh_server, open_page, monkeypatch):
    reached = []
    guard = page.guard

    def spy():
        reached.append("_reached_through_app" in sidebar.st.session_state)
        guard()

    monkeypatch.setattr(page, "guard", spy)
    tester = open_page(name)
    assert reached == [False, True]
    assert texts(tester.title) == [TITLES[name]]
    assert [box.key for box in tester.sidebar.selectbox] == ["dataset"]


def test_all_pages_in_one_session(with_sample, open_page):
    tester = open_page("overview")
    for name in (*PAGES, *reversed(PAGES)):
        assert texts(go(tester, name).title) == [TITLES[name]]
        assert not texts(tester.error)
        assert not texts(tester.warning)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("content", ONE_EACH)
def test_every_page_on_a_tiny_dataset(name, content, upload, open_page):
    upload(content)
    tester = open_page(name)
    assert texts(tester.title) == [TITLES[name]]
    unavoidable = "has 1 user, and neighbours need at least 2; add users"
    alone = content in (TINY["one user"], TINY["a single rating"])
    for message in texts(tester.error):
        assert alone
        assert unavoidable.replace(",", "") in message.replace("\\", "").replace(",", "")
    assert bool(texts(tester.error)) == (
        alone
        and name in ("neighbours", "recommendations", "compare", "tuning", "diagnostics", "map", "index_inspector")
    )


@pytest.mark.parametrize("content", ONE_EACH)
def test_every_user_of_a_tiny_dataset(content, upload, open_page, empty_home):
    ratings = ucf.load_ratings(upload(content), home=empty_home)
    tester = open_page("neighbours")
    for raw in ratings.users.ids.tolist():
        boxes = {box.key: box for box in [*tester.sidebar.number_input, *tester.sidebar.text_input]}
        boxes["user"].set_value(raw if isinstance(boxes["user"].value, int) else str(raw))
        healthy(tester.run())
        assert str(user(tester)) == str(raw)
        assert metric(tester, "Ratings") == str(ratings.row_of(ratings.users.row(raw))[0].size)


@pytest.mark.parametrize("name", [name for name in PAGES if name != "data"])
def test_pages_without_a_dataset_link_to_the_data_page(name, empty_home, open_page):
    tester = open_page(name)
    assert any("on the Data page" in text for text in texts(tester.info))
    assert [link.proto.label for link in tester.main.get("page_link")] == ["Go to Data"]
    assert texts(tester.sidebar.caption) == ["No dataset is installed."]


def test_data_page_without_a_dataset_offers_downloads_and_the_sample(empty_home, open_page):
    tester = open_page("data")
    assert any("No dataset yet" in text for text in texts(tester.info))
    assert any("uv sync --group sample" in text for text in texts(tester.caption))
    assert {f"download-{name}" for name in ("ml-100k", "ml-25m", "ml-32m")} < {one.key for one in tester.button}


def test_overview_counts(with_sample, open_page, explorer):
    tester = open_page("overview")
    ratings = explorer.ratings
    assert metric(tester, "Users") == "671"
    assert metric(tester, "Films") == "9,066"
    assert metric(tester, "Ratings") == "100,004"
    assert metric(tester, "Density") == f"{100 * 100_004 / (671 * 9_066):.2f} %"
    assert metric(tester, "Mean rating") == f"{ratings.matrix.data.mean():.2f}"
    assert len(tester.main.get("page_link")) == len(pages.ENTRIES) - 1


def test_overview_reports_dropped_rows_and_missing_titles(upload, open_page):
    upload("user,item,rating,title\n1,1,4,One\n1,1,5,One\n2,1,3,One\n2,2,3,\n2,3,3,\n")
    notes = "1 rating replaced by a later rating of the same user and film. 2 films without a title, shown by id."
    assert notes in texts(open_page("overview").caption)


def test_neighbours_match_the_core(with_sample, open_page, explorer):
    tester = open_page("neighbours", user=15, k=23, dim=48, ef=64)
    found = explorer.neighbours(15, k=23, dim=48, ef=64)
    profile = explorer.profile(15)
    assert metric(tester, "Ratings") == f"{profile.count:,}"
    assert metric(tester, "Mean rating") == f"{profile.mean:.2f}"
    genres = metric(tester, "Favourite genres").replace("\\", "")
    assert genres == ", ".join(genre.genre for genre in profile.genres[:3])
    top, table = frames(tester)
    assert top["Top films"].iloc[0] == explorer.ratings.title(int(profile.top_items[0]))
    assert table["User"].tolist() == found.users.tolist()
    assert table["Similarity"].to_numpy() == pytest.approx(found.similarities)
    shared = ucf.agreement(found)
    assert table["Shared"].tolist() == shared.co_rated.tolist()
    assert table["Difference"].to_numpy() == pytest.approx(shared.mean_absolute_difference, nan_ok=True)
    exact = explorer.neighbours(15, k=23, dim=48, engine="exact")
    assert table["Exact"].tolist() == np.isin(found.rows, exact.rows).tolist()


def test_selected_neighbour_shows_shared_films(with_sample, open_page, explorer):
    tester = open_page("neighbours", user=15)
    second = explorer.neighbours(15).users.tolist()[1]
    tester.selectbox(key="neighbour").set_value(str(second))
    healthy(tester.run())
    ratings = explorer.ratings
    shared = ucf.compare_users(ratings, ratings.users.row(15), ratings.users.row(second))
    films = frames(tester)[-1]
    assert sorted(films["Film"]) == sorted(ratings.title(item) for item in shared.items.tolist())
    assert films["Difference"].is_monotonic_increasing
    assert films["Difference"].mean() == pytest.approx(shared.mean_absolute_difference)
    button(tester, f"Go to user {second}").click()
    healthy(tester.run())
    assert user(tester) == second


def test_recommendations_match_the_core(with_sample, open_page, explorer):
    tester = open_page("recommendations", user=15, k=23, dim=48, n=12)
    made = explorer.recommend(15, k=23, dim=48, n=12)
    table = frames(tester)[0]
    assert table["Title"].tolist() == made.titles
    assert table["Score"].to_numpy() == pytest.approx(made.scores)
    assert table["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)
    assert table["Support"].tolist() == made.support.tolist()
    assert table["Genres"].map(list).tolist() == [list(explorer.ratings.catalogue.genres[row]) for row in made.items]


@pytest.mark.parametrize("ranking", ["weighted_ratings", "similarity_sum", "damped", "predicted"])
def test_ranking_rule_orders_the_list(ranking, with_sample, open_page, explorer):
    tester = open_page("recommendations", user=15)
    tester.selectbox(key="ranking").set_value(ucf.RULES[ranking].title)
    healthy(tester.run())
    made = explorer.recommend(15, ranking=ranking)
    table = frames(tester)[0]
    assert table["Title"].tolist() == made.titles
    assert table["Score"].to_numpy() == pytest.approx(made.scores)
    assert any(ucf.RULES[ranking].explanation in text for text in texts(tester.caption))


def test_scoring_settings_reach_the_core(with_sample, open_page, explorer):
    link = {"user": 15, "ranking": "damped", "min_support": 6, "shrinkage": 2.5, "aggregation": "mean"}
    tester = open_page("recommendations", **link)
    made = explorer.recommend(15, ranking="damped", min_support=6, shrinkage=2.5, aggregation="mean")
    table = frames(tester)[0]
    assert table["Title"].tolist() == made.titles
    assert table["Score"].to_numpy() == pytest.approx(made.scores)
    assert table["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)
    assert table["Support"].min() >= 6


def test_selected_film_shows_its_evidence(with_sample, open_page, explorer):
    made = explorer.recommend(15)
    tester = open_page("recommendations", user=15, film=made.item_ids.tolist()[2])
    evidence = made.evidence[2]
    table = frames(tester)[1]
    assert plain(made.titles[2]) in texts(tester.subheader)
    assert table["User"].tolist() == explorer.ratings.users.ids[evidence.users].tolist()
    assert table["Similarity"].to_numpy() == pytest.approx(evidence.similarities)
    assert table["Rating"].tolist() == evidence.ratings.tolist()


def test_two_rules_side_by_side(with_sample, open_page, explorer):
    tester = open_page("recommendations", user=15, against="predicted")
    first, second = explorer.recommend(15), explorer.recommend(15, ranking="predicted")
    left, right = frames(tester)
    assert left["Title"].tolist() == first.titles
    assert right["Title"].tolist() == second.titles
    places = {row: place for place, row in enumerate(second.items.tolist(), 1)}
    assert left["Other rank"].astype(object).where(left["Other rank"].notna(), None).tolist() == [
        places.get(row) for row in first.items.tolist()
    ]


def test_films_with_equal_titles_have_distinct_labels(upload, open_page):
    upload(
        "user,item,rating,title\n1,1,4,Seen\n2,1,4,Seen\n2,2,5,Hamlet (1996)\n2,3,3,Hamlet (2000)\n"
        "2,4,2,Hamlet (2000)\n3,1,1,Seen\n"
    )
    tester = open_page("recommendations", user=1, space="raw", n=3)
    labels = ["Hamlet (1996)", "Hamlet (2000), id 3", "Hamlet (2000), id 4"]
    assert sorted(tester.selectbox(key="film").options) == labels
    tester.selectbox(key="film").set_value(labels[2])
    healthy(tester.run())
    assert tester.selectbox(key="film").value == 4
    assert frames(tester)[1]["Rating"].tolist() == [2]


def test_message_when_no_film_is_left_to_recommend(upload, open_page):
    upload(TINY["nothing left to recommend"])
    assert any("No film is left to recommend" in text for text in texts(open_page("recommendations").info))


# the sidebar


def test_quick_picks_select_their_users(with_sample, open_page, explorer):
    tester = open_page("overview")
    picks = quick_picks(explorer.ratings)
    for label, row in (
        ("Most", picks.most_ratings),
        ("Fewest", picks.fewest_ratings),
        ("Typical", picks.most_typical),
    ):
        button(tester, label).click()
        healthy(tester.run())
        assert user(tester) == explorer.ratings.users.raw(row)


def test_surprise_me_changes_the_user_with_a_neighbour_selected(with_sample, open_page, explorer):
    tester = open_page("neighbours", user=15)
    second = explorer.neighbours(15).users.tolist()[1]
    tester.selectbox(key="neighbour").set_value(str(second))
    healthy(tester.run())
    seen = {user(tester)}
    for _ in range(4):
        button(tester, "Surprise me").click()
        healthy(tester.run())
        seen.add(user(tester))
        own = {str(raw) for raw in explorer.neighbours(user(tester)).users.tolist()}
        chosen = tester.selectbox(key="neighbour").value
        assert chosen is None or str(chosen) in own
    assert len(seen) > 1


@pytest.mark.parametrize("name", ["neighbours", "recommendations", "tuning"])
def test_unknown_id_shows_the_valid_range(name, upload, open_page):
    upload("user,item,rating\n3,1,4\n3,2,2\n8,1,5\n9,2,1\n")
    tester = open_page(name)
    tester.sidebar.number_input(key="user").set_value(5)
    healthy(tester.run())
    (warning,) = texts(tester.sidebar.warning)
    assert "user '5' is not in this dataset" in warning
    assert "from 3 to 9" in warning
    assert any("Choose a user in the sidebar" in text for text in texts(tester.info))


@pytest.mark.parametrize("linked", ["5", "nobody", "1e9", "**x**"])
def test_link_to_an_unknown_user_names_the_replacement(linked, upload, open_page):
    upload("user,item,rating\n3,1,4\n3,2,2\n8,1,5\n9,2,1\n")
    tester = open_page("neighbours", user=linked)
    (warning,) = texts(tester.sidebar.warning)
    assert warning == f"This dataset has no user {plain(linked)}. Showing user {user(tester)}."
    tester.sidebar.number_input(key="user").set_value({3: 8, 8: 9, 9: 3}[user(tester)])
    healthy(tester.run())
    assert not tester.sidebar.warning


def test_empty_user_box_selects_no_user(upload, open_page):
    upload("user,item,rating\n3,1,4\n3,2,2\n8,1,5\n9,2,1\n")
    tester = open_page("neighbours", user=8)
    tester.sidebar.number_input(key="user").set_value(None)
    healthy(tester.run())
    assert any("Choose a user in the sidebar" in text for text in texts(tester.info))
    assert "user" not in tester.query_params
    healthy(tester.run())
    assert tester.sidebar.number_input(key="user").value is None
    button(tester, "Fewest").click()
    healthy(tester.run())
    assert user(tester) == 8 or user(tester) == 9


def test_unknown_text_id_is_escaped(upload, open_page):
    upload(TINY["text ids"])
    tester = open_page("neighbours")
    tester.sidebar.text_input(key="user").set_value("**nobody**")
    healthy(tester.run())
    (warning,) = texts(tester.sidebar.warning)
    assert r"\*\*nobody\*\*" in warning
    tester.sidebar.text_input(key="user").set_value("")
    healthy(tester.run())
    assert any("Choose a user in the sidebar" in text for text in texts(tester.info))


@pytest.mark.parametrize("asked", [{}, {"k": 25, "dim": 6}, {"k": 12}])
def test_settings_survive_a_smaller_dataset(asked, upload, open_page):
    large = "user,item,rating\n" + "".join(f"{u},{u + i},{1 + i % 5}\n" for u in range(40, 70) for i in range(9))
    names = {many: upload(text, many) for many, text in (("large.csv", large), ("small.csv", TINY["text ids"]))}
    tester = open_page("neighbours", dataset=names["large.csv"], **asked)
    before = [tester.select_slider(key="k").value, tester.slider(key="dim").value, dict(tester.query_params)]
    for title in ("small.csv (uploaded)", "large.csv (uploaded)"):
        tester.sidebar.selectbox(key="dataset").set_value(title)
        healthy(tester.run())
    assert [tester.select_slider(key="k").value, tester.slider(key="dim").value, dict(tester.query_params)] == before


def test_another_dataset_has_its_own_user_and_bounds(upload, open_page, empty_home):
    numbers = "user,item,rating\n" + "".join(f"{u},{u + i},{1 + i % 5}\n" for u in range(40, 60) for i in range(9))
    many, words = upload(numbers, "numbers.csv"), upload(TINY["text ids"], "words.csv")
    tester = open_page("neighbours", dataset=many)
    tester.select_slider(key="k").set_value(19)
    healthy(tester.run())
    for name, k in ((words, 2), (many, 19), (words, 2)):
        tester.sidebar.selectbox(key="dataset").set_value(f"{name.removeprefix('upload:')} (uploaded)")
        healthy(tester.run())
        ratings = ucf.load_ratings(name, home=empty_home)
        assert str(user(tester)) == str(ratings.users.raw(quick_picks(ratings).most_typical))
        assert tester.select_slider(key="k").value == k
        assert not texts(tester.warning) + texts(tester.error)


def test_text_from_data_is_not_markdown_or_html(upload, open_page):
    upload(TINY["signs that mean something"], "$x$ **b** [l](u).csv")
    for name in PAGES:
        tester = open_page(name, user="*a*", film="c", neighbour="$s$", n=3, space="raw")
        for element in (*tester.title, *tester.subheader, *tester.caption, *tester.markdown, *tester.info):
            for raw in ("*a*", "$s$", "**Bold**", "<script>", "[l](u)", ":material/home: "):
                assert raw not in element.value
        assert all("*a*" not in one.label for one in tester.button)
    assert r"\$s\$" in texts(open_page("neighbours", user="*a*", neighbour="$s$", space="raw").subheader)[-1]


@pytest.mark.parametrize("wanted", ["0", "9999", "-1", "abc", "1.5", "", "99999999999999999999999", "<script>"])
def test_link_to_an_unknown_user_opens_the_typical_user(wanted, with_sample, open_page, explorer):
    typical = explorer.ratings.users.raw(quick_picks(explorer.ratings).most_typical)
    tester = open_page("neighbours", user=wanted)
    assert user(tester) == typical
    assert metric(tester, "Ratings") == f"{explorer.profile(typical).count:,}"


def test_another_dataset_ignores_the_user_of_the_link(upload, open_page):
    first = upload("user,item,rating\n" + "".join(f"{u},{u % 4},{u % 5}\n" for u in range(1, 30)), "first.csv")
    upload("user,item,rating\n" + "".join(f"{u},{u % 3},{u % 5}\n" for u in range(1, 40)), "second.csv")
    tester = open_page("neighbours", dataset=first, user=21)
    assert user(tester) == 21
    tester.sidebar.selectbox(key="dataset").set_value("second.csv (uploaded)")
    healthy(tester.run())
    assert user(tester) != 21
    assert "user" not in tester.query_params


def test_equally_similar_neighbours_are_called_ties(with_sample, open_page, explorer):
    link = {"user": 100, "k": 28, "dim": 1}
    assert explorer.inspect(100, k=28, dim=1).n_ties == 28
    tie = "HNSW found **0 of the 28** exact neighbours"
    (shown,) = [text for text in texts(open_page("neighbours", **link).caption) if text.startswith(tie)]
    assert "All 28 others found are as near as the last exact one: a tie." in shown
    shown = texts(open_page("index_inspector", **link).caption)
    assert any("a tie, so a higher ef or M finds nothing better" in text for text in shown)
