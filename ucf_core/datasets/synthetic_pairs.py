"""Who rates what in a synthetic dataset: distinct pairs with given numbers of ratings per user and per film.

A bipartite configuration model with tastes. Users and films hold as many open ends as they have ratings; every end
belongs to an audience (one taste in one era), and ends of the same audience are joined at random. So a user meets a
film with a probability proportional to its popularity and to how far their tastes agree, and both margins come out
exact. Users who rate a large share of all films come first, one at a time, by weighted draws without repeats
(Efraimidis & Spirakis 2006); pairs joined twice are parted by swaps, which keep both margins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Users who rate more than this share of the films are drawn one at a time.
_BUSY_SHARE = 1 / 40
_MOST_ENDS = 30_000  # of one user in one audience, counted in int16
_ROUNDS = 60
_BALANCING = 40


@dataclass(frozen=True, eq=False)
class Leanings:
    """What users and films lean to; every row sums to 1.

    Attributes:
        user_tastes, item_tastes: (n_users, 24) and (n_items, 24) float32.
        user_eras, item_eras: (n_users, 4) and (n_items, 4) float32.
    """

    user_tastes: NDArray[np.float32]
    user_eras: NDArray[np.float32]
    item_tastes: NDArray[np.float32]
    item_eras: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Plan:
    """All pairs but for the doubled ones: what the blocks of users are made from, independently of each other.

    Attributes:
        ends: (n_open,) int32 films in order of audience, shuffled within each.
        starts: (n_blocks + 1, n_audiences) int64, where each block's ends of an audience begin.
        per_audience: (n_users, n_audiences) int16 ends of each user; 0 for the busy ones.
        busy: films of the users that were drawn one at a time.
        n_items: number of films.
        block: users in a block.
    """

    ends: NDArray[np.int32]
    starts: NDArray[np.int64]
    per_audience: NDArray[np.int16]
    busy: dict[int, NDArray[np.int32]]
    n_items: int
    block: int

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.starts) - 1

    def films_of(self, number: int, rng: np.random.Generator) -> NDArray[np.int32]:
        """The films of all users in a block, ascending within each user, users in order: (n_pairs,) int32."""
        first = number * self.block
        mine = self.per_audience[first : first + self.block]
        bounds = np.concatenate([[0], mine.sum(axis=0, dtype=np.int64).cumsum()])
        users = np.concatenate([np.repeat(np.arange(len(mine)), audience) for audience in mine.T])
        films = np.concatenate(
            [self.ends[low:high] for low, high in zip(self.starts[number], self.starts[number + 1], strict=True)]
        ).astype(np.int64)
        _part_doubles(users, films, bounds, self.n_items, rng)
        drawn = [
            user * self.n_items + self.busy[first + user].astype(np.int64)
            for user in range(len(mine))
            if first + user in self.busy
        ]
        keys = np.concatenate([users * self.n_items + films, *drawn])
        keys.sort()
        return (keys % self.n_items).astype(np.int32)


def plan_pairs(
    user_counts: NDArray[np.int64],
    item_counts: NDArray[np.int64],
    leanings: Leanings,
    seeds: Sequence[np.random.SeedSequence],
    block: int,
    progress: Callable[[float], None],
) -> Plan:
    """Draw the busy users' films and deal everybody else's ends. Needs 3 seeds.

    `user_counts` (n_users,) and `item_counts` (n_items,) sum to the same total; `progress` gets the share done.
    """
    busy_rng, slot_rng, end_rng = (np.random.default_rng(seed) for seed in seeds)
    n_users, n_items = user_counts.size, item_counts.size
    tastes, eras = _expected(leanings, user_counts)
    busy, left = _draw_busy(user_counts, item_counts, leanings, tastes, eras, busy_rng, lambda x: progress(0.6 * x))
    open_counts = user_counts.copy()
    open_counts[list(busy)] = 0
    n_audiences = tastes.size * eras.size
    per_audience = np.empty((n_users, n_audiences), dtype=np.int16)
    firsts = range(0, n_users, block)
    for first in firsts:
        rows = slice(first, first + block)
        mixture = _products(leanings.user_tastes[rows], leanings.user_eras[rows])
        per_audience[rows] = slot_rng.multinomial(open_counts[rows], mixture)
    progress(0.8)
    in_block = np.array([per_audience[first : first + block].sum(axis=0, dtype=np.int64) for first in firsts])
    totals = in_block.sum(axis=0)
    starts = np.concatenate([np.zeros((1, n_audiences), dtype=np.int64), in_block.cumsum(axis=0)])
    starts += totals.cumsum() - totals
    ends = _deal(left, _balanced(leanings, left, totals), end_rng)
    progress(1.0)
    return Plan(ends, starts, per_audience, busy, n_items, block)


def serve_every_film(
    films: NDArray[np.int32], starts: NDArray[np.int64], n_items: int, rng: np.random.Generator
) -> None:
    """Give every film without a rating one, in place, by taking a rating from a film that has several.

    `films` (n_ratings,) are grouped by user, `starts` (n_users + 1,) are the bounds of the groups. Only matrices so
    small or so dense that the margins could not be met need this.
    """
    counts = np.bincount(films, minlength=n_items)
    missing = np.flatnonzero(counts == 0)
    if not missing.size:
        return
    candidates = iter(rng.permutation(films.size))
    for film in missing:
        place = next(place for place in candidates if counts[films[place]] > 1)
        counts[films[place]] -= 1
        films[place] = film
        counts[film] = 1
        user = int(np.searchsorted(starts, place, side="right")) - 1
        films[starts[user] : starts[user + 1]].sort()


def _expected(leanings: Leanings, user_counts: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The share of all ratings that goes to each taste (24,) and to each era (4,)."""
    weights = (user_counts / user_counts.sum()).astype(np.float32)
    return weights @ leanings.user_tastes, weights @ leanings.user_eras


