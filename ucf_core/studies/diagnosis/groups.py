"""Users in groups of about equal size: index recall by number of ratings, popularity bias by the users' taste."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_core.studies.evaluation.intervals import Interval, mean_interval


def equal_groups(
    values: NDArray[np.integer] | NDArray[np.floating], most: int, *, least: int = 10
) -> list[NDArray[np.bool_]]:
    """Up to `most` groups of about equal size, lowest values first; each marks its members among `values`, (m,).

    There are fewer groups where each would have fewer than about `least` members, and where many values are equal:
    equal values share a group.
    """
    n = max(1, min(most, values.size // least))
    ordered = np.sort(values)
    # a value's place is the middle of those that equal it
    places = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    groups = places * n // max(2 * values.size, 1)
    return [groups == group for group in np.unique(groups)]


@dataclass(frozen=True)
class ProfileRecall:
    """Index recall of the users whose number of ratings is in a range.

    Attributes:
        fewest, most: ratings of the users in the group, as they occur there.
        users: how many of the measured users are in it.
        recall: mean index recall@k by id with its 95 % bootstrap interval over these users; a point where all users
            have the same recall.
    """

    fewest: int
    most: int
    users: int
    recall: Interval


def recall_by_profile(
    recalls: NDArray[np.floating], counts: NDArray[np.integer], *, most_groups: int = 6, seed: int = 0
) -> tuple[ProfileRecall, ...]:
    """Users grouped by their number of ratings, fewest first; `recalls` and `counts` are (n_users,)."""
    made = []
    for inside in equal_groups(counts, most_groups):
        own = counts[inside]
        interval = mean_interval(recalls[inside], seed=seed)
        made.append(ProfileRecall(int(own.min()), int(own.max()), own.size, interval))
    return tuple(made)


@dataclass(frozen=True)
class PopularityGroup:
    """Users whose profiles are about equally popular; popularities are shares of all users, in [0, 1].

    Attributes:
        users: how many.
        profile_popularity: mean over the users of the mean popularity of what they rated.
        list_popularity: the same of what they were recommended.
    """

    users: int
    profile_popularity: float
    list_popularity: float


def popularity_groups(bias: PopularityBias, *, most_groups: int = 5) -> tuple[PopularityGroup, ...]:
    """Measured users grouped by the popularity of their profiles, least popular first.

    After the groups of Abdollahpouri, Mansoury, Burke & Mobasher 2019, with quantiles in place of their three.
    """
    profiles, lists = bias.profile_popularity[bias.measured], bias.list_popularity[bias.measured]
    return tuple(
        PopularityGroup(int(inside.sum()), float(profiles[inside].mean()), float(lists[inside].mean()))
        for inside in equal_groups(profiles, most_groups)
    )
