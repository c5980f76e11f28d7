"""The tour on the overview leads to pages with the users and settings that it speaks of, and can be hidden."""

import time

import pytest
from apptest import button, healthy, metric, texts, user

from ucf_core.quality.examples import examples
from ucf_ui import cache


def toured(open_page, **parameters):
    """The overview once the examples are found."""
    tester = open_page("overview", **parameters)
    deadline = time.monotonic() + 60
    while any(job.live for job in cache.jobs().all()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return healthy(tester.run())


@pytest.fixture
def found(explorer):
    return examples(explorer)


def test_it_names_the_users_whom_the_core_finds(with_sample, open_page, explorer, found):
    words = " ".join(texts(toured(open_page).caption))
    raw = explorer.ratings.users.raw
    assert f"user {raw(found.nearest.user)} has the nearest neighbours" in words
    assert f"similarity of {found.nearest.similarity:.2f}" in words
    assert f"For user {raw(found.farthest.user)} the average is {found.farthest.similarity:.2f}" in words
    mean = explorer.neighbours(raw(found.nearest.user), engine="exact").similarities.mean()
    assert mean == pytest.approx(found.nearest.similarity, abs=1e-5)


def test_its_second_button_opens_the_page_with_the_user_who_has_the_farthest(with_sample, open_page, explorer, found):
    tester = toured(open_page, user=15)
    tester.button(key="tour-2").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Neighbours"]
    assert user(tester) == explorer.ratings.users.raw(found.farthest.user)


def test_its_fourth_button_sets_a_poor_index(with_sample, open_page, explorer, found):
    tester = toured(open_page)
    tester.button(key="tour-4").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Tuning"]
    raw = explorer.ratings.users.raw(found.nearest.user)
    recall = explorer.inspect(raw, k=20, dim=16, ef=20, M=2, ef_construction=10).index_recall
    assert recall < 0.95
    assert metric(tester, "Recall by id") == f"{100 * recall:.0f} %"


def test_its_last_button_leaves_the_user_alone(with_sample, open_page):
    tester = toured(open_page, user=15)
    button(tester, "Measure the quality").click()
    healthy(tester.run())
    assert texts(tester.title) == ["Evaluation"]
    assert user(tester) == 15


def test_it_can_be_hidden_and_brought_back(with_sample, open_page):
    tester = toured(open_page)
    assert any(one.key == "tour-1" for one in tester.button)
    healthy(tester.toggle(key="tour").set_value(False).run())
    assert not any(str(one.key).startswith("tour-") for one in tester.button)
    tester = toured(open_page, tour="false")
    assert not tester.toggle(key="tour").value
    healthy(tester.toggle(key="tour").set_value(True).run())
    assert any(one.key == "tour-1" for one in tester.button)


def test_without_anybody_to_compare_it_says_so(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n")
    said = texts(toured(open_page).caption)
    assert "No two users of this dataset can be compared, so the tour has nothing to show." in said


def test_a_cancelled_search_for_examples_can_be_made_after_all(with_sample, open_page):
    tester = toured(open_page)
    job = next(job for job in cache.jobs().all() if job.key.startswith("examples "))
    job.state = "cancelled"
    healthy(tester.run())
    assert "Looking for two users was cancelled." in texts(tester.caption)
    tester.button(key="tour-again").click()
    healthy(tester.run())
    while any(job.live for job in cache.jobs().all()):
        time.sleep(0.02)
    assert any(one.key == "tour-1" for one in healthy(tester.run()).button)
