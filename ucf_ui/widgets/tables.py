"""Results as tables: pandas frames with the looks of their columns, and CSV."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.datasets.listing import ListedDataset
from ucf_core.explorer.builds import Stage
from ucf_core.neighbours.neighbours import Neighbours, SharedItems, agreement
from ucf_core.ratings.ids import Ids
from ucf_core.ratings.profile import Profile
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import Evidence, Recommendations
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE

with PANDAS_IS_WHOLE:
    import pandas as pd

Columns = dict[str, Any]
Table: TypeAlias = tuple[pd.DataFrame, Columns]
"""A frame, and how its columns look."""

_column = st.column_config

# The signs that begin a formula, also in their wide forms, and before them what some spreadsheets skip: white space,
# control characters, marks of direction.
_SKIPPED = r"\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA = re.compile(rf"[{_SKIPPED}]*[-=+@\uff1d\uff0b\uff0d\uff20]|[\t\r]")

_SUPPORT = "Neighbours who rated the film."


def show(table: Table, *, alt: str, height: int | None = None, width: int | None = None) -> None:
    """Draw a table as high as its rows, at most `height` pixels; empty cells stay empty."""
    frame, looks = table
    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height="content" if height is None else fitting(frame, height),
        width=width or "stretch",
        placeholder="",
        alt=alt,
    )


def fitting(frame: pd.DataFrame, most: int) -> int:
    """The height in pixels of a table with a heading and at least one row, at most `most`."""
    return min(38 + 35 * max(len(frame), 1), most)


def download(name: str, frame: Callable[[], pd.DataFrame], *, help: str) -> None:  # noqa: A002  Streamlit's word
    """Draw a button that saves a frame as CSV; it is made when the button is pressed."""
    about: dict[str, Any] = {"mime": "text/csv", "icon": ":material/download:", "on_click": "ignore"}
    st.download_button("Download as CSV", lambda: as_csv(frame()), file_name=name, help=help, **about)


def ids(raw: Ids) -> list[int] | list[str]:
    """Raw ids for a column: as numbers, so that it sorts by them, if a browser can distinguish them."""
    known: list[int] = raw.tolist()
    return known if text.countable(raw) else list(map(str, known))


def id_column(column: "pd.Series[Any]", width: int | None) -> Any:
    """How a column of `ids` looks: an id is a name, so its digits are not grouped."""
    if pd.api.types.is_integer_dtype(column):
        return _column.NumberColumn(format="%d", width=width)
    return _column.TextColumn(width=width)


def _bar(values: NDArray[Any], least: float = 0.01, *, format: str = "%.3f", **looks: Any) -> Any:  # noqa: A002
    """A column of bars from 0 to the largest value, or to `least` if all are smaller."""
    return _column.ProgressColumn(
        format=format, min_value=0.0, max_value=float(max(values.max(initial=0.0), least)), **looks
    )


def columns(*parts: tuple[str, Any, Any]) -> Table:
    """A table of columns: the heading, values and look of each; None leaves the look to Streamlit."""
    return pd.DataFrame({name: values for name, values, _ in parts}), {
        name: look for name, _, look in parts if look is not None
    }


def _titles(rows: NDArray[np.integer], ratings: Ratings) -> list[str]:
    return [ratings.title(row) for row in rows.tolist()]


def neighbour_table(found: Neighbours, is_exact: NDArray[np.bool_] | None = None) -> Table:
    """A row for each neighbour, nearest first; with rank and whether exact search finds it too, if that is given."""
    shared, is_wide = agreement(found), is_exact is not None
    users = pd.Series(ids(found.users))
    similarity = "Cosine between the two users' vectors, from -1 to 1; the bar is relative to the nearest neighbour."
    difference = "Mean absolute difference of the two ratings on shared films, in stars. Lower is closer."
    bar = _bar(found.similarities, width=125 if is_wide else 110, help=similarity)
    number = _column.NumberColumn(format="%.2f", width=None if is_wide else 72, help=difference)
    exact = _column.CheckboxColumn(width=60, help="Whether exact search lists this neighbour too.")
    parts = [
        ("Rank", np.arange(1, found.k + 1), _column.NumberColumn(width=45)),
        ("User", users, id_column(users, 65)),
        ("Similarity", found.similarities, bar),
        ("Shared", shared.co_rated, _column.NumberColumn(width=65, help="Films that both users rated.")),
        ("Difference", shared.mean_absolute_difference, number),
        ("Exact", is_exact, exact),
    ]
    return columns(*(parts if is_wide else parts[1:-1]))


def shared_table(shared: SharedItems, ratings: Ratings, first: str, second: str) -> Table:
    """A row for each film that two users rated, the smallest difference first; the two names are column headings."""
    stars = _column.NumberColumn(format="%.1f", width=72)
    frame, looks = columns(
        ("Film", _titles(shared.items, ratings), _column.TextColumn(width=165)),
        (first, shared.first, stars),
        (second, shared.second, stars),
        ("Difference", np.abs(shared.first - shared.second), stars),
    )
    return frame.sort_values(["Difference", "Film"], kind="stable"), looks


def top_films(ratings: Ratings, profile: Profile, most: int) -> Table:
    """The user's best rated films."""
    stars = _column.NumberColumn(format="%.1f", width=60)
    titles = _titles(profile.top_items[:most], ratings)
    return columns(("Stars", profile.top_ratings[:most], stars), ("Top films", titles, None))


