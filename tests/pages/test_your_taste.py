"""Your taste: search, rating and upload of films, live results, and privacy of the session."""

import logging

import pytest
from apptest import button, frames, go, healthy, texts, user
from tiny import ONE_EACH

import ucf_core as ucf
from ucf_core.datasets.personal import export_registry
from ucf_core.datasets.personal.export_registry import register_service
from ucf_core.datasets.personal.export_service import ExportService
from ucf_core.datasets.personal.exports import of_one_person, profile_csv
from ucf_core.datasets.personal.starter_films import starter_films
from ucf_core.studies.diagnosis.tour_examples import Example, Examples
from ucf_ui.base import fragment
from ucf_ui.base.text import plain
from ucf_ui.views.tour.steps import steps_of

LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2020-01-01,The Matrix,1999,u,4.5
2020-01-02,Heat,1994,u,5
2020-01-03,Shawshnk Redemption,1994,u,3
2020-01-04,A film that nobody made,2020,u,2
2020-02-04,Heat,1995,u,1.5
"""


def rate(tester, key, value):
    tester.pills(key=key).set_value(value)
    return healthy(tester.run())


def search(tester, query):
    tester.text_input(key="taste-query").set_value(query)
    return healthy(tester.run())


def upload_file(tester, data, name="ratings.csv"):
    data = data.encode() if isinstance(data, str) else data
    tester.file_uploader[0].set_value((name, data, "text/csv"))
    return healthy(tester.run())


def own(tester):
    """(film, rating) pairs of the visitor's ratings, the latest first."""
    table = next((frame for frame in frames(tester) if list(frame) == ["Film", "Year", "Yours"]), None)
    return [] if table is None else list(zip(table["Film"], table["Yours"], strict=True))


def table(tester, *columns):
    return next(frame for frame in frames(tester) if set(columns) <= set(frame))


def home_files(home):
    return {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}


def item(explorer, title):
    return explorer.ratings.items.raw(int(ucf.TitleIndex(explorer.ratings).search(title).rows[0]))


@pytest.fixture
def page(with_sample, open_page):
    return open_page("your_taste")


def test_empty_profile_offers_popular_films(page, explorer):
    ratings = explorer.ratings
    rows = starter_films(ratings, explorer.builds.biases)
    assert [box.key for box in page.feedback] == [f"taste-quick-{ratings.items.raw(row)}" for row in rows.tolist()]
    assert any("stays in the memory of this session" in text for text in texts(page.caption))
    assert any(text.startswith("No ratings yet. Rate a film or upload ratings") for text in texts(page.caption))
    assert frames(page) == []
    assert not texts(page.error)


def test_half_star_rating_is_shown_and_can_be_changed(page, explorer):
    ratings = explorer.ratings
    films = [ratings.items.raw(row) for row in starter_films(ratings, explorer.builds.biases).tolist()]
    upload_file(page, profile_csv(ratings, dict(zip(films, (0.5, 3.5, 4.0), strict=False))))
    button(page, "Use 3 ratings").click()
    healthy(page.run())
    stars = [page.feedback(key=f"taste-quick-{film}").value for film in films[:3]]
    assert stars == [None, None, 3]
    ends = [text for text in texts(page.markdown) if "\N{BLACK STAR}" in text]
    assert ["**0.5" in ends[0], "**3.5" in ends[1], len(ends)] == [True, True, 2]
    page.feedback(key=f"taste-quick-{films[1]}").set_value(3)
    healthy(page.run())
    assert page.feedback(key=f"taste-quick-{films[1]}").value == 3
    assert sorted(rating for _, rating in own(page)) == [0.5, 4, 4]


