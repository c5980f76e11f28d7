"""Surprise (scikit-surprise; Hug 2020): predicted ratings by user-based kNN, baselines and matrix factorisation."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.model import Fitted, Model, Settings, require
from ucf_core.ratings.ratings import Ratings

LIBRARY = "scikit-surprise"


def fit(train: Ratings, settings: Settings, seed: int) -> Fitted:
    """The `algorithm` of that name with the other settings as its arguments. It clips to the scale itself."""
    require(LIBRARY)
    import surprise

    arguments = {**settings, "verbose": False}
    algorithm = getattr(surprise, arguments.pop("algorithm"))
    if algorithm in (surprise.SVD, surprise.SVDpp):
        arguments["random_state"] = seed
    coordinates = train.matrix.tocoo()
    columns = (coordinates.row.tolist(), coordinates.col.tolist(), coordinates.data.tolist())
    data = surprise.Dataset(surprise.Reader(rating_scale=train.scale))
    trainset = data.construct_trainset([(*entry, None) for entry in zip(*columns, strict=True)])
    model = algorithm(**arguments).fit(trainset)

    def predict(users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.float64]:
        pairs = zip(users.tolist(), items.tolist(), strict=True)
        return np.array([model.predict(user, item).est for user, item in pairs])

    return Fitted(predict)


def rating_models() -> list[Model]:
    """The kNN of users with its default similarity (msd) and with pearson_baseline, and what it is compared with."""
    models = []
    for algorithm in ("KNNBasic", "KNNWithMeans", "KNNBaseline"):
        for similarity in ("msd", "pearson_baseline"):
            options = {"name": similarity, "user_based": True}
            settings = {"algorithm": algorithm, "sim_options": options}
            models.append(Model(f"Surprise {algorithm}, {similarity}", LIBRARY, fit, settings))
    others = ("BaselineOnly", "SVD", "SVDpp")
    return models + [Model(f"Surprise {name}", LIBRARY, fit, {"algorithm": name}) for name in others]


def list_models() -> list[Model]:
    """None: it predicts ratings, one at a time."""
    return []
