"""What the users of a synthetic dataset are like, how they rate what they meet, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ucf_core.datasets.synthetic_films import ERAS, Films, dirichlet, prevalence

# Standard deviations of what a rating is made of; their squares sum to about 1, as shares of the variance.
_QUALITY, _BIAS, _TASTE, _CHANCE = 0.44, 0.42, 0.42, 0.67

# Concentrations of a user's own tastes and eras: the smaller, the fewer.
_FOCUS, _ERA_FOCUS = 1.2, 4.0

_OPENED = int(datetime(1996, 1, 29, tzinfo=UTC).timestamp())
_CLOSED = int(datetime(2019, 11, 21, tzinfo=UTC).timestamp())
_DAY = 86_400
_SECONDS_PER_RATING = 12


@dataclass(frozen=True, eq=False)
class People:
    """What the users are like.

    Attributes:
        tastes, eras: (n_users, 24) and (n_users, 4) float32, rows sum to 1: how much they care for each.
        biases: (n_users,) float32, how generous they are.
        joined: (n_users,) int64 seconds of the first visit.
    """

    tastes: NDArray[np.float32]
    eras: NDArray[np.float32]
    biases: NDArray[np.float32]
    joined: NDArray[np.int64]


def make_people(per_user: NDArray[np.int64], rng: np.random.Generator) -> People:
    """The users: whoever rates more has broader tastes; whoever joined later prefers later films."""
    n = per_user.size
    common = prevalence()
    joined = rng.integers(_OPENED, _CLOSED - 60 * _DAY, n)
    breadth = np.clip(0.05 + 0.05 * np.log(np.maximum(per_user, 1) / 20), 0.05, 0.95)[:, None]
    own = dirichlet(rng, np.broadcast_to(_FOCUS * common, (n, common.size)))
    modern = ((joined - _OPENED) / (_CLOSED - _OPENED) - 0.5)[:, None]
    usual = np.array([0.1, 0.2, 0.4, 0.3]) * np.exp(modern * np.array([-0.5, -0.5, 0.0, 1.5]))
    usual /= usual.sum(axis=1, keepdims=True)
    era = dirichlet(rng, _ERA_FOCUS * usual)
    return People(
        tastes=((1 - breadth) * own + breadth * common).astype(np.float32),
        eras=((1 - breadth) * era + breadth * usual).astype(np.float32),
        biases=(_BIAS * rng.standard_normal(n)).astype(np.float32),
        joined=joined,
    )


def make_qualities(per_item: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """How good each film is, (n_items,) float32: the popular ones somewhat better, all with chance."""
    fame = np.log(per_item)
    fame = (fame - fame.mean()) / max(float(fame.std()), 1e-9)
    return np.asarray(_QUALITY * (0.6 * fame + 0.8 * rng.standard_normal(per_item.size)), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Opinions:
    """What ratings and their times are made of, by row number of users and items.

    Attributes:
        user_leanings, item_leanings: (n_users, 28) and (n_items, 28) float32, how far tastes and eras deviate from
            what is common, of length 1 on average; where they point the same way the user likes the item.
        biases, qualities: (n_users,) and (n_items,) float32.
        joined: (n_users,) int64 seconds of the first visit.
        counts: (n_users,) int64 ratings.
        new_year: (n_items,) int64 seconds at the beginning of the film's year.
    """

    user_leanings: NDArray[np.float32]
    item_leanings: NDArray[np.float32]
    biases: NDArray[np.float32]
    qualities: NDArray[np.float32]
    joined: NDArray[np.int64]
    counts: NDArray[np.int64]
    new_year: NDArray[np.int64]

    @classmethod
    def of(cls, people: People, films: Films, qualities: NDArray[np.float32], counts: NDArray[np.int64]) -> "Opinions":
        """From what users and films are like."""
        years = films.released.astype(np.int64) - 1970
        return cls(
            user_leanings=_deviations(people.tastes, people.eras),
            item_leanings=_deviations(films.tastes, films.eras),
            biases=people.biases,
            qualities=qualities,
            joined=people.joined,
            counts=counts,
            new_year=years.astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64),
        )

    def scores(
        self, users: NDArray[np.int32], items: NDArray[np.int32], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """How much users like items, (n,) float32, with a standard deviation of about 1."""
        agreement = np.einsum("ij,ij->i", self.user_leanings[users], self.item_leanings[items])
        # unit vectors of about a dozen directions in effect: a product deviates by about 1 / sqrt(12)
        taste = np.float32(_TASTE) * np.clip(np.float32(3.5) * agreement, -3, 3)
        chance = np.float32(_CHANCE) * rng.standard_normal(users.size, dtype=np.float32)
        return np.asarray(self.qualities[items] + self.biases[users] + taste + chance, dtype=np.float32)

    def times(self, users: NDArray[np.int32], items: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int64]:
        """Seconds since 1970, (n,) int64: a long first sitting, then shorter visits weeks apart; after the release."""
        counts = self.counts[users]
        visit = (rng.random(users.size) ** 2 * (1 + counts // 100)).astype(np.int64)
        sitting = (rng.random(users.size) * np.minimum(counts, 600) * _SECONDS_PER_RATING).astype(np.int64)
        released = self.new_year[items] + (rng.random(users.size) * 300 * _DAY).astype(np.int64)
        own = np.minimum(self.joined[users] + visit * 45 * _DAY + sitting, _CLOSED)
        return np.asarray(np.maximum(own, released), dtype=np.int64)


def _deviations(tastes: NDArray[np.float32], eras: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centred leanings, rare tastes weighted up, scaled so that the mean squared length of the rows is 1."""
    scale = np.concatenate([prevalence(), np.full(ERAS.size, 1 / ERAS.size)]) ** -0.25
    both = np.concatenate([tastes, eras], axis=1)
    centred = (both - both.mean(axis=0)) * scale
    length = np.sqrt((centred**2).sum(axis=1).mean())
    return np.asarray(centred / max(float(length), 1e-9), dtype=np.float32)
