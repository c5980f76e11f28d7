"""Who may ask what ahead of the page, and what the server answers."""

import asyncio
import gc
import json
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Event

import pytest
from starlette.requests import Request

from ucf_core.errors import SpecError
from ucf_ui import routes, taste_ahead
from ucf_ui.taste_ahead import Line, Offer


class Dataset:
    """Stands for an explorer, which is not looked at here."""


@dataclass(frozen=True)
class Question:
    """Says what is rated, and counts how often it was worked out."""

    name: str = "usual settings"
    asked: list = field(default_factory=list, compare=False)

    def __call__(self, dataset, rated):
        self.asked.append(dict(rated))
        return {"rated": sorted(rated.items())}


@pytest.fixture
def dataset():
    return Dataset()


@pytest.fixture
def question():
    return Question()


@pytest.fixture
def line(dataset, question):
    """A page with one film rated 4 and two widgets."""
    made = Line()
    made.said(dataset, {7: 4.0}, question)
    made.offer("stars-7", 7, (1.0, 2.0, 3.0, 4.0, 5.0), 3)
    made.offer("stars-9", 9, (1.0, 2.0, 3.0, 4.0, 5.0), None)
    return made


@pytest.mark.parametrize(
    ("place", "rated"), [(0, {7: 1.0, 8: 2.0}), (1, {8: 2.0}), (2, {7: 5.0, 8: 2.0})], ids=["new", "back", "other"]
)
def test_a_press_gives_a_rating_and_pressing_it_again_takes_it_back(place, rated):
    before = {7: 3.0, 8: 2.0}
    assert Offer(7, (1.0, 3.0, 5.0), 1).pressed(before, place) == rated
    assert before == {7: 3.0, 8: 2.0}


def test_a_press_is_answered_beside_what_is_rated_and_changes_none_of_it(line):
    assert line.ahead("stars-9", 0) == {"rated": [(7, 4.0), (9, 1.0)]}
    assert line.ahead("stars-7", 0) == {"rated": [(7, 1.0)]}
    assert line.ahead("stars-7", 3) == {"rated": []}


def test_what_was_said_ahead_is_not_worked_out_again_by_the_page(line, dataset, question):
    ahead = line.ahead("stars-9", 4)
    assert line.said(dataset, {9: 5.0, 7: 4.0}, Question(asked=question.asked)) == ahead
    assert len(question.asked) == 2
    line.said(dataset, {7: 4.0}, question)
    assert len(question.asked) == 3


def test_other_settings_or_another_dataset_are_another_question(line, question):
    other = Dataset()
    line.said(other, {7: 4.0}, question)
    line.said(other, {7: 4.0}, Question("other settings", question.asked))
    assert len(question.asked) == 3


@pytest.mark.parametrize("key", ["stars-8", "", None, 7, ["stars-9"], {"stars-9": 1}])
def test_of_what_is_not_on_the_page_nothing_is_said(line, key):
    assert line.ahead(key, 0) is None


@pytest.mark.parametrize("place", [-1, 5, 10**9, 1.0, True, "1", None, [0]])
def test_of_a_place_that_a_widget_has_not_nothing_is_said(line, place):
    assert line.ahead("stars-9", place) is None


def test_a_key_that_is_no_class_name_is_not_offered(line):
    line.offer("stars-a b", 5, (1.0,), None)
    assert line.ahead("stars-a b", 0) is None


def test_before_the_page_has_said_anything_nothing_is_said():
    line = Line()
    line.offer("stars-9", 9, (1.0,), None)
    assert line.ahead("stars-9", 0) is None


def test_a_dataset_is_not_held_open(line, question):
    line.said(Dataset(), {7: 4.0}, question)
    gc.collect()
    assert line.ahead("stars-9", 0) is None
    assert len(question.asked) == 2


