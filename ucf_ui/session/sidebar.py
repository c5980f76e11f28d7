"""The dataset and the user of a session, chosen in the sidebar and stored in the URL."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from ucf_core.base.errors import UnknownIdError
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.sources.uploads import SESSION_PREFIX
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base import url
from ucf_ui.base.faults import safely
from ucf_ui.base.text import countable, plain
from ucf_ui.session import cache, job_status
from ucf_ui.widgets import inputs

_VIEW = "_view"
_NEW_DATASET = "_new_dataset"
_MISSING = "_missing_dataset"
_UNKNOWN = "_unknown_user_of_a_link"
_NO_USER = ":material/person_off:"


@dataclass(frozen=True)
class View:
    """The dataset and user that every page shows. `user` is a raw id, None if the sidebar has no valid one."""

    dataset: str
    version: str
    explorer: Explorer
    user: RawId | None

    @property
    def ratings(self) -> Ratings:
        """The ratings of the dataset."""
        return self.explorer.ratings


def open_view() -> View | None:
    """The current view, or None while no dataset is open."""
    current = st.session_state.get(_VIEW)
    return current if isinstance(current, View) else None


def view() -> View:
    """The current view; without one, the page shows why and stops."""
    current: View | Job | None = st.session_state.get(_VIEW)
    if isinstance(current, Job):
        if current.live:
            st.subheader(current.title, anchor=False)
            st.caption("This takes a while once; next time it is read from disk in a second or two.")
        job_status.show(current)
        st.stop()
    if current is None:
        show_no_dataset()
        st.stop()
    return current


def show_no_dataset() -> None:
    """Draw a message on how to get a dataset."""
    st.info(
        "There is no dataset to show yet. Download one or upload your own ratings on the Data page.",
        icon=":material/database:",
    )
    st.page_link("pages/data.py", label="Go to Data", icon=":material/arrow_forward:")


def is_opening() -> bool:
    """Whether a job opens the chosen dataset, or failed to."""
    return isinstance(st.session_state.get(_VIEW), Job)


def user_view() -> tuple[View, RawId]:
    """The current view and its user; without a valid user, the page says so and stops."""
    current = view()
    if current.user is None:
        st.info("Choose a user in the sidebar: type an id, or press Surprise me.", icon=":material/person_search:")
        st.stop()
    return current, current.user


def sidebar() -> None:
    """Draw the choice of dataset and user, on every page."""
    st.session_state[_VIEW] = None
    names = cache.dataset_names()
    if not names:
        st.caption("No dataset is installed.")
        return
    wanted = st.session_state.get("dataset", st.query_params.get("dataset"))
    if isinstance(wanted, str) and wanted not in names:
        _forget_user()
        st.session_state[_MISSING] = wanted  # shown until another dataset is chosen
    url.seed("dataset", names, names[0])
    dataset = st.selectbox(
        "Dataset",
        names,
        format_func=cache.dataset_title,
        key="dataset",
        persist_state="session",
        on_change=safely(_forget_user),
        help="Which ratings to explore. More can be downloaded or uploaded on the Data page.",
    )
    url.keep("dataset", dataset, names[0])
    if _MISSING in st.session_state:
        st.warning(
            f"{_why_missing(st.session_state[_MISSING])} Showing {plain(cache.dataset_title(dataset))}.",
            icon=":material/database_off:",
        )
    version = cache.dataset_version(dataset)
    opened = cache.opened(dataset, version)
    if isinstance(opened, Job):
        st.session_state[_VIEW] = opened
        return
    user = _user_picker(opened.ratings)
    st.session_state[_VIEW] = View(dataset, version, opened, user)
    if opened.notices:
        st.caption(":material/info: Something on disk was damaged or could not be saved. The Data page says what.")


def _why_missing(dataset: str) -> str:
    if dataset.startswith(SESSION_PREFIX):
        return (
            f"{plain(dataset.removeprefix(SESSION_PREFIX)[:60])} was in the memory of another session: reloading a tab "
            "begins a new one. Upload it again on the Data page."
        )
    return f"{plain(dataset[:60])} is not on this machine."


def _user_picker(ratings: Ratings) -> RawId | None:
    picks = cache.quick_picks(ratings.fingerprint, ratings)
    default = ratings.users.raw(picks.most_typical)
    _seed_user(ratings, default)
    user: RawId | None
    ends = ratings.users.ids[[0, -1]]
    if countable(ends):
        low, high = map(int, ends)
        about = f"A user id of this dataset, from {low} to {high}."
        # value=None: an empty box means no user, not the first one
        user = st.number_input("User", low, high, None, step=1, key="user", persist_state="session", help=about)
    else:
        about = "A user id of this dataset, exactly as the ratings file has it."
        user = st.text_input("User", max_chars=200, key="user", persist_state="session", help=about)
    url.keep("user", user, default)
    message = st.container()
    st.button(
        "Surprise me",
        icon=":material/shuffle:",
        width="stretch",
        on_click=safely(_surprise, ratings),
        help="Go to a user drawn at random.",
    )
    st.caption("Jump to")
    with st.container(horizontal=True, gap="small"):
        for label, row, about in (
            ("Most", picks.most_ratings, "The user with the most ratings."),
            ("Fewest", picks.fewest_ratings, "The user with the fewest ratings."),
            ("Typical", picks.most_typical, "The user whose ratings are closest to the average of all users."),
        ):
            raw = ratings.users.raw(row)
            st.button(label, key=f"pick-{label}", on_click=safely(go_to_user, raw, ratings), help=about)
    wanted, instead = st.session_state.get(_UNKNOWN, ("", None))
    if wanted and instead == user:
        message.warning(
            f"This dataset has no user {plain(wanted[:60])}. Showing user {plain(str(user))}.", icon=_NO_USER
        )
    if user is None or user == "":
        return None
    try:
        return ratings.users.raw(ratings.users.row(user))
    except UnknownIdError as error:
        message.warning(plain(str(error)), icon=_NO_USER)
        return None


def _seed_user(ratings: Ratings, default: RawId) -> None:
    """Before the box: set the user of the URL when a session starts, and the default user of a new dataset."""
    users, new_dataset = ratings.users, st.session_state.pop(_NEW_DATASET, False)
    if "user" in st.session_state and not new_dataset:
        current, ends = st.session_state["user"], users.ids[[0, -1]]
        kind = int if countable(ends) else str
        fits = isinstance(current, kind) and (kind is str or ends[0] <= current <= ends[1])
        if fits or current is None:  # None is a box that the user emptied
            return
    wanted = (not new_dataset and st.query_params.get("user")) or None
    if wanted is not None and wanted not in users:
        st.session_state[_UNKNOWN] = wanted, default
        wanted = None
    go_to_user(default if wanted is None else wanted, ratings)


def go_to_user(user: RawId, ratings: Ratings) -> None:
    """Set the user; only before the sidebar is drawn, such as in a widget's callback."""
    st.session_state["user"] = int(user) if countable(ratings.users.ids[[0, -1]]) else str(user)


def _surprise(ratings: Ratings) -> None:
    # without a seed, so that it differs each time; no result depends on it
    go_to_user(ratings.users.raw(int(np.random.default_rng().integers(ratings.n_users))), ratings)


def open_dataset(name: str) -> None:
    """Set the dataset; only from a widget's callback."""
    st.session_state["dataset"] = name
    _forget_user()


def _forget_user() -> None:
    """Drop what belongs to the previous dataset: its user, selections, bounds and messages."""
    st.session_state.pop(_MISSING, None)
    st.session_state.pop(_UNKNOWN, None)
    st.session_state[_NEW_DATASET] = True
    inputs.forget_bounds(("k", "dim", "n"))
    for key in ("neighbour", "film", "without", "other"):
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)