def recommendation_table(made: Recommendations, score_title: str) -> Table:
    """A row for each recommended film, best first."""
    catalogue, rows = made.ratings.catalogue, made.items.tolist()
    years = pd.array([catalogue.year(row) for row in rows], dtype="Int64")
    score = _bar(made.scores, np.finfo(np.float64).tiny, format=score_format(made), width=140, help=score_title)
    predicted = "The rating this user would give, in stars, predicted from neighbours."
    return columns(
        ("Rank", np.arange(1, len(rows) + 1), _column.NumberColumn(width=50)),
        ("Title", made.titles, _column.TextColumn(width=235)),
        ("Year", years, _column.NumberColumn(format="%d", width=60)),
        ("Score", made.scores, score),
        ("Predicted", made.predicted_ratings, _column.NumberColumn(format="%.2f", width=80, help=predicted)),
        ("Support", made.support, _column.NumberColumn(width=70, help=_SUPPORT)),
        ("Genres", [list(catalogue.genres[row]) for row in rows], _column.ListColumn(width=230)),
    )


def score_format(made: Recommendations) -> str:
    """The %-format of a list's scores."""
    return text.figure_format(float(made.scores.max(initial=0.0)))


def ranking_table(made: Recommendations, beside: Recommendations) -> Table:
    """A row for each film of a list: its score, support, and rank in the list `beside`."""
    ranks = {item: rank for rank, item in enumerate(beside.items.tolist(), 1)}
    others = pd.array([ranks.get(item) for item in made.items.tolist()], dtype="Int64")
    other = _column.NumberColumn(width=80, help="Its rank in the other list; empty if it is not there.")
    return columns(
        ("Rank", np.arange(1, made.items.size + 1), _column.NumberColumn(width=45)),
        ("Title", made.titles, _column.TextColumn(width=180)),
        ("Score", made.scores, _column.NumberColumn(format=score_format(made), width=60)),
        ("Support", made.support, _column.NumberColumn(width=65, help=_SUPPORT)),
        ("Other rank", others, other),
    )


def film_list(rows: NDArray[np.int64], ratings: Ratings) -> Table:
    """Titles only."""
    return columns(("Film", _titles(rows, ratings), None))


def moved_list(rows: NDArray[np.int64], gained: NDArray[np.int64], ratings: Ratings) -> Table:
    """Films that are in both lists, and the places they gained, (n,) each."""
    help = "Places gained; negative if it fell, 0 if it stayed."  # noqa: A001
    places = _column.NumberColumn(format="%+d", width=70, help=help)
    return columns(("Places", gained, places), ("Film", _titles(rows, ratings), None))


def evidence_table(evidence: Evidence, ratings: Ratings) -> Table:
    """A row for each neighbour who rated the film."""
    users = pd.Series(ids(ratings.users.ids[evidence.users]))
    return columns(
        ("User", users, id_column(users, None)),
        ("Similarity", evidence.similarities, _bar(evidence.similarities)),
        ("Rating", evidence.ratings, _column.NumberColumn(format="%.1f")),
    )


def stage_table(stages: Sequence[Stage]) -> Table:
    """A row for each step of getting a dataset ready, in order."""
    took = _column.TextColumn(help="Time that the step took in this run of the program.")
    return columns(
        ("Step", [text.artifact_kind(stage.name) for stage in stages], None),
        ("Settings", [stage.settings for stage in stages], _column.TextColumn(width=330)),
        ("Took", [text.duration(stage.seconds) for stage in stages], took),
        ("How", ["Read from disk" if stage.cached else "Computed" for stage in stages], None),
    )


def dataset_table(rows: Sequence[ListedDataset]) -> Table:
    """Installed datasets with their sizes and terms."""
    fields = {"Name": "name", "Dataset": "title", "Users": "n_users", "Films": "n_items", "Ratings": "n_ratings"}
    frame = pd.DataFrame(rows, columns=[*fields.values(), "licence"]).set_axis([*fields, "Terms of use"], axis=1)
    counts = ("Users", "Films", "Ratings")  # unknown for some datasets
    return frame.astype(dict.fromkeys(counts, "Int64")), {
        **dict.fromkeys(counts, _column.NumberColumn(format="localized")),
        "Terms of use": _column.LinkColumn(display_text="Read"),
    }


def as_csv(frame: pd.DataFrame) -> bytes:
    """CSV in UTF-8; an apostrophe precedes texts, headings too, that a spreadsheet could read as a formula."""
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_harmless(value) for value in safe[column]]
    safe.columns = pd.Index([_harmless(column) for column in safe.columns])
    return safe.to_csv(index=False).encode("utf-8")


def _harmless(value: Any) -> str:
    text = "|".join(map(str, value)) if isinstance(value, list) else str(value)
    safe = "'" + text if _FORMULA.match(text) else text
    return safe.replace("\r", " ")  # pandas does not quote it, so it would end the line
