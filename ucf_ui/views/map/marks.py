"""The chosen user, the neighbours and the misses, as marks on the map."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.text import strip_control_chars
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.text import count, counted
from ucf_ui.components.map_marks import Group
from ucf_ui.figures.palette import MISSED, NEIGHBOUR, STAR
from ucf_ui.views.map.data import Drawn, Marks, describe


def groups(ratings: Ratings, shown: Drawn, marks: Marks, *, coloured: bool = False) -> list[Group]:
    """Marks from the bottom to the top: neighbours, misses, the user; kinds that there are none of are left out.

    Where the crowd is `coloured` by something, that of a neighbour is to be seen: neighbours are hoops around it.
    """
    found = marks.found
    user = np.array([found.user])
    missed = marks.missed.size

    def group(
        name: str, colour: str, shape: str, rows: NDArray[np.integer], similarities: NDArray[np.float32] | None
    ) -> Group:
        places = shown.map.places[rows].astype(float)
        texts = describe(ratings, rows, similarities)
        return Group(name, colour, shape, rows.tolist(), places[:, 0].tolist(), places[:, 1].tolist(), texts)

    true, ties, farther = marks.true, marks.ties, ~(marks.true | marks.ties)
    what = "neighbour" if true.all() else "true neighbour"
    lost = f"{counted(missed, 'true neighbour')} missed" if farther.any() else f"{count(missed)} as near, not listed"
    made = [
        group(name, NEIGHBOUR, kind, found.rows[those], found.similarities[those])
        for name, kind, those in (
            (f"{count(int(farther.sum()))} found in place of nearer ones", "dashes" if coloured else "ring", farther),
            (f"{count(int(ties.sum()))} found in place of others as near", "dashes" if coloured else "ring", ties),
            (f"{counted(int(true.sum()), what)} found", "hoop" if coloured else "dot", true),
        )
    ]
    made += [
        group(lost, MISSED, "cross", marks.missed, marks.missed_similarities),
        group(f"User {strip_control_chars(str(ratings.users.raw(found.user)))}", STAR, "star", user, None),
    ]
    return [one for one in made if one.rows]
