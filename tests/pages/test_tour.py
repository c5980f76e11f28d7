"""The tour on the overview links to pages with example users and settings, and can be hidden."""

import time

import pytest
from apptest import button, healthy, metric, texts, user

from ucf_core.studies.diagnosis.tour_examples import examples
from ucf_ui.session import cache
from ucf_ui.views.tour import tour


def open_tour(open_page, **parameters):
    """Open the overview and wait until the examples are found."""
    tester = open_page("overview", **parameters)
    deadline = time.monotonic() + 60
    while any(job.live for job in cache.jobs().all()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return healthy(tester.run())


@pytest.fixture
def found(explorer):
    return examples(explorer)


def test_examples_match_the_core(with_sample, open_page, explorer, found):
    words = " ".join(texts(open_tour(open_page).caption))
    raw = explorer.ratings.users.raw
    assert f"user {raw(found.nearest.user)} has the nearest neighbours" in words
    assert f"similarity of {found.nearest.similarity:.2f}" in words
    assert f"For user {raw(found.farthest.user)} the average is {found.farthest.similarity:.2f}" in words
    mean = explorer.neighbours(raw(found.nearest.user), engine="exact").similarities.mean()
    assert mean == pytest.approx(found.nearest.similarity, abs=1e-5)


def test_second_step_opens_the_user_with_the_farthest_neighbours(with_sample, open_page, explorer, found):
    tester = open_tour(open_page, user=15)
    tester.button(key="tour-2").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Neighbours"]
    assert user(tester) == explorer.ratings.users.raw(found.farthest.user)


def test_fourth_step_sets_a_poor_index(with_sample, open_page, explorer, found):
    tester = open_tour(open_page)
    tester.button(key="tour-4").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Tuning"]
    raw = explorer.ratings.users.raw(found.farthest.user)
    poor, wide = (explorer.inspect(raw, k=20, ef=ef, M=4, ef_construction=10) for ef in (20, 600))
    assert metric(tester, "Recall by id") == f"{100 * poor.index_recall:.0f} %"
    assert poor.index_recall < 0.8
    assert wide.index_recall > 0.95


def test_step_describes_the_page_and_links_to_the_next(with_sample, open_page, explorer, found):
    tester = open_tour(open_page, user=15)
    tester.button(key="tour-2").click()
    healthy(tester.run())
    # AppTest does not follow page switches
    healthy(tester.switch_page("pages/neighbours.py").run())
    assert "**Tour, step 2 of 6: An unusual taste**" in texts(tester.markdown)
    tester.button(key="tour-3").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Recommendations"]
    assert "**Tour, step 3 of 6: From neighbours to films**" in texts(tester.markdown)
    assert user(tester) == explorer.ratings.users.raw(found.nearest.user)


def test_third_step_example_has_low_support(with_sample, explorer, found):
    raw = explorer.ratings.users.raw(found.nearest.user)
    assert explorer.recommend(raw, ranking="predicted").support.max() <= 2


@pytest.mark.parametrize("way", ["end", "elsewhere", "directly"])
def test_no_tour_text_outside_the_tour(way, with_sample, open_page):
    tester = open_tour(open_page, user=15)
    if way != "directly":
        tester.button(key="tour-3").click()
        healthy(tester.run())
        assert any("Tour, step 3" in words for words in texts(tester.markdown))
    if way == "end":
        tester.button(key="tour-end").click()
        healthy(tester.run())
    else:
        tester.switch_page("pages/neighbours.py")
        healthy(tester.run())
    assert not any("Tour, step" in words for words in texts(tester.markdown))


def test_last_step_and_another_dataset_end_the_tour(with_sample, open_page):
    tester = open_tour(open_page)
    tester.button(key="tour-6").click()
    healthy(tester.run())
    assert "**Tour, step 6 of 6: Try it yourself**" in texts(tester.markdown)
    assert [one.key for one in tester.button if str(one.key).startswith("tour-")] == ["tour-end"]
    fingerprint, place = tester.session_state["_tour_at"]
    tester.session_state["_tour_at"] = ("another" + fingerprint, place)
    healthy(tester.run())
    assert not any("Tour, step" in words for words in texts(tester.markdown))


def test_evaluation_step_keeps_the_user(with_sample, open_page):
    tester = open_tour(open_page, user=15)
    button(tester, "Measure the quality").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Evaluation"]
    assert user(tester) == 15


def test_tour_can_be_hidden_and_shown(with_sample, open_page):
    tester = open_tour(open_page)
    assert any(one.key == "tour-1" for one in tester.button)
    healthy(tester.toggle(key="tour").set_value(False).run())
    assert not any(str(one.key).startswith("tour-") for one in tester.button)
    tester = open_tour(open_page, tour="false")
    assert not tester.toggle(key="tour").value
    healthy(tester.toggle(key="tour").set_value(True).run())
    assert any(one.key == "tour-1" for one in tester.button)


def test_message_without_two_comparable_users(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n")
    captions = texts(open_tour(open_page).caption)
    assert "The tour needs two users who can be compared, and this dataset has none." in captions


def test_cancelled_search_for_examples_can_be_retried(with_sample, open_page):
    tester = open_tour(open_page)
    job = next(job for job in cache.jobs().all() if job.key.startswith("examples "))
    job.state = "cancelled"
    healthy(tester.run())
    assert any(
        text.startswith("Search for two examples in") and text.endswith(" was cancelled.")
        for text in texts(tester.info)
    )
    tester.button(key=f"retry-{job.key}").click()
    healthy(tester.run())
    while any(job.live for job in cache.jobs().all()):
        time.sleep(0.02)
    assert any(one.key == "tour-1" for one in healthy(tester.run()).button)


LARGE = "user,item,rating\n" + "".join(f"{u},{i},{1 + u * i % 5}\n" for u in range(1, 30) for i in range(1, 9) if u % i)


@pytest.mark.parametrize("patience", [60, 0])
def test_first_page_waits_briefly_for_the_tour(patience, upload, open_page, monkeypatch):
    upload(LARGE)
    monkeypatch.setattr(cache, "_OPENED_AT_ONCE", 10)
    monkeypatch.setattr(cache, "_PATIENCE", patience)
    monkeypatch.setattr(tour, "_WORTH_WAITING", patience)
    tester = open_page("overview")
    cards = [one.key for one in tester.button if (one.key or "").startswith("tour-")]
    if patience:
        assert metric(tester, "Users") == "29"
        assert "tour-1" in cards
    else:
        assert [text for text in texts(tester.subheader) if text.startswith("Opening")]
        assert cards == []
