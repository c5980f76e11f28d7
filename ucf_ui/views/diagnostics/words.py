"""Sentences about the figures of a diagnosis."""

import math

from ucf_core.studies.diagnosis.diagnosis import Diagnosis
from ucf_ui.base import text

_STRONG = 1.0
_MORE_THAN_CHANCE = 0.25


def hubness(diagnosis: Diagnosis) -> str:
    """Whether some users are in too many lists."""
    skewness, by_chance = diagnosis.skewness, diagnosis.by_chance.skewness
    if math.isnan(skewness):
        return "Too few lists to measure skewness. Count more lists, or raise k."
    if skewness > max(_STRONG, by_chance + _MORE_THAN_CHANCE):
        return (
            "Strong hubness: a few users are neighbours of very many, so their ratings shape the lists of users "
            "whose taste they may not share."
        )
    if skewness > by_chance + _MORE_THAN_CHANCE:
        return "Some hubness: some users are in more lists than chance explains."
    if skewness < -_MORE_THAN_CHANCE:
        return "No hubs: most users are in about equally many lists, and some in fewer."
    return "Almost no hubness: users are in about as many lists as chance explains."


def separation(diagnosis: Diagnosis) -> str:
    """How well similarity separates neighbours from random users."""
    share = diagnosis.similarity.separation
    if share >= 0.95:
        return "A neighbour is nearly always more similar than a random user, so similarities are informative."
    if share >= 0.8:
        return "A neighbour is mostly more similar than a random user, but for some users hardly more."
    return (
        "Neighbours are hardly more similar than random users, so similarities say little here. Fewer dimensions may "
        "separate users better."
    )


def times(difference: float) -> str:
    """A relative difference as a factor: 0.5 as 1.50 times."""
    return f"{1 + difference:.2f} times"


def lists_counted(diagnosis: Diagnosis) -> str:
    """Whose lists were counted."""
    n_users = diagnosis.hubness.occurrences.size
    if diagnosis.is_of_all:
        return f"Counted in the lists of all {text.counted(n_users, 'user')}."
    return (
        f"Counted in the lists of {text.counted(diagnosis.n_lists, 'user')} of {n_users:,}, drawn at random; the "
        "skewness is an estimate for the lists of all."
    )
