"""The first answer to a rating, beside it: what comes first and who is nearest. Tables and reasons are further down.

A few words reach the screen in a fraction of the time of a table, and stand where one looks while one rates.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ucf_core.errors import SpecError
from ucf_core.explorer import Explorer
from ucf_core.ids import RawId
from ucf_core.scoring import ScoringSpec
from ucf_core.specs import QuerySpec
from ucf_core.taste.guest import Guest
from ucf_core.visible import visible
from ucf_ui import jobs, routes, settings, taste_ahead, taste_stars
from ucf_ui.components.glance import glance

_FILMS, _USERS = 5, 3


@dataclass(frozen=True)
class FirstWords:
    """What is said by these settings."""

    query: QuerySpec
    scoring: ScoringSpec

    def __call__(self, explorer: Explorer, rated: Mapping[RawId, float]) -> taste_ahead.Words:
        """A `note`, or `films` and `users`, or nothing; `components/glance.js` puts them on the screen."""
        if not rated:
            return {}
        guest = Guest.of(explorer.ratings, rated)
        n = min(_FILMS, explorer.ratings.n_items)
        try:
            found = explorer.neighbours(guest, self.query)
            made = explorer.recommend(guest, self.query, self.scoring, n=n)
        except SpecError:
            return {}
        if not (found.similarities > 0).any():
            return {"note": "Nobody is like you yet. Rate more films, some of them well known."}
        nearest = zip(found.users[:_USERS].tolist(), found.similarities[:_USERS].tolist(), strict=True)
        return {
            "films": [taste_stars.label(explorer.ratings, raw) for raw in made.item_ids.tolist()],
            "users": [f"{visible(str(raw))} ({similarity:.2f})" for raw, similarity in nearest],
        }


def panel(explorer: Explorer, rated: Mapping[RawId, float]) -> None:
    """By the settings that hold now, before any of their controls is drawn; it starts no work.

    Nothing for nobody's ratings, and where the data do not allow it: the results further down say why.
    """
    query, scoring = settings.present(explorer)
    line = taste_ahead.own_line()
    said = line.said(explorer, rated, FirstWords(jobs.exact_unless_ready(explorer, query), scoring))
    glance("taste-glance", said, line.token, routes.AHEAD)
