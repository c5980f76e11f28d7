"""Python scripts that compute what a page shows, with only the settings that differ from the defaults.

Every function returns the text of one complete script. `dataset` is what `load_ratings` takes, or "cluster:NAME"; users
and items are raw ids. Text from data is written as a literal, so that it cannot become code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ucf_core.base.specs import DEFAULT_DIM, QuerySpec
from ucf_core.datasets.sources.cluster_builds import PREFIX
from ucf_core.datasets.sources.uploads import SESSION_PREFIX
from ucf_core.ratings.ids import RawId
from ucf_core.recommendations.scoring import ScoringSpec

if TYPE_CHECKING:
    from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting

_WIDTH = 100


def neighbours(dataset: str, user: RawId, query: QuerySpec) -> str:
    """The neighbours of a user, and their recall."""
    return _script(
        dataset,
        _named("query", query),
        f"neighbours = explorer.neighbours({literal(user)}, query)",
        "print(neighbours.to_frame())",
        "",
        "# compared with exact search and with raw ratings",
        f"inspection = explorer.inspect({literal(user)}, query)",
        "print(inspection.recall, inspection.raw_overlap)",
    )


def tuning(dataset: str, user: RawId, query: QuerySpec, breadths: Sequence[int], sample: int) -> str:
    """Index recall of one user, and for several ef over a sample of users."""
    lines = [
        _named("query", query),
        f"inspection = explorer.inspect({literal(user)}, query)",
        "print(inspection.recall, inspection.milliseconds, inspection.raw_overlap)",
    ]
    if query.chosen_engine == "hnsw":
        lines += [
            "",
            f"points = explorer.index_recall(query, ef={[int(ef) for ef in breadths]}, sample={literal(sample)})",
            "for point in points:",
            "    print(point.ef, point.recall, point.milliseconds_per_query)",
        ]
    return _script(dataset, *lines)


@dataclass(frozen=True)
class ExplainedFilm:
    """A film whose score is explained, and computed again without a neighbour, by another rule or another support."""

    film: RawId
    without: RawId | None = None
    ranking: str | None = None
    min_support: int | None = None

    def lines(self, user: RawId) -> list[str]:
        """Lines that follow those of the list."""
        lines = [
            "",
            f"explanation = explorer.explain({literal(user)}, {literal(self.film)}, query, scoring)",
            "print(explanation.score, explanation.predicted)",
        ]
        changes = [] if self.without is None else [f"without=ratings.users.row({literal(self.without)})"]
        for name, value in (("ranking", self.ranking), ("min_support", self.min_support)):
            changes += [] if value is None else [f"{name}={literal(value)}"]
        return [*lines, f"print(explanation.what_if({', '.join(changes)}))"] if changes else lines


def recommendations(
    dataset: str,
    user: RawId,
    query: QuerySpec,
    scoring: ScoringSpec,
    n: int,
    *,
    explained: ExplainedFilm | None = None,
    beside: str | None = None,
) -> str:
    """A list for a user, with a film explained if given; with `beside`, a second list by that rule."""
    lines = [
        _named("query", query),
        _named("scoring", scoring),
        f"recommendations = explorer.recommend({literal(user)}, query, scoring, n={literal(n)})",
        "print(recommendations.to_frame())",
    ]
    if explained is not None:
        lines += explained.lines(user)
    if beside is not None:
        arguments = f"{literal(user)}, query, scoring, n={literal(n)}, ranking={literal(beside)}"
        lines += ["", f"beside = explorer.recommend({arguments})", "print(beside.to_frame())"]
    return _script(dataset, *lines)


def two_users(dataset: str, user: RawId, other: RawId, query: QuerySpec) -> str:
    """Two users compared."""
    return _script(
        dataset,
        _named("query", query),
        f"user, other = {literal(user)}, {literal(other)}",
        "pair = compare_pair(ratings, ratings.users.row(user), ratings.users.row(other))",
        "print(pair.accord)",
        "there, back = explorer.nearness(user, other, query)",
        "print(there, back)",
        imports=("from ucf_core.neighbours.comparison import compare_pair",),
    )


def two_settings(
    dataset: str, user: RawId, a: tuple[QuerySpec, ScoringSpec], b: tuple[QuerySpec, ScoringSpec], n: int
) -> str:
    """One user under two settings: overlap of the neighbours, and both lists."""
    lines = []
    for side, (query, scoring) in (("a", a), ("b", b)):
        lines += [
            _named(f"query_{side}", query),
            _named(f"scoring_{side}", scoring),
            f"neighbours_{side} = explorer.neighbours({literal(user)}, query_{side})",
            f"films_{side} = explorer.recommend({literal(user)}, query_{side}, scoring_{side}, n={literal(n)})",
            "",
        ]
    return _script(
        dataset,
        *lines,
        "print(ucf.overlap(neighbours_a.rows, neighbours_b.rows))",
        "print(films_a.to_frame())",
        "print(films_b.to_frame())",
    )


def traced(dataset: str, user: RawId, query: QuerySpec) -> str:
    """One search in the HNSW graph, step by step."""
    return _script(
        dataset,
        _named("query", query),
        f"traced = explorer.trace({literal(user)}, query)",
        "print(traced.trace.n_distances, len(traced.trace.steps), traced.neighbours)",
        "for miss in traced.misses:",
        "    print(miss)",
    )


def diagnosis(dataset: str, query: QuerySpec, sample: int | None, scoring: ScoringSpec, n: int) -> str:
    """Hubs, similarities, recall and popularity over many users."""
    drawn = "" if sample is None else f", sample={literal(sample)}"
    return _script(
        dataset,
        _named("query", query),
        f"diagnosis = ucf.diagnose(explorer, query{drawn})",
        "print(diagnosis.skewness, diagnosis.hubness.anti_hub_share, diagnosis.recall)",
        "",
        _named("scoring", scoring),
        f"lists = ucf.diagnose_lists(explorer, diagnosis, scoring, n={literal(n)})",
        "print(lists.bias.gap_difference, lists.use)",
    )


def evaluation(dataset: str, spec: "EvaluationSpec", settings: "Sequence[Setting]") -> str:
    """Settings and baselines on held-out ratings."""
    return _script(
        dataset,
        _named("spec", spec),
        "settings = [",
        *(f"    {written(setting)}," for setting in settings),
        "]",
        "evaluation = ucf.evaluate(ratings, spec, settings)",
        "for row in evaluation.rows:",
        "    print(row)",
        explorer=False,
    )


def guest(dataset: str, rated: Mapping[RawId, float], query: QuerySpec, scoring: ScoringSpec, n: int) -> str:
    """Neighbours and a list for a guest with the ratings `rated`, by raw item id."""
    return _script(
        dataset,
        "rated = {",
        *(f"    {literal(item)}: {float(rating)!r}," for item, rating in rated.items()),
        "}",
        "you = ucf.Guest.of(ratings, rated)",
        _named("query", query),
        _named("scoring", scoring),
        "neighbours = explorer.neighbours(you, query)",
        "print(neighbours.to_frame())",
        f"recommendations = explorer.recommend(you, query, scoring, n={literal(n)})",
        "print(recommendations.to_frame())",
    )


def literal(value: object) -> str:
    """`repr` of a raw id or setting; NumPy's numbers and text as Python's.

    >>> literal('a"b')
    '\\'a"b\\''
    """
    return repr(value.item() if isinstance(value, np.generic) else value)


def written(spec: Any) -> str:
    """The call that makes a spec, with only the fields that differ from their defaults.

    >>> written(QuerySpec(k=20, dim=128, engine="hnsw"))
    'ucf.QuerySpec(k=20)'
    """
    return f"ucf.{type(spec).__name__}({', '.join(_arguments(spec))})"


def _arguments(spec: Any) -> list[str]:
    if isinstance(spec, QuerySpec):  # None in place of the value that None means
        automatic = replace(spec, engine=None).chosen_engine
        dim = None if spec.dim == DEFAULT_DIM else spec.dim
        spec = replace(spec, dim=dim, engine=None if spec.engine == automatic else spec.engine)
    return [
        f"{one.name}={written(value) if is_dataclass(value) else literal(value)}"
        for one in fields(spec)
        if (value := getattr(spec, one.name))
        != (one.default if one.default_factory is MISSING else one.default_factory())
    ]


def _named(name: str, spec: Any) -> str:
    line = f"{name} = {written(spec)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name} = ucf.{type(spec).__name__}(", *(f"    {one}," for one in _arguments(spec)), ")"])


def _script(dataset: str, *lines: str, imports: Sequence[str] = (), explorer: bool = True) -> str:
    # a private upload is a file in the folder where the script runs
    dataset = dataset.removeprefix(SESSION_PREFIX)
    if dataset.startswith(PREFIX):
        imports = [*imports, "from ucf_core.cluster.serve.explorer import open_served"]
        opened = [f"explorer = open_served({literal(dataset)})", "ratings = explorer.ratings"]
    else:
        opened = [f"ratings = ucf.load_ratings({literal(dataset)})"]
        opened += ["explorer = ucf.Explorer(ratings)"] if explorer else []
    return "\n".join(["import ucf_core as ucf", *imports, "", *opened, *lines, ""])
