"""Charts: results in, Plotly figures out. Nothing here knows Streamlit; colours come from the page's theme."""

from ucf_ui.figures.compare import agreement_scatter, genre_pairs, rank_shifts
from ucf_ui.figures.dataset import activity_histogram, dataset_histogram, popularity_curve
from ucf_ui.figures.diagnostics import (
    occurrence_bars,
    popularity_bars,
    popularity_scatter,
    recall_by_profile,
    similarity_histograms,
)
from ucf_ui.figures.evaluation import metric_chart
from ucf_ui.figures.films import evidence_bars
from ucf_ui.figures.index import degree_histogram, layer_bars
from ucf_ui.figures.index_map import search_map
from ucf_ui.figures.index_search import approach_curve, frontier_curve, hits_curve
from ucf_ui.figures.map import crowd_map
from ucf_ui.figures.search import recall_against_time, recall_curve, similarity_by_rank
from ucf_ui.figures.sums import sum_bars
from ucf_ui.figures.users import genre_bars, rating_histogram, shared_ratings

__all__ = [
    "activity_histogram",
    "agreement_scatter",
    "approach_curve",
    "crowd_map",
    "dataset_histogram",
    "degree_histogram",
    "evidence_bars",
    "frontier_curve",
    "genre_bars",
    "genre_pairs",
    "hits_curve",
    "layer_bars",
    "metric_chart",
    "occurrence_bars",
    "popularity_bars",
    "popularity_curve",
    "popularity_scatter",
    "rank_shifts",
    "rating_histogram",
    "recall_against_time",
    "recall_by_profile",
    "recall_curve",
    "search_map",
    "shared_ratings",
    "similarity_by_rank",
    "similarity_histograms",
    "sum_bars",
]
