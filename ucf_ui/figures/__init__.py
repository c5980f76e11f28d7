"""Charts: results in, Plotly figures out. Nothing here knows Streamlit; colours come from the page's theme."""

from ucf_ui.figures.dataset import activity_histogram, dataset_histogram, popularity_curve
from ucf_ui.figures.evaluation import metric_chart
from ucf_ui.figures.films import evidence_bars
from ucf_ui.figures.search import recall_curve, similarity_by_rank
from ucf_ui.figures.users import genre_bars, rating_histogram, shared_ratings

__all__ = [
    "activity_histogram",
    "dataset_histogram",
    "evidence_bars",
    "genre_bars",
    "metric_chart",
    "popularity_curve",
    "rating_histogram",
    "recall_curve",
    "shared_ratings",
    "similarity_by_rank",
]
