"""Cache of exact searches: an exact search is made once for all k and ef, and answers as a new search would."""

import numpy as np
import pytest

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.neighbours import exact_cache as module
from ucf_core.neighbours.exact_cache import ExactCache, SampleExactCache


@pytest.fixture
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


class Counted:
    """The search of one user, and how often it was made, for which settings."""

    def __init__(self, explorer, user):
        self.explorer, self.user, self.made = explorer, user, []

    def __call__(self, query):
        self.made.append(query)
        return self.explorer.neighbours(self.user, query)


@pytest.mark.parametrize("space", ["svd", "raw"])
@pytest.mark.parametrize("k", [1, 2, 7, 20])
def test_what_is_remembered_equals_a_search_of_its_own_to_the_last_bit(explorer, space, k):
    exact = ExactCache()
    for raw_id in explorer.ratings.users.ids[:12].tolist():
        search = Counted(explorer, raw_id)
        exact.of(raw_id, QuerySpec(k=3, space=space), search, explorer.ratings.n_users)
        found, _ = exact.of(raw_id, QuerySpec(k=k, space=space), search, explorer.ratings.n_users)
        alone = explorer.neighbours(raw_id, k=k, space=space, engine="exact")
        np.testing.assert_array_equal(found.rows, alone.rows)
        np.testing.assert_array_equal(found.similarities, alone.similarities)
        assert found.engine == "exact"


def test_no_search_is_made_while_k_ef_and_what_the_raw_space_ignores_move(explorer):
    user = explorer.ratings.users.raw(0)
    search, exact, n_users = Counted(explorer, user), ExactCache(), explorer.ratings.n_users
    _, first = exact.of(user, QuerySpec(k=5, space="raw"), search, n_users)
    made = len(search.made)
    for k, ef, dim in ((9, 10, 4), (2, 300, None), (9, 128, 8)):
        found, milliseconds = exact.of(user, QuerySpec(k=k, ef=ef, dim=dim, space="raw"), search, n_users)
        assert (found.k, milliseconds) == (k, first)
    assert len(search.made) == made


@pytest.mark.parametrize("other", [{"dim": 3}, {"weighting": "centred"}, {"space": "raw"}, {"seed": 1}])
def test_another_space_is_another_search(explorer, other):
    user = explorer.ratings.users.raw(0)
    search, exact = Counted(explorer, user), ExactCache()
    exact.of(user, QuerySpec(k=5), search, explorer.ratings.n_users)
    made = len(search.made)
    exact.of(user, QuerySpec(k=5, **other), search, explorer.ratings.n_users)
    assert len(search.made) > made


def test_of_one_whose_ratings_may_change_nothing_is_remembered(explorer):
    search, exact = Counted(explorer, explorer.ratings.users.raw(0)), ExactCache()
    exact.of(None, QuerySpec(k=5), search, explorer.ratings.n_users)
    made = len(search.made)
    exact.of(None, QuerySpec(k=5), search, explorer.ratings.n_users)
    assert len(search.made) > made


def test_more_neighbours_than_a_first_search_brought_are_searched_for():
    rng = np.random.default_rng(3)
    users, items = np.repeat(np.arange(300), 20), rng.integers(0, 60, 6_000)
    explorer = ucf.Explorer(ucf.Ratings.from_columns(users, items, rng.integers(1, 6, 6_000) * 1.0), in_memory=True)
    search, exact = Counted(explorer, 7), ExactCache()
    for k in (5, 250, 9):
        found, _ = exact.of(7, QuerySpec(k=k, space="raw"), search, 300)
        np.testing.assert_array_equal(found.rows, explorer.neighbours(7, k=k, space="raw").rows)
    assert {query.k for query in search.made} == {128, 250}


class CountedSample:
    """The exact search for the first users, and how often it was made, for how many rows."""

    def __init__(self, explorer, sample=9):
        self.explorer, self.users, self.made = explorer, np.arange(sample), []

    def index(self, query):
        exact = changed(query, {"engine": "exact"})
        return self.explorer.builds.index(exact), self.explorer.builds.vectors(exact, self.users)

    def __call__(self, query):
        def search(width):
            self.made.append(width)
            index, vectors = self.index(query)
            return index.search(vectors, k=width, ef=0), 1.5

        return search


def test_a_sample_has_the_neighbours_that_a_search_of_its_own_finds_and_is_searched_for_once(explorer):
    exact, search, n_users = SampleExactCache(), CountedSample(explorer), explorer.ratings.n_users
    for k, ef in ((7, 16), (3, 300), (20, 16), (1, 1)):
        query = QuerySpec(k=k, ef=ef, dim=8)
        hits, milliseconds = exact.of(9, query, search(query), n_users)
        index, vectors = search.index(query)
        alone = index.search(vectors, k=k + 1, ef=0)
        np.testing.assert_array_equal(hits.rows, alone.rows)
        np.testing.assert_array_equal(hits.similarities, alone.similarities)
        assert milliseconds == 1.5
    assert search.made == [129]
    more = QuerySpec(k=200, dim=8)
    assert exact.of(9, more, search(more), n_users)[0].rows.shape == (9, 201)
    assert search.made == [129, 201]


@pytest.mark.parametrize("other", [{"dim": 3}, {"weighting": "centred"}, {"seed": 1}])
def test_another_space_or_sample_is_searched_for_anew(explorer, other):
    exact, search = SampleExactCache(), CountedSample(explorer)
    for query in (QuerySpec(k=5, dim=8), changed(QuerySpec(k=5, dim=8), other)):
        exact.of(9, query, search(query), explorer.ratings.n_users)
    assert search.made == [129, 129]
    longer = CountedSample(explorer, 10)
    query = QuerySpec(k=5, dim=8)
    assert exact.of(10, query, longer(query), explorer.ratings.n_users)[0].rows.shape == (10, 6)


def test_answers_for_large_samples_are_not_cached(explorer, monkeypatch):
    monkeypatch.setattr(module, "_MOST_USERS", 8)
    exact, search, query = SampleExactCache(), CountedSample(explorer), QuerySpec(k=5, dim=8)
    for _ in range(2):
        exact.of(9, query, search(query), explorer.ratings.n_users)
    assert search.made == [6, 6]