def test_while_something_is_worked_out_nothing_else_is(line):
    with line._busy:
        assert line.ahead("stars-9", 0) is None
    assert line.ahead("stars-9", 0) is not None


def test_the_page_waits_for_what_is_being_worked_out_and_says_it(line, dataset, question):
    begun, go_on = Event(), Event()

    @dataclass(frozen=True)
    class Slow:
        def __call__(self, dataset, rated):
            said = question(dataset, rated)
            begun.set()
            go_on.wait(10)
            return said

    line._page = replace(line._page, question=Slow())
    with ThreadPoolExecutor(2) as pool:
        ahead = pool.submit(line.ahead, "stars-9", 0)
        assert begun.wait(10)
        said = pool.submit(line.said, dataset, {7: 4.0, 9: 1.0}, Slow())
        assert not wait([said], timeout=0.05).done
        go_on.set()
        assert said.result(10) == ahead.result(10) == {"rated": [(7, 4.0), (9, 1.0)]}
    assert question.asked == [{7: 4.0}, {7: 4.0, 9: 1.0}]


def test_what_the_data_do_not_allow_is_left_to_the_page(line, dataset):
    @dataclass(frozen=True)
    class Refusal:
        def __call__(self, dataset, rated):
            if 9 in rated:
                raise SpecError("not this one")
            return {}

    line.said(dataset, {7: 4.0}, Refusal())
    assert line.ahead("stars-9", 0) is None
    assert line.ahead("stars-7", 0) == {}


def post(*pieces: bytes, whole: bool = True):
    """The answer to a request with this body; who sends it goes away before it is `whole`, or stays."""
    parts = iter(pieces)
    left = len(pieces)

    async def receive():
        nonlocal left
        left -= 1
        if left < 0:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": next(parts), "more_body": left > 0 or not whole}

    scope = {"type": "http", "method": "POST", "path": "/ahead/taste", "headers": [], "query_string": b""}
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, routes.ahead(Request(scope, receive))).result()


@pytest.fixture
def on_the_page(line, monkeypatch):
    """The line, as its session has it."""
    monkeypatch.setitem(taste_ahead._lines, line.token, line)
    return line


def asked(line, **changes) -> bytes:
    return json.dumps({"token": line.token, "widget": "stars-9", "place": 0} | changes).encode()


def test_who_has_the_token_is_answered_and_nobody_keeps_the_answer(on_the_page):
    whole = asked(on_the_page)
    reply = post(whole[:20], whole[20:])
    assert (reply.status_code, json.loads(reply.body)) == (200, {"rated": [[7, 4.0], [9, 1.0]]})
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes", [{"token": "another"}, {"token": None}, {"token": ["a"]}, {"widget": "stars-8"}, {"place": 9}]
)
def test_who_has_it_not_or_asks_for_something_else_hears_nothing(on_the_page, changes):
    assert post(asked(on_the_page, **changes)).status_code == 204


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'{"token": "a"}', b"[" * 900, b'{"token": NaN, "widget": 1, "place": 1}', b" " * 1001],
)
def test_what_no_page_would_send_is_refused(body):
    assert post(body).status_code == 400


def test_who_goes_away_meanwhile_breaks_nothing(on_the_page):
    assert post(asked(on_the_page)[:20], whole=False).status_code == 400


def test_a_token_ends_with_its_session():
    made = Line()
    taste_ahead._lines[made.token] = made
    token = made.token
    del made
    gc.collect()
    assert token not in taste_ahead._lines


@pytest.mark.parametrize(
    ("base", "path"), [("", "/ahead/taste"), ("films", "/films/ahead/taste"), ("/a/films/", "/a/films/ahead/taste")]
)
def test_what_is_asked_ahead_is_asked_below_the_base_path(base, path, monkeypatch):
    monkeypatch.setattr(routes, "get_option", {"server.baseUrlPath": base}.__getitem__)
    (route,) = routes.routes()
    assert (route.path, route.methods) == (path, {"POST"})
