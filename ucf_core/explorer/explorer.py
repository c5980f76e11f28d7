"""Explorer: a dataset plus specs gives neighbours, recommendations and quality. The only composition of the core."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.notices import Notice
from ucf_core.base.parameter import check_int
from ucf_core.base.specs import LENGTH, QuerySpec, changed
from ucf_core.base.timing import fastest
from ucf_core.explorer.builds import Builds, Stage
from ucf_core.explorer.guest_search import guest_neighbours
from ucf_core.explorer.local_builds import LocalBuilds
from ucf_core.explorer.traced_search import TracedSearch, trace_user
from ucf_core.index.base import Hits
from ucf_core.neighbours.comparison import Nearness, nearness, nearness_of_units
from ucf_core.neighbours.exact_cache import ExactCache, SampleExactCache
from ucf_core.neighbours.inspection import Inspection, inspect
from ucf_core.neighbours.neighbours import Neighbours, check_neighbour_count, without_self
from ucf_core.neighbours.recall import IndexRecall, index_recall
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.guest import Guest, with_guest
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.profile import Profile, profile_of
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.neighbourhood import gather
from ucf_core.recommendations.prediction import predict_ratings
from ucf_core.recommendations.recommendation import Evidence, Recommendations, gather_evidence, recommend
from ucf_core.recommendations.scoring import Scope, ScoringSpec, refuse_unknown
from ucf_core.recommendations.what_if import Explanation, explain

User: TypeAlias = RawId | Guest
"""A user of the dataset by raw id, or a guest by their ratings."""

# Seconds after which a search is not repeated to time it better.
_BUDGET = 0.05


@dataclass(frozen=True, eq=False)
class Prediction:
    """One predicted rating. `fallback`: too few neighbours, so it is the bias estimate."""

    user: int
    item: int
    rating: float
    support: int
    fallback: bool
    evidence: Evidence


@dataclass(frozen=True)
class RecallPoint:
    """Index recall at one search breadth, and what a query costs there.

    `exact_milliseconds_per_query` is what exact search takes for the same queries at once. `fell_back` says that the
    graph gave some user fewer than k, so that exact search answered for them.
    """

    ef: int
    recall: IndexRecall
    milliseconds_per_query: float
    exact_milliseconds_per_query: float
    fell_back: bool = False


class Explorer:
    """Neighbours, predictions and recommendations on one dataset.

    What a question needs (biases, embedding, HNSW graph) is built when first asked for, kept on disk, and read back
    the next time. Methods take raw ids (for the user also a Guest), and either specs or their fields as keywords:

        explorer.neighbours(1, k=20, dim=64)
        explorer.recommend(1, ranking="damped", n=5)

    One Explorer may serve many threads: everything shared is read-only, and each thing is built once.
    """

    def __init__(self, ratings: Ratings, *, store: ArtifactStore | None = None, in_memory: bool = False) -> None:
        """`store` is where artifacts are kept (default: in `UCF_HOME`); `in_memory` keeps nothing on disk."""
        self._hold(ratings, LocalBuilds(ratings, None if in_memory else (store or ArtifactStore.default())))

    def _hold(self, ratings: Ratings, builds: Builds) -> None:
        self.ratings = ratings
        self.builds = builds
        self._exact_cache = ExactCache()
        self._sample_exact_cache = SampleExactCache()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Artifacts that were damaged and built again, or could not be written."""
        return (*self.ratings.report.notices, *self.builds.notices)

    def build(self, query: QuerySpec | None = None, *, keep: bool = False) -> list[Stage]:
        """Build or load all that `query` and recommendations need; what each stage took, in order.

        A disk that cannot be written costs only the keeping; with `keep` it raises ArtifactError, before more is built
        in vain.
        """
        query = query or QuerySpec()
        self._check_kept(keep)
        self.builds.fit_biases()
        self._check_kept(keep)
        if query.space == "svd":
            self.builds.embedding(query)
            self._check_kept(keep)
        self.builds.index(query)
        self._check_kept(keep)
        return list(self.builds.stages)

    def _check_kept(self, keep: bool) -> None:
        lost = [notice.text for notice in self.notices if notice.kind == "not kept"]
        if keep and lost:
            raise ArtifactError(lost[0])

    def dim(self, query: QuerySpec) -> int | None:
        """The dimension that answers `query`: its own, or the default one; None in the raw space."""
        return self.builds.dim(query)

    def neighbours(self, user: User, query: QuerySpec | None = None, **changes: Any) -> Neighbours:
        """The k users most similar to `user`.

        Raises UnknownIdError for a user that is not there, SpecError for settings that the data does not allow.
        """
        query = changed(query or QuerySpec(), changes)
        refuse_unknown(changes)
        return self._found(user, query)

    def recommend(
        self,
        user: User,
        query: QuerySpec | None = None,
        scoring: ScoringSpec | None = None,
        *,
        n: int = LENGTH.default,
        **changes: Any,
    ) -> Recommendations:
        """The n best items that `user` has not rated, with the evidence behind each."""
        scoring = changed(scoring or ScoringSpec(), changes)
        check_int("n", n, 1, self.ratings.n_items)
        return recommend(self._asked(user, query, scoring, changes), self._biases(user), scoring, n=n)

    def predict(
        self,
        user: User,
        item: RawId,
        query: QuerySpec | None = None,
        scoring: ScoringSpec | None = None,
        **changes: Any,
    ) -> Prediction:
        """What `user` would rate `item` (raw id), and the evidence for it."""
        scoring = changed(scoring or ScoringSpec(), changes)
        item_row = self.ratings.items.row(item)
        neighbourhood = gather(self._asked(user, query, scoring, changes), scoring)
        predicted = predict_ratings(neighbourhood, self._biases(user), scoring)
        return Prediction(
            user=neighbourhood.neighbours.user,
            item=item_row,
            rating=float(predicted.ratings[item_row]),
            support=int(predicted.support[item_row]),
            fallback=bool(predicted.fallback[item_row]),
            evidence=gather_evidence(neighbourhood, np.array([item_row]))[0],
        )

    def explain(
        self,
        user: User,
        item: RawId,
        query: QuerySpec | None = None,
        scoring: ScoringSpec | None = None,
        **changes: Any,
    ) -> Explanation:
        """Why `item` (raw id) has its score and its predicted rating for `user`, and what would change them."""
        scoring = changed(scoring or ScoringSpec(), changes)
        row = self.ratings.items.row(item)
        return explain(self._asked(user, query, scoring, changes), self._biases(user), scoring, row)

    def neighbours_of(
        self, rows: NDArray[np.integer], query: QuerySpec, *, scope: Scope = "global", block: int = 128
    ) -> Iterator[Neighbours]:
        """The neighbours of many users, given as rows, in their order; `block` of them are searched for at once.

        With `scope` per_item, of each user all others by exact search: any may be among the nearest raters of an item.
        """
        per_item = query.k if scope == "per_item" else None
        check_neighbour_count(query.k, self.ratings.n_users)
        if per_item is not None:
            query = changed(query, {"k": self.ratings.n_users - 1, "engine": "exact"})
        index = self.builds.index(query)
        for start in range(0, len(rows), block):
            users = rows[start : start + block]
            hits = index.search(self.builds.vectors(query, users), k=query.k + 1, ef=query.ef)
            for row, near, similarities in zip(users.tolist(), *without_self(hits, users, query.k), strict=True):
                yield Neighbours(self.ratings, row, near, similarities, hits.engine, hits.ef, per_item)

    def _asked(self, user: User, query: QuerySpec | None, scoring: ScoringSpec, changes: dict[str, Any]) -> Neighbours:
        """The neighbours whose ratings `scoring` looks at."""
        query = changed(query or QuerySpec(), changes)
        refuse_unknown(changes)
        return self._found(user, query, scoring.neighbourhood)

    def _found(self, user: User, query: QuerySpec, scope: Scope = "global") -> Neighbours:
        if isinstance(user, Guest):
            return guest_neighbours(self.ratings, self.builds, user, query, scope=scope)
        return next(self.neighbours_of(np.array([self.ratings.users.row(user)]), query, scope=scope))

    def _biases(self, user: User) -> Biases:
        return with_guest(self.builds.biases, user) if isinstance(user, Guest) else self.builds.biases

    def inspect(self, user: User, query: QuerySpec | None = None, **changes: Any) -> Inspection:
        """The neighbours of `user`, compared with exact search and, where available, the raw rating space."""
        query = changed(query or QuerySpec(), changes)
        refuse_unknown(changes)
        self.builds.index(query)
        return inspect(
            lambda settings: self.neighbours(user, settings),
            query,
            user=None if isinstance(user, Guest) else self.ratings.users.row(user),
            exact_cache=self._exact_cache,
            with_raw=self.builds.has_raw_space,
        )

    def trace(self, user: RawId, query: QuerySpec | None = None, **changes: Any) -> TracedSearch:
        """The search for the neighbours of `user` (raw id) in the HNSW graph: its steps, and what it missed."""
        query = changed(query or QuerySpec(), changes)
        refuse_unknown(changes)
        return trace_user(self.builds, lambda settings: self.neighbours(user, settings), query)

    def profile(self, user: User) -> Profile:
        """What the ratings of `user` look like."""
        if isinstance(user, Guest):
            return profile_of(self.ratings, self.ratings.n_users, user.items, user.given)
        row = self.ratings.users.row(user)
        return profile_of(self.ratings, row, *self.ratings.row_of(row))

    def nearness(self, user: RawId, other: RawId, query: QuerySpec | None = None) -> tuple[Nearness, Nearness]:
        """The exact rank of `other` among all users by similarity to `user`, and the reverse."""
        query = changed(query or QuerySpec(), {"k": self.ratings.n_users - 1, "engine": "exact"})
        rows = np.array([self.ratings.users.row(user), self.ratings.users.row(other)])
        if rows[0] == rows[1]:
            raise SpecError(f"user {str(user)[:60]!r} cannot be compared with themselves; choose two users")
        if query.space == "svd":
            units, (first, second) = self.builds.units(query), rows.tolist()
            return nearness_of_units(units, first, second), nearness_of_units(units, second, first)
        own, others = self.neighbours_of(rows, query)
        return nearness(own, int(rows[1])), nearness(others, int(rows[0]))

    def index_recall(
        self,
        query: QuerySpec | None = None,
        *,
        ef: Sequence[int] = (16, 32, 64, 128, 256),
        sample: int = 200,
        **changes: Any,
    ) -> list[RecallPoint]:
        """Recall of the HNSW graph against exact search for each breadth in `ef`, over `sample` users.

        The users are drawn with `query.seed`; all of them where the dataset has no more. The time a query is that of
        the search alone, in one thread for samples of up to 256 users; the fastest of a few passes where it is short.
        Exact searches for small samples are remembered, with their time, as those for one user are.
        """
        query = changed(query or QuerySpec(), changes)
        refuse_unknown(changes)
        if query.space != "svd":
            raise SpecError("index recall compares HNSW with exact search in the svd space; choose space='svd'")
        check_int("sample", sample, 1, 10_000_000)
        check_neighbour_count(query.k, self.ratings.n_users)
        queries = [changed(query, {"ef": breadth}) for breadth in ef]
        n_users = self.ratings.n_users
        users = np.random.default_rng(query.seed).permutation(n_users)[: min(sample, n_users)]
        vectors = self.builds.vectors(query, users)
        flat = self.builds.index(changed(query, {"engine": "exact"}))

        def search(width: int) -> tuple[Hits, float]:
            return fastest(partial(flat.search, vectors, k=width, ef=0), budget=_BUDGET / 10)

        exact, exact_milliseconds = self._sample_exact_cache.of(len(users), query, search, n_users)
        truth = without_self(exact, users, query.k)
        index = self.builds.index(changed(query, {"engine": "hnsw"}))
        measured: dict[int, RecallPoint] = {}
        for at in queries:
            # a breadth below the k + 1 rows that are asked for acts like k + 1: the same search, measured once
            breadth = max(at.ef, query.k + 1)
            if breadth not in measured:
                hits, milliseconds = fastest(partial(index.search, vectors, k=query.k + 1, ef=at.ef), budget=_BUDGET)
                found = without_self(hits, users, query.k)
                recall = index_recall(*found, *truth)
                times = milliseconds / len(users), exact_milliseconds / len(users)
                measured[breadth] = RecallPoint(at.ef, recall, *times, fell_back=hits.engine == "exact")
        return [replace(measured[max(at.ef, query.k + 1)], ef=at.ef) for at in queries]
