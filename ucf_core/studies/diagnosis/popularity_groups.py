"""Popularity bias by kind of user: whether those of rare taste are given rare items, too."""

from dataclasses import dataclass

import numpy as np

from ucf_core.studies.diagnosis.groups import equal_groups, group_count
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias

MOST_GROUPS = 5


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


def popularity_groups(bias: PopularityBias, *, most_groups: int = MOST_GROUPS) -> tuple[PopularityGroup, ...]:
    """Measured users in groups of about equal size by the popularity of their profiles, the rarest taste first.

    After the groups of Abdollahpouri, Mansoury, Burke & Mobasher 2019, with quantiles in place of their three.
    """
    profiles, lists = bias.profile_popularity[bias.measured], bias.list_popularity[bias.measured]
    groups = equal_groups(profiles, group_count(profiles.size, most_groups))
    return tuple(
        PopularityGroup(
            int(np.count_nonzero(groups == group)),
            float(profiles[groups == group].mean()),
            float(lists[groups == group].mean()),
        )
        for group in range(int(groups.max(initial=-1)) + 1)
    )
