"""The settings of every page: set all at once, read anywhere, and never beyond what the dataset allows."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.presets import PRESETS
from ucf_core.recommendations.scoring import NOTEBOOK_SCORING, ScoringSpec
from ucf_ui.settings import settings


def small_page():
    """Ten users; a button sets what the test left in the session, and the outcome is left there too."""
    import numpy as np
    import streamlit as st

    import ucf_core as ucf
    from ucf_ui.settings import settings

    users, items = np.divmod(np.arange(60), 6)
    ratings = ucf.Ratings.from_columns(users + 1, items + 1, 1.0 + (users * 7 + items * items) % 5)
    wanted = st.session_state.get("wanted", ())
    st.button("Use", on_click=settings.use, args=wanted)
    st.session_state["seen"] = settings.present(ucf.Explorer(ratings, in_memory=True))


@pytest.fixture
def page():
    tester = AppTest.from_function(small_page).run()
    assert not tester.exception
    return tester


def use(page, query, scoring):
    page.session_state["wanted"] = (query, scoring)
    page.run()
    page.button[0].click().run()
    assert not page.exception
    return page.session_state["seen"]


def test_untouched_settings_are_defaults_within_the_dataset(page):
    query, scoring = page.session_state["seen"]
    assert scoring == ScoringSpec()
    assert query == QuerySpec(k=9, dim=query.dim, engine="hnsw")
    assert 1 <= query.dim <= 6


def test_every_setting_is_read_back(page):
    query = QuerySpec(k=3, dim=2, ef=77, weighting="residual", space="svd", engine="exact", M=8, ef_construction=25)
    scoring = ScoringSpec(
        ranking="damped",
        aggregation="mean",
        shrinkage=2.5,
        min_support=2,
        neighbourhood="per_item",
        amplification=2.0,
        significance=5,
        ridge=50.0,
        rating_ridge=20.0,
    )
    assert use(page, query, scoring) == (query, scoring)
    assert use(page, QuerySpec(k=3, dim=2), NOTEBOOK_SCORING) == (
        QuerySpec(k=3, dim=2, engine="hnsw"),
        NOTEBOOK_SCORING,
    )


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_cut_to_what_the_dataset_allows(preset, page):
    query, scoring = use(page, preset.query, preset.scoring)
    assert (query.k, query.weighting, scoring) == (9, preset.query.weighting, preset.scoring)
    assert query.dim <= 6


def test_raw_ratings_are_always_searched_exactly(page):
    query, _ = use(page, QuerySpec(k=3, space="raw"), ScoringSpec())
    assert (query.space, query.engine) == ("raw", "exact")


@pytest.mark.parametrize("learned", [{"ranking": "learned"}, {"aggregation": "learned"}])
def test_learned_weights_leave_the_neighbourhood_global(learned, page):
    use(page, QuerySpec(), ScoringSpec(neighbourhood="per_item"))
    for name, value in learned.items():
        page.session_state[name] = value
    page.run()
    assert page.session_state["seen"][1] == replace(ScoringSpec(), **learned)


@pytest.mark.parametrize(("asked", "given"), [(1, 2), (2, 2), (3, 3)])
def test_a_dim_below_the_served_ones_becomes_the_smallest_of_them(asked, given, monkeypatch):
    users, items = np.divmod(np.arange(60), 6)
    ratings = ucf.Ratings.from_columns(users + 1, items + 1, 1.0 + (users * 7 + items * items) % 5)
    explorer = ucf.Explorer(ratings, in_memory=True)
    monkeypatch.setattr(explorer.builds, "dims", (2, 5))
    assert settings.within(explorer, QuerySpec(k=4, dim=asked), ScoringSpec())[0].dim == given
