"""Tables of the page on one's own taste."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ucf_core.datasets.personal.exports import RatedFilm
from ucf_core.datasets.personal.matching import How, Match
from ucf_core.neighbours.neighbours import Neighbours, SharedItems, agreement
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import Recommendations
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets import tables
from ucf_ui.widgets.tables import Columns

with PANDAS_IS_WHOLE:
    import pandas as pd

HOW: dict[How, str] = {
    "typo": "Similar title",
    "other year": "Another year",
    "no year": "Title alone",
    "series": "A series there",
    "exact": "Title and year",
    "id": "Id",
}
"""How a film was found, least certain first."""

_STARS = st.column_config.NumberColumn(format="%g", width=60)
_YEAR = st.column_config.NumberColumn(format="%d", width=55)


def hits(ratings: Ratings, rows: Sequence[int], rated: Mapping[RawId, float]) -> tuple[pd.DataFrame, Columns]:
    """One row a found title, best first, with the rating that it has in the profile."""
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


def profile(ratings: Ratings, rated: Mapping[RawId, float]) -> tuple[pd.DataFrame, Columns]:
    """One row a rated film, the latest first."""
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


def matches(ratings: Ratings, found: Sequence[Match]) -> tuple[pd.DataFrame, Columns]:
    """One row a film of an export that is in the dataset, the least certain first."""
    order = list(HOW)
    shown = sorted(found, key=lambda match: (order.index(match.how), match.film.line))
    frame = pd.DataFrame(
        {
            "Found by": [HOW[match.how] for match in shown],
            "In the file": [_named(match.film) for match in shown],
            "Rating": [match.film.rating for match in shown],
            "In this dataset": [_labelled(ratings, match.row) for match in shown],
            "Becomes": [match.rating for match in shown],
        }
    )
    return frame, {
        "Found by": st.column_config.TextColumn(width=100, help="How sure it is that this film is meant."),
        "In the file": st.column_config.TextColumn(width=200),
        "Rating": st.column_config.NumberColumn(format="%g", width=55, help="On the scale of the file."),
        "In this dataset": st.column_config.TextColumn(width=200),
        "Becomes": st.column_config.NumberColumn(format="%g", width=62, help="The rating, on this dataset's scale."),
    }


def lines(films: Sequence[RatedFilm]) -> tuple[pd.DataFrame, Columns]:
    """One row a line of an export."""
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


def neighbours(found: Neighbours) -> tuple[pd.DataFrame, Columns]:
    """One row a neighbour, nearest first."""
    shared = agreement(found)
    frame = pd.DataFrame(
        {
            "User": tables.ids(found.users),
            "Similarity": found.similarities,
            "Shared": shared.co_rated,
            "Difference": shared.mean_absolute_difference,
        }
    )
    return frame, {
        "User": tables.id_column(frame["User"], 65),
        "Similarity": st.column_config.ProgressColumn(
            format="%.3f",
            width=110,
            min_value=0.0,
            max_value=float(max(found.similarities.max(initial=0.0), 0.01)),
            help="Cosine between your vector and the user's, from -1 to 1; the bar is relative to the nearest.",
        ),
        "Shared": st.column_config.NumberColumn(width=58, help="Films that you and the user rated."),
        "Difference": st.column_config.NumberColumn(
            format="%.2f", width=72, help="Mean absolute difference of the two ratings on shared films, in stars."
        ),
    }


def shared(both: SharedItems, ratings: Ratings, neighbour: str) -> tuple[pd.DataFrame, Columns]:
    """One row a film that the person and a neighbour rated, greatest agreement first."""
    theirs = f"User {neighbour}"
    frame = pd.DataFrame(
        {
            "Film": [ratings.title(item) for item in both.items.tolist()],
            "You": both.first,
            theirs: both.second,
            "Difference": abs(both.first - both.second),
        }
    ).sort_values(["Difference", "Film"], kind="stable")
    stars = st.column_config.NumberColumn(format="%g", width=72)
    film = st.column_config.TextColumn(width=150)
    return frame, {"Film": film, "You": _STARS, theirs: stars, "Difference": stars}


def recommendations(made: Recommendations, score_title: str) -> tuple[pd.DataFrame, Columns]:
    """One row a recommended film, best first, for half the width of a page: without genres."""
    frame, looks = tables.recommendation_table(made, score_title)
    narrow = {
        "Title": st.column_config.TextColumn(width=190),
        "Predicted": st.column_config.NumberColumn(
            format="%.2f", width=75, help="The rating that you would give, in stars, as your neighbours suggest it."
        ),
        "Score": st.column_config.NumberColumn(format=tables.score_format(made), width=65, help=score_title),
    }
    order = ["Title", "Year", "Predicted", "Score", "Support"]
    return frame[order], {**looks, **narrow}


def _named(film: RatedFilm) -> str:
    title = film.title or f"Id {film.item}"
    return f"{title} ({film.year})" if film.year else title


def _labelled(ratings: Ratings, row: int) -> str:
    year = ratings.catalogue.year(row)
    return ratings.title(row) + (f" ({year})" if year else "")


def _years(ratings: Ratings, rows: Sequence[int]) -> "pd.api.extensions.ExtensionArray":
    return pd.array([ratings.catalogue.year(row) for row in rows], dtype="Int64")
