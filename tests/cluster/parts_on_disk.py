"""Datasets as folders of parts, and the settings that the served one is built with."""

import numpy as np

from ucf_core.base.specs import QuerySpec

QUERY = QuerySpec(weighting="residual", k=20, dim=32, ef=400)


def write_parts(ratings, folder, n_parts, *, shuffled=False, titles=True):
    """The ratings of a Ratings as Parquet parts with raw ids, by user or in any order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    matrix = ratings.matrix
    users = np.repeat(np.arange(ratings.n_users), np.diff(matrix.indptr))
    order = np.arange(matrix.nnz)
    if shuffled:
        np.random.default_rng(0).shuffle(order)
    folder.mkdir(parents=True, exist_ok=True)
    for number, rows in enumerate(np.array_split(order, n_parts)):
        columns = {
            "userId": ratings.users.ids[users[rows]].tolist(),
            "movieId": ratings.items.ids[matrix.indices[rows]].tolist(),
            "rating": matrix.data[rows],
        }
        if ratings.timestamps is not None:
            columns["timestamp"] = ratings.timestamps[rows]
        pq.write_table(pa.table(columns), folder / f"part-{number:03}.parquet")
    if titles:
        lines = ["movieId,title,genres"]
        for raw, title, year, genres in zip(
            ratings.items.ids.tolist(),
            ratings.catalogue.titles,
            ratings.catalogue.years.tolist(),
            ratings.catalogue.genres,
            strict=True,
        ):
            if title is not None:
                shown = f"{title} ({year})" if year else title
                lines.append(f'{raw},"{shown.replace(chr(34), chr(34) * 2)}",{"|".join(genres)}')
        (folder / "movies.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder
