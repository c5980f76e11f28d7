"""Controls of the neighbour search."""

import streamlit as st

from ucf_core.base.parameter import in_words
from ucf_core.base.specs import Engine, QuerySpec, Space, Weighting
from ucf_core.explorer.explorer import Explorer
from ucf_ui.base.fragment import after_the_answer
from ucf_ui.settings import presets, settings
from ucf_ui.widgets import inputs

_ADVANCED = ("weighting", "space", "engine", "M", "ef_construction")


def query_controls(explorer: Explorer) -> QuerySpec:
    """Draw k, dim and ef in one row, presets and the rest behind buttons; returns the query that is set.

    The session has the settings before the controls are drawn, so a fragment can answer first.
    """
    after_the_answer(lambda: _draw(explorer), once=("k", "dim", "ef", "M", "ef_construction"))
    query, _ = settings.present(explorer)
    return query


def _draw(explorer: Explorer) -> None:
    columns = st.columns([3, 3, 3, 2.7], vertical_alignment="bottom", gap="medium")
    with columns[3].container(gap="small"):
        above = st.container()
        with st.popover("Advanced", icon=":material/account_tree:", width="stretch"):
            weighting, space, engine = _advanced()
    with columns[0]:
        inputs.control("k", largest=settings.most_neighbours(explorer), live=True)
    with columns[1]:
        _dimensions(explorer, weighting, disabled=space == "raw")
    with columns[2]:
        inputs.control("ef", disabled=engine == "exact", live=True)
    with above:  # after the others, which may come from a link
        presets.picker(explorer)
    query, _ = settings.present(explorer)
    _show_advanced(query)


def _dimensions(explorer: Explorer, weighting: Weighting, *, disabled: bool) -> None:
    largest, served = settings.most_dimensions(explorer, weighting), explorer.builds.dims
    if served:
        most, note = max(largest, served[-1]), "These are the values that were built on the cluster."
        inputs.control("dim", stops=served, largest=most, default=largest, note=note, disabled=disabled, live=True)
    else:
        note = "A value not used before builds its index first."
        inputs.control("dim", largest=largest, note=note, disabled=disabled, live=True, settles=True)


def _show_advanced(query: QuerySpec) -> None:
    """Name the settings under "Advanced", which is closed."""
    if parts := in_words(query, among=_ADVANCED):
        idle = " and ".join(name for name in ("dim", "ef") if name in query.unused)
        effect = f" {idle} {'have' if 'and' in idle else 'has'} no effect." if idle else ""
        st.caption(f"Set under Advanced: {', '.join(parts)}.{effect}")


def _advanced() -> tuple[Weighting, Space, Engine]:
    weighting: Weighting = inputs.control("weighting")
    space: Space = inputs.control("space")
    engine: Engine = inputs.control("engine", disabled=space == "raw")
    inputs.control("M")
    inputs.control("ef_construction")
    inputs.live_switch()
    return weighting, space, "exact" if space == "raw" else engine
