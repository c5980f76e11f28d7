"""Two users to begin with: one whose neighbours are as near as can be, and one whose neighbours are far away."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ucf_core.base.files.artifacts import Artifact
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import MAX_SEED, QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.recipes import Recipe
from ucf_core.neighbours.neighbours import check_neighbour_count

SAMPLE = 200
FEWEST = 20
_BLOCK = 50

_FILE = "examples.json"
# Raised when the defaults or what is compared change, so that old examples are not shown as new ones.
_MEANING = 1


@dataclass(frozen=True)
class Example:
    """A user (a row), and the mean similarity of the k nearest others, a cosine from -1 to 1."""

    user: int
    similarity: float


@dataclass(frozen=True)
class Examples:
    """Of `users` users, those with the most and the least similar `k` neighbours."""

    nearest: Example
    farthest: Example
    users: int
    k: int


def examples(
    explorer: Explorer,
    *,
    query: QuerySpec | None = None,
    sample: int = SAMPLE,
    fewest: int = FEWEST,
    seed: int = 0,
    progress: Progress | None = None,
) -> Examples:
    """Out of `sample` users drawn with `seed`, the two by the mean similarity of their k neighbours in exact search.

    Only users with at least `fewest` ratings are drawn, as who rated next to nothing is like many by chance; all are
    where fewer than two users rated so much. Ties: the lowest row is nearest, the highest farthest. The same call gives
    the same users. `progress` hears of (users done, users) and may raise to stop.

    Raises SpecError for settings that the data do not allow.
    """
    n_users = explorer.ratings.n_users
    query = changed(query or QuerySpec(k=min(QuerySpec().k, max(n_users - 1, 1))), {"engine": "exact"})
    check_neighbour_count(query.k, n_users)
    check_int("sample", sample, 2, 100_000)
    check_int("fewest", fewest, 1, 1_000_000)
    check_int("seed", seed, 0, MAX_SEED)
    able = np.flatnonzero(explorer.ratings.user_counts >= fewest)
    if able.size < 2:
        able = np.arange(n_users)
    drawn = np.sort(np.random.default_rng(seed).permutation(able)[:sample])
    means = np.empty(drawn.size)
    for at, found in enumerate(explorer.neighbours_of(drawn, query, block=_BLOCK)):
        means[at] = found.similarities.mean(dtype=np.float64)
        if progress is not None:
            progress(at + 1, drawn.size)
    first, last = int(means.argmax()), drawn.size - 1 - int(means[::-1].argmin())
    return Examples(
        nearest=Example(int(drawn[first]), float(means[first])),
        farthest=Example(int(drawn[last]), float(means[last])),
        users=drawn.size,
        k=query.k,
    )


def kept_examples(explorer: Explorer, *, progress: Progress | None = None) -> Examples:
    """`examples` with its defaults, computed once for a dataset and kept in the store of `explorer`."""

    def save(folder: Path, found: Examples) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(found)), encoding="utf-8")

    def load(kept: Artifact, _: Progress | None) -> Examples:
        return _read(read_json(kept.path(_FILE), dict), explorer.ratings.n_users)

    recipe = Recipe(
        "examples",
        {"fingerprint": explorer.ratings.fingerprint, "meaning": _MEANING},
        lambda progress: examples(explorer, progress=progress),
        save,
        load,
    )
    return explorer.builds.kept(recipe, progress=progress)


def _read(written: dict[str, Any], n_users: int) -> Examples:
    """Raises ValueError where that is no pair of examples among `n_users` users."""
    try:
        found = Examples(
            Example(**written["nearest"]), Example(**written["farthest"]), int(written["users"]), int(written["k"])
        )
        if not all(0 <= one.user < n_users for one in (found.nearest, found.farthest)):
            raise ValueError("the examples are users of another dataset")
    except (LookupError, TypeError) as error:
        raise ValueError(f"there are no examples in it ({error!r})") from error
    return found