def test_results_match_the_core(page, explorer):
    page.feedback[0].set_value(4)
    healthy(page.run())
    page.feedback[3].set_value(0)
    healthy(page.run())
    ratings = explorer.ratings
    rows = starter_films(ratings, explorer.builds.biases).tolist()
    guest = ucf.Guest.of(ratings, {ratings.items.raw(rows[0]): 5.0, ratings.items.raw(rows[3]): 1.0})
    assert own(page) == [(ratings.title(rows[3]), 1), (ratings.title(rows[0]), 5)]
    found, made = explorer.neighbours(guest), explorer.recommend(guest)
    near = table(page, "User", "Similarity")
    assert near["User"].tolist() == found.users.tolist()
    assert near["Similarity"].to_numpy() == pytest.approx(found.similarities)
    assert near["Shared"].tolist() == ucf.agreement(found).co_rated.tolist()
    films = table(page, "Title", "Predicted")
    assert films["Title"].tolist() == made.titles
    assert films["Predicted"].to_numpy() == pytest.approx(made.predicted_ratings)
    assert films["Score"].to_numpy() == pytest.approx(made.scores)
    sentence = f"You gave 2 ratings, 3.00 stars on average; all users give {ratings.mean:.2f}."
    assert any(text.startswith(sentence) for text in texts(page.caption))


def answer(tester):
    """The short answer beside the stars, or None."""
    return next((value for value in texts(tester.markdown) if value.startswith("**First for you:**")), None)


def expected_answer(found, made):
    years = [made.ratings.catalogue.year(row) for row in made.items.tolist()]
    films = [plain(f"{title} ({year})") for title, year in zip(made.titles, years, strict=True)][:5]
    users = [f"{user} ({similarity:.2f})" for user, similarity in zip(found.users, found.similarities, strict=True)][:3]
    return f"**First for you:** {'; '.join(films)}.  \n**Nearest users, by similarity:** {', '.join(users)}."


def test_short_answer_follows_the_settings(page, explorer):
    assert answer(page) is None
    page.feedback[0].set_value(4)
    healthy(page.run())
    ratings = explorer.ratings
    first = ratings.items.raw(int(starter_films(ratings, explorer.builds.biases)[0]))
    guest = ucf.Guest.of(ratings, {first: 5.0})
    assert answer(page) == expected_answer(explorer.neighbours(guest), explorer.recommend(guest))
    page.segmented_control(key="space").set_value("raw")
    page.selectbox(key="ranking").set_value("damped")
    healthy(page.run())
    raw = explorer.neighbours(guest, space="raw")
    assert answer(page) == expected_answer(raw, explorer.recommend(guest, space="raw", ranking="damped"))
    page.feedback[0].set_value(None)
    healthy(page.run())
    assert answer(page) is None


def test_first_star_uses_the_settings_of_the_link(with_sample, open_page, explorer, monkeypatch):
    # values beyond the sliders, and controls that are not drawn before the answer
    monkeypatch.setattr(fragment, "_runs_alone", lambda: True)
    tester = open_page("your_taste", k=100_000, ef=9, n=4)
    film = int(tester.feedback[0].key.removeprefix("taste-quick-"))
    tester.feedback[0].set_value(4)
    healthy(tester.run())
    found = explorer.neighbours(ucf.Guest.of(explorer.ratings, {film: 5.0}), k=50, ef=9)
    assert table(tester, "Similarity")["User"].tolist() == found.users.tolist()
    assert len(table(tester, "Score")) == 4


def test_settings_change_the_results(page, explorer):
    page.feedback[0].set_value(4)
    healthy(page.run())
    page.slider(key="n").set_value(7)
    page.selectbox(key="ranking").set_value("damped")
    page.segmented_control(key="space").set_value("raw")
    healthy(page.run())
    ratings = explorer.ratings
    first = ratings.items.raw(int(starter_films(ratings, explorer.builds.biases)[0]))
    guest = ucf.Guest.of(ratings, {first: 5.0})
    made = explorer.recommend(guest, space="raw", ranking="damped", n=7)
    assert table(page, "Title", "Predicted")["Title"].tolist() == made.titles
    assert any("by exact search" in text for text in texts(page.caption))


