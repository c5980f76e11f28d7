"""The Jobs page: all jobs of the program, and the neighbours of all users as a file."""

import streamlit as st

from ucf_core.base.errors import UcfError
from ucf_core.base.specs import ENGINE, SPACE, Engine, K, QuerySpec, Space
from ucf_ui.base import pages, text
from ucf_ui.base.faults import safely
from ucf_ui.session import cache, sidebar
from ucf_ui.shell import page
from ucf_ui.views.jobs import job_list, neighbour_files
from ucf_ui.widgets import inputs

page.guard()

# a browser takes more, but this process holds the file in memory until the session ends
MOST_TO_DOWNLOAD = 200 << 20
PROBLEM = "_all_neighbours_problem"


def show_start() -> None:
    """Draw the settings for the neighbours of all users, their cost, and the button that starts the job."""
    st.subheader("Neighbours of all users", anchor=False)
    view = sidebar.open_view()
    if view is None:
        if sidebar.is_opening():
            st.caption("The dataset is being opened: see the jobs below.")
        else:
            sidebar.show_no_dataset()
        return
    if view.dataset in cache.own_uploads().explorers:
        st.info(
            f"{text.plain(cache.dataset_title(view.dataset))} is only in the memory of this session, and a file of "
            "its neighbours would be written to disk. To make one, upload it for everyone on the Data page.",
            icon=":material/lock:",
        )
        return
    st.caption(
        f"The k nearest users of each of the {text.counted(view.ratings.n_users, 'user')} of "
        f"{text.plain(cache.dataset_title(view.dataset))}, in one NumPy file. This takes seconds to an hour. A "
        "run that was cancelled or stopped continues where it was."
    )
    with st.container(border=True):
        query = _controls(view.ratings.n_users)
        _show_cost(view, query)
        job = neighbour_files.job_of(view.ratings, query)
        before = neighbour_files.left_from_before(view.ratings, query)
        running = job is not None and job.live
        st.button(
            "Running, see below" if running else "Continue" if before else "Start",
            icon=":material/play_arrow:",
            type="primary",
            disabled=running,
            on_click=safely(_start, view, query),
            help="Runs in the background on every page, also after you close this window.",
        )
        refused, why = st.session_state.get(PROBLEM, (None, ""))
        if refused == (view.dataset, query):
            st.error(text.plain(why), icon=":material/error:")


def _controls(n_users: int) -> QuerySpec:
    """Draw the controls of k, space and engine, apart from those of pages about one user."""
    columns = st.columns(3, gap="medium", vertical_alignment="bottom")
    with columns[0]:
        k = inputs.box(
            K,
            "all-k",
            default=min(K.default, max(n_users - 1, 1)),
            label="Neighbours of each user (k)",
            help="How many of the most similar users to store for each. The file grows in proportion.",
        )
    with columns[1]:
        space: Space = inputs.unlinked(SPACE, "all-space", note="Raw ratings take longer.")
    with columns[2]:
        engine: Engine = inputs.unlinked(ENGINE, "all-engine", disabled=space == "raw")
    return QuerySpec(k=k, space=space, engine="exact" if space == "raw" else engine)


def _show_cost(view: sidebar.View, query: QuerySpec) -> None:
    if query.k >= view.ratings.n_users:
        return  # Start shows the error
    cost = text.size(neighbour_files.expected_bytes(view.ratings, query))
    st.caption(
        f"The file will take about {cost}: {text.counted(view.ratings.n_users, 'user')} with {query.k:,} neighbours "
        "each, as ids and similarities."
    )
    before = neighbour_files.left_from_before(view.ratings, query)
    if before:
        st.caption(
            f"An earlier run with these settings finished {text.share(before)} of it; the next run continues there."
        )
    elif neighbour_files.path_of(view.ratings, query).exists():
        st.caption("A file with these settings exists; a new run replaces it when complete.")


def _start(view: sidebar.View, query: QuerySpec) -> None:
    st.session_state.pop(PROBLEM, None)
    try:
        neighbour_files.start(
            view.explorer, query, f"Neighbours of all users of {cache.dataset_title(view.dataset)}, k {query.k}"
        )
    except UcfError as error:
        # shown until the settings change
        st.session_state[PROBLEM] = ((view.dataset, query), str(error))


def show_files() -> None:
    """Draw the finished files, and those that stopped runs left."""
    st.subheader("Files", anchor=False)
    files = neighbour_files.found()
    if not files:
        st.caption(
            "No file yet. Files with the neighbours of all users appear here, to download or to copy their paths."
        )
    for file in files:
        _show_file(file)
    if any(file.finished for file in files):
        with st.expander("How to read a file", icon=":material/code:"):
            st.code(
                "import numpy as np\n\n"
                "file = np.load(PATH)\n"
                'file["users"]         # (users, k): ids of the neighbours, most similar first\n'
                'file["similarities"]  # (users, k): cosine, from -1 to 1\n'
                'file["row_ids"]       # (users,): id of the user of each row\n'
                'file["rows"]          # (users, k): the neighbours as rows of this file',
                language="python",
            )


def _show_file(file: neighbour_files.NeighbourFile) -> None:
    in_progress = neighbour_files.is_in_progress(file)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{text.plain(cache.dataset_title(file.dataset))}**, k {file.k:,}, {SPACE.text(file.space)}, "
                f"{ENGINE.text(file.engine)}  \n{_about(file, in_progress)}",
                width="stretch",
            )
            if file.finished and file.bytes <= MOST_TO_DOWNLOAD:
                st.download_button(
                    "Download",
                    file.path.read_bytes,
                    file_name=file.path.name,
                    mime="application/octet-stream",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"download-{file.path.name}",
                    help=f"Save the file, {text.size(file.bytes)}, to the downloads of your browser.",
                )
            with st.popover("Delete", icon=":material/delete:", disabled=in_progress):
                st.markdown(f"Delete this, {text.size(file.bytes)}? This cannot be undone.")
                st.button(
                    "Yes, delete it",
                    key=f"delete-{file.path.name}-{file.finished}",
                    type="primary",
                    on_click=safely(neighbour_files.delete, file),
                )
        if file.finished:
            st.code(str(file.path), language=None, wrap_lines=True)


def _about(file: neighbour_files.NeighbourFile, in_progress: bool) -> str:
    if file.finished:
        too_large = "" if file.bytes <= MOST_TO_DOWNLOAD else "; too large for the browser: copy it from this path"
        return f"{text.size(file.bytes)}{too_large}"
    if in_progress:
        return "In progress"
    return f"Unfinished, {text.size(file.bytes)} so far. Start with the same settings to continue"


page.header(pages.JOBS)
show_start()
st.subheader("Jobs", anchor=False)
job_list.show()
show_files()
