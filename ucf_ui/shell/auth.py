"""Optional sign-in by OpenID Connect; see docs/deploy.md.

    UCF_REQUIRE_LOGIN   1: no page is shown before sign-in
    UCF_ALLOWED_USERS   addresses and @domains that may sign in, separated by commas; requires sign-in by itself

Streamlit handles the protocol, with `[auth]` in its secrets, and a signed cookie; this module decides who may enter.
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
    """Whether users have to sign in; an unknown value counts as yes."""
    return os.environ.get("UCF_REQUIRE_LOGIN", "").strip().lower() not in _OFF or bool(_allowed())


def admitted() -> bool:
    """Whether this session may see pages."""
    return not required() or (_is_signed_in() and is_allowed(_claims()))


def is_allowed(claims: Mapping[str, Any]) -> bool:
    """Whether `UCF_ALLOWED_USERS` has the address of these claims, or its domain; without it, all users are allowed."""
    allowed = _allowed()
    if not allowed:
        return True
    address = claims.get("email")
    # an address that the provider has not verified proves nothing
    if not isinstance(address, str) or address.count("@") != 1 or claims.get("email_verified", True) is not True:
        return False
    address = address.strip().lower()
    return address in allowed or f"@{address.split('@')[1]}" in allowed


def show_sign_in() -> None:
    """Draw, in place of every page, the sign-in button, or why this user may not enter."""
    st.title("UCF Explorer", anchor=False)
    if "is_logged_in" not in _claims():  # Streamlit sets it only if the secrets have a section auth
        _show_not_set_up()
    elif _is_signed_in():
        logs.event(_log, "sign-in refused")
        st.error(
            f"{plain(_name())} may not use this dashboard. Ask its administrator to add your address, or sign in with "
            "another one.",
            icon=":material/block:",
        )
        st.button("Sign out", icon=":material/logout:", on_click=safely(st.logout))
    else:
        st.caption("Sign in to see the ratings, neighbours and recommendations on this server.")
        if st.button("Sign in", icon=":material/login:", type="primary"):
            try:
                st.login()
            except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
                logs.event(_log, "sign-in is not set up", error=type(error).__name__)
                _show_not_set_up()


def sidebar() -> None:
    """Draw the name of the signed-in user and a sign-out button, if sign-in is required."""
    if required():
        st.caption(f"Signed in as {plain(_name())}")
        st.button(
            "Sign out",
            icon=":material/logout:",
            width="stretch",
            on_click=safely(st.logout),
            help="End this session; what you rated on the page Your taste is forgotten.",
        )


def _show_not_set_up() -> None:
    st.error(
        "Sign-in is required here, but it is not set up. The administrator has to install the extra auth and fill the "
        "section auth of the secrets; see docs/deploy.md.",
        icon=":material/lock:",
    )


def _allowed() -> set[str]:
    return {entry for part in os.environ.get("UCF_ALLOWED_USERS", "").split(",") if (entry := part.strip().lower())}


def _claims() -> Mapping[str, Any]:
    return st.user.to_dict()


def _is_signed_in() -> bool:
    return _claims().get("is_logged_in") is True


def _name() -> str:
    claims = _claims()
    return str(claims.get("email") or claims.get("name") or "this account")
