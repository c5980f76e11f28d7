"""LensKit (Ekstrand 2020): user-based kNN on ratings and on what was rated."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.model import Fitted, Model, Settings, require
from ucf_core.ratings.ratings import Ratings

LIBRARY = "lenskit"


def fit(train: Ratings, settings: Settings, _seed: int) -> Fitted:
    """UserKNNScorer with these settings in LensKit's own pipelines, in one thread.

    Ratings that no neighbour supports come from its bias model; it does not clip to the scale.
    """
    require(LIBRARY)
    import pandas as pd
    from lenskit import predict as predicted_by
    from lenskit import recommend
    from lenskit.data import ItemList, from_interactions_df
    from lenskit.knn import UserKNNScorer
    from lenskit.pipeline import predict_pipeline, topn_pipeline

    _use_one_thread()
    entries = train.matrix.tocoo()
    frame = pd.DataFrame({"user_id": entries.row, "item_id": entries.col, "rating": entries.data})
    explicit = settings["feedback"] == "explicit"
    scorer = UserKNNScorer(**settings)
    data = from_interactions_df(frame)
    for_lists = topn_pipeline(scorer)
    for_lists.train(data)
    for_ratings = predict_pipeline(UserKNNScorer(**settings)) if explicit else None
    if for_ratings is not None:
        for_ratings.train(data)

    def predict(users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.float64]:
        rows, starts = np.unique(users, return_index=True)
        asked = np.split(items, starts[1:])
        found = (
            predicted_by(for_ratings, row, ItemList(item_ids=of_user)).scores()
            for row, of_user in zip(rows.tolist(), asked, strict=True)
        )
        return np.concatenate([np.asarray(scores, dtype=np.float64) for scores in found])

    def lists(users: NDArray[np.integer], n: int) -> NDArray[np.int32]:
        best = np.full((len(users), n), -1, dtype=np.int32)
        for row, user in zip(best, users.tolist(), strict=True):
            found = recommend(for_lists, user, n).ids()
            row[: len(found)] = found
        return best

    return Fitted(predict if explicit else None, lists)


@cache
def _use_one_thread() -> None:
    """Once: it complains of a second time."""
    from lenskit.parallel import initialize

    initialize(processes=1, threads=1, backend_threads=1)


def rating_models() -> list[Model]:
    """On ratings, with its default number of neighbours and with Surprise's."""
    settings = {"feedback": "explicit"}
    return [Model(f"LensKit UserKNN, explicit, k {k}", LIBRARY, fit, {**settings, "max_nbrs": k}) for k in (20, 40)]


def list_models() -> list[Model]:
    """On what was rated, and on ratings."""
    grid = ({"max_nbrs": (20, 50, 100, 200, 400)},)
    return [
        Model(f"LensKit UserKNN, {feedback}", LIBRARY, fit, {"feedback": feedback}, grid)
        for feedback in ("implicit", "explicit")
    ]
