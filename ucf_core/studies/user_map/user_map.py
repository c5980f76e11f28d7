"""The map of all users in the space of a query: by PCA at once, by UMAP once and then from the store."""

from pathlib import Path

from ucf_core.base.errors import SpecError
from ucf_core.base.files.artifacts import Artifact, save_array
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.recipes import Recipe
from ucf_core.studies.user_map.knn_graph import near_users
from ucf_core.studies.user_map.pca import METHODS, Method, UserMap, principal_map
from ucf_core.studies.user_map.umap import Layout, umap_layout

# Up to so many users the neighbours that UMAP starts from are found exactly, in some seconds.
_EXACT = 20_000


def mapped(query: QuerySpec) -> QuerySpec:
    """What the map of `query` depends on: its SVD embedding and dim. Raw ratings have no map of their own."""
    return QuerySpec(dim=query.dim, weighting=query.weighting, seed=query.seed)


def user_map(
    explorer: Explorer,
    query: QuerySpec | None = None,
    *,
    method: Method = "pca",
    layout: Layout = umap_layout,
    progress: Progress | None = None,
) -> UserMap:
    """All users in two dimensions, from the unit vectors of the embedding, dim and weighting of `query`.

    By PCA in well under a second at 162,541 users; by UMAP in minutes, kept in the store of the explorer. `layout` is
    what lays UMAP's graph out. Raises SpecError for an unknown method or, for UMAP, too few users; MissingExtraError
    for UMAP where umap-learn is not installed and the map is not in the store.
    """
    if method not in METHODS:
        raise SpecError(f"method={method!r} is not known; choose one of {', '.join(METHODS)}")
    query = mapped(query or QuerySpec())
    if method == "pca":
        return principal_map(explorer.builds.units(query))
    return explorer.builds.kept(umap_recipe(explorer, query, layout), progress=progress)


def has_umap(explorer: Explorer, query: QuerySpec) -> bool:
    """Whether the map by UMAP was made before, so that it need only be read."""
    return explorer.builds.is_kept(umap_recipe(explorer, mapped(query), umap_layout))


def umap_recipe(explorer: Explorer, query: QuerySpec, layout: Layout) -> Recipe[UserMap]:
    """How the map by UMAP is made and kept; `query` as `mapped` gives it."""

    def build(progress: Progress | None) -> UserMap:
        units = explorer.builds.units(query, progress=progress)
        engine = "exact" if len(units) <= _EXACT else "hnsw"
        index = explorer.builds.index(changed(query, {"engine": engine}), progress=progress)
        near = near_users(index, units, ef=query.ef, progress=progress)
        placed = layout(*near, principal_map(units).places, query.seed, progress)
        # UMAP's directions mean nothing: the widest one lies along the first axis, as on a map by PCA
        return UserMap(principal_map(placed).places, "umap")

    def save(folder: Path, made: UserMap) -> None:
        save_array(folder, "places", made.places)

    def load(kept: Artifact, _: Progress | None) -> UserMap:
        return UserMap(kept.array("places"), "umap")

    key = {
        "fingerprint": explorer.ratings.fingerprint,
        "weighting": query.weighting,
        "dim": explorer.dim(query),
        "embedded": query.embedding.dim,
        "seed": query.seed,
    }
    return Recipe("umap", key, build, save, load)
