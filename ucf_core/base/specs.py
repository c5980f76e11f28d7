"""Frozen specs: every parameter of the program, declared once with its default, bounds and words.

Bounds here are those that no data can lift; bounds that depend on the data (k against the number of users,
dim against the rank) are checked where the data is known.
"""

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

from ucf_core.base.parameter import Parameter, check, declared

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Weighting: TypeAlias = Literal["raw", "centred", "residual"]
Space: TypeAlias = Literal["svd", "raw"]
Engine: TypeAlias = Literal["hnsw", "exact"]
Protocol: TypeAlias = Literal["kfold", "per_user_holdout", "temporal"]

WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)
SPACES: tuple[Space, ...] = get_args(Space)
ENGINES: tuple[Engine, ...] = get_args(Engine)
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

MAX_M = 256
MAX_SEED = 2**31 - 1

K = Parameter(
    default=50,
    label="Neighbours (k)",
    help="How many of the most similar users count. More smooths the result, fewer makes it more personal.",
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
    help="What users are compared by. As given: users who rated the same films are similar. Centred: each rating minus "
    "the user's mean, so strict and generous users can be similar. Residual: minus what user and film averages "
    "predict, so only taste counts; best for predicted ratings. The first use of a weighting builds an embedding: "
    "up to half a minute at 25 million ratings.",
    brief="ratings as they are, less the user's mean, or less user and item biases",
    choices={"raw": "As given", "centred": "Centred", "residual": "Residual"},
    words={"raw": "ratings as given", "centred": "centred weighting", "residual": "residual weighting"},
)
SPACE = Parameter(
    default="svd",
    label="Compare users by",
    help="SVD embedding: by their strongest factors, which finds similarity beyond shared films. Raw ratings: by the "
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
    "all users are held out, split at one point in time.",
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
    help="Share of the ratings to test on; the rest is for training.",
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
    help="Which held-out films a list should contain. Without a threshold every held-out film counts.",
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


Spec = TypeVar("Spec", bound="DataclassInstance")


def changed(spec: Spec, changes: dict[str, Any]) -> Spec:
    """`spec` with those of `changes` that are its fields; they are taken out of `changes`."""
    own = {known.name: changes.pop(known.name) for known in fields(spec) if known.name in changes}
    return replace(spec, **own) if own else spec
