"""Guest: ratings of a person who is not in the dataset, with their matrix row and bias."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.ratings.biases import REG_USER, Biases
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings


@dataclass(frozen=True, eq=False)
class Guest:
    """Ratings of one person outside the dataset; their row number is n_users, one past the last.

    Attributes:
        items: (m,) int32 item rows, ascending, m >= 1.
        given: (m,) float32 ratings, on the scale of the dataset.
    """

    items: NDArray[np.int32]
    given: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.items.size:
            raise SpecError("a profile of 0 ratings has no neighbours; rate at least 1 film")
        if self.items.shape != self.given.shape or (np.diff(self.items) <= 0).any():
            raise SpecError("the items of a profile must be ascending row numbers, with one rating each")
        read_only(self.items, self.given)

    @classmethod
    def of(cls, ratings: Ratings, rated: Mapping[RawId, float]) -> "Guest":
        """A guest who gave `rated`: raw item ids and ratings.

        Raises UnknownIdError for an item that the dataset does not hold, SpecError for no rating at all or one off
        the dataset's scale.
        """
        low, high = ratings.scale
        by_row: dict[int, float] = {}
        for raw, rating in rated.items():
            if not low <= rating <= high:
                raise SpecError(
                    f"rating {rating} of item {str(raw)[:60]} is off the scale of this dataset; "
                    f"choose {low:g} <= rating <= {high:g}"
                )
            by_row[ratings.items.row(raw)] = rating
        rows = sorted(by_row)
        return cls(np.array(rows, dtype=np.int32), np.array([by_row[row] for row in rows], dtype=np.float32))

    def row(self, n_items: int) -> csr_array:
        """The ratings as a matrix of one row, (1, n_items) float32."""
        return csr_array((self.given, self.items, np.array([0, self.items.size])), shape=(1, n_items))


def guest_bias(guest: Guest, biases: Biases) -> float:
    """b_u of the guest, in rating units: the last step of fit_biases, for this row alone."""
    rest = guest.given - biases.mean - biases.item[guest.items]
    return float(rest.sum() / (REG_USER + guest.items.size))


def with_guest(biases: Biases, guest: Guest) -> Biases:
    """`biases` with the guest's as those of row n_users."""
    return Biases(biases.mean, np.append(biases.user, guest_bias(guest, biases)), biases.item)
