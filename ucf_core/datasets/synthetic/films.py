"""The films of a synthetic dataset: tastes, years, genres and invented titles."""

from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ucf_core.ratings.catalogue import Catalogue

Rows: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# The genres of every taste, the most common taste first. Tastes overlap where they share genres.
_TASTES = (
    "Drama|Romance Action|Adventure|Thriller Comedy Crime|Thriller Action|Sci-Fi Comedy|Romance Animation|Children "
    "Drama Horror|Thriller Adventure|Fantasy Mystery|Thriller Documentary Drama|War Comedy|Drama Comedy|Horror Western "
    "Crime|Film-Noir Musical|Romance Children|Comedy Action|Crime Horror|Sci-Fi Drama|Mystery Animation|Fantasy"
)
TASTES = [tuple(genres.split("|")) for genres in _TASTES.split()]
_COMMON = np.arange(1.0, len(TASTES) + 1) ** -0.8
PREVALENCE = _COMMON / _COMMON.sum()

_FIRST_YEAR, _LAST_YEAR = 1902, 2019
_WITHOUT_YEAR, _WITHOUT_GENRES = 0.006, 0.06
# Concentration of the tastes of one film or user: the smaller, the fewer tastes.
_FOCUS = 0.5

# Spellings of MovieLens, separated by #: articles behind a comma, colons, accents, and rarely quotes.
_FORMS = (
    "{lead} {noun}#{lead} {noun}, The#{noun} of {place}, The#{lead} {noun}: The {other}#{lead} {noun} in {place}, A#"
    '"{lead}" {noun}'
)
_SHARES = (0.25, 0.22, 0.155, 0.2, 0.17, 0.005)
_LEADS = "Bitter Blue Brave Broken Cold Crimson Distant Final Golden Hidden Last Lost Quiet Royal Silent Third Wild"
_NOUNS = (
    "Baker Bargain Bride Bridge Castle Choir Coast Comet Crown Daughter Diary Doctor Ferry Garden Ghost Harbor Heart "
    "Hotel Journey Judge Letter Machine Mirror Moon Nurse Orchard Pilot Planet River School Shadow Song Spy Storm Wolf"
)
_PLACES = "Ávila Bergen Brooklyn Cairo Göteborg Havana Kraków Kyoto Lisbon Málaga Montréal Reykjavík Vienna"


def make_films(counts: Ints, n_users: int, rng: Generator) -> tuple[Ints, Catalogue, Floats]:
    """Ids with gaps, the catalogue, and tastes (n_items, n_tastes) of films with these numbers of ratings, (n_items,).

    The more users rate a film, the more tastes it serves.
    """
    n = counts.size
    released = np.maximum(_LAST_YEAR - rng.gamma(1.25, 18.0, n), _FIRST_YEAR).astype(np.int16)
    years = np.where(rng.random(n) < _WITHOUT_YEAR, 0, released)
    breadth = np.clip(0.7 * counts / n_users, 0.05, 0.95)
    tastes = draw_tastes(breadth, rng)
    leading = (tastes - breadth[:, None] * PREVALENCE).argmax(axis=1).tolist()
    listed = (rng.random(n) >= _WITHOUT_GENRES).tolist()
    genres = [TASTES[taste] if known else () for taste, known in zip(leading, listed, strict=True)]
    return rng.geometric(0.3, n).cumsum(), Catalogue(_titles(n, rng), years, genres), tastes


def draw_tastes(breadth: Floats, rng: Generator) -> Floats:
    """Random tastes (n, n_tastes), rows sum to 1; of `breadth` (n,) is the share that follows what is common."""
    own = rng.dirichlet(_FOCUS * PREVALENCE, breadth.size)
    return np.asarray((1 - breadth[:, None]) * own + breadth[:, None] * PREVALENCE)


def _titles(n: int, rng: Generator) -> list[str]:
    forms = rng.choice(_FORMS.split("#"), n, p=_SHARES).tolist()
    words = (rng.choice(vocabulary.split(), n).tolist() for vocabulary in (_LEADS, _NOUNS, _NOUNS, _PLACES))
    rows = zip(forms, *words, strict=True)
    return [form.format(lead=lead, noun=noun, other=other, place=place) for form, lead, noun, other, place in rows]
