"""What the map page says: how far to trust the picture, and how to read it."""

from dataclasses import dataclass

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.studies.user_map.pca import Method
from ucf_core.studies.user_map.trust import MapTrust
from ucf_ui.base.text import share

RAW = (
    ":material/info: Neighbours are those by raw ratings, but the map is of the SVD embedding: raw ratings have as "
    "many dimensions as there are films, too many to flatten."
)
_READING: dict[Method, str] = {
    "pca": "Users far apart here are unlike; users close together may still differ in dimensions not shown here.",
    "umap": "UMAP keeps who is near whom as well as it can. How large a cluster is, and how far from others, means "
    "little.",
}


@dataclass(frozen=True)
class Kept:
    """How many neighbours a map keeps, for people; `k` is what was looked at."""

    k: int
    everybody: str
    by_chance: str


def kept(trust: MapTrust, k: int) -> Kept:
    """How many of the k nearest a map keeps; of as many as were looked at, where k is more."""
    k = min(k, trust.similar.shape[1])
    return Kept(k, _fine(float(trust.kept(k).mean())), _fine(trust.by_chance(k)))


def reading(method: Method) -> str:
    """How to read a map of this kind."""
    return _READING[method]


def embedding_of(query: QuerySpec) -> QuerySpec:
    """The question that needs only the embedding which the map of `query` is of."""
    return changed(query, {"space": "svd", "engine": "exact"})


def _fine(value: float) -> str:
    """A share that may be small: 0.0003 as 0.03 %."""
    percent = 100 * value
    return (
        share(value) if percent >= 10 or percent == 0 else f"{percent:.1f} %" if percent >= 0.1 else f"{percent:.2g} %"
    )
