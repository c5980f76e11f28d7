"""Evaluations on disk: found again by dataset, spec, settings and metrics, listed newest first.

Each is stored under `SCHEMA` and the names of its metrics, so an evaluation is measured again, beside the one on disk,
when a metric was added. Evaluations that lack a metric are listed without it; those of another schema are counted and
left on disk.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import FORMAT, MANIFEST, Artifact, ArtifactStore, Key, discard_damaged, save_array
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.notices import Notices
from ucf_core.base.parameter import check_choice
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.baselines import BASELINES
from ucf_core.studies.evaluation.evaluate import Say, evaluate
from ucf_core.studies.evaluation.intervals import RESAMPLES
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.results import Evaluation, Model
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, distinct

if TYPE_CHECKING:
    from ucf_core.studies.evaluation.by_user import Arrays

_log = logging.getLogger(__name__)

KIND = "evaluation"

# Raised when the files change, or when a figure changes its meaning; a new metric needs no new number.
SCHEMA = 4

_ARRAYS = ("figures", "resampled", "shifts")


@dataclass(frozen=True, eq=False)
class Stored:
    """All evaluations of a dataset on disk.

    Attributes:
        evaluations: with the time (UTC, ISO 8601) at which each was stored, newest first, one for each question.
        skipped: how many were stored by a version with another schema; they stay on disk.
    """

    evaluations: list[tuple[str, Evaluation]]
    skipped: int


def asked(spec: EvaluationSpec, settings: Sequence[Setting]) -> str:
    """32 hex digits that name a question: the same for the same spec and settings."""
    return _digest([asdict(spec), [asdict(setting) for setting in settings]])


def key_of(
    fingerprint: str, spec: EvaluationSpec, settings: Sequence[Setting], metrics: Iterable[str] = METRICS
) -> Key:
    """The key of an evaluation with these metrics, by default all registered ones."""
    return {
        "fingerprint": fingerprint,
        "schema": SCHEMA,
        "asked": asked(spec, settings),
        "metrics": _digest(sorted(metrics)),
    }


def save(store: ArtifactStore, fingerprint: str, evaluation: Evaluation) -> None:
    """Write an evaluation. Raises ArtifactError where the disk does not take it."""
    settings = [model for model in evaluation.models if isinstance(model, Setting)]
    parts = {part: getattr(evaluation, part) for part in _ARRAYS}

    def fill(folder: Path) -> None:
        about = {
            "spec": asdict(evaluation.spec),
            "models": [model if isinstance(model, str) else asdict(model) for model in evaluation.models],
            "metrics": {part: list(arrays) for part, arrays in parts.items()},
            "n_ratings": evaluation.n_ratings,
            "n_cold": evaluation.n_cold,
            "seconds": evaluation.seconds,
        }
        (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
        save_array(folder, "users", evaluation.users)
        for part, arrays in parts.items():
            # one file, because every one that is mapped stays open
            save_array(folder, part, np.stack([*arrays.values()]))

    key = key_of(fingerprint, evaluation.spec, settings, evaluation.figures)
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
    """The evaluation of this question with all registered metrics, and whether it was on disk; a new one is stored.

    See `evaluate`. A result that cannot be stored is returned all the same.
    """
    settings = distinct(settings)
    known = find(store, ratings.fingerprint, spec, settings)
    if known is not None:
        return known, True
    made = evaluate(ratings, spec, settings, progress=progress, say=say)
    try:
        save(store, ratings.fingerprint, made)
    except ArtifactError as error:
        _log.warning("the evaluation is not stored: %s", error)
    return made, False


def find(
    store: ArtifactStore, fingerprint: str, spec: EvaluationSpec, settings: Sequence[Setting]
) -> Evaluation | None:
    """The evaluation of this question with all registered metrics; None where it is not on disk."""
    artifact = store.find(KIND, key_of(fingerprint, spec, settings))
    return None if artifact is None else _read_or_discard(artifact)


def all_of(store: ArtifactStore, fingerprint: str) -> Stored:
    """All evaluations of a dataset; of the same question that with most of the registered metrics, then the newest."""
    found: list[tuple[str, str, Evaluation]] = []
    skipped = 0
    for version, key in _keys(store):
        if key.get("fingerprint") != fingerprint:
            continue
        if version != FORMAT or key.get("schema") != SCHEMA:
            skipped += 1
            continue
        artifact = store.find(KIND, key)
        evaluation = None if artifact is None else _read_or_discard(artifact)
        if artifact is not None and evaluation is not None:
            found.append((artifact.created, str(key.get("asked")), evaluation))
    found.sort(key=lambda one: (len(METRICS.keys() & one[2].figures.keys()), one[0]))
    best = {question: (created, evaluation) for created, question, evaluation in found}
    return Stored(sorted(best.values(), key=lambda pair: pair[0], reverse=True), skipped)


def _keys(store: ArtifactStore) -> Iterator[tuple[Any, Key]]:
    """The format and the key of every evaluation on disk with a readable manifest."""
    for kind, folder, _ in store.artifacts():
        if kind == KIND:
            try:
                manifest = read_json(folder / MANIFEST, dict)
                yield manifest["format"], dict(manifest["key"])
            except (OSError, ValueError, LookupError, TypeError):
                continue


def _read_or_discard(artifact: Artifact) -> Evaluation | None:
    """A stored evaluation; None, and deleted, where it is damaged."""
    try:
        return _read(artifact)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        discard_damaged(artifact, error, Notices())
        return None


def _read(artifact: Artifact) -> Evaluation:
    about = read_json(artifact.path("about.json"), dict)
    models = tuple(_model(model) for model in about["models"])
    users = artifact.array("users")
    _check(users, users.shape if users.ndim == 1 else (users.size,))
    sizes = {"figures": (), "resampled": (RESAMPLES,), "shifts": users.shape}
    parts: dict[str, Arrays] = {}
    for part, names in about["metrics"].items():
        stacked = artifact.array(part)
        _check(stacked, (len(names), len(models), *sizes[part]))
        parts[part] = dict(zip(names, stacked, strict=True))
    if {*parts["figures"]} != {*parts["resampled"], *parts["shifts"]}:
        raise ValueError("a metric has a figure and no interval, or an interval and no figure")
    return Evaluation(
        spec=_spec(about["spec"]),
        models=models,
        users=users,
        **parts,
        n_ratings=int(about["n_ratings"]),
        n_cold=int(about["n_cold"]),
        seconds=float(about["seconds"]),
    )


def _check(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind not in "if":
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype} is none of {shape} numbers")


def _digest(plain: Any) -> str:
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).hexdigest()


def _spec(plain: dict[str, Any]) -> EvaluationSpec:
    return EvaluationSpec(**plain | {"split": SplitSpec(**plain["split"]), "baselines": tuple(plain["baselines"])})


def _model(plain: str | dict[str, Any]) -> Model:
    if isinstance(plain, str):
        check_choice("model", plain, tuple(BASELINES))
        return plain
    return Setting(query=QuerySpec(**plain["query"]), scoring=ScoringSpec(**plain["scoring"]))
