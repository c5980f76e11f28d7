"""Tables: results as pandas frames, how their columns look, and how they are written as CSV."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.datasets.listing import ListedDataset
from ucf_core.explorer.builds import Stage
from ucf_core.neighbours.inspection import Inspection
from ucf_core.neighbours.neighbours import SharedItems, agreement
from ucf_core.ratings.ids import Ids
from ucf_core.ratings.profile import Profile
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.lists import ListChange
from ucf_core.recommendations.recommendation import Evidence, Recommendations
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE

with PANDAS_IS_WHOLE:
    import pandas as pd

Columns = dict[str, Any]

# The signs that begin a formula, also in their wide forms, and before them what some spreadsheets skip: white space,
# control characters, marks of direction.
_SKIPPED = r"\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA = re.compile(rf"[{_SKIPPED}]*[-=+@\uff1d\uff0b\uff0d\uff20]|[\t\r]")


def ids(raw: Ids) -> list[int] | list[str]:
    """Raw ids for a column: as numbers, so that it sorts by them, where a browser can count so far."""
    known: list[int] = raw.tolist()
    return known if text.countable(raw) else list(map(str, known))


def id_column(column: "pd.Series[Any]", width: int | None) -> Any:
    """How a column of `ids` looks: an id is a name, so its figures are not grouped."""
    if pd.api.types.is_integer_dtype(column):
        return st.column_config.NumberColumn(format="%d", width=width)
    return st.column_config.TextColumn(width=width)


def neighbour_table(inspection: Inspection) -> tuple[pd.DataFrame, Columns]:
    """One row a neighbour, nearest first."""
    found = inspection.found
    shared = agreement(found)
    frame = pd.DataFrame(
        {
            "Rank": np.arange(1, found.k + 1),
            "User": ids(found.users),
            "Similarity": found.similarities,
            "Shared": shared.co_rated,
            "Difference": shared.mean_absolute_difference,
            "Exact": inspection.is_exact,
        }
    )
    top = float(max(found.similarities.max(initial=0.0), 0.01))
    return frame, {
        "Rank": st.column_config.NumberColumn(width=45),
        "User": id_column(frame["User"], 65),
        "Similarity": st.column_config.ProgressColumn(
            format="%.3f",
            width=125,
            min_value=0.0,
            max_value=top,
            help="Cosine between the two users' vectors, from -1 to 1; the bar is relative to the nearest neighbour.",
        ),
        "Shared": st.column_config.NumberColumn(width=65, help="Films that both users rated."),
        "Difference": st.column_config.NumberColumn(
            format="%.2f",
            help="Mean absolute difference of the two ratings on shared films, in stars. Lower is closer.",
        ),
        "Exact": st.column_config.CheckboxColumn(width=60, help="Whether exact search lists this neighbour too."),
    }


def shared_table(shared: SharedItems, ratings: Ratings, user: str, neighbour: str) -> tuple[pd.DataFrame, Columns]:
    """One row a film that both rated."""
    frame = pd.DataFrame(
        {
            "Film": [ratings.title(item) for item in shared.items.tolist()],
            f"User {user}": shared.first,
            f"User {neighbour}": shared.second,
            "Difference": np.abs(shared.first - shared.second),
        }
    ).sort_values(["Difference", "Film"], kind="stable")
    stars = st.column_config.NumberColumn(format="%.1f", width=72)
    film = st.column_config.TextColumn(width=165)
    return frame, {"Film": film, f"User {user}": stars, f"User {neighbour}": stars, "Difference": stars}


def top_films(ratings: Ratings, profile: Profile, most: int) -> tuple[pd.DataFrame, Columns]:
    """The user's best rated films."""
    rows = profile.top_items[:most].tolist()
    frame = pd.DataFrame({"Stars": profile.top_ratings[:most], "Top films": [ratings.title(row) for row in rows]})
    return frame, {"Stars": st.column_config.NumberColumn(format="%.1f", width=60)}


def recommendation_table(made: Recommendations, score_title: str) -> tuple[pd.DataFrame, Columns]:
    """One row a recommended film, best first."""
    catalogue, rows = made.ratings.catalogue, made.items.tolist()
    frame = pd.DataFrame(
        {
            "Rank": np.arange(1, len(rows) + 1),
            "Title": made.titles,
            "Year": pd.array([catalogue.year(row) for row in rows], dtype="Int64"),
            "Score": made.scores,
            "Predicted": made.predicted_ratings,
            "Support": made.support,
            "Genres": [list(catalogue.genres[row]) for row in rows],
        }
    )
    return frame, {
        "Rank": st.column_config.NumberColumn(width=50),
        "Title": st.column_config.TextColumn(width=235),
        "Year": st.column_config.NumberColumn(format="%d", width=60),
        "Genres": st.column_config.ListColumn(width=230),
        "Score": st.column_config.ProgressColumn(
            format=score_format(made),
            width=140,
            min_value=0.0,
            # some span there must be
            max_value=float(max(made.scores.max(initial=0.0), np.finfo(np.float64).tiny)),
            help=score_title,
        ),
        "Predicted": st.column_config.NumberColumn(
            format="%.2f", width=80, help="The rating this user would give, in stars, as the neighbours suggest it."
        ),
        "Support": st.column_config.NumberColumn(width=70, help="Neighbours who rated the film."),
    }


