"""The steps of the tour for newcomers: the page of each, its user and settings, and what to look at."""

from dataclasses import dataclass, field

from ucf_core.base.specs import QuerySpec
from ucf_core.datasets.personal.export_registry import services
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.rules import RULES
from ucf_core.studies.diagnosis.tour_examples import Example, Examples
from ucf_ui.base import pages, text

# so few links that a narrow search misses many neighbours, and a broad one still finds them
_POOR = QuerySpec(k=20, ef=20, M=4, ef_construction=10)


@dataclass(frozen=True)
class Step:
    """A step: its page, user (a row; None for the present one) and settings."""

    title: str
    words: str
    label: str
    entry: pages.Entry
    user: int | None = None
    query: QuerySpec = field(default_factory=QuerySpec)


def steps_of(found: Examples, ratings: Ratings) -> tuple[Step, ...]:
    """The steps of the tour with these example users."""
    exports = text.either([service.name for service in services() if service.personal])
    near, far = (_named(one, ratings) for one in (found.nearest, found.farthest))
    return (
        Step(
            "A taste that many share",
            "Neighbours are users who rate alike; similarity runs up to 1 (same direction). Of "
            f"{found.users} users drawn at random, {near} has the nearest neighbours: the {found.k} most similar "
            f"have a similarity of {found.nearest.similarity:.2f} on average. Click one in the table of "
            "neighbours further down to compare the ratings of the films that both rated.",
            "See these neighbours",
            pages.NEIGHBOURS,
            found.nearest.user,
        ),
        Step(
            "An unusual taste",
            f"{near[0].upper()}{near[1:]} was the easy case. For {far} the average is {found.farthest.similarity:.2f}: "
            "the curve of similarity by rank lies low. No other user is very similar, so the neighbours' ratings say "
            "less.",
            "See these neighbours",
            pages.NEIGHBOURS,
            found.farthest.user,
        ),
        Step(
            "From neighbours to films",
            f"Films that the neighbours of {near} liked become a list. Click a film to see what each neighbour adds to "
            f"its score. Then order the list by **{RULES['predicted'].title}**, and look at the support: few "
            "neighbours, perhaps one, rated each film.",
            "See the recommendations",
            pages.RECOMMENDATIONS,
            found.nearest.user,
        ),
        Step(
            "Speed versus completeness",
            "An index finds neighbours without comparing all users, and misses some: the orange crosses in the "
            "chart of similarity by rank. This index is poor on purpose. Move **Search breadth (ef)** to "
            "the right: recall rises, and so does the time. The preset Default restores everything.",
            "Tune a poor index",
            pages.TUNING,
            found.farthest.user,
            _POOR,
        ),
        Step(
            "But is it any good?",
            "Some ratings are hidden, predicted, and compared with the real ratings. Press **Start** to measure "
            "the presets and simple baselines, such as the most popular films, in the background. "
            "If a baseline wins, a list that looks right is worth little.",
            "Measure the quality",
            pages.EVALUATION,
        ),
        Step(
            "Try it yourself",
            f"Rate a few films, or upload an export of {exports}, and become a user: neighbours and films change "
            "with every rating. What you rate stays in this session.",
            "Rate films",
            pages.YOUR_TASTE,
        ),
    )


def _named(one: Example, ratings: Ratings) -> str:
    return f"user {text.plain(text.shortened(str(ratings.users.raw(one.user)), 24))}"
