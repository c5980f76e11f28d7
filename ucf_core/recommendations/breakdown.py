"""A score or a predicted rating as a sum: a part for each neighbour, and terms that belong to none of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Term(str):
    """The name of a part that belongs to no neighbour, with its label on screen.

    `base`: the neighbours' parts are added to it, so a chart draws it before them; the others come after them.
    """

    label: str
    base: bool

    def __new__(cls, name: str, label: str = "", *, base: bool = False) -> "Term":
        """A term; it equals its name."""
        term = super().__new__(cls, name)
        term.label, term.base = label, base
        return term


ALL_RATINGS = Term("all_ratings", "Mean of all ratings", base=True)
USER_OFFSET = Term("user_offset", "How this user rates", base=True)
ITEM_OFFSET = Term("item_offset", "How this film is rated", base=True)
BIAS_ESTIMATE = Term("bias_estimate", "Shrinkage: averages")
TRAITS = Term("traits", "Year and genres")
CLIPPING = Term("clipping", "Cut to the scale")

Floats: TypeAlias = "NDArray[np.float64]"
Parts: TypeAlias = "tuple[Floats, dict[Term, float]]"
"""What each rater of an item adds to a number, (support,), and what is added besides."""


@dataclass(frozen=True, eq=False)
class Breakdown:
    """A number as a sum: `total` is that of `of_neighbours` and of all `terms`, but for rounding.

    Attributes:
        users: (support,) int32 rows of the neighbours who rated the item, most similar first.
        of_neighbours: (support,) float64 what each of them adds, in the unit of the number; empty where they have no
            part in it.
        terms: what is added besides, by name.
        total: the number itself; NaN where it is none, and then there are no parts.
    """

    users: "NDArray[np.int32]"
    of_neighbours: Floats
    terms: dict[Term, float]
    total: float

    @property
    def parts(self) -> tuple[tuple[Term | int, float], ...]:
        """All parts with their names, neighbours (rows) first."""
        of_users = zip(self.users.tolist(), self.of_neighbours.tolist(), strict=True)
        return (*of_users, *self.terms.items())
