"""The job that makes a map by UMAP when a page first asks for it; the map by PCA is shown meanwhile."""

from typing import Any

import streamlit as st

from ucf_core.base.errors import BusyError, MissingExtraError
from ucf_core.base.jobs.job import Job
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.studies.user_map import umap
from ucf_core.studies.user_map.knn_graph import NEIGHBOURS
from ucf_core.studies.user_map.pca import Method
from ucf_core.studies.user_map.user_map import has_umap, mapped, user_map
from ucf_ui.base.text import plain
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id


def settled(explorer: Explorer, query: QuerySpec, method: Method) -> Method:
    """`method` if its map is made, else PCA while a job makes it; draws the job, or why there can be no map."""
    if method == "pca" or has_umap(explorer, query):
        return method
    if explorer.ratings.n_users <= NEIGHBOURS:
        st.info(f"A map by UMAP needs at least {NEIGHBOURS + 1} users. This is the map by PCA.", icon=":material/map:")
        return "pca"
    try:
        umap.check_installed()
    except MissingExtraError as error:
        st.info(f"This is the map by PCA: {plain(str(error))}.", icon=":material/extension:")
        return "pca"
    job = _job(explorer, mapped(query))
    if job.live:
        st.caption(
            ":material/hourglass_top: The map by UMAP is being made. Until it is ready, this is the map by PCA; then "
            "the page updates by itself. The map is saved, so this happens only once."
        )
    job_status.show(job, note="This is the map by PCA.")
    return "pca"


def _job(explorer: Explorer, query: QuerySpec) -> Job:
    def work(job: Job) -> None:
        def placed(*graph: Any) -> Any:
            job.begin("Placing users")
            return umap.umap_layout(*graph)

        job.begin("Finding neighbours of all users")
        user_map(explorer, query, method="umap", layout=placed, progress=job.progress)

    name = cache.dataset_title(explorer.ratings.name)
    of = "" if query.weighting == "raw" else f" of {query.weighting} ratings"
    key = f"umap {explorer.ratings.fingerprint} {query}"
    # minutes at 162,541 users: no index should wait behind it
    title = f"Map by UMAP of {name}, {explorer.dim(query)} dimensions{of}"
    try:
        return cache.jobs().get(key) or cache.jobs().submit(
            key, title, work, background=True, dataset=explorer.ratings.name, owner=session_id()
        )
    except BusyError as error:
        return Job.refused(key, title, str(error))
