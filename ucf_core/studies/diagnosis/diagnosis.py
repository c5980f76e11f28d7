"""Problems of a whole dataset's neighbours: hubs, uninformative similarities, users with low index recall.

And of the lists that these neighbours make: whether they push what is popular anyway.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import LENGTH, MAX_SEED, Engine, QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import Neighbours, check_neighbour_count, without_self
from ucf_core.neighbours.recall import IndexRecall, index_recall, recall_of_each
from ucf_core.recommendations.recommendation import judge
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.diagnosis.groups import ProfileRecall, recall_by_profile
from ucf_core.studies.diagnosis.hubness import Chance, Hubness, chance, hubness, skewness_of_all
from ucf_core.studies.diagnosis.similarity_distribution import SimilarityDistribution, pair_similarities, random_pairs
from ucf_core.studies.evaluation.beyond_accuracy import CatalogueUse, PopularityBias, catalogue_use, popularity_bias

# Of more users, lists are counted, but neither compared with exact search nor made into recommendations.
LOOKED_CLOSER_AT = 2_000
PAIRS = 20_000

# Searches between two reports of progress: an index answers 512 in a quarter of a second, exact search 128 in one.
_SEARCHES: dict[Engine, int] = {"hnsw": 512, "exact": 128}
_LISTS = 32


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The neighbour lists of all users, or of some drawn at random, looked at together. Arrays are read-only.

    Attributes:
        query: how neighbours were searched for.
        engine: which engine answered; "exact" where hnsw was asked for means that the graph gave some user too few.
        n_lists: users whose lists were counted.
        hubness: in how many of these lists each user stands, (n_users,).
        by_chance: the same, had the lists been drawn at random.
        users: (m,) int64 rows, ascending, of the users who were looked at closer: all of the lists, or some of them.
        rows, similarities: (m, k) int32 and float32, their neighbours.
        similarity: their similarities beside those of random pairs.
        recall: index recall over them; None for exact search.
        recall_by_profile: the same by number of ratings; empty for exact search.
    """

    query: QuerySpec
    engine: Engine
    n_lists: int
    hubness: Hubness
    by_chance: Chance
    users: NDArray[np.int64]
    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]
    similarity: SimilarityDistribution
    recall: IndexRecall | None
    recall_by_profile: tuple[ProfileRecall, ...]

    def __post_init__(self) -> None:
        read_only(self.hubness.occurrences, self.by_chance.probabilities, self.users, self.rows, self.similarities)

    @property
    def skewness(self) -> float:
        """Skewness of N_k over the lists of all users; estimated where only some were counted."""
        return skewness_of_all(self.hubness.occurrences, self.n_lists)

    @property
    def is_of_all(self) -> bool:
        """Whether the lists of all users were counted."""
        return self.n_lists == self.hubness.occurrences.size

    def place(self, user: int) -> int | None:
        """Where a user (a row) stands in `users`; None for one who was not looked at closer."""
        at = int(np.searchsorted(self.users, user))
        return at if at < self.users.size and self.users[at] == user else None


