"""The visitor's ratings, one profile for each dataset; only in the memory of this session."""

from collections.abc import Mapping

import streamlit as st

from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings

_PROFILES = "_taste_profiles"
_CHANGED = "_taste_changed"


def rated(ratings: Ratings) -> dict[RawId, float]:
    """A copy of the ratings by raw item id, the latest last."""
    return dict(_profiles().get(ratings.fingerprint, {}))


def rate(ratings: Ratings, raw: RawId, rating: float | None) -> None:
    """Set the rating of a film, or remove it with None; only from a widget's callback."""
    profile = rated(ratings)
    if rating is None:
        profile.pop(raw, None)
    else:
        profile[raw] = rating
    _store(ratings, profile)


def add(ratings: Ratings, more: Mapping[RawId, float]) -> None:
    """Add ratings to the profile, replacing those of the same films; only from a widget's callback."""
    _store(ratings, {**rated(ratings), **more})


def clear(ratings: Ratings) -> None:
    """Forget all ratings; only from a widget's callback."""
    _store(ratings, {})


def settle() -> None:
    """Note that this run draws the whole page from the present profile."""
    st.session_state.pop(_CHANGED, None)


def rerun_if_changed() -> None:
    """Rerun the page from a fragment whose widgets changed the profile, since other parts show it too."""
    if st.session_state.get(_CHANGED):
        st.rerun()


def _store(ratings: Ratings, profile: dict[RawId, float]) -> None:
    _profiles()[ratings.fingerprint] = profile
    st.session_state[_CHANGED] = True


def _profiles() -> dict[str, dict[RawId, float]]:
    profiles: dict[str, dict[RawId, float]] = st.session_state.setdefault(_PROFILES, {})
    return profiles
