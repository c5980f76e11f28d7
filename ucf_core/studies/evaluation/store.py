"""Evaluations on disk: found again by dataset, spec and settings, listed newest first."""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import MANIFEST, Artifact, ArtifactStore, Key, refuse, save_array
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.notices import Notices
from ucf_core.base.parameter import check_choice
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.baselines import BASELINES
from ucf_core.studies.evaluation.bootstrap import RESAMPLES
from ucf_core.studies.evaluation.by_user import BY_USER, LISTED, LISTS, SUMS, Arrays, ByUser
from ucf_core.studies.evaluation.evaluate import Say, evaluate
from ucf_core.studies.evaluation.results import TOGETHER, Evaluation, Model
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

KIND = "evaluation"

# Raised when what is measured changes its meaning, so that old figures are measured again rather than shown as new.
_MEANING = 3

# What the arrays of each file are called.
_NAMES = {
    "sums": SUMS,
    "lists": LISTS,
    "listed": LISTED,
    "resampled": BY_USER,
    "together": TOGETHER,
    "without": TOGETHER,
}


def key_of(fingerprint: str, spec: EvaluationSpec, settings: Sequence[Setting]) -> Key:
    """What an evaluation is kept under: the same for the same question."""
    asked = json.dumps([_plain(spec), [_plain(setting) for setting in settings]], sort_keys=True)
    digest = hashlib.blake2b(asked.encode(), digest_size=16).hexdigest()
    return {"fingerprint": fingerprint, "meaning": _MEANING, "asked": digest}


def keep(store: ArtifactStore, fingerprint: str, evaluation: Evaluation) -> None:
    """Write an evaluation. Raises ArtifactError where the disk does not take it."""
    settings = [model for model in evaluation.models if isinstance(model, Setting)]

    def fill(folder: Path) -> None:
        about = {
            "spec": _plain(evaluation.spec),
            "models": [model if isinstance(model, str) else _plain(model) for model in evaluation.models],
            "n_cold": evaluation.n_cold,
            "seconds": evaluation.seconds,
        }
        (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
        save_array(folder, "users", evaluation.users)
        save_array(folder, "counts", evaluation.by_user.counts)
        for part, arrays in _parts(evaluation).items():
            # one file, because every one that is mapped stays open
            save_array(folder, part, np.stack([arrays[name] for name in _NAMES[part]]))

    key = key_of(fingerprint, evaluation.spec, settings)
    with store.only_one(KIND, key):  # which clears away what a killed process left
        store.write(KIND, key, fill)


def evaluate_once(
    store: ArtifactStore,
    ratings: Ratings,
    spec: EvaluationSpec,
    settings: Sequence[Setting],
    *,
    progress: Progress | None = None,
    say: Say | None = None,
) -> tuple[Evaluation, bool]:
    """The evaluation of this question, and whether it was kept from before; a new one is kept.

    See `evaluate`. On a disk that takes nothing the result is there all the same.
    """
    settings = distinct(settings)
    known = find(store, ratings.fingerprint, spec, settings)
    if known is not None:
        return known, True
    made = evaluate(ratings, spec, settings, progress=progress, say=say)
    try:
        keep(store, ratings.fingerprint, made)
    except ArtifactError as error:
        _log.warning("the evaluation is not kept for next time: %s", error)
    return made, False


def find(
    store: ArtifactStore, fingerprint: str, spec: EvaluationSpec, settings: Sequence[Setting]
) -> Evaluation | None:
    """The evaluation of this question, None where it was not kept."""
    kept = store.find(KIND, key_of(fingerprint, spec, settings))
    return None if kept is None else _whole(kept)


def all_of(store: ArtifactStore, fingerprint: str) -> list[tuple[str, Evaluation]]:
    """All evaluations of a dataset with the time (UTC, ISO 8601) at which each was kept, newest first."""
    found = []
    for kind, folder, _ in store.artifacts():
        key = _key_in(folder) if kind == KIND else {}
        if (key.get("fingerprint"), key.get("meaning")) == (fingerprint, _MEANING):
            kept = store.find(KIND, key)
            evaluation = None if kept is None else _whole(kept)
            if kept is not None and evaluation is not None:
                found.append((kept.created, evaluation))
    return sorted(found, key=lambda pair: pair[0], reverse=True)


def _key_in(folder: Path) -> Key:
    """The key of an artifact on disk; empty where it cannot be read."""
    try:
        return dict(read_json(folder / MANIFEST, dict)["key"])
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _whole(kept: Artifact) -> Evaluation | None:
    """A kept evaluation; None, and deleted, where it turns out damaged."""
    try:
        return _read(kept)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        refuse(kept, error, Notices())
        return None


def _read(kept: Artifact) -> Evaluation:
    about = read_json(kept.path("about.json"), dict)
    parts = {part: dict(zip(names, kept.array(part), strict=True)) for part, names in _NAMES.items()}
    evaluation = Evaluation(
        spec=_spec(about["spec"]),
        models=tuple(_model(model) for model in about["models"]),
        users=kept.array("users"),
        by_user=ByUser(kept.array("counts"), parts["sums"], parts["lists"], parts["listed"]),
        resampled=parts["resampled"],
        together=parts["together"],
        without=parts["without"],
        n_cold=int(about["n_cold"]),
        seconds=float(about["seconds"]),
    )
    _check_shapes(evaluation)
    return evaluation


def _parts(evaluation: Evaluation) -> dict[str, Arrays]:
    """Its arrays, by the file that they are kept in."""
    by_user = evaluation.by_user
    return {
        "sums": by_user.sums,
        "lists": by_user.lists,
        "listed": by_user.listed,
        "resampled": evaluation.resampled,
        "together": evaluation.together,
        "without": evaluation.without,
    }


def _check_shapes(evaluation: Evaluation) -> None:
    """Raise ValueError unless every array has the shape that `Evaluation` promises."""
    n_models, n_users = len(evaluation.models), evaluation.users.size
    lengths = {"resampled": (n_models, RESAMPLES), "together": (n_models,)}
    expected: list[tuple[tuple[int, ...], Iterable[NDArray[Any]]]] = [
        ((n_users,), (evaluation.users, evaluation.by_user.counts)),
        *((lengths.get(part, (n_models, n_users)), arrays.values()) for part, arrays in _parts(evaluation).items()),
    ]
    for shape, arrays in expected:
        for array in arrays:
            if array.shape != shape or array.dtype.kind not in "if":
                raise ValueError(f"an array of shape {array.shape} and type {array.dtype} is none of {shape} numbers")


def _plain(spec: EvaluationSpec | Setting) -> dict[str, Any]:
    return asdict(spec)


def _spec(plain: dict[str, Any]) -> EvaluationSpec:
    return EvaluationSpec(
        **plain | {"split": SplitSpec(**plain["split"]), "baselines": tuple(plain["baselines"])},
    )


def _model(plain: str | dict[str, Any]) -> Model:
    if isinstance(plain, str):
        check_choice("model", plain, tuple(BASELINES))
        return plain
    return Setting(query=QuerySpec(**plain["query"]), scoring=ScoringSpec(**plain["scoring"]))
