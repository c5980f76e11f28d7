"""Neighbours of a guest: fold-in to the embedding without a refit."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.embedding.embedding import unit_rows
from ucf_core.explorer.builds import Builds
from ucf_core.neighbours.neighbours import Neighbours, check_neighbour_count
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.guest import Guest, guest_bias
from ucf_core.ratings.ratings import Ratings
from ucf_core.ratings.weighting import weighted
from ucf_core.recommendations.scoring import Scope


def guest_vectors(builds: Builds, guest: Guest, query: QuerySpec) -> NDArray[np.float32] | csr_array:
    """What `builds.vectors` gives for a user: (1, dim) unit vector, or (1, n_items) sparse in the raw space.

    The weighted row times the item vectors (Sarwar et al. 2002, folding-in): for the row of a user of the dataset it
    is that user's vector.
    """
    n_items = len(builds.biases.item)
    row = guest.row(n_items)
    if query.weighting != "raw":
        biases = builds.biases
        own = Biases(biases.mean, np.array([guest_bias(guest, biases)]), biases.item)
        row = weighted(row, query.weighting, own)
    if query.space == "raw":
        return row
    return unit_rows(builds.embedding(query).fold_in(row)[:, : builds.dim(query)])


def guest_neighbours(
    ratings: Ratings, builds: Builds, guest: Guest, query: QuerySpec, *, scope: Scope = "global"
) -> Neighbours:
    """The k users most similar to a guest; with `scope` per_item all users, by exact search.

    Raises SpecError for settings that the data does not allow.
    """
    check_neighbour_count(query.k, ratings.n_users)
    per_item = query.k if scope == "per_item" else None
    if per_item is not None:
        query = changed(query, {"k": ratings.n_users, "engine": "exact"})
    hits = builds.index(query).search(guest_vectors(builds, guest, query), k=query.k, ef=query.ef)
    return Neighbours(
        ratings, ratings.n_users, hits.rows[0], hits.similarities[0], hits.engine, hits.ef, per_item, guest
    )