def diagnose(
    explorer: Explorer,
    query: QuerySpec | None = None,
    *,
    sample: int | None = None,
    closer: int = LOOKED_CLOSER_AT,
    n_pairs: int = PAIRS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Diagnosis:
    """Hubness, similarities and recall of the neighbour lists of `sample` users (None: all).

    `closer` of them, at most, are searched for exactly, too. The users and the `n_pairs` random pairs are drawn with
    `seed`: the same call gives the same digits. `progress` hears of (searches done, all searches) and may raise to
    stop.

    Raises SpecError for settings that the data do not allow.
    """
    query = query or QuerySpec()
    ratings = explorer.ratings
    check_neighbour_count(query.k, ratings.n_users)
    check_int("sample", 3 if sample is None else sample, 3, 100_000_000)
    check_int("closer", closer, 1, 100_000_000)
    check_int("seed", seed, 0, MAX_SEED)
    drawn = np.random.default_rng(seed).permutation(ratings.n_users)[:sample]
    near, others = np.sort(drawn[:closer]), np.sort(drawn[closer:])
    approximate = query.chosen_engine == "hnsw"
    search = _Search(explorer, query, (2 if approximate else 1) * len(near) + len(others), progress)
    rows, similarities, engine = search(near, query.chosen_engine)
    found = hubness(np.concatenate([rows, search(others, query.chosen_engine)[0]]), ratings.n_users)
    recall: IndexRecall | None = None
    by_profile: tuple[ProfileRecall, ...] = ()
    if approximate:
        truth, cosines, _ = search(near, "exact")
        recall = index_recall(rows, similarities, truth, cosines)
        by_profile = recall_by_profile(recall_of_each(rows, truth), ratings.user_counts[near], seed=seed)
    vectors = explorer.builds.weighted(query) if query.space == "raw" else explorer.builds.units(query)
    random = pair_similarities(vectors, *random_pairs(ratings.n_users, n_pairs, seed=seed))
    return Diagnosis(
        query=query,
        engine=engine,
        n_lists=len(drawn),
        hubness=found,
        by_chance=chance(len(drawn), query.k, ratings.n_users),
        users=near.astype(np.int64),
        rows=rows,
        similarities=similarities,
        similarity=SimilarityDistribution(similarities.ravel(), random),
        recall=recall,
        recall_by_profile=by_profile,
    )


@dataclass(frozen=True, eq=False)
class ListDiagnosis:
    """The recommendation lists of the users of a Diagnosis, looked at together.

    Attributes:
        lists: (m, n) int32 item rows, best first, -1 at the end of shorter lists; read-only.
        bias: how popular the recommended items are, and those of the users' profiles.
        use: what the lists make of the catalogue.
    """

    lists: NDArray[np.int32]
    bias: PopularityBias
    use: CatalogueUse

    def __post_init__(self) -> None:
        read_only(self.lists)


def diagnose_lists(
    explorer: Explorer,
    diagnosis: Diagnosis,
    scoring: ScoringSpec | None = None,
    *,
    n: int = LENGTH.default,
    progress: Progress | None = None,
) -> ListDiagnosis:
    """Popularity bias, coverage and inequality of the lists of n items that the neighbours of `diagnosis` make.

    `progress` hears of (users done, users) and may raise to stop. Raises SpecError for n beyond the items, and for a
    neighbourhood of each item, as the neighbours are given.
    """
    scoring = scoring or ScoringSpec()
    ratings = explorer.ratings
    check_int("n", n, 1, ratings.n_items)
    if scoring.neighbourhood != "global":
        raise SpecError("neighbourhood='per_item' asks for other neighbours than were found; choose 'global'")
    biases, users = explorer.builds.biases, diagnosis.users
    lists = np.full((len(users), n), -1, dtype=np.int32)
    for place, user in enumerate(users.tolist()):
        if progress is not None and place % _LISTS == 0:
            progress(place, len(users))
        neighbours = Neighbours(ratings, user, diagnosis.rows[place], diagnosis.similarities[place], diagnosis.engine)
        best = judge(neighbours, biases, scoring).best(n)
        lists[place, : best.size] = best
    return ListDiagnosis(
        lists, popularity_bias(ratings, users, lists), catalogue_use(lists, ratings.item_counts, ratings.n_users)
    )


class _Search:
    """Searches for the neighbours of many users, piece by piece, and reports how many of `total` are done."""

    def __init__(self, explorer: Explorer, query: QuerySpec, total: int, progress: Progress | None) -> None:
        self._explorer, self._query, self._total, self._progress = explorer, query, total, progress
        self._done = 0

    def __call__(
        self, users: NDArray[np.integer], engine: Engine
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], Engine]:
        """Rows and similarities, (m, k) both, and the engine that answered: "exact" if it did for anybody."""
        query = replace(self._query, engine=engine)
        k, answered = query.k, engine
        index = self._explorer.builds.index(query)
        rows = np.empty((len(users), k), dtype=np.int32)
        similarities = np.empty((len(users), k), dtype=np.float32)
        for start in range(0, len(users), _SEARCHES[engine]):
            if self._progress is not None:
                self._progress(self._done, self._total)
            piece = users[start : start + _SEARCHES[engine]]
            hits = index.search(self._explorer.builds.vectors(query, piece), k=k + 1, ef=query.ef)
            at = slice(start, start + len(piece))
            rows[at], similarities[at] = without_self(hits, piece, k)
            answered = "exact" if hits.engine == "exact" else answered
            self._done += len(piece)
        return rows, similarities, answered