def test_removed_star_removes_the_film(page):
    page.feedback[0].set_value(4)
    healthy(page.run())
    assert len(own(page)) == 1
    page.feedback[0].set_value(None)
    healthy(page.run())
    assert own(page) == []


def test_search_a_title_and_rate_in_half_stars(page, explorer):
    search(page, "matirx 1999")
    hits = table(page, "Film", "Ratings")
    ratings = explorer.ratings
    rows = ucf.TitleIndex(ratings).search("matirx 1999", n=8).rows.tolist()
    assert hits["Film"].tolist() == [ratings.title(row) for row in rows]
    assert page.pills(key="taste-rating").label == "Your rating of Matrix, The \\(1999\\)"
    assert page.pills(key="taste-rating").options == ["0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]
    rate(page, "taste-rating", 4.5)
    assert own(page) == [("Matrix, The", 4.5)]
    assert table(page, "Film", "Ratings")["Yours"].tolist()[0] == "4.5"
    rate(page, "taste-rating", 2.0)
    assert own(page) == [("Matrix, The", 2)]
    rate(page, "taste-rating", None)
    assert own(page) == []


def test_another_search_result_can_be_selected(page):
    search(page, "matrix")
    page.session_state["taste-film"] = 6365  # like a click on the row of the second film
    healthy(page.run())
    assert page.pills(key="taste-rating").label == "Your rating of Matrix Reloaded, The \\(2003\\)"
    rate(page, "taste-rating", 1.0)
    assert own(page) == [("Matrix Reloaded, The", 1)]


def test_search_without_results(page):
    search(page, "qqqqqqqqqq")
    assert any("No title is like" in text for text in texts(page.caption))


def test_change_remove_and_forget_ratings(page, explorer):
    for query, value in (("the matrix", 4.5), ("heat 1995", 3.0), ("toy story", 2.0)):
        rate(search(page, query), "taste-rating", value)
    page.session_state["taste-own-film"] = item(explorer, "heat 1995")
    healthy(page.run())
    rate(page, "taste-change", 5.0)
    assert own(page) == [("Toy Story", 2), ("Heat", 5), ("Matrix, The", 4.5)]
    button(page, "Remove").click()
    healthy(page.run())
    assert own(page) == [("Toy Story", 2), ("Matrix, The", 4.5)]
    button(page, "Forget 2 ratings").click()
    healthy(page.run())
    assert own(page) == []
    assert len(frames(page)) == 1  # the search results


def test_neighbour_shows_shared_films_and_can_be_opened(page, explorer):
    rate(search(page, "the matrix"), "taste-rating", 5.0)
    guest = ucf.Guest.of(explorer.ratings, {item(explorer, "the matrix"): 5.0})
    near = explorer.neighbours(guest).users.tolist()[2]
    page.selectbox(key="taste-neighbour").set_value(str(near))
    healthy(page.run())
    both = table(page, "You", f"User {near}")
    assert both["Film"].tolist() == ["Matrix, The"]
    assert both["You"].tolist() == [5]
    button(page, f"Go to user {near}").click()
    healthy(page.run())
    assert user(page) == near
    assert texts(page.title) == ["Neighbours"]
    assert own(go(page, "your_taste")) == [("Matrix, The", 5)]


def test_recommended_film_shows_its_raters(page, explorer):
    rate(search(page, "the matrix"), "taste-rating", 5.0)
    guest = ucf.Guest.of(explorer.ratings, {item(explorer, "the matrix"): 5.0})
    made = explorer.recommend(guest)
    label = f"{made.titles[1]} ({explorer.ratings.catalogue.year(int(made.items[1]))})"
    page.selectbox(key="taste-why").set_value(label)
    healthy(page.run())
    genres = ", ".join(explorer.ratings.catalogue.genres[made.items[1]])
    line = f"{genres}. {made.support[1]} neighbours rated it, {made.evidence[1].ratings.mean():.2f} stars on average."
    assert any(text.startswith(line) for text in texts(page.caption))


def test_export_is_previewed_before_use(page, explorer):
    upload_file(page, LETTERBOXD)
    shown = table(page, "Found by", "Becomes")
    assert list(zip(shown["Found by"], shown["In this dataset"], shown["Becomes"], strict=True)) == [
        ("Similar title", "Shawshank Redemption, The (1994)", 3),
        ("Title and year", "Matrix, The (1999)", 4.5),
        ("Title and year", "Heat (1995)", 1.5),
    ]
    captions = texts(page.caption)
    assert any(
        "Read as Letterboxd, UTF-8: 5 ratings, 3 films found here. Its scale is this" in text for text in captions
    )
    assert [box.label for box in page.expander if "film" in box.label or "line" in box.label] == [
        "Not in this dataset: 1 film",
        "Rated more than once: 1 line left out",
    ]
    assert own(page) == []
    page.toggle(key="taste-only-sure").set_value(True)
    healthy(page.run())
    assert len(table(page, "Found by", "Becomes")) == 2
    page.toggle(key="taste-only-sure").set_value(False)
    healthy(page.run())
    button(page, "Use 3 ratings").click()
    healthy(page.run())
    assert dict(own(page)) == {"Shawshank Redemption, The": 3, "Heat": 1.5, "Matrix, The": 4.5}
    assert not [frame for frame in frames(page) if "Becomes" in frame]


def test_imdb_scale_is_converted(page):
    upload_file(page, "Const,Your Rating,Title,Year\ntt1,9,The Matrix,1999\ntt2,,Heat,1995\n")
    assert any("Its scale from 1 to 10 becomes this dataset's, from 0.5 to 5." in text for text in texts(page.caption))
    assert any("1 line without a rating left out." in text for text in texts(page.caption))
    assert table(page, "Becomes")["Becomes"].tolist() == [4.5]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\0\0", "the file is binary"),
        (b"Title,Year\nHeat,1995\n", "the columns found are 'Title', 'Year'"),
        (b"Title,Rating\nHeat,50\n", "rating '50' is off the scale"),
        (b"Name,Rating\n" + b"x,4\n" * 100_000, "more than 20,000 ratings"),
    ],
)
def test_invalid_file_shows_one_message_and_is_not_logged(page, data, message, caplog):
    caplog.set_level(logging.DEBUG, logger="ucf_ui")
    upload_file(page, data)
    (error,) = texts(page.error)
    assert message in error.replace("\\", "")
    assert own(page) == []
    # a slow run may be logged on a busy machine
    events = [record.getMessage() for record in caplog.records if record.name.startswith("ucf")]
    assert [event for event in events if not event.startswith("slow")] == []


