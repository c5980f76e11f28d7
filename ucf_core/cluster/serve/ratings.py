"""Ratings that lie in the files of a build: counts are mapped, rows are read where they are asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.progress import Progress
from ucf_core.cluster.files.rows import ParquetRows
from ucf_core.cluster.serve.sample import MOST_USERS, check_sample, draw_sample
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings


@dataclass(frozen=True, eq=False)
class ServedRatings(Ratings):
    """Ratings of which single rows are read from Parquet; counts are mapped from disk, those of users not loaded.

    Attributes:
        about: what about.json says.
        build: the folder of the files.
        counts: ratings a user, (n_users,), and an item, (n_items,).
        values: the distinct ratings, ascending, and how often each occurs.
    """

    most_evaluated: ClassVar[int | None] = MOST_USERS

    about: dict[str, Any] = field(kw_only=True)
    build: Path = field(kw_only=True)
    counts: tuple[NDArray[np.int32], NDArray[np.int32]] = field(kw_only=True)
    values: tuple[NDArray[np.float32], NDArray[np.int64]] = field(kw_only=True)

    def __post_init__(self) -> None:
        """Nothing to mark read-only: what is mapped is already."""

    @property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest rating anywhere."""
        return float(self.values[0][0]), float(self.values[0][-1])

    @property
    def value_counts(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The distinct ratings that occur, ascending, and how often each does."""
        return self.values

    @property
    def mean(self) -> float:
        """Mean of all ratings."""
        return float(self.about["mean"])

    @property
    def user_counts(self) -> NDArray[np.int32]:
        """Ratings per user, (n_users,)."""
        return self.counts[0]

    @property
    def item_counts(self) -> NDArray[np.int32]:
        """Ratings per item, (n_items,)."""
        return self.counts[1]

    @property
    def most_typical(self) -> int:
        """The row most like the average."""
        return int(self.about["most_typical"])

    @property
    def fingerprint(self) -> str:
        """32 hex digits that name these contents; not those that one machine would give them."""
        return str(self.about["fingerprint"])

    def row_of(self, user_row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The item rows that a user rated, ascending, and the ratings."""
        return self._rows.row(user_row)

    def kept(self, name: str) -> NDArray[Any] | None:
        """An array of the build, mapped; None where an earlier version has built it, without that."""
        return mapped(self.build, name) if (self.build / f"{name}.npy").exists() else None

    def learned_from(self, sample: int | None, seed: int) -> int:
        """How many users an evaluation learns from: those that it measures. See `check_sample`."""
        return int(check_sample(self, sample, seed).size)

    def to_evaluate(self, sample: int | None, seed: int, *, progress: Progress | None = None) -> Ratings:
        """The users that an evaluation measures, in memory: see `draw_sample`."""
        return draw_sample(self, self._rows, sample, seed, progress=progress)

    @property
    def _rows(self) -> ParquetRows:
        return cast(ParquetRows, self.matrix)


def read_ratings(folder: Path, build: Path, about: dict[str, Any]) -> ServedRatings:
    """The ratings of the files in `build`, of which about.json in `folder` says `about`. Raises ArtifactError."""
    try:
        titles, years, genres = read_json(build / "catalogue.json", list)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / 'catalogue.json'} cannot be read ({error}); build it again") from error
    shape = (about["n_users"], about["n_items"])
    rows = ParquetRows(build / "ratings", about["offsets"], shape, about["n_ratings"])
    return ServedRatings(
        matrix=cast(csr_array, rows),
        users=IdMap(mapped(build, "users"), "user"),
        items=IdMap(mapped(build, "items"), "item"),
        catalogue=Catalogue(titles, np.array(years, dtype=np.int16), [tuple(names) for names in genres]),
        name=folder.name,
        report=ImportReport(
            about["n_ratings"] + about["n_duplicates"], about["n_duplicates"], about["n_untitled"], True
        ),
        about=about,
        build=build,
        counts=(mapped(build, "user_counts"), mapped(build, "item_counts").astype(np.int32)),
        values=(mapped(build, "values"), mapped(build, "value_counts")),
    )


def mapped(build: Path, name: str) -> NDArray[Any]:
    """An array of a build, mapped from disk. Raises ArtifactError."""
    try:
        array: NDArray[Any] = np.load(build / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / name}.npy cannot be read ({error}); build it again") from error
    return array
