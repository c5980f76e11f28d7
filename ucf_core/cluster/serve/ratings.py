"""Ratings in the files of a build: counts are mapped, rows are read on demand."""

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
    """Ratings whose rows are read from Parquet, and whose counts are mapped from disk.

    Attributes:
        about: the contents of about.json.
        build: the folder of the files.
    """

    most_evaluated: ClassVar[int | None] = MOST_USERS

    about: dict[str, Any] = field(kw_only=True)
    build: Path = field(kw_only=True)

    def __post_init__(self) -> None:
        """Nothing to mark read-only: what is mapped is already."""

    def row_of(self, user_row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The item rows that a user rated, ascending, and the ratings."""
        return self._rows.row(user_row)

    def kept(self, name: str) -> NDArray[Any] | None:
        """An array of the build, mapped; None where an earlier version built it without that."""
        return mapped(self.build, name) if (self.build / f"{name}.npy").exists() else None

    def learned_from(self, sample: int | None, seed: int) -> int:
        """The number of users that an evaluation learns from: those that it measures. See `check_sample`."""
        return int(check_sample(self, sample, seed).size)

    def to_evaluate(self, sample: int | None, seed: int, *, progress: Progress | None = None) -> Ratings:
        """The users that an evaluation measures, in memory: see `draw_sample`."""
        return draw_sample(self, self._rows, sample, seed, progress=progress)

    @property
    def _rows(self) -> ParquetRows:
        return cast(ParquetRows, self.matrix)


def read_ratings(folder: Path, build: Path, about: dict[str, Any]) -> ServedRatings:
    """The ratings of the files in `build`, with `about` from `folder`. Raises ArtifactError."""
    try:
        titles, years, genres = read_json(build / "catalogue.json", list)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / 'catalogue.json'} cannot be read ({error}); build it again") from error
    shape = (about["n_users"], about["n_items"])
    rows = ParquetRows(build / "ratings", about["offsets"], shape, about["n_ratings"])
    values = mapped(build, "values")
    report = ImportReport(about["n_ratings"] + about["n_duplicates"], about["n_duplicates"], about["n_untitled"], True)
    ratings = ServedRatings(
        matrix=cast(csr_array, rows),
        users=IdMap(mapped(build, "users"), "user"),
        items=IdMap(mapped(build, "items"), "item"),
        catalogue=Catalogue(titles, np.array(years, dtype=np.int16), [tuple(names) for names in genres]),
        name=folder.name,
        report=report,
        about=about,
        build=build,
    )
    # cached properties, which would need all ratings
    ratings.__dict__.update(
        scale=(float(values[0]), float(values[-1])),
        value_counts=(values, mapped(build, "value_counts")),
        mean=float(about["mean"]),
        user_counts=mapped(build, "user_counts"),
        item_counts=mapped(build, "item_counts").astype(np.int32),
        most_typical=int(about["most_typical"]),
        fingerprint=str(about["fingerprint"]),
    )
    return ratings


def mapped(build: Path, name: str) -> NDArray[Any]:
    """An array of a build, mapped from disk. Raises ArtifactError."""
    try:
        array: NDArray[Any] = np.load(build / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / name}.npy cannot be read ({error}); build it again") from error
    return array