def test_file_without_known_films(page):
    upload_file(page, "Name,Year,Rating\nQqqqqqq,2020,4\n")
    assert any("This file has 1 film, and this dataset has none of them" in text for text in texts(page.warning))


def out_of_hundred(table):
    for line, fields in table:
        yield line, fields | {"rating": fields["rating"].removesuffix("/100")}


def test_registered_export_service_is_offered_and_read(explorer, with_sample, open_page, monkeypatch):
    monkeypatch.setattr(export_registry, "_SERVICES", dict(export_registry._SERVICES))
    register_service(
        ExportService(
            name="Filmhaus",
            how="diary.csv, under Profile",
            scale=(0.0, 100.0),
            recognises=lambda columns: "hausmark" in columns,
            columns={"rating": ("hausmark",)},
            rows=out_of_hundred,
        )
    )
    page = healthy(open_page("your_taste").run())
    assert "Upload ratings from Letterboxd, IMDb, MovieLens or Filmhaus" in [box.label for box in page.expander]
    (box,) = page.file_uploader
    assert box.label == "Ratings from Letterboxd, IMDb, MovieLens, Filmhaus or this page"
    assert "Filmhaus: diary.csv, under Profile." in box.help
    content = "Film;Year;Haus-Mark\nThe Matrix;1999;100/100\nHeat;1995;50/100\n"
    upload_file(page, content)
    assert any(text.startswith("Read as Filmhaus, UTF-8: 2 ratings, 2 films found") for text in texts(page.caption))
    button(page, "Use 2 ratings").click()
    healthy(page.run())
    assert dict(own(page)) == {"Matrix, The": 5, "Heat": 3}
    assert of_one_person(content.encode()) == "Filmhaus"
    tour = steps_of(Examples(Example(0, 0.9), Example(1, 0.1), users=9, k=5), explorer.ratings)
    assert "an export of Letterboxd, IMDb or Filmhaus" in tour[-1].words


