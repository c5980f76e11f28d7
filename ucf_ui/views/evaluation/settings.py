"""Evaluated settings: their parameters in words, the ones that vary, and a name for each setting."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ucf_core.base.specs import DEFAULT_DIM, changed
from ucf_core.explorer.presets import PRESETS
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.results import Model
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.settings.settings import NAMES

BASELINES: dict[str, tuple[str, str]] = {
    "bias": ("Bias", "mean of all ratings, plus the deviations of the user and the film"),
    "popular": ("Popular", "the most rated films first, the same for every user"),
    "item_mean": ("Film means", "each film's mean rating, shrunk to the overall mean if few rated it"),
    "random": ("Random", "films in random order"),
}


def of_presets(ratings: Ratings) -> dict[Setting, str]:
    """All presets, cut to what the ratings allow, with their titles; of equal ones, the first."""
    found: dict[Setting, str] = {}
    for each in PRESETS.values():
        found.setdefault(plain(Setting(query=each.query_for(ratings), scoring=each.scoring), ratings), each.title)
    return found


def plain(setting: Setting, ratings: Ratings) -> Setting:
    """The setting without fields that have no effect or are the default dim: equal answers, equal settings."""
    setting = setting.effective
    if setting.query.dim != _default_dim(ratings):
        return setting
    return Setting(query=changed(setting.query, {"dim": None}), scoring=setting.scoring)


def _default_dim(ratings: Ratings) -> int:
    return min(DEFAULT_DIM, *ratings.matrix.shape)


def parameters_of(setting: Setting, ratings: Ratings) -> dict[str, Any]:
    """All parameters by name, in the order of NAMES; dim is None in the raw space."""
    values = asdict(setting.query) | asdict(setting.scoring) | {"engine": setting.query.chosen_engine}
    values["dim"] = (values["dim"] or _default_dim(ratings)) if setting.query.space == "svd" else None
    return {name: values[name] for name in NAMES}


def settings_in(models: Iterable[Model]) -> list[Setting]:
    """The models that are settings, without baselines."""
    return [model for model in models if isinstance(model, Setting)]


def varying(models: Iterable[Model], ratings: Ratings) -> list[str]:
    """Names of the parameters that differ between settings, in the order of NAMES."""
    all_of_them = [parameters_of(setting, ratings) for setting in settings_in(models)]
    return [name for name in NAMES if len({one[name] for one in all_of_them}) > 1]


def described(parameters: dict[str, Any], names: Sequence[str]) -> str:
    """The named parameters in a few words: "k 50, dim 16, list by learned weights"."""
    return ", ".join(PARAMETERS[name].phrase(name, parameters[name]) for name in names)


def names_of(models: Iterable[Model], ratings: Ratings) -> dict[Model, str]:
    """A unique name for each model: of the preset or the baseline, or the parameters that differ between settings.

    Beside presets, only parameters count that differ between the other settings, or from the default.
    """
    models = list(models)
    presets = of_presets(ratings)
    own = [setting for setting in settings_in(models) if plain(setting, ratings) not in presets]
    beside_presets = len(own) < len(settings_in(models))
    differing = varying([*own, Setting()] if beside_presets else own, ratings) or ["k", "dim"]
    names: dict[Model, str] = {}
    for model in models:
        if isinstance(model, str):
            name = BASELINES[model][0] if model in BASELINES else model
        else:
            name = presets.get(plain(model, ratings)) or described(parameters_of(model, ratings), differing)
        # the command line can measure settings with equal answers, such as raw ratings with another dim
        often = sum(name == one.split(" (again")[0] for one in names.values())
        names[model] = name if not often else f"{name} (again, {often + 1})"
    return names
