"""What first pages read of a dataset on a cluster: row groups and milliseconds, with what the build keeps and without.

uv run python -m benchmarks.cluster_reads FOLDER

FOLDER is what `ucf build PATH --scheduler` has made; Milvus is left out. Files are cached by the operating system.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ucf_core.cluster.files import files
from ucf_core.cluster.files.rows import ParquetRows
from ucf_core.cluster.serve.ratings import ServedRatings, mapped, read_ratings
from ucf_core.datasets.personal.starter_films import starter_films
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.profile import quick_picks, user_profile
from ucf_core.studies.user_map.density import draw_users
from ucf_core.studies.user_map.user_traits import favourite_genres, mean_ratings

_POINTS = 5_000


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    about = files.read_about(folder)
    assert about is not None
    read = _counted()
    found = {
        "users": about["n_users"],
        "ratings": about["n_ratings"],
        "row_groups": -(-about["n_users"] // files.GROUP),
    }
    for kind in ("warm-up", "rows", "kept"):
        ratings = read_ratings(folder, folder / about["build"], about)
        if kind != "kept":
            object.__setattr__(ratings, "kept", lambda _: None)
        found[kind] = {name: _measured(work, read) for name, work in _pages(ratings).items()}
    del found["warm-up"]
    print(json.dumps(found, indent=1))


def _pages(ratings: ServedRatings) -> dict[str, Callable[[], Any]]:
    biases = Biases(ratings.mean, mapped(ratings.build, "user_biases"), mapped(ratings.build, "item_biases"))
    rows = draw_users(ratings.n_users, _POINTS)
    return {
        "overview": lambda: (quick_picks(ratings), user_profile(ratings, ratings.most_typical)),
        "films to ask about": lambda: starter_films(ratings, biases),
        "labels of a map": lambda: (mean_ratings(ratings, rows), favourite_genres(ratings, rows)),
        "a sample of 1,000 users": lambda: ratings.to_evaluate(1_000, 0),
    }


def _counted() -> list[int]:
    """A list whose only number grows with every row group that is read."""
    read, reading = [0], ParquetRows._read_groups

    def counted(self: ParquetRows, file: int, groups: list[int]) -> Any:
        read[0] += len(groups)
        return reading(self, file, groups)

    ParquetRows._read_groups = counted  # type: ignore[method-assign]
    return read


def _measured(work: Callable[[], Any], read: list[int]) -> dict[str, Any]:
    before, start = read[0], time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return {"row_groups": read[0] - before, "milliseconds": float(np.round(1e3 * seconds, 1))}


if __name__ == "__main__":
    main()
