"""The MovieLens datasets that can be fetched by name.

All are GroupLens's: F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 2015.
"""

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
    """What is known about a published dataset before it is here.

    Attributes:
        name: what it is called on the command line; also its folder under `datasets`.
        url: the zip archive; None for the sample, which is embedded.
        md5: of the archive, 32 hex digits; None where it is read from the `.md5` file beside the archive.
        licence_url: the README that states the terms of use.
        n_users, n_items, n_ratings: as the README counts them. Films that nobody rated are in `n_items` there, so
            the ratings that are read may have fewer.
        folder: the one folder that the archive unpacks to.
    """

    name: str
    title: str
    url: str | None
    md5: str | None
    licence_url: str
    n_users: int
    n_items: int
    n_ratings: int
    folder: str
    citation: str = CITATION


def _published(
    name: str, title: str, md5: str | None, counts: tuple[int, int, int], *, folder: str | None = None, readme: str
) -> DatasetInfo:
    n_users, n_items, n_ratings = counts
    return DatasetInfo(
        name=name,
        title=title,
        url=f"{_BASE}{name}.zip",
        md5=md5,
        licence_url=_BASE + readme,
        n_users=n_users,
        n_items=n_items,
        n_ratings=n_ratings,
        folder=folder or name,
    )


REGISTRY: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            name=sample.NAME,
            title="MovieLens Small 2016",
            url=None,
            md5=None,
            licence_url=f"{_BASE}ml-latest-small-README.html",
            n_users=sample.N_USERS,
            n_items=sample.N_ITEMS,
            n_ratings=sample.N_RATINGS,
            folder=sample.NAME,
        ),
        _published(
            "ml-latest-small",
            "MovieLens Small 2018",
            None,
            (610, 9_742, 100_836),
            readme="ml-latest-small-README.html",
        ),
        _published(
            "ml-100k",
            "MovieLens 100K",
            "0e33842e24a9c977be4e0107933c0723",
            (943, 1_682, 100_000),
            readme="ml-100k-README.txt",
        ),
        _published(
            "ml-1m",
            "MovieLens 1M",
            "c4d9eecfca2ab87c1945afe126590906",
            (6_040, 3_883, 1_000_209),
            readme="ml-1m-README.txt",
        ),
        _published(
            "ml-10m",
            "MovieLens 10M",
            "ce571fd55effeba0271552578f2648bd",
            (71_567, 10_681, 10_000_054),
            folder="ml-10M100K",
            readme="ml-10m-README.html",
        ),
        _published(
            "ml-20m",
            "MovieLens 20M",
            "cd245b17a1ae2cc31bb14903e1204af3",
            (138_493, 27_278, 20_000_263),
            readme="ml-20m-README.html",
        ),
        _published(
            "ml-25m",
            "MovieLens 25M",
            "6b51fb2759a8657d3bfcbfc42b592ada",
            (162_541, 62_423, 25_000_095),
            readme="ml-25m-README.html",
        ),
        _published(
            "ml-32m",
            "MovieLens 32M",
            None,
            (200_948, 87_585, 32_000_204),
            readme="ml-32m-README.html",
        ),
    )
}


def find(name: str) -> DatasetInfo:
    """The entry of a dataset. Raises DatasetError, listing the known names, for any other text."""
    if name not in REGISTRY:
        raise DatasetError(f"{name[:60]!r} is not a known dataset; choose one of {', '.join(REGISTRY)}")
    return REGISTRY[name]


def folder_of(name: str, home: Path) -> Path:
    """Where a dataset of the registry is, or would be."""
    return home / "datasets" / find(name).name


def is_installed(name: str, home: Path) -> bool:
    """Whether a dataset can be read without a download."""
    return sample.available(home) if name == sample.NAME else holds_ratings(folder_of(name, home))
