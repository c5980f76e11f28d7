"""Parts of a page that are drawn when the rest of it can be used.

Plotly keeps a browser busy for a second before it draws its first chart of a visit. Where charts lie below what a
window shows, that second is better spent while somebody reads the top.
"""

from collections.abc import Callable

import streamlit as st

from ucf_ui.components.in_sight import in_sight
from ucf_ui.fragment import fragment

READY = "_charts_were_drawn"


def later(body: Callable[[], None], key: str, height: int) -> None:
    """Draw `body`; the first time in a visit not before its place can be seen, or the browser had time for the rest.

    Until then there is an empty place of `height` pixels.
    """

    def drawn() -> None:
        if st.session_state.get(READY):
            body()
            return
        # whatever runs next was asked for by a browser that has the page
        st.session_state[READY] = True
        with st.container(height=height, border=False, key=f"{key}-place"):
            in_sight(key)

    fragment(drawn)()
