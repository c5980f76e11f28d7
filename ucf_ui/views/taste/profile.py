"""The profile of the person at the screen: in the memory of this session and nowhere else; one for each dataset."""

from collections.abc import Mapping

import streamlit as st

from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings

_PROFILES = "_taste_profiles"
_CHANGED = "_taste_changed"


def rated(ratings: Ratings) -> dict[RawId, float]:
    """Raw item ids and ratings, the latest last; a copy."""
    return dict(_profiles().get(ratings.fingerprint, {}))


def rate(ratings: Ratings, raw: RawId, rating: float | None) -> None:
    """Give a film a rating, or take it away with None; from a widget's callback."""
    profile = rated(ratings)
    if rating is None:
        profile.pop(raw, None)
    else:
        profile[raw] = rating
    _keep(ratings, profile)


def add(ratings: Ratings, more: Mapping[RawId, float]) -> None:
    """Add ratings to the profile, over those of the same films; from a widget's callback."""
    _keep(ratings, {**rated(ratings), **more})


def clear(ratings: Ratings) -> None:
    """Forget all ratings; from a widget's callback."""
    _keep(ratings, {})


def settle() -> None:
    """At the start of a run of the whole page: all of it will show the profile as it is now."""
    st.session_state.pop(_CHANGED, None)


def rerun_if_changed() -> None:
    """At the start of a fragment: where its widgets changed the profile, the other parts must be drawn again, too."""
    if st.session_state.get(_CHANGED):
        st.rerun()


def _keep(ratings: Ratings, profile: dict[RawId, float]) -> None:
    _profiles()[ratings.fingerprint] = profile
    st.session_state[_CHANGED] = True


def _profiles() -> dict[str, dict[RawId, float]]:
    profiles: dict[str, dict[RawId, float]] = st.session_state.setdefault(_PROFILES, {})
    return profiles
