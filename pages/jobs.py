"""Long work: the neighbours of all users as a job, and every job of the program."""

import streamlit as st

from ucf_core.base.errors import ArtifactError, UcfError
from ucf_core.base.specs import ENGINE, SPACE, QuerySpec
from ucf_ui.base import pages, text
from ucf_ui.base.faults import safely
from ucf_ui.session import cache, sidebar
from ucf_ui.shell import page
from ucf_ui.views.jobs import job_list, neighbour_files
from ucf_ui.views.jobs.controls import all_neighbours_controls

page.guard()

# a browser takes more, but it is kept in the memory of this process until the session ends
MOST_TO_DOWNLOAD = 200 << 20
PROBLEM, DELETE_FAILED = "_all_neighbours_problem", "_delete_file_failed"


def show_start() -> None:
    """Settings for the neighbours of all users, what they cost, and the button that starts the job."""
    st.subheader("Neighbours of all users", anchor=False)
    view = sidebar.open_view()
    if view is None:
        if sidebar.is_opening():
            st.caption("This waits for the dataset to be open: see the jobs below.")
        else:
            sidebar.say_where_to_get_one()
        return
    if view.dataset in cache.own_uploads().explorers:
        st.info(
            f"{text.plain(cache.dataset_title(view.dataset))} is in the memory of this session alone, and a file of "
            "its neighbours would stay. Upload it for all users on the Data page to make one.",
            icon=":material/lock:",
        )
        return
    st.caption(
        f"The k nearest users of each of the {text.counted(view.ratings.n_users, 'user')} of "
        f"{text.plain(cache.dataset_title(view.dataset))}, in one NumPy file. It takes seconds to an hour. "
        "What is finished is kept, so a run that was cancelled or killed goes on where it stopped."
    )
    with st.container(border=True):
        query = all_neighbours_controls(view.ratings.n_users)
        _show_cost(view, query)
        job = neighbour_files.job_of(view.ratings, query)
        before = neighbour_files.left_from_before(view.ratings, query)
        running = job is not None and job.live
        st.button(
            "Running, see below" if running else "Continue" if before else "Start",
            icon=":material/play_arrow:",
            type="primary",
            disabled=running,
            on_click=safely(_start),
            args=(view, query),
            help="Runs in the background, whatever page you are on, also when you close this window.",
        )
        refused, why = st.session_state.get(PROBLEM, (None, ""))
        if refused == (view.dataset, query):
            st.error(text.plain(why), icon=":material/error:")


def _show_cost(view: sidebar.View, query: QuerySpec) -> None:
    if query.k >= view.ratings.n_users:
        return  # pressing Start tells what is wrong
    cost = text.size(neighbour_files.expected_bytes(view.ratings, query))
    st.caption(
        f"The file will take about {cost}: {text.counted(view.ratings.n_users, 'user')} with {query.k:,} neighbours "
        "each, ids and similarities."
    )
    before = neighbour_files.left_from_before(view.ratings, query)
    if before:
        st.caption(f"An earlier run with these settings left {text.share(before)} of it, which is not done again.")
    elif neighbour_files.path_of(view.ratings, query).exists():
        st.caption("There is a file with these settings already; a new run replaces it when it is complete.")


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
    """What was made, and what stopped runs have left."""
    st.subheader("Files", anchor=False)
    files = neighbour_files.found()
    if not files:
        st.caption("Nothing yet. Files with the neighbours of all users show up here, to download or to copy the path.")
    for file in files:
        _show_file(file)
    if any(file.finished for file in files):
        with st.expander("How to read a file", icon=":material/code:"):
            st.code(
                "import numpy as np\n\n"
                "file = np.load(PATH)\n"
                'file["users"]         # (users, k): ids of the neighbours, most similar first\n'
                'file["similarities"]  # (users, k): cosine, from -1 to 1\n'
                'file["row_ids"]       # (users,): whose neighbours each row holds\n'
                'file["rows"]          # (users, k): the neighbours as rows of this file',
                language="python",
            )
    failed = st.session_state.pop(DELETE_FAILED, None)
    if failed:
        st.error(text.plain(failed), icon=":material/error:")


def _show_file(file: neighbour_files.NeighbourFile) -> None:
    worked_on = neighbour_files.is_worked_on(file)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{text.plain(cache.dataset_title(file.dataset))}**, k {file.k:,}, {SPACE.text(file.space)}, "
                f"{ENGINE.text(file.engine)}  \n{_about(file, worked_on)}",
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
                    help=f"Save the file, {text.size(file.bytes)}, where your browser keeps downloads.",
                )
            with st.popover("Delete", icon=":material/delete:", disabled=worked_on):
                st.markdown(f"Delete this, {text.size(file.bytes)}? This cannot be undone.")
                st.button(
                    "Yes, delete it",
                    key=f"delete-{file.path.name}-{file.finished}",
                    type="primary",
                    on_click=safely(_delete),
                    args=(file,),
                )
        if file.finished:
            st.code(str(file.path), language=None, wrap_lines=True)


def _about(file: neighbour_files.NeighbourFile, worked_on: bool) -> str:
    if file.finished:
        too_large = "" if file.bytes <= MOST_TO_DOWNLOAD else "; too large for the browser, so copy it from the path"
        return f"{text.size(file.bytes)}{too_large}"
    if worked_on:
        return "Being made"
    return f"Unfinished, {text.size(file.bytes)} so far: start it with the same settings and it goes on"


def _delete(file: neighbour_files.NeighbourFile) -> None:
    try:
        neighbour_files.delete(file)
    except ArtifactError as error:
        st.session_state[DELETE_FAILED] = str(error)


page.header(pages.JOBS)
show_start()
st.subheader("Jobs", anchor=False)
job_list.show()
show_files()
