"""Access control: sign-in where required, and the list of allowed users."""

import pytest
from apptest import PAGES, go, healthy, texts, user

from ucf_ui.shell import auth, page

ANN = {"is_logged_in": True, "email": "Ann@Example.org", "email_verified": True, "name": "Ann"}


@pytest.fixture(autouse=True)
def no_sign_in_variables(monkeypatch):
    monkeypatch.delenv("UCF_REQUIRE_LOGIN", raising=False)
    monkeypatch.delenv("UCF_ALLOWED_USERS", raising=False)


@pytest.fixture
def claims(monkeypatch):
    """Return a function that signs in with the given claims."""

    def become(claims):
        monkeypatch.setattr(auth, "_claims", lambda: claims)

    return become


@pytest.mark.parametrize(
    ("value", "asked"), [("", False), ("0", False), ("False", False), ("1", True), ("yes", True), ("nonsense", True)]
)
def test_require_login_variable(value, asked, monkeypatch):
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", value)
    assert auth.required() is asked


def test_list_of_users_requires_sign_in(monkeypatch):
    monkeypatch.setenv("UCF_ALLOWED_USERS", "ann@example.org")
    assert auth.required()
    monkeypatch.setenv("UCF_ALLOWED_USERS", " , ")
    assert not auth.required()


@pytest.mark.parametrize(
    ("allowed", "claims", "let_in"),
    [
        ("", {}, True),
        ("ann@example.org", ANN, True),
        ("bob@example.org, ANN@example.org ", ANN, True),
        ("@example.org", ANN, True),
        ("@EXAMPLE.org", ANN, True),
        ("bob@example.org", ANN, False),
        ("example.org", ANN, False),
        ("@ample.org", ANN, False),
        ("@example.org", ANN | {"email": "ann@sub.example.org"}, False),
        ("@example.org", ANN | {"email": "ann@example.org.evil.net"}, False),
        ("@example.org", ANN | {"email": "ann@evil.net@example.org"}, False),
        ("@example.org", ANN | {"email_verified": False}, False),
        ("@example.org", ANN | {"email_verified": "false"}, False),
        ("@example.org", {"email": "ann@example.org"}, True),
        ("@example.org", {"name": "ann@example.org"}, False),
        ("@example.org", ANN | {"email": None}, False),
        ("@example.org", ANN | {"email": ["ann@example.org"]}, False),
    ],
)
def test_allowed_addresses_and_domains(allowed, claims, let_in, monkeypatch):
    monkeypatch.setenv("UCF_ALLOWED_USERS", allowed)
    assert auth.is_allowed(claims) is let_in


def assert_refused(tester):
    """Assert that no part of the dashboard is shown."""
    assert [element.value for element in tester.exception] == []
    assert texts(tester.title) == ["UCF Explorer"]
    assert len(tester.sidebar.caption) == len(tester.sidebar.button) == 0
    assert len(tester.dataframe) == len(tester.selectbox) == len(tester.metric) == 0


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", PAGES)
def test_deep_links_lead_to_the_sign_in_page(name, fresh, with_sample, open_page, claims, monkeypatch, request):
    if fresh:
        request.getfixturevalue("fresh_server")
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", "1")
    claims({"is_logged_in": False})
    tester = open_page(name, user=15, dataset="sample")
    assert_refused(tester)
    assert [button.label for button in tester.button] == ["Sign in"]


def test_missing_provider_shows_an_error(with_sample, open_page, claims, monkeypatch):
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", "1")
    claims({})
    tester = open_page("neighbours")
    assert_refused(tester)
    assert len(tester.button) == 0
    assert "it is not set up" in texts(tester.error)[0]


def test_user_not_on_the_list_can_only_sign_out(with_sample, open_page, claims, monkeypatch):
    monkeypatch.setenv("UCF_ALLOWED_USERS", "bob@example.org")
    claims(ANN)
    tester = open_page("neighbours")
    assert_refused(tester)
    assert "may not use this dashboard" in texts(tester.error)[0]
    assert [button.label for button in tester.button] == ["Sign out"]


def test_user_on_the_list_sees_the_page(with_sample, open_page, claims, monkeypatch):
    monkeypatch.setenv("UCF_ALLOWED_USERS", "@example.org")
    claims(ANN)
    tester = open_page("neighbours")
    assert texts(tester.title) == ["Neighbours"]
    assert "Signed in as Ann@Example.org" in [message.replace("\\", "") for message in texts(tester.sidebar.caption)]
    assert "Sign out" in [button.label for button in tester.sidebar.button]


def test_no_sign_in_where_not_required(with_sample, open_page):
    tester = open_page("neighbours")
    assert texts(tester.title) == ["Neighbours"]
    assert not any("Signed in" in text for text in texts(tester.sidebar.caption))
    assert "Sign out" not in [button.label for button in tester.sidebar.button]


@pytest.fixture
def come_back(with_sample, open_page, claims, monkeypatch):
    """Sign in with a deep link stored in the browser; records the calls to the browser."""
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", "1")
    claims(ANN)
    asked = []

    def come_back(text, name="overview", **parameters):
        tester = open_page(name, **parameters)
        answers = [text]

        def take_link(*, at_the_start):
            asked.append(at_the_start)
            return answers.pop() if answers else None

        monkeypatch.setattr(page, "take_link", take_link)
        return healthy(tester.run())

    come_back.asked = asked
    return come_back


def test_stored_link_is_followed_once(come_back):
    tester = come_back("neighbours?user=42&k=30&redirect=https://evil.example")
    assert texts(tester.title) == ["Neighbours"]
    assert (user(tester), tester.session_state["k"]) == (42, 30)
    assert dict(tester.query_params) == {"user": "42", "k": "30"}
    assert come_back.asked == [True, False]
    assert texts(go(tester, "overview").title) == ["Overview"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        7,
        {"link": "neighbours"},
        "https://evil.example",
        "//evil.example/neighbours",
        "pages/data.py",
        "nowhere",
    ],
)
def test_invalid_stored_link_is_ignored(text, come_back):
    tester = come_back(text)
    assert texts(tester.title) == ["Overview"]
    assert dict(tester.query_params) == {}


def test_values_in_a_stored_link_are_validated(come_back):
    tester = come_back("neighbours?user=999999&k=-1&weighting=<script>&dataset=../../etc")
    assert texts(tester.title) == ["Neighbours"]
    assert tester.session_state["dataset"] == "sample"
    assert (user(tester), tester.session_state["k"], tester.session_state["weighting"]) == (268, 50, "raw")


def test_stored_link_is_dropped_after_navigation(come_back):
    assert texts(come_back("neighbours?user=42", "tuning").title) == ["Tuning"]
    assert texts(come_back("neighbours?user=42", "overview", user=15).title) == ["Overview"]
    assert set(come_back.asked) == {False}


def test_sign_in_page_stores_the_deep_link(with_sample, open_page, claims, monkeypatch):
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", "1")
    claims({"is_logged_in": False})
    kept = []
    monkeypatch.setattr(page, "keep_link", kept.append)
    open_page("neighbours", user=42, k=30, utm_source="letter")
    open_page("overview")
    assert kept == ["neighbours?user=42&k=30", None]


def test_nothing_is_stored_where_sign_in_is_not_required(with_sample, open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(page, "take_link", lambda **where: asked.append(where))
    open_page("overview")
    assert asked == []
