"""Evaluated settings in words: what their parameters are called, in which of them they differ, and a name for each."""

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
    "bias": ("Bias", "mean of all ratings, plus what the user and the film deviate from it"),
    "popular": ("Popular", "the most rated films first, the same for every user"),
    "item_mean": ("Film means", "each film's mean rating, pulled to the middle where few rated it"),
    "random": ("Random", "films in random order"),
}


def of_presets(ratings: Ratings) -> dict[Setting, str]:
    """All presets as far as the ratings allow them, with their titles; of those that come to the same, the first."""
    found: dict[Setting, str] = {}
    for each in PRESETS.values():
        found.setdefault(plain(Setting(query=each.query_for(ratings), scoring=each.scoring), ratings), each.title)
    return found


def plain(setting: Setting, ratings: Ratings) -> Setting:
    """The same without what has no effect, and without a dim that is the default one: settings that answer alike are
    equal then, and only one of them need be measured."""
    setting = setting.effective
    if setting.query.dim != _default_dim(ratings):
        return setting
    return Setting(query=changed(setting.query, {"dim": None}), scoring=setting.scoring)


def _default_dim(ratings: Ratings) -> int:
    return min(DEFAULT_DIM, *ratings.matrix.shape)


def parameters_of(setting: Setting, ratings: Ratings) -> dict[str, Any]:
    """All parameters by name, in the order of NAMES; dim is that which answers, None in the raw space."""
    values = asdict(setting.query) | asdict(setting.scoring) | {"engine": setting.query.chosen_engine}
    values["dim"] = (values["dim"] or _default_dim(ratings)) if setting.query.space == "svd" else None
    return {name: values[name] for name in NAMES}


def settings_in(models: Iterable[Model]) -> list[Setting]:
    """The models that are no baselines."""
    return [model for model in models if isinstance(model, Setting)]


def varying(models: Iterable[Model], ratings: Ratings) -> list[str]:
    """Names of the parameters in which the settings differ, in the order of NAMES."""
    all_of_them = [parameters_of(setting, ratings) for setting in settings_in(models)]
    return [name for name in NAMES if len({one[name] for one in all_of_them}) > 1]


def described(parameters: dict[str, Any], names: Sequence[str]) -> str:
    """The named parameters in a few words: "k 50, dim 16, list by learned weights"."""
    return ", ".join(PARAMETERS[name].phrase(name, parameters[name]) for name in names)


def names_of(models: Iterable[Model], ratings: Ratings) -> dict[Model, str]:
    """A name for each model, all different: of a preset, of a baseline, or the parameters in which settings differ.

    Beside presets, which differ in much, only those count in which the others differ from each other or the default.
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
        # from the command line may come settings that answer alike, such as raw ratings with another dim
        often = sum(name == one.split(" (again")[0] for one in names.values())
        names[model] = name if not often else f"{name} (again, {often + 1})"
    return names
