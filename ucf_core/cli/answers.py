"""The JSON documents of the command line: raw ids and Python numbers only."""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, TypeAlias

from ucf_core.base.specs import DEFAULT_DIM, QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import agreement
from ucf_core.neighbours.recall import overlap
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import Evidence
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.results import Evaluation, Model
from ucf_core.studies.evaluation.spec import sampled_of

Answer: TypeAlias = dict[str, Any]


def neighbours_answer(explorer: Explorer, user: RawId, query: QuerySpec) -> Answer:
    """A user's neighbours, the time of the search, and its recall against exact search."""
    explorer.build(query)
    start = time.perf_counter()
    found = explorer.neighbours(user, query)
    milliseconds = 1e3 * (time.perf_counter() - start)
    exact = found if found.engine == "exact" else explorer.neighbours(user, changed(query, {"engine": "exact"}))
    rows = zip(found.users.tolist(), found.similarities.tolist(), agreement(found).co_rated.tolist(), strict=True)
    return {
        "user": explorer.ratings.users.raw(found.user),
        "k": found.k,
        "dim": explorer.dim(query),
        "ef": found.ef,
        "space": query.space,
        "engine": found.engine,
        "milliseconds": milliseconds,
        "index_recall": overlap(found.rows, exact.rows),
        "neighbours": [{"user": raw, "similarity": value, "co_rated": shared} for raw, value, shared in rows],
    }


def predict_answer(explorer: Explorer, user: RawId, item: RawId, query: QuerySpec, scoring: ScoringSpec) -> Answer:
    """A predicted rating with the evidence for it."""
    predicted = explorer.predict(user, item, query, scoring)
    ratings = explorer.ratings
    return {
        "user": ratings.users.raw(predicted.user),
        "item": ratings.items.raw(predicted.item),
        "title": ratings.catalogue.titles[predicted.item],
        "predicted_rating": predicted.rating,
        "support": predicted.support,
        "fallback": predicted.fallback,
        "evidence": _evidence(ratings, predicted.evidence),
    }


def recommend_answer(explorer: Explorer, user: RawId, n: int, query: QuerySpec, scoring: ScoringSpec) -> Answer:
    """A recommendation list; the time covers search, scoring and evidence, not the index build."""
    explorer.build(query)
    start = time.perf_counter()
    made = explorer.recommend(user, query, scoring, n=n)
    milliseconds = 1e3 * (time.perf_counter() - start)
    ratings = explorer.ratings
    return {
        "user": ratings.users.raw(made.user),
        "ranking": scoring.ranking,
        "milliseconds": milliseconds,
        "recommendations": [
            {
                "item": ratings.items.raw(item),
                "title": ratings.catalogue.titles[item],
                "genres": list(ratings.catalogue.genres[item]),
                "score": float(made.scores[position]),
                "predicted_rating": float(made.predicted_ratings[position]),
                "support": int(made.support[position]),
                "evidence": _evidence(ratings, made.evidence[position]),
            }
            for position, item in enumerate(made.items.tolist())
        ],
    }


def recall_answer(explorer: Explorer, ef: Sequence[int], sample: int, query: QuerySpec) -> Answer:
    """Index recall for each ef."""
    points = explorer.index_recall(query, ef=ef, sample=sample)
    return {
        "k": query.k,
        "dim": explorer.dim(query),
        "sample": min(sample, explorer.ratings.n_users),
        "points": [
            {
                "ef": point.ef,
                "recall_by_id": point.recall.recall_by_id,
                "recall_by_distance": point.recall.recall_by_distance,
                # JSON has no infinity: the ratio to exact neighbours that are all at distance 0
                "distance_ratio": ratio if math.isfinite(ratio := point.recall.distance_ratio) else None,
                "milliseconds_per_query": point.milliseconds_per_query,
                "fell_back": point.fell_back,
            }
            for point in points
        ],
    }


def evaluation_answer(ratings: Ratings, evaluation: Evaluation) -> Answer:
    """The metrics of every model; null where a baseline has no such setting.

    `sample` is null if all users are training data, even if only some of them are measured.
    """
    spec = evaluation.spec
    sampled = sampled_of(ratings, spec)
    default_dim = min(DEFAULT_DIM, sampled.n_users if sampled else ratings.n_users, ratings.n_items)
    return {
        "protocol": spec.split.protocol,
        "folds": spec.split.folds if spec.split.protocol == "kfold" else 1,
        "seed": spec.split.seed,
        "n": spec.n,
        "users": len(evaluation.users),
        "cold_users": evaluation.n_cold,
        "sample": sampled and asdict(sampled) | {"note": sampled.in_words},
        "seconds": evaluation.seconds,
        "rows": [
            {
                "model": row.name,
                **_setting(row.model, default_dim),
                **row.metrics,
                "ci95": {name: list(interval) for name, interval in row.ci95.items()},
            }
            for row in evaluation.rows
        ],
    }


def _setting(model: Model, default_dim: int) -> Answer:
    if isinstance(model, str):
        return dict.fromkeys(
            one.name for spec in (QuerySpec, ScoringSpec) for one in fields(spec) if one.name != "seed"
        )
    plain = asdict(model.query) | asdict(model.scoring)
    plain["engine"] = model.query.chosen_engine
    plain["dim"] = (model.query.dim or default_dim) if model.query.space == "svd" else None
    del plain["seed"]
    return plain


def _evidence(ratings: Ratings, evidence: Evidence) -> list[Answer]:
    raw = ratings.users.ids[evidence.users].tolist()
    rows = zip(raw, evidence.similarities.tolist(), evidence.ratings.tolist(), strict=True)
    return [{"user": user, "similarity": similarity, "rating": rating} for user, similarity, rating in rows]
