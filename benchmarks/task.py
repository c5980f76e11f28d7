"""The input of a measuring process: what to measure, and the prepared arrays."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array, csr_matrix

K = 50
N = 10
DIM = 128


@dataclass(frozen=True)
class Shape:
    """The size of a dataset."""

    n_users: int
    n_items: int
    n_ratings: int


@dataclass(frozen=True)
class Task:
    """Where the files are, and the settings that both sides share.

    Attributes:
        folder: ratings.csv and movies.csv.
        inputs: arrays that a stage needs but does not measure.
        home: a `UCF_HOME` with everything built.
        empty: a `UCF_HOME` with nothing in it.
        arpack: ARPACK's singular values, where they have been computed.
        threads: for both sides, where they can be set.
        seed: of everything that is drawn.
        first_user: raw id of the user in row 0, the one that the notebook uses.
    """

    folder: Path
    inputs: Path
    home: Path
    empty: Path
    arpack: Path
    threads: int
    seed: int = 0
    first_user: str = ""

    def to_json(self) -> str:
        """All of it as text."""
        return json.dumps({name: str(value) if name in _PATHS else value for name, value in asdict(self).items()})

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """The task that `to_json` wrote."""
        return cls(**{name: Path(value) if name in _PATHS else value for name, value in json.loads(text).items()})

    def save(self, name: str, values: "NDArray[Any]") -> None:
        """Keep an array for the stages."""
        import numpy as np

        np.save(self.inputs / f"{name}.npy", values, allow_pickle=False)

    def load(self, name: str) -> "NDArray[Any]":
        """An array that was prepared, in memory rather than mapped: reading the disk is not what is measured."""
        import numpy as np

        loaded: NDArray[Any] = np.load(self.inputs / f"{name}.npy", allow_pickle=False)
        return loaded

    def matrix(self) -> "csr_array":
        """The ratings as ours: float32."""
        from scipy.sparse import csr_array

        return csr_array((self.load("data"), self.load("indices"), self.load("indptr")), shape=self._shape())

    def notebook_matrix(self) -> "csr_matrix":
        """The ratings as the notebook had them: float64."""
        from scipy.sparse import csr_matrix

        data = self.load("data").astype("float64")
        return csr_matrix((data, self.load("indices"), self.load("indptr")), shape=self._shape())

    def _shape(self) -> tuple[int, int]:
        n_users, n_items = self.load("shape").tolist()
        return n_users, n_items

    def users(self, n: int) -> "NDArray[np.int64]":
        """Up to n rows of users, drawn with the seed."""
        import numpy as np

        n_users = self._shape()[0]
        return np.random.default_rng(self.seed).permutation(n_users)[: min(n, n_users)]

    def use(self, home: Path) -> None:
        """Make `home` the `UCF_HOME` of this process."""
        os.environ["UCF_HOME"] = str(home)


_PATHS = {field.name for field in fields(Task) if field.type is Path}
