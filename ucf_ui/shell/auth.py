"""Sign-in by OpenID Connect, where whoever runs the program asks for it; see docs/deploy.md.

    UCF_REQUIRE_LOGIN   1: nobody sees a page before signing in
    UCF_ALLOWED_USERS   who may: addresses and @domains, separated by commas; asks for sign-in by itself

Streamlit does the protocol, with `[auth]` in its secrets, and keeps a signed cookie; here it is decided who is let in.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError

from ucf_core.base import logs
from ucf_ui.base.faults import safely
from ucf_ui.base.text import plain

_log = logging.getLogger(__name__)

_OFF = ("", "0", "false", "no", "off")


def required() -> bool:
    """Whether people have to sign in; a value that nobody understands counts as yes."""
    return os.environ.get("UCF_REQUIRE_LOGIN", "").strip().lower() not in _OFF or bool(_allowed())


def admitted() -> bool:
    """Whether this session may see pages."""
    return not required() or (_is_signed_in() and is_allowed(_claims()))


def is_allowed(claims: Mapping[str, Any]) -> bool:
    """Whether `UCF_ALLOWED_USERS` has the address of these claims, or its domain; without it, everybody is."""
    allowed = _allowed()
    if not allowed:
        return True
    address = claims.get("email")
    # an address that the provider says it never verified may be anybody's
    if not isinstance(address, str) or address.count("@") != 1 or claims.get("email_verified", True) is not True:
        return False
    address = address.strip().lower()
    return address in allowed or f"@{address.split('@')[1]}" in allowed


def ask() -> None:
    """In place of every page: a way to sign in, or why this person is not let in."""
    st.title("UCF Explorer", anchor=False)
    if not _is_set_up():
        _say_not_set_up()
    elif _is_signed_in():
        logs.event(_log, "sign-in refused")
        st.error(
            f"{plain(_name())} may not use this dashboard. Ask whoever runs it to add your address, or sign in "
            "with another one.",
            icon=":material/block:",
        )
        st.button("Sign out", icon=":material/logout:", on_click=safely(st.logout))
    else:
        st.caption("Sign in to see the ratings, neighbours and recommendations that are kept here.")
        if st.button("Sign in", icon=":material/login:", type="primary"):
            try:
                st.login()
            except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
                logs.event(_log, "sign-in is not set up", error=type(error).__name__)
                _say_not_set_up()


def sidebar() -> None:
    """Who is signed in, and a way out; nothing where nobody has to."""
    if required():
        st.caption(f"Signed in as {plain(_name())}")
        st.button(
            "Sign out",
            icon=":material/logout:",
            width="stretch",
            on_click=safely(st.logout),
            help="End this session; what you rated on the page Your taste is forgotten.",
        )


def _say_not_set_up() -> None:
    st.error(
        "Signing in is required here, but it is not set up. Whoever runs this dashboard has to install the extra "
        "auth and fill the section auth of the secrets; docs/deploy.md says how.",
        icon=":material/lock:",
    )


def _allowed() -> set[str]:
    return {entry for part in os.environ.get("UCF_ALLOWED_USERS", "").split(",") if (entry := part.strip().lower())}


def _claims() -> Mapping[str, Any]:
    return st.user.to_dict()


def _is_set_up() -> bool:
    # Streamlit knows this only where the secrets have a section auth
    return "is_logged_in" in _claims()


def _is_signed_in() -> bool:
    return _claims().get("is_logged_in") is True


def _name() -> str:
    claims = _claims()
    return str(claims.get("email") or claims.get("name") or "this account")
