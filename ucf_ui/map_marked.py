"""The chosen user, the neighbours and the misses, as marks on the map."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.ratings import Ratings
from ucf_core.visible import visible
from ucf_ui.components.map_marks import Group
from ucf_ui.figures.palette import MISSED, NEIGHBOUR, STAR
from ucf_ui.map_data import Drawn, Marks, describe
from ucf_ui.text import count, counted


def groups(ratings: Ratings, shown: Drawn, marks: Marks) -> list[Group]:
    """Marks from the bottom to the top: neighbours, misses, the user; kinds that there are none of are left out."""
    found = marks.found
    user = np.array([found.user])
    missed = marks.missed.size

    def group(
        name: str, colour: str, shape: str, rows: NDArray[np.integer], similarities: NDArray[np.float32] | None
    ) -> Group:
        places = shown.map.places[rows].astype(float)
        texts = describe(ratings, rows, similarities)
        return Group(name, colour, shape, rows.tolist(), places[:, 0].tolist(), places[:, 1].tolist(), texts)

    true, other = marks.true, ~marks.true
    what = "neighbour" if true.all() else "true neighbour"
    made = [
        group(
            f"{count(int(other.sum()))} found in place of nearer ones",
            NEIGHBOUR,
            "ring",
            found.rows[other],
            found.similarities[other],
        ),
        group(f"{counted(int(true.sum()), what)} found", NEIGHBOUR, "dot", found.rows[true], found.similarities[true]),
        group(f"{counted(missed, 'true neighbour')} missed", MISSED, "cross", marks.missed, marks.missed_similarities),
        group(f"User {visible(str(ratings.users.raw(found.user)))}", STAR, "star", user, None),
    ]
    return [one for one in made if one.rows]
