"""What the figures of a diagnosis mean, in words."""

import math

from ucf_core.studies.diagnosis.diagnosis import Diagnosis
from ucf_ui.base import text

_STRONG = 1.0
_MORE_THAN_CHANCE = 0.25


def hubness(diagnosis: Diagnosis) -> str:
    """Whether some users stand in too many lists."""
    skewness, by_chance = diagnosis.skewness, diagnosis.by_chance.skewness
    if math.isnan(skewness):
        return "Too few lists were counted to tell; count more of them, or raise k."
    if skewness > max(_STRONG, by_chance + _MORE_THAN_CHANCE):
        return (
            "Strong hubness: a few users are neighbours of very many, so their ratings steer the lists of people "
            "whose taste they may not share."
        )
    if skewness > by_chance + _MORE_THAN_CHANCE:
        return "Some hubness: the lists lean on some users more than chance would have it."
    if skewness < -_MORE_THAN_CHANCE:
        return "No hubs: most users stand in about equally many lists, and some in fewer."
    return "No hubness to speak of: users stand in about as many lists as chance would have it."


def separation(diagnosis: Diagnosis) -> str:
    """How far a similarity tells a neighbour from anybody."""
    share = diagnosis.similarity.separation
    if share >= 0.95:
        return "A neighbour is nearly always more similar than a user drawn at random: similarities mean much."
    if share >= 0.8:
        return (
            "Mostly a neighbour is more similar than a user drawn at random, but some users' neighbours are no more "
            "similar than others' strangers."
        )
    return (
        "Neighbours are hardly more similar than a user drawn at random: similarities mean little here. Fewer "
        "dimensions may tell users apart better."
    )


def times(difference: float) -> str:
    """A relative difference as a factor: 0.5 as 1.50 times."""
    return f"{1 + difference:.2f} times"


def lists_counted(diagnosis: Diagnosis) -> str:
    """Whose lists were looked at."""
    n_users = diagnosis.hubness.occurrences.size
    if diagnosis.is_of_all:
        return f"Counted in the lists of all {text.counted(n_users, 'user')}."
    return (
        f"Counted in the lists of {text.counted(diagnosis.n_lists, 'user')} of {n_users:,}, drawn at random; the "
        "skewness is an estimate for the lists of all."
    )
