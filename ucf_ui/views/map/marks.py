"""The chosen user, the neighbours and the missed ones, as marks on the map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.base.text import strip_control_chars
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.neighbours.recall import as_near
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.text import count, counted
from ucf_ui.components.map_marks import Group
from ucf_ui.figures.palette import MISSED, NEIGHBOUR, STAR
from ucf_ui.views.map.data import Drawn, describe


@dataclass(frozen=True, eq=False)
class Marks:
    """The neighbours that the map marks, and those missing.

    Attributes:
        found: the neighbours of the chosen user.
        true: (k,) which of them exact search finds too.
        ties: (k,) which of the others are as near as the last one of exact search.
        missed: rows of true neighbours that were not found, nearest first; with their similarities.
    """

    found: Neighbours
    true: NDArray[np.bool_]
    ties: NDArray[np.bool_]
    missed: NDArray[np.int32]
    missed_similarities: NDArray[np.float32]


def marks_of(explorer: Explorer, user: RawId, query: QuerySpec) -> Marks:
    """The neighbours of a user, and the true neighbours that the index missed."""
    found = explorer.neighbours(user, query)
    exact = found if query.chosen_engine == "exact" else explorer.neighbours(user, changed(query, {"engine": "exact"}))
    missed, true = ~np.isin(exact.rows, found.rows), np.isin(found.rows, exact.rows)
    ties = as_near(found.similarities, exact.similarities) & ~true
    return Marks(found, true, ties, exact.rows[missed], exact.similarities[missed])


def groups(ratings: Ratings, shown: Drawn, marks: Marks, *, coloured: bool = False) -> list[Group]:
    """Marks from the bottom to the top: neighbours, missed ones, the user; empty kinds are left out.

    On a `coloured` map neighbours are hoops, so that their own colours can be seen.
    """
    found, missed = marks.found, marks.missed.size

    def group(
        name: str, colour: str, shape: str, rows: NDArray[np.integer], similarities: NDArray[np.float32] | None
    ) -> Group:
        places = shown.map.places[rows].astype(float)
        texts = describe(ratings, rows, similarities)
        return Group(name, colour, shape, rows.tolist(), places[:, 0].tolist(), places[:, 1].tolist(), texts)

    true, ties, farther = marks.true, marks.ties, ~(marks.true | marks.ties)
    what = "neighbour" if true.all() else "true neighbour"
    lost = f"{counted(missed, 'true neighbour')} missed" if farther.any() else f"{count(missed)} as near, not listed"
    name = f"User {strip_control_chars(str(ratings.users.raw(found.user)))}"
    near = "dashes" if coloured else "ring"
    made = [
        group(title, NEIGHBOUR, shape, found.rows[those], found.similarities[those])
        for title, shape, those in (
            (f"{count(int(farther.sum()))} found in place of nearer ones", near, farther),
            (f"{count(int(ties.sum()))} found in place of others as near", near, ties),
            (f"{counted(int(true.sum()), what)} found", "hoop" if coloured else "dot", true),
        )
    ]
    made += [
        group(lost, MISSED, "cross", marks.missed, marks.missed_similarities),
        group(name, STAR, "star", np.array([found.user]), None),
    ]
    return [one for one in made if one.rows]