def _products(tastes: NDArray[np.float32], eras: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shares of the audiences, (n, 24 * 4) float64, rows sum to 1."""
    both = (tastes[:, :, None].astype(np.float64) * eras[:, None, :]).reshape(len(tastes), -1)
    return np.asarray(both / both.sum(axis=1, keepdims=True))


def _draw_busy(
    user_counts: NDArray[np.int64],
    item_counts: NDArray[np.int64],
    leanings: Leanings,
    tastes: NDArray[np.float32],
    eras: NDArray[np.float32],
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> tuple[dict[int, NDArray[np.int32]], NDArray[np.int64]]:
    """Films of the users with very many, the busiest first, and the ends that each film has left."""
    left = item_counts.copy()
    busy = np.flatnonzero(user_counts > min(_BUSY_SHARE * item_counts.size, _MOST_ENDS))
    busy = busy[np.argsort(-user_counts[busy], kind="stable")]
    drawn = {}
    for number, user in enumerate(busy.tolist()):
        affinity = leanings.item_tastes @ (leanings.user_tastes[user] / tastes)
        affinity *= leanings.item_eras @ (leanings.user_eras[user] / eras)
        # a film without ends is taken only when nothing else is there, one that needs all users who are left always
        weight = affinity * np.maximum(left, 1e-20).astype(np.float32)
        waits = rng.standard_exponential(left.size, dtype=np.float32) / weight
        waits[left >= user_counts.size - number] = -1.0
        count = int(user_counts[user])
        taken = np.argpartition(waits, count - 1)[:count]
        left[taken] -= 1
        drawn[user] = np.sort(taken).astype(np.int32)
        if number % 64 == 0:
            progress(number / len(busy))
    return drawn, _without_debts(left)


def _without_debts(left: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where busy users took more than a film's ends, other films pay: same sum, nothing negative."""
    debt = int(-left[left < 0].sum())
    left = np.maximum(left, 0)
    while debt > 0:
        payers = np.argsort(-left, kind="stable")[: min(debt, int(np.count_nonzero(left)))]
        left[payers] -= 1
        debt -= payers.size
    return left


def _balanced(leanings: Leanings, left: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """To which audiences the ends of a film belong, (n_items, n_audiences), rows sum to 1.

    Scaled so that each audience gets as many ends as its users have (Sinkhorn & Knopp 1967).
    """
    shares = _products(leanings.item_tastes, leanings.item_eras)
    for _ in range(_BALANCING):
        offered = np.einsum("i,ia->a", left.astype(np.float64), shares)
        shares *= np.divide(totals, offered, out=np.ones(totals.size), where=(offered > 0) & (totals > 0))
        shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _deal(left: NDArray[np.int64], shares: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int32]:
    """All open ends of the films in order of audience, shuffled within each: (left.sum(),) int32.

    Each audience has as many ends as slots but for chance; what is over falls to the next audience.
    """
    per_audience = rng.multinomial(left, shares)
    films = np.arange(left.size, dtype=np.int32)
    parts = []
    for counts in per_audience.T:
        part = np.repeat(films, counts)
        rng.shuffle(part)
        parts.append(part)
    return np.concatenate(parts)


def _part_doubles(
    users: NDArray[np.int64],
    films: NDArray[np.int64],
    bounds: NDArray[np.int64],
    n_items: int,
    rng: np.random.Generator,
) -> None:
    """Swap films between users, in place, until no pair is there twice; partners are of the same audience at first.

    `bounds` are the ends of the audiences. What no swap can part gets another film.
    """
    if not users.size:
        return
    for number in range(_ROUNDS):
        keys = users * n_items + films
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        again = order[1:][ordered[1:] == ordered[:-1]]
        if not again.size:
            return
        doubled = np.zeros(users.size, dtype=bool)
        doubled[again] = True
        # few that are left get many partners to choose from in one round
        again = np.repeat(again, min(32, max(1, users.size // (8 * again.size))))
        if number < _ROUNDS // 3:
            audience = np.searchsorted(bounds, again, side="right") - 1
            low, width = bounds[audience], bounds[audience + 1] - bounds[audience]
            partner = low + (rng.random(again.size) * width).astype(np.int64)
        else:
            partner = rng.integers(users.size, size=again.size)
        here = users[again] * n_items + films[partner]
        there = users[partner] * n_items + films[again]
        fine = ~doubled[partner] & ~_contains(ordered, here) & ~_contains(ordered, there)
        again, partner, here, there = again[fine], partner[fine], here[fine], there[fine]
        # one swap a rating and a new pair in a round: checks see only what was there before
        firsts = _firsts(again)
        firsts = firsts[_firsts(partner[firsts])]
        again, partner, here, there = again[firsts], partner[firsts], here[firsts], there[firsts]
        fresh, times = np.unique(np.concatenate([here, there]), return_counts=True)
        common = fresh[times > 1]
        fine = ~_contains(common, here) & ~_contains(common, there)
        again, partner = again[fine], partner[fine]
        films[again], films[partner] = films[partner], films[again]
    _replace_doubles(users, films, n_items, rng)


def _firsts(values: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where each distinct value is met first."""
    return np.unique(values, return_index=True)[1]


def _contains(ordered: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `keys` are among the sorted `ordered`."""
    if not ordered.size:
        return np.zeros(keys.size, dtype=bool)
    return np.asarray(ordered[np.minimum(np.searchsorted(ordered, keys), ordered.size - 1)] == keys)


def _replace_doubles(
    users: NDArray[np.int64], films: NDArray[np.int64], n_items: int, rng: np.random.Generator
) -> None:
    """Give every doubled pair a film that its user has not rated, in place, the popular ones sooner."""
    keys = users * n_items + films
    order = np.argsort(keys, kind="stable")
    for place in order[1:][keys[order][1:] == keys[order][:-1]].tolist():
        free = np.ones(n_items, dtype=bool)
        free[films[users == users[place]]] = False
        popular = films[rng.integers(films.size, size=64)]
        choice = popular[free[popular]]
        films[place] = choice[0] if choice.size else rng.choice(np.flatnonzero(free))
