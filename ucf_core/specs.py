"""Frozen specs: every parameter of the program, declared once with its default, bounds and words.

Bounds here are those that no data can lift; bounds that depend on the data (k against the number of users,
dim against the rank) are checked where the data is known.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from ucf_core.errors import SpecError
from ucf_core.parameter import Parameter, check, declared, parameters

Weighting: TypeAlias = Literal["raw", "centred", "residual"]
Space: TypeAlias = Literal["svd", "raw"]
Engine: TypeAlias = Literal["hnsw", "exact"]
Ranking: TypeAlias = Literal["weighted_ratings", "similarity_sum", "damped", "predicted", "learned", "hybrid"]
Aggregation: TypeAlias = Literal["baseline_offset", "mean", "learned"]
Scope: TypeAlias = Literal["global", "per_item"]
Protocol: TypeAlias = Literal["kfold", "per_user_holdout", "temporal"]

WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)
SPACES: tuple[Space, ...] = get_args(Space)
ENGINES: tuple[Engine, ...] = get_args(Engine)
RANKINGS: tuple[Ranking, ...] = get_args(Ranking)
LEARNED_RANKINGS: tuple[Ranking, ...] = ("learned", "hybrid")
"""Rules whose weights are learned for each user."""
AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)
SCOPES: tuple[Scope, ...] = get_args(Scope)
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

MAX_M = 256
MAX_SEED = 2**31 - 1

K = Parameter(
    default=50,
    label="Neighbours (k)",
    help="How many of the most similar users have a say. More smooths the result, fewer makes it more personal.",
    brief="number of neighbours",
    low=1,
    high=1_000_000,
    # the learned weights of more neighbours would keep a page waiting for seconds: they solve k equations
    stops=(*range(1, 61), *range(65, 101, 5), *range(110, 201, 10), *range(225, 401, 25), *range(450, 1001, 50)),
    examples=(25, 50, 100, 200),
)
DIM = Parameter(
    default=128,
    label="Dimensions (dim)",
    help="How many of the strongest SVD factors describe a user. Fewer generalise, more keep details.",
    brief="embedding dimensions; default {default}, or the rank if that is smaller",
    low=1,
    high=4096,
    examples=(8, 16, 32, 64, 128),
)
WEIGHTING = Parameter(
    default="raw",
    label="Weighting",
    help="What users are compared by. As given: those are alike who rated the same films. Centred: each rating less "
    "its user's mean, so strict and generous users can be alike. Residual: less what user and film averages suggest, "
    "so that taste counts alone; best for predicted ratings. One not used before needs an embedding of its own first: "
    "up to half a minute at 25 million ratings, once.",
    brief="ratings as they are, less the user's mean, or less user and item biases",
    choices={"raw": "As given", "centred": "Centred", "residual": "Residual"},
    words={"raw": "ratings as given", "centred": "centred weighting", "residual": "residual weighting"},
)
SPACE = Parameter(
    default="svd",
    label="Compare users by",
    help="SVD embedding: by their strongest factors, which finds likeness beyond shared films. Raw ratings: by the "
    "rating rows themselves.",
    brief="compare embeddings, or the raw rating rows",
    choices={"svd": "SVD embedding", "raw": "Raw ratings"},
    words="{}",
)
ENGINE = Parameter(
    default="hnsw",
    label="Search with",
    help="HNSW looks at a small part of all users and misses a few neighbours; exact search compares all users. "
    "Raw ratings are always searched exactly.",
    brief="default: hnsw in the svd space, exact in the raw one",
    choices={"hnsw": "HNSW index", "exact": "Exact"},
    words={"hnsw": "HNSW search", "exact": "exact search"},
)
LINKS = Parameter(
    default=32,
    label="Links per node (M)",
    help="Links that each user has in the HNSW graph. More finds better neighbours and takes more memory. Try 2 to see "
    "a poor index.",
    brief="links a node of the HNSW graph",
    low=2,
    high=MAX_M,
    stops=(2, 4, 8, 12, 16, 24, 32, 48, 64),
)
EF = Parameter(
    default=128,
    label="Search breadth (ef)",
    help="How many candidates the HNSW index keeps while it searches. Higher finds more of the true neighbours and "
    "takes longer. Values up to k act like k + 1.",
    brief="search breadth of HNSW",
    low=1,
    high=10_000,
    most=600,
    examples=(32, 64, 128, 256),
)
BUILD_BREADTH = Parameter(
    default=200,
    label="Build breadth (ef_construction)",
    help="How carefully links are chosen while the graph is built. Higher builds a better graph, more slowly.",
    brief="search breadth while the HNSW graph is built",
    low=1,
    high=10_000,
    stops=(10, 25, 50, 100, 200, 400, 800),
)
SEED = Parameter(
    default=0,
    label="Seed",
    help="Decides every random step. The same seed gives the same figures.",
    brief="seed of every random step",
    low=0,
    high=MAX_SEED,
)
PROTOCOL = Parameter(
    default="kfold",
    label="Hold out",
    help="**Folds**: every rating is held out once, in one of some parts drawn at random.  \n**Share of each "
    "user**: of every user a random share of the ratings is held out.  \n**Latest ratings**: the latest ratings of "
    "all are held out, cut at one moment: the future, as it happened.",
    brief="how ratings are held out",
    choices={"kfold": "Folds", "per_user_holdout": "Share of each user", "temporal": "Latest ratings"},
)
FOLDS = Parameter(
    default=5,
    label="Number of folds",
    help="Everything is fitted once for each fold, on the others. More folds train on more and take longer.",
    brief="parts of kfold",
    low=2,
    high=100,
)
SHARE = Parameter(
    default=0.2,
    label="Held out",
    help="Share of the ratings to measure on; the rest is learned from.",
    brief="held out by the other protocols",
    low=0.001,
    high=0.999,
)
LENGTH = Parameter(
    default=10,
    label="Films to list (n)",
    help="Length of the recommendation list.",
    brief="length of the list",
    low=1,
    high=1000,
    most=100,
)
SAMPLE = Parameter(
    default=None,
    label="Users to measure",
    help="Time grows with it, and the intervals shrink with its root.",
    brief="users to measure; default: all",
    low=1,
    high=100_000_000,
)
RELEVANT_FROM = Parameter(
    default=None,
    label="Relevant to a list",
    help="Which held-out films a list ought to have. Without a threshold a film counts however it was rated.",
    brief="rating from which a held-out item is relevant",
    low=-1e6,
    high=1e6,
)

DEFAULT_DIM: int = DIM.default


@dataclass(frozen=True, kw_only=True)
class EmbeddingSpec:
    """How user vectors are made: a converged truncated SVD of the weighted matrix with `dim` factors."""

    dim: int = declared(DIM)
    weighting: Weighting = declared(WEIGHTING)
    seed: int = declared(SEED)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class HnswSpec:
    """How an HNSW graph is built (Malkov & Yashunin 2018): `M` links a node, `ef_construction` search breadth."""

    M: int = declared(LINKS)
    ef_construction: int = declared(BUILD_BREADTH)
    seed: int = declared(SEED)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class QuerySpec:
    """Which neighbours: how many, in which space, found how.

    `dim` None means as many as the default embedding has: DEFAULT_DIM, or the rank of the matrix if that is smaller.
    `engine` None means hnsw in the svd space and exact in the raw one. `ef` matters to the hnsw engine alone,
    `dim` to the svd space alone.
    """

    k: int = declared(K)
    dim: int | None = declared(DIM, default=None)
    ef: int = declared(EF)
    weighting: Weighting = declared(WEIGHTING)
    space: Space = declared(SPACE)
    engine: Engine | None = declared(ENGINE, default=None)
    M: int = declared(LINKS)
    ef_construction: int = declared(BUILD_BREADTH)
    seed: int = declared(SEED)

    def __post_init__(self) -> None:
        check(self)

    @property
    def hnsw(self) -> HnswSpec:
        """The part of this query that decides which HNSW graph answers."""
        return HnswSpec(M=self.M, ef_construction=self.ef_construction, seed=self.seed)

    @property
    def embedding(self) -> EmbeddingSpec:
        """The embedding that answers: one fit at the default dim serves every smaller one as a prefix."""
        return EmbeddingSpec(dim=max(self.dim or 0, DEFAULT_DIM), weighting=self.weighting, seed=self.seed)

    @property
    def default_engine(self) -> Engine:
        """The engine of the space where none is chosen."""
        return "hnsw" if self.space == "svd" else "exact"

    @property
    def chosen_engine(self) -> Engine:
        """The engine asked for, or the default one of the space."""
        return self.engine or self.default_engine

    @property
    def unused(self) -> frozenset[str]:
        """Fields that have no effect beside the others."""
        unused = {"dim"} if self.space == "raw" else set()
        if self.chosen_engine == "exact":
            unused |= {"ef", "M", "ef_construction"}
        return frozenset(unused | ({"engine"} if self.chosen_engine == self.default_engine else set()))


@dataclass(frozen=True, kw_only=True)
class SplitSpec:
    """How ratings are held out.

    kfold: every rating is tested once, in one of `folds` parts drawn at random, which differ by one rating at most.
    per_user_holdout: of every user a random `share` of the ratings, at least one, and at least one is left to train
        on; so a user with a single rating has none held out.
    temporal: the latest `share` of all ratings, cut at one moment in time.
    """

    protocol: Protocol = declared(PROTOCOL)
    folds: int = declared(FOLDS)
    share: float = declared(SHARE)
    seed: int = declared(SEED)

    def __post_init__(self) -> None:
        check(self)


RANKING = Parameter(
    default="weighted_ratings",
    label="Order by",
    help="Which rule orders recommendations. It has no effect on RMSE and MAE.",
    brief="rule that orders the list",
    choices={
        "weighted_ratings": "Weighted ratings",
        "similarity_sum": "Summed similarity",
        "damped": "Damped rating",
        "predicted": "Weighted mean rating",
        "learned": "Learned weights",
        "hybrid": "Hybrid",
    },
    words="list by {}",
)
AGGREGATION = Parameter(
    default="baseline_offset",
    label="Predicted rating",
    help="How the neighbours' ratings become a predicted rating. The first corrects for users who rate high or low "
    "in general; the second is the plain weighted mean; the third adds to the first what is learned from this "
    "user's own films, which makes the smallest errors and takes some milliseconds more.",
    brief="how the neighbours' ratings become a predicted rating",
    choices={"baseline_offset": "Bias plus offset", "mean": "Plain mean", "learned": "Learned weights"},
    words="predicted by {}",
)
SHRINKAGE = Parameter(
    default=5.0,
    label="Shrinkage",
    help="How strongly damped scores and predicted ratings are pulled towards what user and film averages suggest, "
    "in units of similarity. 0 trusts even a single neighbour.",
    brief="pull towards the bias estimate, in units of similarity",
    low=0.0,
    high=1e6,
    step=0.5,
    most=20.0,
)
MIN_SUPPORT = Parameter(
    default=1,
    label="Minimum support",
    help="Leave out films that fewer neighbours than this have rated.",
    brief="neighbours that must have rated an item",
    low=1,
    high=1_000_000,
    most=20,
    words="minimum support {}",
)
NEIGHBOURHOOD = Parameter(
    default="global",
    label="Neighbourhood",
    help="The user's nearest: those of the k neighbours who rated it. Each film's nearest: the k most similar "
    "among all who rated the film, by exact search, as Surprise and LensKit do; more films get a prediction, and "
    "it takes longer. Not with learned weights, which belong to the user's own neighbours.",
    brief="the user's k nearest, or for each item the k nearest of its raters",
    choices={"global": "The user's nearest", "per_item": "Each film's nearest"},
    words={
        "global": "films judged by the user's nearest",
        "per_item": "each film judged by its own nearest raters",
    },
)
AMPLIFICATION = Parameter(
    default=1.0,
    label="Amplification",
    help="The power of the similarity that a neighbour weighs. Above 1 the nearest count for more; at 0 all count "
    "the same. Learned weights replace it in the list, not in predicted ratings.",
    brief="power of the similarity that a neighbour weighs",
    low=0.0,
    high=20.0,
    stops=(0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0),
    examples=(1, 2, 4, 8),
)
SIGNIFICANCE = Parameter(
    default=0,
    label="Significance",
    help="Neighbours who share fewer films than this with the user weigh less, in proportion. 0 leaves it out. "
    "Learned weights replace it in the list, not in predicted ratings.",
    brief="co-rated items below which a neighbour weighs less; 0: no matter",
    low=0,
    high=1_000_000,
    stops=(0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200),
    most=100_000,
    examples=(0, 10, 25, 50),
)
_RIDGES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0)
RIDGE = Parameter(
    default=200.0,
    label="Ridge of the list",
    help="How cautious the learned list is, in films. Small: neighbours who fit what the user rated weigh much, "
    "and chance weighs with them. Large: all weights are small and even.",
    brief="regularisation of the learned ranking, in items",
    low=1e-3,
    high=1e9,
    stops=_RIDGES,
    most=1e6,
    examples=(50, 100, 200, 400),
    words="ridge of the list {}",
)
RATING_RIDGE = Parameter(
    default=100.0,
    label="Ridge of the ratings",
    help="How cautious learned predicted ratings are, in squared stars. Large: they come close to bias plus offset.",
    brief="regularisation of the learned ratings, in squared stars",
    low=1e-3,
    high=1e9,
    stops=_RIDGES,
    most=1e6,
    examples=(25, 50, 100, 200),
    words="ridge of the ratings {}",
)


@dataclass(frozen=True, kw_only=True)
class ScoringSpec:
    """What the neighbours' ratings are made into.

    `ranking` orders a recommendation list; `aggregation` makes a predicted rating; `shrinkage` is in units of
    similarity (a neighbourhood whose similarities sum to it is trusted by half); items that fewer than
    `min_support` neighbours rated are neither recommended nor predicted from neighbours. With `neighbourhood` per_item
    every item is judged by the k nearest among its own raters (as Surprise and LensKit do) instead of by the user's k
    nearest: the user is compared exactly with everybody. A neighbour weighs
    similarity^amplification (Breese et al. 1998, case amplification), times min(co_rated / significance, 1)
    (Herlocker et al. 1999, significance weighting; 0 leaves it out). `ridge` and `rating_ridge` regularise the
    weights of the ranking and of the aggregation that are learned.
    """

    ranking: Ranking = declared(RANKING)
    aggregation: Aggregation = declared(AGGREGATION)
    shrinkage: float = declared(SHRINKAGE)
    min_support: int = declared(MIN_SUPPORT)
    neighbourhood: Scope = declared(NEIGHBOURHOOD)
    amplification: float = declared(AMPLIFICATION)
    significance: int = declared(SIGNIFICANCE)
    ridge: float = declared(RIDGE)
    rating_ridge: float = declared(RATING_RIDGE)

    def __post_init__(self) -> None:
        check(self)
        if self.neighbourhood == "per_item" and self.learns:
            raise SpecError(
                "learned weights belong to the user's own neighbours; choose neighbourhood='global', or neither "
                "ranking 'learned' or 'hybrid' nor aggregation 'learned'"
            )

    @property
    def learns(self) -> bool:
        """Whether anything is learned from the user's own ratings: weights of the list, or of predicted ratings."""
        return self.ranking in LEARNED_RANKINGS or self.aggregation == "learned"

    @property
    def unused(self) -> frozenset[str]:
        """Fields that have no effect beside the others."""
        effects = {
            "ridge": self.ranking in LEARNED_RANKINGS,
            "rating_ridge": self.aggregation == "learned",
            "shrinkage": self.aggregation != "mean" or self.ranking == "damped",
        }
        return frozenset(name for name, has_effect in effects.items() if not has_effect)


NOTEBOOK_SCORING = ScoringSpec(ranking="predicted", aggregation="mean")
"""The experiment this program grew from: lists ordered by the plain weighted mean of the neighbours' ratings."""

PARAMETERS: dict[str, Parameter] = parameters(QuerySpec) | parameters(ScoringSpec)
"""Everything that decides neighbours and lists, by the names of the fields."""

Spec = TypeVar("Spec", QuerySpec, ScoringSpec)


def changed(spec: Spec, changes: dict[str, Any]) -> Spec:
    """`spec` with those of `changes` that are its fields; they are taken out of `changes`."""
    own = {known.name: changes.pop(known.name) for known in fields(spec) if known.name in changes}
    return replace(spec, **own) if own else spec


def refuse_unknown(changes: dict[str, Any]) -> None:
    """Raise SpecError when a keyword belongs to no spec."""
    if changes:
        raise SpecError(f"{', '.join(sorted(changes))}: no such parameter; choose from {', '.join(sorted(PARAMETERS))}")
