"""Evaluated settings in words: what their parameters are called, in which of them they differ, and a name for each."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ucf_core.evaluation.results import Model
from ucf_core.evaluation.spec import Setting
from ucf_core.presets import PRESETS
from ucf_core.ranking import RULES
from ucf_core.ratings import Ratings
from ucf_core.specs import DEFAULT_DIM, changed


@dataclass(frozen=True)
class Parameter:
    """What a parameter of a setting is called, in a heading and in short, and its values where they are names."""

    title: str
    explanation: str
    words: dict[str, str] = field(default_factory=dict)
    short: str = ""

    def text(self, value: Any) -> str:
        """A value as people read it."""
        if value is None:
            return "none"
        return self.words.get(value, value) if isinstance(value, str) else f"{value:g}"

    def phrase(self, name: str, value: Any) -> str:
        """The parameter and a value in the middle of a sentence: "k 50", "list: weighted ratings"."""
        words = self.text(value)
        if not self.words:
            return f"{self.short or name} {words}"
        return f"{self.short or name}: {lowered(words)}"


def lowered(words: str) -> str:
    """Words as they stand in the middle of a sentence; HNSW stays as it is."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


PARAMETERS: dict[str, Parameter] = {
    "k": Parameter("Neighbours (k)", "How many of the most similar users have a say."),
    "dim": Parameter("Dimensions (dim)", "How many of the strongest SVD factors describe a user."),
    "ef": Parameter("Search breadth (ef)", "How many candidates the HNSW index keeps while it searches."),
    "weighting": Parameter(
        "Weighting",
        "What users are compared by: ratings as they are, less the user's mean, or less user and film averages.",
        {"raw": "As given", "centred": "Centred", "residual": "Residual"},
    ),
    "ranking": Parameter(
        "Order of the list",
        "Which rule orders recommendations. It has no effect on RMSE and MAE.",
        {name: rule.title for name, rule in RULES.items()},
        "list",
    ),
    "aggregation": Parameter(
        "Predicted rating",
        "How the neighbours' ratings become a predicted rating.",
        {"baseline_offset": "Bias plus offset", "mean": "Plain mean", "learned": "Learned"},
        "rating",
    ),
    "space": Parameter(
        "Compare users by",
        "By their strongest factors, or by the rating rows themselves.",
        {"svd": "SVD embedding", "raw": "Raw ratings"},
    ),
    "engine": Parameter(
        "Search with",
        "HNSW looks at a small part of all users, exact search at everybody.",
        {"hnsw": "HNSW index", "exact": "Exact"},
        "search",
    ),
    "neighbourhood": Parameter(
        "Neighbourhood",
        "The user's k nearest judge all films, or each film is judged by the k nearest of its own raters.",
        {"global": "The user's nearest", "per_item": "Each film's nearest"},
    ),
    "amplification": Parameter("Amplification", "Power of the similarity that a neighbour weighs; 1 leaves it as is."),
    "significance": Parameter("Significance", "Neighbours who share fewer films than this weigh less; 0 is off."),
    "ridge": Parameter("Ridge of the list", "How strongly learned weights of the list are held back."),
    "rating_ridge": Parameter(
        "Ridge of the rating", "How strongly learned predicted ratings are held back.", short="rating ridge"
    ),
    "shrinkage": Parameter("Shrinkage", "Pull of predicted ratings towards what averages suggest."),
    "min_support": Parameter("Minimum support", "Neighbours who must have rated a film.", short="minimum support"),
    "M": Parameter("Links per node (M)", "Links that each user has in the HNSW graph."),
    "ef_construction": Parameter(
        "Build breadth", "How carefully the links of the graph are chosen.", short="build breadth"
    ),
}

BASELINES: dict[str, tuple[str, str]] = {
    "bias": ("Bias", "mean of all ratings, plus what the user and the film deviate from it"),
    "popular": ("Popular", "the most rated films first, the same for everybody"),
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
    """All parameters by name, in the order of PARAMETERS; dim is that which answers, None in the raw space."""
    values = asdict(setting.query) | asdict(setting.scoring) | {"engine": setting.query.chosen_engine}
    values["dim"] = (values["dim"] or _default_dim(ratings)) if setting.query.space == "svd" else None
    return {name: values[name] for name in PARAMETERS}


def settings_in(models: Iterable[Model]) -> list[Setting]:
    """The models that are no baselines."""
    return [model for model in models if isinstance(model, Setting)]


def varying(models: Iterable[Model], ratings: Ratings) -> list[str]:
    """Names of the parameters in which the settings differ, in the order of PARAMETERS."""
    all_of_them = [parameters_of(setting, ratings) for setting in settings_in(models)]
    return [name for name in PARAMETERS if len({one[name] for one in all_of_them}) > 1]


def described(parameters: dict[str, Any], names: Sequence[str]) -> str:
    """The named parameters in a few words: "k 50, dim 16, list: learned weights"."""
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
