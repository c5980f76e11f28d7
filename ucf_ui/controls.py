"""Controls that several pages share. Each is bound to the URL and keeps its value from page to page."""

from ucf_ui.all_neighbours_controls import all_neighbours_controls
from ucf_ui.query_controls import query_controls
from ucf_ui.scoring_controls import list_controls, list_length, ranking_rule

__all__ = [
    "all_neighbours_controls",
    "list_controls",
    "list_length",
    "query_controls",
    "ranking_rule",
]