def score_format(made: Recommendations) -> str:
    """How the scores of a list are written."""
    return text.figure_format(float(made.scores.max(initial=0.0)))


def ranking_table(made: Recommendations, beside: Recommendations) -> tuple[pd.DataFrame, Columns]:
    """One list of two: each film's score, support, and its place in the other list."""
    places = {item: place for place, item in enumerate(beside.items.tolist(), 1)}
    frame = pd.DataFrame(
        {
            "Rank": np.arange(1, made.items.size + 1),
            "Title": made.titles,
            "Score": made.scores,
            "Support": made.support,
            "Other rank": pd.array([places.get(item) for item in made.items.tolist()], dtype="Int64"),
        }
    )
    return frame, {
        "Rank": st.column_config.NumberColumn(width=45),
        "Title": st.column_config.TextColumn(width=180),
        "Score": st.column_config.NumberColumn(format=score_format(made), width=60),
        "Support": st.column_config.NumberColumn(width=65, help="Neighbours who rated the film."),
        "Other rank": st.column_config.NumberColumn(
            width=80, help="Its place in the other list; empty where it is not there."
        ),
    }


def film_list(rows: NDArray[np.int64], ratings: Ratings) -> tuple[pd.DataFrame, Columns]:
    """Titles alone."""
    return pd.DataFrame({"Film": [ratings.title(row) for row in rows.tolist()]}), {}


def moved_list(change: ListChange, ratings: Ratings) -> tuple[pd.DataFrame, Columns]:
    """Films that are in both lists, and the places they gained or lost."""
    frame = pd.DataFrame(
        {
            "Places": change.moved,
            "Film": [ratings.title(row) for row in change.stayed.tolist()],
        }
    )
    places = st.column_config.NumberColumn(
        format="%+d", width=70, help="Places gained; negative where it fell, 0 where it stays."
    )
    return frame, {"Places": places}


def evidence_table(evidence: Evidence, ratings: Ratings) -> tuple[pd.DataFrame, Columns]:
    """One row a neighbour who rated the film."""
    frame = pd.DataFrame(
        {
            "User": ids(ratings.users.ids[evidence.users]),
            "Similarity": evidence.similarities,
            "Rating": evidence.ratings,
        }
    )
    return frame, {
        "User": id_column(frame["User"], None),
        "Similarity": st.column_config.ProgressColumn(
            format="%.3f", min_value=0.0, max_value=float(max(evidence.similarities.max(initial=0.0), 0.01))
        ),
        "Rating": st.column_config.NumberColumn(format="%.1f"),
    }


def stage_table(stages: Sequence[Stage]) -> tuple[pd.DataFrame, Columns]:
    """One row a step of getting a dataset ready, in order."""
    frame = pd.DataFrame(
        {
            "Step": [text.artifact_kind(stage.name) for stage in stages],
            "Settings": [stage.settings for stage in stages],
            "Took": [text.duration(stage.seconds) for stage in stages],
            "How": ["Read from disk" if stage.cached else "Computed" for stage in stages],
        }
    )
    return frame, {
        "Settings": st.column_config.TextColumn(width=330),
        "Took": st.column_config.TextColumn(help="Time that the step took in this run of the program."),
    }


def dataset_table(rows: Sequence[ListedDataset]) -> tuple[pd.DataFrame, Columns]:
    """Installed datasets with their sizes and terms."""
    frame = pd.DataFrame(
        {
            "Name": [row["name"] for row in rows],
            "Dataset": [row["title"] for row in rows],
            "Users": pd.array([row["n_users"] for row in rows], dtype="Int64"),
            "Films": pd.array([row["n_items"] for row in rows], dtype="Int64"),
            "Ratings": pd.array([row["n_ratings"] for row in rows], dtype="Int64"),
            "Terms of use": [row["licence"] for row in rows],
        }
    )
    number = st.column_config.NumberColumn(format="localized")
    return frame, {
        "Users": number,
        "Films": number,
        "Ratings": number,
        "Terms of use": st.column_config.LinkColumn(display_text="Read"),
    }


def as_csv(frame: pd.DataFrame) -> bytes:
    """CSV in UTF-8; a text that a spreadsheet could take for a formula gets an apostrophe in front, headings too."""
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_harmless(value) for value in safe[column]]
    safe.columns = pd.Index([_harmless(column) for column in safe.columns])
    return safe.to_csv(index=False).encode("utf-8")


def _harmless(value: Any) -> str:
    text = "|".join(map(str, value)) if isinstance(value, list) else str(value)
    safe = "'" + text if _FORMULA.match(text) else text
    return safe.replace("\r", " ")  # pandas does not quote it, and it would end the line
