"""Exports of MovieLens, with the columns of its published datasets: movieId, rating and more."""

from ucf_core.datasets.personal.export_service import ExportService

MOVIELENS = ExportService(
    name="MovieLens",
    how="ratings.csv",
    scale=(0.5, 5.0),
    recognises=lambda columns: "movieid" in columns,
    personal=False,
)
