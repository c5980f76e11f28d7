"""What every compared model is: a name, settings, the grid they are chosen from, and how it is fitted."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import MissingExtraError
from ucf_core.ratings.ratings import Ratings

Settings: TypeAlias = Mapping[str, Any]

OURS = "ucf_core"
REMEDY = {
    "scikit-surprise": 'uv pip install "scikit-surprise>=1.1.4,<2"',
    "implicit": 'uv pip install "implicit>=0.7.2,<0.8"',
    "lenskit": 'uv run --with "lenskit>=2025.8,<2026" python -m benchmarks.peers (it needs pandas below 3)',
}
"""How to get a library, by the name of its distribution."""
_MODULES = {
    "scikit-surprise": ("surprise",),
    "implicit": ("implicit.cpu.als", "implicit.nearest_neighbours"),
    "lenskit": ("lenskit", "lenskit.knn", "lenskit.pipeline"),
}


@dataclass(frozen=True)
class Fitted:
    """A model that has seen a training part.

    Attributes:
        predict: (user rows ascending, item rows), parallel (m,) -> (m,) predicted ratings; None where it predicts none.
        lists: (user rows (m,), n) -> (m, n) int32 rows of items without a training rating of the user, best first,
            -1 at the end of shorter lists; None where it makes none.
    """

    predict: Callable[[NDArray[np.integer], NDArray[np.integer]], NDArray[np.float64]] | None = None
    lists: Callable[[NDArray[np.integer], int], NDArray[np.int32]] | None = None


@dataclass(frozen=True)
class Model:
    """One row of the table.

    Attributes:
        name: what the table calls it.
        library: name of the distribution that does the work.
        fit: (training part, settings, seed) -> fitted model.
        settings: its settings, before any are chosen from the grid.
        grid: rounds of tuning. All combinations of a round's values are tried with the rest as it was chosen before.
        variants: settings with which the chosen ones are measured once more, each as a row of its own, by what is added
            to the name.
        ours: whether it is this program's user-kNN, to which the others are compared.
    """

    name: str
    library: str
    fit: Callable[[Ratings, Settings, int], Fitted]
    settings: Settings = field(default_factory=dict)
    grid: tuple[Mapping[str, tuple[Any, ...]], ...] = ()
    variants: Mapping[str, Settings] = field(default_factory=dict)
    ours: bool = False


def installed(library: str) -> str | None:
    """The version of a distribution, or None where it is not installed; our own is always there."""
    if library == OURS:
        return "this program"
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def require(library: str) -> None:
    """Raise MissingExtraError, with the remedy, where a library is not installed."""
    if installed(library) is None:
        raise MissingExtraError(f"{library} is not installed; get it with: {REMEDY[library]}")


def load(library: str) -> None:
    """Import a library, so that the time of that is not part of a measurement. Raises as `require` does."""
    require(library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # implicit looks for a GPU and says that there is none
        for module in _MODULES.get(library, ()):
            import_module(module)
