"""What is evaluated: settings of the user-kNN, one by one or as a grid, the spec of an evaluation, and its sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import product
from math import prod
from typing import Any

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check, check_choice, declared
from ucf_core.base.specs import LENGTH, RELEVANT_FROM, SAMPLE, QuerySpec, SplitSpec, changed
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS, ScoringSpec, refuse_unknown
from ucf_core.studies.evaluation.baselines import BASELINES

MAX_SETTINGS = 1000


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to find neighbours and to score items by their ratings."""

    query: QuerySpec = field(default_factory=QuerySpec)
    scoring: ScoringSpec = field(default_factory=ScoringSpec)

    @property
    def effective(self) -> "Setting":
        """The same with defaults for what has no effect: of settings that are equal then, one need be measured."""
        query, scoring = self.query, self.scoring
        if scoring.neighbourhood == "per_item":  # which always takes exact search
            query = changed(query, {"engine": "exact"})
        return Setting(query=changed(query, _unused(query)), scoring=changed(scoring, _unused(scoring)))


@dataclass(frozen=True, kw_only=True)
class EvaluationSpec:
    """How settings are evaluated.

    Attributes:
        split: which ratings are held out.
        n: length of the lists.
        sample: users who are measured, drawn with the seed of the split; None for all. The others are trained on.
        relevant_from: rating from which a held-out item counts as relevant to a list; None for every one.
        baselines: names of the baselines to measure beside the settings.
    """

    split: SplitSpec = field(default_factory=SplitSpec)
    n: int = declared(LENGTH)
    sample: int | None = declared(SAMPLE)
    relevant_from: float | None = declared(RELEVANT_FROM)
    baselines: tuple[str, ...] = tuple(BASELINES)

    def __post_init__(self) -> None:
        check(self)
        for name in self.baselines:
            check_choice("baseline", name, tuple(BASELINES))


def grid(values: Mapping[str, Sequence[Any]], base: Setting | None = None) -> list[Setting]:
    """All combinations of `values`, {field of QuerySpec or ScoringSpec: values to try}, over `base`.

    The first field varies slowest. Repeated combinations are left out. Raises SpecError for a field that is none, for
    a value out of bounds, and for more than 1,000 combinations.
    """
    base = base or Setting()
    refuse_unknown({name: values[name] for name in values if name not in PARAMETERS})
    size = prod(map(len, values.values()))
    if not 1 <= size <= MAX_SETTINGS:
        raise SpecError(f"{size:,} settings are out of range; choose 1 <= settings <= {MAX_SETTINGS:,}")
    changes = (dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))
    return distinct(Setting(query=changed(base.query, one), scoring=changed(base.scoring, one)) for one in changes)


def distinct(settings: Iterable[Setting]) -> list[Setting]:
    """The settings without repeats, in their order."""
    return list(dict.fromkeys(settings))


@dataclass(frozen=True)
class Sampled:
    """An evaluation that learns from `n_users` of the `of` users of a dataset, drawn with `seed`, alone."""

    n_users: int
    of: int
    seed: int

    @property
    def in_words(self) -> str:
        """What that means for its figures, in two sentences."""
        return (
            f"The figures hold for a sample of {self.n_users:,} of {self.of:,} users, drawn with seed {self.seed}. "
            "Neighbours come from the sample alone: neighbourhoods are sparser than in the whole dataset, so take the "
            "quality of settings as a lower estimate."
        )


def sampled_of(ratings: Ratings, spec: EvaluationSpec) -> Sampled | None:
    """The sample that an evaluation of `ratings` by `spec` learns from; None where it learns from all users."""
    if ratings.most_evaluated is None or spec.sample is None or spec.sample >= ratings.n_users:
        return None
    return Sampled(spec.sample, ratings.n_users, spec.split.seed)


def _unused(spec: QuerySpec | ScoringSpec) -> dict[str, Any]:
    """The defaults of the fields that have no effect."""
    return {one.name: one.default for one in fields(spec) if one.name in spec.unused}
