"""The films of a synthetic dataset: tastes, years, genres and invented titles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Every taste by the genres it is drawn to, the most common taste first. Tastes that share genres overlap.
TASTES: tuple[tuple[str, ...], ...] = (
    ("Drama", "Romance"),
    ("Action", "Adventure", "Thriller"),
    ("Comedy",),
    ("Crime", "Thriller"),
    ("Sci-Fi", "Action"),
    ("Comedy", "Romance"),
    ("Animation", "Children"),
    ("Drama",),
    ("Horror", "Thriller"),
    ("Fantasy", "Adventure"),
    ("Mystery", "Thriller"),
    ("Documentary",),
    ("War", "Drama"),
    ("Comedy", "Drama"),
    ("Horror", "Comedy"),
    ("Film-Noir", "Crime"),
    ("Western",),
    ("Musical", "Romance"),
    ("Children", "Comedy"),
    ("Action", "Crime"),
    ("Sci-Fi", "Horror"),
    ("Drama", "Mystery"),
    ("Animation", "Fantasy"),
    ("Documentary", "War"),
)
N_TASTES = len(TASTES)
ERAS = np.array([1955.0, 1978.0, 1993.0, 2008.0])
FIRST_YEAR, LAST_YEAR = 1902, 2019

# Concentration of a film's own tastes: the smaller, the fewer tastes it serves.
_FOCUS = 0.8
_ERA_WIDTH = 9.0
_UNDATED = 0.006
_WITHOUT_GENRES = 0.06

# words of invented titles, split where they are used
_LEADS = (
    "Amber Ancient Ashen Autumn Bitter Blue Brave Broken Burning Careless Cold Copper Crimson Crooked Distant Drowned "
    "Electric Empty Endless Fallen Faithful Fearless Final Foreign Forgotten Frozen Gentle Gilded Golden Hidden Hollow "
    "Honest Hungry Idle Invisible Iron Ivory Last Little Lonely Lost Loud Lucky Midnight Modern Narrow Northern Opal "
    "Pale Paper Patient Perfect Quiet Reckless Restless Royal Scarlet Second Secret Seventh Silent Silver Simple "
    "Sleeping Southern Stolen Stray Strange Stubborn Summer Tender Third Twisted Unlikely Velvet Wandering Wicked Wild "
    "Winter Wooden Wounded Young"
)
_NOUNS = (
    "Accountant Alibi Anchor Archive Baker Balcony Bargain Bride Bridge Cabin Caravan Cartographer Castle Choir Circus "
    "Clockmaker Coast Comet Country Cousin Crossing Crown Daughter Detective Diary Divide Doctor Echo Election Empire "
    "Engine Escape Farewell Feast Ferry Fortune Frontier Garden Ghost Harbor Harvest Heart Heist Highway Holiday "
    "Horizon Hotel House Hunter Island Journey Judge Kingdom Lantern Letter Lighthouse Machine Mirror Moon Mountain "
    "Neighbor Night Nurse Oath Orchard Orchestra Orphan Painter Paradise Passenger Pilot Planet Promise Puzzle Railway "
    "Rain Reunion River Robot Rumor Sailor School Season Shadow Signal Sister Sky Soldier Song Spy Station Storm "
    "Stranger Street Suitcase Summer Teacher Thief Tide Tower Train Treasure Tunnel Valley Verdict Village Violin "
    "Voyage Waltz Wedding Weekend Widow Window Witness Wolf World"
)
_PLACES = (
    "Antwerp Ávila Bergen Bombay Bordeaux Brooklyn Cádiz Cairo Chicago Dakar Dublin Göteborg Havana Kraków Kyoto Lima "
    "Lisbon Macao Málaga Marseille Memphis Montréal Nairobi Naples Odessa Orléans Oslo Palermo Prague Quito Reykjavík "
    "Saigon Salzburg Samarkand Salta Tangier Tbilisi Trieste Tucson Vienna Zürich"
)


@dataclass(frozen=True, eq=False)
class Films:
    """All films in column order.

    Attributes:
        ids: (n_items,) int32 ascending, with gaps that widen as MovieLens' do.
        titles: without the year.
        years: (n_items,) int16; 0 where the title gives none.
        genres: one tuple of names per film; () where none are listed.
        released: (n_items,) int16, the year also where the title does not give it.
        tastes: (n_items, 24) float32, rows sum to 1: how much of each taste a film serves.
        eras: (n_items, 4) float32, rows sum to 1: to which era of `ERAS` it belongs.
    """

    ids: NDArray[np.int32]
    titles: list[str]
    years: NDArray[np.int16]
    genres: list[tuple[str, ...]]
    released: NDArray[np.int16]
    tastes: NDArray[np.float32]
    eras: NDArray[np.float32]


def prevalence() -> NDArray[np.float64]:
    """How common every taste is, (24,) float64, descending, sums to 1."""
    weights = np.arange(1, N_TASTES + 1) ** -0.8
    return np.asarray(weights / weights.sum())


def make_films(counts: NDArray[np.int64], n_users: int, rng: np.random.Generator) -> Films:
    """Films for given numbers of ratings, (n_items,): the more of the users saw one, the more tastes it serves."""
    n = counts.size
    released = (LAST_YEAR - np.minimum(rng.gamma(1.25, 18.0, n), LAST_YEAR - FIRST_YEAR)).astype(np.int16)
    near = np.exp(-0.5 * ((released[:, None] - ERAS) / _ERA_WIDTH) ** 2) + 0.02
    breadth = np.clip(0.7 * counts / n_users, 0.05, 1.0)[:, None]
    own = dirichlet(rng, np.broadcast_to(_FOCUS * prevalence(), (n, N_TASTES))) @ _overlap()
    tastes = (1 - breadth) * own + breadth * prevalence()
    return Films(
        ids=_ids(n, rng),
        titles=_titles(n, rng),
        years=np.where(rng.random(n) < _UNDATED, 0, released).astype(np.int16),
        genres=_genres(own, rng),
        released=released,
        tastes=tastes.astype(np.float32),
        eras=(near / near.sum(axis=1, keepdims=True)).astype(np.float32),
    )


def dirichlet(rng: np.random.Generator, concentration: NDArray[np.float64]) -> NDArray[np.float64]:
    """One Dirichlet draw a row, (n, m) float64, for concentrations of the same shape."""
    drawn = rng.standard_gamma(concentration) + 1e-12
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def _overlap() -> NDArray[np.float64]:
    """(24, 24), rows sum to 1: a film of one taste also serves, a little, those that share its genres."""
    genres = sorted({genre for taste in TASTES for genre in taste})
    of_taste = np.array([[genre in taste for genre in genres] for taste in TASTES], dtype=np.float64)
    of_taste /= np.linalg.norm(of_taste, axis=1, keepdims=True)
    shared = of_taste @ of_taste.T
    return np.asarray(0.7 * np.eye(N_TASTES) + 0.3 * shared / shared.sum(axis=1, keepdims=True))


def _ids(n: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Ascending ids: nearly gapless for the first tenth, then with a step of 4 on average."""
    chance = np.where(np.arange(n) < n // 10, 0.95, 0.26)
    return rng.geometric(chance).cumsum().astype(np.int32)


def _genres(own: NDArray[np.float64], rng: np.random.Generator) -> list[tuple[str, ...]]:
    """The genres of a film's leading taste, and one of the second where that weighs nearly as much."""
    ranked = np.argsort(-own, axis=1, kind="stable")[:, :2]
    rows = np.arange(len(own))
    mixed = own[rows, ranked[:, 1]] > 0.5 * own[rows, ranked[:, 0]]
    unlisted = rng.random(len(own)) < _WITHOUT_GENRES
    found = []
    for (first, second), both, none in zip(ranked.tolist(), mixed.tolist(), unlisted.tolist(), strict=True):
        names = set(TASTES[first]) | (set(TASTES[second][:1]) if both else set())
        found.append(() if none else tuple(sorted(names)))
    return found


def _titles(n: int, rng: np.random.Generator) -> list[str]:
    """Invented titles in MovieLens' spelling: articles behind a comma, some with accents, colons or quotes."""
    forms = rng.choice(8, n, p=(0.24, 0.2, 0.1, 0.14, 0.12, 0.1, 0.095, 0.005))
    words = [rng.choice(vocabulary.split(), n).tolist() for vocabulary in (_LEADS, _NOUNS, _NOUNS, _PLACES, "2 3 4 5")]
    titles = []
    for form, first, second, third, town, part in zip(forms.tolist(), *words, strict=True):
        titles.append(
            (
                f"{first} {second}",
                f"{first} {second}, The",
                f"{second} of {town}, The",
                f"{second} and the {third}, The",
                f"{first} {second}: The {third}",
                f"{second} in {town}, A" if second[0] not in "AEIOU" else f"{second} in {town}, An",
                f"{first} {second} {part}",
                f'"{first}" {second}',
            )[form]
        )
    return titles
