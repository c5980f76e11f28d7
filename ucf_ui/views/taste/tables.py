"""Tables of the Your taste page."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ucf_core.datasets.personal.exports import RatedFilm
from ucf_core.datasets.personal.matching import How, Match
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import Recommendations
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets import tables
from ucf_ui.widgets.tables import Table

with PANDAS_IS_WHOLE:
    import pandas as pd

HOW: dict[How, str] = {
    "typo": "Similar title",
    "other year": "Another year",
    "no year": "Title alone",
    "series": "Called a series",
    "exact": "Title and year",
    "id": "Id",
}
"""How a film was found, least certain first."""

_STARS = st.column_config.NumberColumn(format="%g", width=60)
_YEAR = st.column_config.NumberColumn(format="%d", width=55)


def hits(ratings: Ratings, rows: Sequence[int], rated: Mapping[RawId, float]) -> Table:
    """A row for each title found, best first, with its rating in the profile."""
    own = [rated.get(ratings.items.raw(row)) for row in rows]
    # as text, because an empty number is shown as None
    frame = pd.DataFrame(
        {
            "Film": [ratings.title(row) for row in rows],
            "Year": _years(ratings, rows),
            "Ratings": ratings.item_counts[list(rows)],
            "Yours": ["" if rating is None else f"{rating:g}" for rating in own],
        }
    )
    return frame, {
        "Film": st.column_config.TextColumn(width=265),
        "Year": _YEAR,
        "Ratings": st.column_config.NumberColumn(format="localized", width=75, help="Users who rated it."),
        "Yours": st.column_config.TextColumn(width=60, help="Your rating, in stars."),
    }


def profile(ratings: Ratings, rated: Mapping[RawId, float]) -> Table:
    """A row for each rated film, the latest first."""
    ids = list(rated)[::-1]
    rows = [ratings.items.row(raw) for raw in ids]
    frame = pd.DataFrame(
        {
            "Film": [ratings.title(row) for row in rows],
            "Year": _years(ratings, rows),
            "Yours": [rated[raw] for raw in ids],
        }
    )
    return frame, {"Film": st.column_config.TextColumn(width=180), "Year": _YEAR, "Yours": _STARS}


def matches(ratings: Ratings, found: Sequence[Match]) -> Table:
    """A row for each film of an export that is in the dataset, the least certain first."""
    order = list(HOW)
    shown = sorted(found, key=lambda match: (order.index(match.how), match.film.line))
    frame = pd.DataFrame(
        {
            "Found by": [HOW[match.how] for match in shown],
            "In the file": [_named(match.film) for match in shown],
            "Rating": [match.film.rating for match in shown],
            "In this dataset": [
                text.titled(ratings.title(match.row), ratings.catalogue.year(match.row)) for match in shown
            ],
            "Becomes": [match.rating for match in shown],
        }
    )
    return frame, {
        "Found by": st.column_config.TextColumn(width=100, help="How the film was found; the least certain first."),
        "In the file": st.column_config.TextColumn(width=200),
        "Rating": st.column_config.NumberColumn(format="%g", width=55, help="On the scale of the file."),
        "In this dataset": st.column_config.TextColumn(width=200),
        "Becomes": st.column_config.NumberColumn(format="%g", width=62, help="The rating, on this dataset's scale."),
    }


def lines(films: Sequence[RatedFilm]) -> Table:
    """A row for each line of an export."""
    frame = pd.DataFrame(
        {
            "Line": [film.line for film in films],
            "Film": [_named(film) for film in films],
            "Rating": [film.rating for film in films],
        }
    )
    return frame, {
        "Line": st.column_config.NumberColumn(width=60),
        "Rating": st.column_config.NumberColumn(format="%g", width=65),
    }


def recommendations(made: Recommendations, score_title: str) -> Table:
    """A row for each recommended film, best first; without genres, for half the width of a page."""
    frame, looks = tables.recommendation_table(made, score_title)
    narrow = {
        "Title": st.column_config.TextColumn(width=190),
        "Predicted": st.column_config.NumberColumn(
            format="%.2f", width=75, help="The rating that you would give, in stars, predicted from neighbours."
        ),
        "Score": st.column_config.NumberColumn(format=tables.score_format(made), width=65, help=score_title),
    }
    order = ["Title", "Year", "Predicted", "Score", "Support"]
    return frame[order], {**looks, **narrow}


def _named(film: RatedFilm) -> str:
    return text.titled(film.title or f"Id {film.item}", film.year)


def _years(ratings: Ratings, rows: Sequence[int]) -> "pd.api.extensions.ExtensionArray":
    return pd.array([ratings.catalogue.year(row) for row in rows], dtype="Int64")
