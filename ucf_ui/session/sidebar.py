"""What the whole session is about: the dataset and the user, chosen in the sidebar and kept in the URL."""

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
_GONE = "_gone_dataset"
_NOBODY = "_user_of_a_link_that_is_not_there"
_NO_USER = ":material/person_off:"


@dataclass(frozen=True)
class View:
    """What every page looks at. `user` is a raw id; None where the sidebar has no valid one."""

    dataset: str
    version: str
    explorer: Explorer
    user: RawId | None

    @property
    def ratings(self) -> Ratings:
        """The ratings of the dataset."""
        return self.explorer.ratings


def open_view() -> View | None:
    """The current view, or None while there is no open dataset, for pages that can do without."""
    current = st.session_state.get(_VIEW)
    return current if isinstance(current, View) else None


def notices(view: View) -> list[str]:
    """What is to say about what lies on disk for this dataset, such as that something was damaged and built again."""
    return [notice.text for notice in view.explorer.notices]


def view() -> View:
    """The current view; where there is no dataset, a message that says what to do, and the page stops there."""
    current: View | Job | None = st.session_state.get(_VIEW)
    if isinstance(current, Job):
        _show_opening(current)
        st.stop()
    if current is None:
        say_where_to_get_one()
        st.stop()
    return current


def say_where_to_get_one() -> None:
    """What to do where there is no dataset."""
    st.info(
        "There is no dataset to show yet. Download one or upload your own ratings on the Data page.",
        icon=":material/database:",
    )
    st.page_link("pages/data.py", label="Go to Data", icon=":material/arrow_forward:")


def is_opening() -> bool:
    """Whether the chosen dataset is being opened by a job, or could not be."""
    return isinstance(st.session_state.get(_VIEW), Job)


def _show_opening(job: Job) -> None:
    if job.live:
        st.subheader(job.title, anchor=False)
        st.caption("This takes a while once; next time it is read from disk in a second or two.")
    job_status.show(job)


def user_view() -> tuple[View, RawId]:
    """The current view and its user; where no valid user is chosen, a message, and the page stops there."""
    current = view()
    if current.user is None:
        st.info("Choose a user in the sidebar: type an id, or press Surprise me.", icon=":material/person_search:")
        st.stop()
    return current, current.user


def sidebar() -> None:
    """Dataset and user, on every page."""
    st.session_state[_VIEW] = None
    names = cache.dataset_names()
    if not names:
        st.caption("No dataset is installed.")
        return
    _note_what_is_gone(names)
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
    if _GONE in st.session_state:
        st.warning(
            f"{_why_gone(st.session_state[_GONE])} This is {plain(cache.dataset_title(dataset))}.",
            icon=":material/database_off:",
        )
    version = cache.dataset_version(dataset)
    opened = cache.opened(dataset, version)
    if isinstance(opened, Job):
        st.session_state[_VIEW] = opened
        return
    user = _user_picker(opened.ratings)
    current = st.session_state[_VIEW] = View(dataset, version, opened, user)
    if notices(current):
        st.caption(":material/info: Something on disk was damaged or could not be kept. The Data page says what.")


def _note_what_is_gone(names: list[str]) -> None:
    """Remember, until another dataset is chosen, that the one of the session or its link was deleted."""
    wanted = st.session_state.get("dataset", st.query_params.get("dataset"))
    if isinstance(wanted, str) and wanted not in names:
        _forget_user()
        st.session_state[_GONE] = wanted


def _why_gone(dataset: str) -> str:
    if dataset.startswith(SESSION_PREFIX):
        return (
            f"{plain(dataset.removeprefix(SESSION_PREFIX)[:60])} was in the memory of another session: reloading a tab "
            "begins a new one. Upload it again on the Data page."
        )
    return f"{plain(dataset[:60])} is not on this machine, or no longer."