def test_downloaded_profile_can_be_uploaded(page, explorer):
    rated = {item(explorer, "the matrix"): 4.5, item(explorer, "heat 1995"): 0.5}
    upload_file(page, profile_csv(explorer.ratings, rated))
    button(page, "Use 2 ratings").click()
    healthy(page.run())
    assert dict(own(page)) == {"Matrix, The": 4.5, "Heat": 0.5}


def test_ratings_are_not_in_files_or_the_url(page, with_sample, explorer):
    before, address = home_files(with_sample), dict(page.query_params)
    rate(search(page, "the matrix"), "taste-rating", 5.0)
    upload_file(page, LETTERBOXD)
    button(page, "Use 3 ratings").click()
    healthy(page.run())
    for key in ("taste-neighbour", "taste-why"):
        box = page.selectbox(key=key)
        box.set_value(box.options[0])
        healthy(page.run())
    assert home_files(with_sample) == before
    assert dict(page.query_params) == address


def test_another_session_starts_empty(page, open_page):
    rate(search(page, "the matrix"), "taste-rating", 5.0)
    assert own(page)
    assert own(open_page("your_taste")) == []


@pytest.mark.parametrize("content", ONE_EACH)
def test_tiny_datasets(content, upload, open_page, empty_home):
    ratings = ucf.load_ratings(upload(content), home=empty_home)
    tester = open_page("your_taste")
    assert not texts(tester.error)
    search(tester, ratings.title(0))
    given = ratings.value_counts[0].tolist()
    rate(tester, "taste-rating", given[-1])
    assert own(tester) == [(ratings.title(0), given[-1])]
    alone = ratings.n_users == 1
    assert bool(texts(tester.error)) == alone
    if not alone and not any("No user is similar to you yet" in text for text in texts(tester.info)):
        found = ucf.Explorer(ratings, in_memory=True).neighbours(
            ucf.Guest.of(ratings, {ratings.items.raw(0): given[-1]}), k=min(50, ratings.n_users - 1)
        )
        assert table(tester, "User", "Similarity")["Similarity"].to_numpy() == pytest.approx(found.similarities)


def test_scale_with_many_values_has_a_number_input(upload, open_page):
    lines = "".join(f"{u},{i},{(7 * u + i) % 37 / 4},Film {i}\n" for u in range(12) for i in range(6))
    upload("user,item,rating,title\n" + lines)
    tester = open_page("your_taste")
    search(tester, "film 3")
    tester.number_input(key="taste-rating").set_value(8.25)
    healthy(tester.run())
    assert own(tester) == [("Film 3", 8.25)]
    assert table(tester, "User", "Similarity").shape[0] == 11


def test_profile_survives_page_changes(page):
    rate(search(page, "the matrix"), "taste-rating", 5.0)
    go(page, "overview")
    assert own(go(page, "your_taste")) == [("Matrix, The", 5)]


def test_link_on_a_fresh_server(with_sample, fresh_server, open_page):
    tester = open_page("your_taste")
    assert texts(tester.title) == ["Your taste"]
    assert [box.key for box in tester.sidebar.selectbox] == ["dataset"]


def test_without_a_dataset_it_links_to_the_data_page(empty_home, open_page):
    tester = open_page("your_taste")
    assert any("on the Data page" in text for text in texts(tester.info))
