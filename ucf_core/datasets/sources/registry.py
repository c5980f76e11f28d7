"""The MovieLens datasets of GroupLens that can be downloaded by name."""

from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.layouts import holds_ratings
from ucf_core.datasets.sources import sample

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4, article 19. https://doi.org/10.1145/2827872"
)
_BASE = "https://files.grouplens.org/datasets/movielens/"


@dataclass(frozen=True)
class DatasetInfo:
    """What is known about a published dataset before it is downloaded.

    Attributes:
        url: the zip archive; None for the sample, which is embedded.
        md5: of the archive, 32 hex digits; None where it is read from the `.md5` file beside the archive.
        licence_url: the README that states the terms of use.
        n_users, n_items, n_ratings: as in the README: `n_items` includes films without a rating.
    """

    name: str
    title: str
    url: str | None
    md5: str | None
    licence_url: str
    n_users: int
    n_items: int
    n_ratings: int


# name, title, MD5, users, items, ratings, ending of the README
_PUBLISHED = (
    ("ml-latest-small", "MovieLens Small 2018", None, 610, 9_742, 100_836, "html"),
    ("ml-100k", "MovieLens 100K", "0e33842e24a9c977be4e0107933c0723", 943, 1_682, 100_000, "txt"),
    ("ml-1m", "MovieLens 1M", "c4d9eecfca2ab87c1945afe126590906", 6_040, 3_883, 1_000_209, "txt"),
    ("ml-10m", "MovieLens 10M", "ce571fd55effeba0271552578f2648bd", 71_567, 10_681, 10_000_054, "html"),
    ("ml-20m", "MovieLens 20M", "cd245b17a1ae2cc31bb14903e1204af3", 138_493, 27_278, 20_000_263, "html"),
    ("ml-25m", "MovieLens 25M", "6b51fb2759a8657d3bfcbfc42b592ada", 162_541, 62_423, 25_000_095, "html"),
    ("ml-32m", "MovieLens 32M", None, 200_948, 87_585, 32_000_204, "html"),
)
REGISTRY: dict[str, DatasetInfo] = {
    sample.NAME: DatasetInfo(
        *(sample.NAME, "MovieLens Small 2016", None, None, f"{_BASE}ml-latest-small-README.html"),
        *(sample.N_USERS, sample.N_ITEMS, sample.N_RATINGS),
    )
} | {
    name: DatasetInfo(name, title, f"{_BASE}{name}.zip", md5, f"{_BASE}{name}-README.{ending}", *counts)
    for name, title, md5, *counts, ending in _PUBLISHED
}


def find(name: str) -> DatasetInfo:
    """The entry of a dataset. Raises DatasetError, listing the known names, for any other text."""
    if name not in REGISTRY:
        raise DatasetError(f"{name[:60]!r} is not a known dataset; choose one of {', '.join(REGISTRY)}")
    return REGISTRY[name]


def folder_of(name: str, home: Path) -> Path:
    """The folder of a dataset of the registry, whether it exists or not."""
    return home / "datasets" / find(name).name


def is_installed(name: str, home: Path) -> bool:
    """Whether a dataset can be read without a download."""
    return sample.available(home) if name == sample.NAME else holds_ratings(folder_of(name, home))
