"""Frozen specs: every tunable number of the program, with its default and its bounds, in one place.

Bounds here are those that no data can lift; bounds that depend on the data (k against the number of users,
dim against the rank) are checked where the data is known.
"""

from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast, get_args

from ucf_core.errors import SpecError

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

DEFAULT_DIM = 128
MAX_DIM = 4096
MAX_EF = 10_000
MAX_M = 256
MAX_SEED = 2**31 - 1


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Raise SpecError unless `value` is a number (not a bool, not NaN) with low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= cast(float, value) <= high:
        raise SpecError(f"{name}={value!r} is out of range; choose {low:,} <= {name} <= {high:,}")


def check_int(name: str, value: object, low: int, high: int) -> None:
    """Raise SpecError unless `value` is an integer with low <= value <= high."""
    if not isinstance(value, Integral):
        raise SpecError(f"{name}={value!r} is not a whole number; choose {low:,} <= {name} <= {high:,}")
    check_range(name, value, low, high)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise SpecError unless `value` is one of `choices`."""
    if value not in choices:
        raise SpecError(f"{name}={value!r} is not known; choose one of {', '.join(choices)}")


def _as_python(spec: "DataclassInstance") -> None:
    """Turn NumPy's numbers into Python's, so that a spec can be written as JSON."""
    for known in fields(spec):
        value = getattr(spec, known.name)
        if isinstance(value, Real):
            object.__setattr__(spec, known.name, int(value) if isinstance(value, Integral) else float(value))


def _tunable(default: Any, explanation: str) -> Any:
    """A field with the help text that goes with it wherever a person can set it."""
    return field(default=default, metadata={"help": explanation})


@dataclass(frozen=True, kw_only=True)
class EmbeddingSpec:
    """How user vectors are made: a converged truncated SVD of the weighted matrix with `dim` factors."""

    dim: int = DEFAULT_DIM
    weighting: Weighting = "raw"
    seed: int = 0

    def __post_init__(self) -> None:
        check_int("dim", self.dim, 1, MAX_DIM)
        check_choice("weighting", self.weighting, WEIGHTINGS)
        check_int("seed", self.seed, 0, MAX_SEED)
        _as_python(self)


@dataclass(frozen=True, kw_only=True)
class HnswSpec:
    """How an HNSW graph is built (Malkov & Yashunin 2018): `M` links a node, `ef_construction` search breadth."""

    M: int = 32
    ef_construction: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        check_int("M", self.M, 2, MAX_M)
        check_int("ef_construction", self.ef_construction, 1, MAX_EF)
        check_int("seed", self.seed, 0, MAX_SEED)
        _as_python(self)


@dataclass(frozen=True, kw_only=True)
class QuerySpec:
    """Which neighbours: how many, in which space, found how.

    `dim` None means as many as the default embedding has: 128, or the rank of the matrix if that is smaller.
    `engine` None means hnsw in the svd space and exact in the raw one. `ef` matters to the hnsw engine alone,
    `dim` to the svd space alone.
    """

    k: int = _tunable(50, "number of neighbours")
    dim: int | None = _tunable(None, "embedding dimensions; default 128, or the rank if that is smaller")
    ef: int = _tunable(128, "search breadth of HNSW")
    weighting: Weighting = _tunable("raw", "ratings as they are, less the user's mean, or less user and item biases")
    space: Space = _tunable("svd", "compare embeddings, or the raw rating rows")
    engine: Engine | None = _tunable(None, "default: hnsw in the svd space, exact in the raw one")
    M: int = _tunable(32, "links a node of the HNSW graph")
    ef_construction: int = _tunable(200, "search breadth while the HNSW graph is built")
    seed: int = _tunable(0, "seed of every random step")

    def __post_init__(self) -> None:
        check_int("k", self.k, 1, 1_000_000)
        if self.dim is not None:
            check_int("dim", self.dim, 1, MAX_DIM)
        check_int("ef", self.ef, 1, MAX_EF)
        check_choice("weighting", self.weighting, WEIGHTINGS)
        check_choice("space", self.space, SPACES)
        if self.engine is not None:
            check_choice("engine", self.engine, ENGINES)
        _ = self.hnsw  # validates M, ef_construction and seed
        _as_python(self)

    @property
    def hnsw(self) -> HnswSpec:
        """The part of this query that decides which HNSW graph answers."""
        return HnswSpec(M=self.M, ef_construction=self.ef_construction, seed=self.seed)

    @property
    def embedding(self) -> EmbeddingSpec:
        """The embedding that answers: one fit at the default dim serves every smaller one as a prefix."""
        return EmbeddingSpec(dim=max(self.dim or 0, DEFAULT_DIM), weighting=self.weighting, seed=self.seed)

    @property
    def chosen_engine(self) -> Engine:
        """The engine asked for, or the default one of the space."""
        return self.engine or ("hnsw" if self.space == "svd" else "exact")


_Spec = TypeVar("_Spec", bound="DataclassInstance")


def changed(spec: _Spec, changes: dict[str, Any]) -> _Spec:
    """`spec` with those of `changes` that are its fields; they are taken out of `changes`."""
    own = {known.name: changes.pop(known.name) for known in fields(spec) if known.name in changes}
    return replace(spec, **own) if own else spec
