"""Signing in by OpenID Connect in a real browser, with a provider that runs here; who is kept out, and signing out."""

import importlib.util

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, open_page, parameters, settle, some_of, tab_of, value, wait_idle
from serving import served

if importlib.util.find_spec("authlib") is None or importlib.util.find_spec("httpx") is None:
    pytest.skip("the extra auth is not installed", allow_module_level=True)

from joserfc.jwk import RSAKey
from oidc import CLIENT, SECRET, provider

PAGES = ("/", "/neighbours?user=15", "/recommendations", "/your_taste", "/tuning", "/data", "/jobs")
SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "a long secret that signs cookies in this test"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def guarded(browser, home, tmp_path_factory):
    """A provider, and a dashboard that lets in whom it vouches for, if from example.org."""
    folder = tmp_path_factory.mktemp("sign-in")
    with provider() as known:
        secrets = folder / "secrets.toml"
        secrets.write_text(SECRETS.format(client=CLIENT, secret=SECRET, issuer=known.issuer))
        env = {"UCF_REQUIRE_LOGIN": "1", "UCF_ALLOWED_USERS": "@example.org"}
        options = ("--secrets.files", str(secrets))
        # not warm: the first visitor of a fresh server is the one whom a page could slip through to
        with served(home, folder / "log", *options, warm=False, env=env) as url:
            yield url, known
    log = (folder / "log").read_text()
    assert SECRET not in log
    assert "ann@example.org" not in log


@pytest.fixture
def known(guarded):
    """The provider, which vouches for Ann."""
    before = dict(guarded[1].person)
    yield guarded[1]
    guarded[1].person = before
    guarded[1].signs_with = guarded[1].key


def assert_nothing_is_shown(tab):
    assert_healthy(tab)
    expect(tab.locator("h1")).to_have_text("UCF Explorer")
    assert tab.locator("[data-testid=stSidebarNavLink], .st-key-user, .st-key-dataset, [role=region]").count() == 0
    assert "268" not in tab.locator("body").inner_text()


def sign_in(tab):
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Sign in").wait_for(state="detached")
    tab.locator("h1").wait_for(timeout=60_000)
    wait_idle(tab)


def test_every_deep_link_of_a_fresh_server_ends_at_the_sign_in_page(guarded, known, new_tab):
    tab = new_tab(guarded[0])
    for path in PAGES:
        open_page(tab, path)
        assert_nothing_is_shown(tab)
        expect(tab.get_by_role("button", name="Sign in")).to_have_count(1)
    assert known.requests == []


def test_signing_in_opens_the_pages_until_signing_out(guarded, known, new_tab):
    url, _ = guarded
    tab = open_page(new_tab(url), "/")
    sign_in(tab)
    tab.get_by_text("Signed in as ann@example.org").wait_for()
    assert known.requests[-1]["code_challenge_method"] == "S256"
    expect(tab.locator("h1")).to_have_text("Overview")
    assert_healthy(tab)
    for path in PAGES[1:]:
        open_page(tab, path)
        assert tab.locator("h1").inner_text() != "UCF Explorer"
        expect(tab.locator("[data-testid=stSidebarNavLink]")).not_to_have_count(0)
    cookies = [cookie for cookie in tab.context.cookies() if cookie["name"].startswith("_streamlit_user")]
    assert cookies
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in cookies)
    # another person's browser is not let in by that
    assert_nothing_is_shown(open_page(new_tab(url), "/neighbours"))
    before = known.signed_out
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_role("button", name="Sign in").wait_for()
    settle(tab)
    assert known.signed_out == before + 1
    assert_nothing_is_shown(tab)
    assert_nothing_is_shown(open_page(tab, "/neighbours?user=15"))


def kept(tab):
    """What the browser keeps for this tab."""
    return tab.evaluate("() => ({...sessionStorage})").get("ucf-link")


