"""Sentences of the Map page: how to read the map, and how far to trust it."""

import numpy as np

from ucf_core.studies.user_map.pca import Method
from ucf_core.studies.user_map.trust import MapTrust
from ucf_ui.base.text import count, counted, share
from ucf_ui.views.map.data import Drawn

RAW = (
    ":material/info: Neighbours are those by raw ratings, but the map shows the SVD embedding: raw ratings have as "
    "many dimensions as there are films, too many for a map."
)
READING: dict[Method, str] = {
    "pca": "Users far apart here are unlike; users close together may still differ in dimensions not shown here.",
    "umap": "UMAP keeps nearest neighbours together as well as it can. The size of a cluster and its "
    "distance from others mean little.",
}


def preserved(trust: MapTrust, k: int) -> tuple[int, str, str]:
    """k, at most as many as were measured; the share of the k nearest that a map preserves; that share by chance."""
    k = min(k, trust.similar.shape[1])
    return k, _fine(float(trust.kept(k).mean())), _fine(trust.by_chance(k))


def shown_share(shown: Drawn) -> str:
    """Share of the variance that a map by PCA shows."""
    percent = 100 * sum(shown.map.explained or (np.nan,))
    return "none" if np.isnan(percent) else f"{percent:.1f} %"


def axes(shown: Drawn) -> tuple[str, str]:
    """Titles of the two axes."""
    if shown.map.explained is None:
        return "First direction of UMAP (no unit)", "Second direction (no unit)"
    first, second = (0.0 if np.isnan(part) else 100 * part for part in shown.map.explained)
    return f"First principal component ({first:.1f} % of the variance)", f"Second ({second:.1f} %)"


def crowd_in_words(shown: Drawn, n_users: int) -> str:
    """How many of the users are points."""
    if shown.points.rows.size == n_users:
        return f"All {counted(n_users, 'user')} are points; click one to choose that user on all pages."
    return (
        f"Cells hold all {count(n_users)} users. The points are {count(shown.points.rows.size)} of them, drawn at "
        "random; click one to choose that user on all pages."
    )


def _fine(value: float) -> str:
    """A share that may be small: 0.0003 as 0.03 %."""
    percent = 100 * value
    if percent >= 10 or percent == 0:
        return share(value)
    return f"{percent:.1f} %" if percent >= 0.1 else f"{percent:.2g} %"
