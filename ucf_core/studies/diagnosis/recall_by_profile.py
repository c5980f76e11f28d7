"""Index recall of users with few ratings and with many: an average hides users with low recall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.studies.diagnosis.groups import equal_groups, group_count
from ucf_core.studies.evaluation.intervals import Interval, mean_interval

MOST_GROUPS = 6


@dataclass(frozen=True)
class ProfileRecall:
    """Index recall of the users whose number of ratings is in a range.

    Attributes:
        fewest, most: the ratings of the users in the group, as they occur there.
        users: how many of the measured users are in it.
        recall: mean index recall@k by id, and its bootstrap interval over these users, 95 %. A point where all users
            have the same recall.
    """

    fewest: int
    most: int
    users: int
    recall: Interval


def recall_by_profile(
    recalls: NDArray[np.floating], counts: NDArray[np.integer], *, most_groups: int = MOST_GROUPS, seed: int = 0
) -> tuple[ProfileRecall, ...]:
    """Users in groups of about equal size by their number of ratings, the smallest profiles first.

    `recalls` and `counts`, (n_users,), are the index recall and the number of ratings of each measured user. Users
    with equally many ratings stay together, and no group is cut for fewer than ten users.
    """
    groups = equal_groups(counts, group_count(counts.size, most_groups))
    made = []
    for group in range(int(groups.max(initial=-1)) + 1):
        inside = groups == group
        own = counts[inside]
        interval = mean_interval(recalls[inside], seed=seed)
        made.append(ProfileRecall(int(own.min()), int(own.max()), own.size, interval))
    return tuple(made)