@pytest.mark.long
def test_a_deep_link_is_followed_after_signing_in_and_then_forgotten(guarded, known, new_tab):
    tab = open_page(new_tab(guarded[0]), "/neighbours?user=42&k=30&redirect=https://evil.example")
    assert_nothing_is_shown(tab)
    assert kept(tab) == "neighbours?user=42&k=30"
    # a provider that fails sends people back to the first page, to try again
    assert_nothing_is_shown(open_page(tab, "/"))
    sign_in(tab)
    tab.wait_for_url("**/neighbours?*")
    wait_idle(tab)
    assert_healthy(tab)
    expect(tab.locator("h1")).to_have_text("Neighbours")
    assert parameters(tab) == {"user": "42", "k": "30"}
    expect(tab.locator(".st-key-user input")).to_have_value("42")
    assert value(tab, "k") == 30
    assert kept(tab) is None
    open_page(tab, "/")
    expect(tab.locator("h1")).to_have_text("Overview")


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    some_of(["https://evil.example/", "//evil.example", "javascript:alert(1)", "../data", "neighbours" * 10_000], 1),
)
def test_a_text_of_somebody_else_in_place_of_the_link_leads_nowhere(text, guarded, known, new_tab):
    tab = open_page(new_tab(guarded[0]), "/neighbours?user=42")
    tab.evaluate("text => sessionStorage.setItem('ucf-link', text)", text)
    sign_in(tab)
    settle(tab)
    assert_healthy(tab)
    expect(tab.locator("h1")).to_have_text("Overview")
    assert tab.url.rstrip("/") == guarded[0]
    assert kept(tab) is None


@pytest.mark.long
def test_a_link_that_was_kept_does_not_take_anybody_away_from_where_they_go_later(guarded, known, new_tab):
    tab = open_page(new_tab(guarded[0]), "/data")
    other = tab_of(tab.context)
    other.goto("/")
    wait_idle(other)
    sign_in(other)
    open_page(tab, "/tuning")
    expect(tab.locator("h1")).to_have_text("Tuning")
    open_page(tab, "/")
    expect(tab.locator("h1")).to_have_text("Overview")


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "2", "email": "eve@evil.example", "email_verified": True},
        {"sub": "3", "email": "ann@example.org", "email_verified": False},
        pytest.param({"sub": "4", "name": "ann@example.org"}, marks=pytest.mark.long),
    ],
)
def test_who_is_not_on_the_list_is_told_so_and_sees_nothing(person, guarded, known, new_tab):
    known.person = person
    tab = open_page(new_tab(guarded[0]), "/")
    sign_in(tab)
    tab.get_by_text("may not use this dashboard").wait_for()
    assert_nothing_is_shown(tab)
    assert_nothing_is_shown(open_page(tab, "/neighbours?user=15"))
    expect(tab.get_by_role("button", name="Sign out")).to_have_count(1)


def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(guarded, known, new_tab):
    known.signs_with = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "one"})
    tab = open_page(new_tab(guarded[0]), "/")
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_timeout(3000)
    tab.goto("/neighbours")
    settle(tab)
    assert_nothing_is_shown(tab)


@pytest.mark.parametrize(
    "forged", some_of(['{"email": "ann@example.org"}', "1", "2|1:0|10:1|15:_streamlit_user|4:e30=|00"], 1)
)
def test_a_forged_cookie_lets_nobody_in(forged, guarded, new_tab):
    url, _ = guarded
    tab = new_tab(url)
    tab.context.add_cookies([{"name": "_streamlit_user", "value": forged, "url": url}])
    tab.goto("/neighbours")
    settle(tab)
    assert_nothing_is_shown(tab)


@pytest.mark.long
def test_a_code_from_elsewhere_lets_nobody_in(guarded, new_tab):
    tab = new_tab(guarded[0])
    tab.goto("/oauth2callback?code=stolen&state=unknown")
    tab.goto("/neighbours")
    settle(tab)
    assert_nothing_is_shown(tab)


def test_without_secrets_the_page_says_that_sign_in_is_not_set_up(browser, home, tmp_path, new_tab):
    with served(home, tmp_path / "log", warm=True, env={"UCF_REQUIRE_LOGIN": "1"}) as url:
        tab = open_page(new_tab(url), "/neighbours")
        assert_nothing_is_shown(tab)
        expect(tab.get_by_text("it is not set up")).to_have_count(1)
        assert tab.get_by_role("button", name="Sign in").count() == 0