def _user_picker(ratings: Ratings) -> RawId | None:
    picks = cache.quick_picks(ratings.fingerprint, ratings)
    default = ratings.users.raw(picks.most_typical)
    _seed_user(ratings, default)
    user: RawId | None
    if countable(ratings.users.ids[[0, -1]]):
        user = st.number_input(
            "User",
            min_value=int(ratings.users.ids[0]),
            max_value=int(ratings.users.ids[-1]),
            # an empty box is nobody; else it would be the first user
            value=None,
            step=1,
            key="user",
            persist_state="session",
            help=f"A user id of this dataset, from {ratings.users.raw(0)} to {ratings.users.raw(-1)}.",
        )
    else:
        user = st.text_input(
            "User",
            max_chars=200,
            key="user",
            persist_state="session",
            help="A user id of this dataset, exactly as the ratings file has it.",
        )
    url.keep("user", user, default)
    said = st.container()
    st.button(
        "Surprise me",
        icon=":material/shuffle:",
        width="stretch",
        on_click=safely(_surprise),
        args=(ratings,),
        help="Go to a user drawn at random.",
    )
    st.caption("Jump to")
    with st.container(horizontal=True, gap="small"):
        for label, row, why in (
            ("Most", picks.most_ratings, "The user with the most ratings."),
            ("Fewest", picks.fewest_ratings, "The user with the fewest ratings."),
            ("Typical", picks.most_typical, "The user whose ratings are closest to the average of all users."),
        ):
            st.button(
                label,
                on_click=safely(go_to_user),
                args=(ratings.users.raw(row), ratings),
                help=why,
                key=f"pick-{label}",
            )
    wanted, instead = st.session_state.get(_NOBODY, ("", None))
    if wanted and instead == user:
        said.warning(
            f"This dataset has no user {plain(wanted[:60])}. Showing user {plain(str(user))}.",
            icon=_NO_USER,
        )
    if user is None or user == "":
        return None
    try:
        return ratings.users.raw(ratings.users.row(user))
    except UnknownIdError as error:
        said.warning(plain(str(error)), icon=_NO_USER)
        return None


def _seed_user(ratings: Ratings, default: RawId) -> None:
    """Before the box: the user in the URL when a session starts, and the default one in a dataset just opened."""
    users = ratings.users
    numbers = countable(users.ids[[0, -1]])
    kept = st.session_state.get("user")
    fits = isinstance(kept, int) and users.ids[0] <= kept <= users.ids[-1] if numbers else isinstance(kept, str)
    emptied = "user" in st.session_state and kept is None
    new_dataset = st.session_state.pop(_NEW_DATASET, False)
    if (fits or emptied) and not new_dataset:
        return
    wanted = (not new_dataset and st.query_params.get("user")) or None
    if wanted is not None and wanted not in users:
        st.session_state[_NOBODY] = wanted, default
        wanted = None
    go_to_user(default if wanted is None else wanted, ratings)


def go_to_user(user: RawId, ratings: Ratings) -> None:
    """Make `user` the user of the view; only before the sidebar is drawn, as in a widget's callback."""
    st.session_state["user"] = int(user) if countable(ratings.users.ids[[0, -1]]) else str(user)


def _surprise(ratings: Ratings) -> None:
    # a surprise is meant to differ each time: the one random step without a seed, and it decides nothing but where
    # to look
    go_to_user(ratings.users.raw(int(np.random.default_rng().integers(ratings.n_users))), ratings)


def open_dataset(name: str) -> None:
    """Make `name` the dataset of the view; only from a widget callback."""
    st.session_state["dataset"] = name
    _forget_user()


def _forget_user() -> None:
    """A user id means nothing in another dataset; and what is said of a dataset that is gone was read by then."""
    st.session_state.pop(_GONE, None)
    st.session_state.pop(_NOBODY, None)
    st.session_state[_NEW_DATASET] = True
    inputs.forget_bounds(("k", "dim", "n"))
    for key in ("neighbour", "film", "without", "other"):
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)
