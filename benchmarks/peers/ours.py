"""This program, its baselines, and EASE: what needs no other library."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.ease import fit_ease
from benchmarks.peers.model import OURS, Fitted, Model, Settings
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec, refuse_unknown
from ucf_core.studies.evaluation.baselines import BASELINES, random, top_unseen
from ucf_core.studies.evaluation.user_knn import HeldOut, Outcome, outcomes

_EXACT = {"exact search": {"engine": "exact"}}


def fit_user_knn(train: Ratings, settings: Settings, seed: int) -> Fitted:
    """User-kNN with the fields of QuerySpec and ScoringSpec as settings. k is cut to the users that there are."""
    rest = {**settings, "seed": seed}
    query, scoring = changed(QuerySpec(), rest), changed(ScoringSpec(), rest)
    refuse_unknown(rest)
    query = changed(query, {"k": min(query.k, train.n_users - 1), "ef": max(query.ef, query.k)})
    explorer = Explorer(train, in_memory=True)
    explorer.build(query)

    def outcome(users: NDArray[np.integer], items: NDArray[np.integer], n: int) -> Outcome:
        rows, owners = np.unique(users, return_inverse=True)
        tested = HeldOut(rows.astype(np.int32), owners, items.astype(np.int32))
        return outcomes(explorer, tested, query, [scoring], n=n)[0]

    def predict(users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.float64]:
        predicted = outcome(users, items, 1).predicted
        assert predicted is not None
        return predicted

    def lists(users: NDArray[np.integer], n: int) -> NDArray[np.int32]:
        # one entry for each user, whose prediction is not used
        return outcome(users, np.zeros(len(users), dtype=np.int32), n).lists

    return Fitted(predict, lists)


def fit_baseline(train: Ratings, settings: Settings, seed: int) -> Fitted:
    """One of `BASELINES`, by its `name`."""
    name = settings["name"]
    fitted = random(train, seed=seed) if name == "random" else BASELINES[name](train)
    return Fitted(fitted.predict, lambda users, n: top_unseen(fitted.scores, train, users, n))


def rating_models() -> list[Model]:
    """Those that predict ratings: as the program comes, and with settings that cross-validation found on this data."""
    tuned = {"weighting": "residual", "dim": 16}
    learned = {**tuned, "aggregation": "learned"}
    return [
        _user_knn("ours, defaults", {}),
        *(_user_knn(f"ours, offset, k {k}", {**tuned, "k": k}) for k in (100, 400)),
        *(_user_knn(f"ours, learned, k {k}", {**learned, "k": k}) for k in (100, 400)),
        _baseline("bias"),
        _baseline("item_mean"),
    ]


def list_models() -> list[Model]:
    """Those that make lists."""
    space = {"weighting": ("raw", "residual"), "dim": (16, 32, 64, 128)}
    wider = {"k": (25, 50, 100, 200, 400)}
    powers = {"k": (50, 100, 200, 400), "amplification": (1.0, 2.0, 4.0, 8.0, 16.0)}
    ridges = {"k": (100, 200, 400), "ridge": (50.0, 100.0, 200.0, 400.0, 800.0)}
    ease = {"ridge": (50.0, 100.0, 200.0, 400.0, 800.0)}
    preset = PRESETS["best_lists"]
    offered = {"k": preset.query.k, "dim": preset.query.dim, "ranking": preset.scoring.ranking}
    return [
        _user_knn("ours, defaults", {}),
        _user_knn("ours, preset best lists", offered),
        _user_knn("ours, weighted_ratings", {"ranking": "weighted_ratings"}, space, wider),
        _user_knn("ours, similarity_sum", {"ranking": "similarity_sum"}, space, powers),
        _user_knn("ours, learned", {"ranking": "learned", "k": 200}, space, ridges),
        _user_knn("ours, hybrid", {"ranking": "hybrid", "k": 200}, space, ridges),
        _baseline("popular"),
        _baseline("item_mean"),
        _baseline("random"),
        Model("EASE", OURS, fit_ease, {}, (ease,)),
    ]


def _user_knn(name: str, settings: Settings, *grid: Mapping[str, tuple[Any, ...]]) -> Model:
    return Model(name, OURS, fit_user_knn, settings, grid, variants=_EXACT, ours=True)


def _baseline(name: str) -> Model:
    return Model(name, OURS, fit_baseline, {"name": name})
