"""What neighbours weigh, and whose ratings count, by plain loops."""

import numpy as np
import pytest
from toy import clustered_ratings

from ucf_core.base.errors import SpecError
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import compare_users
from ucf_core.recommendations.neighbourhood import gather, nearest_raters
from ucf_core.recommendations.scoring import ScoringSpec


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


def test_amplification_is_a_power_of_the_similarity(explorer):
    neighbours = explorer.neighbours(1, k=10, engine="exact")
    plain, cubed = (gather(neighbours, ScoringSpec(amplification=power)) for power in (1, 3))
    np.testing.assert_allclose(cubed.weights, plain.weights**3)
    equal = gather(neighbours, ScoringSpec(amplification=0))
    assert set(equal.weights) == {1.0}


def test_significance_is_the_share_of_the_co_rated_items_asked_for(explorer):
    neighbours = explorer.neighbours(1, k=20, engine="exact")
    co_rated = [compare_users(explorer.ratings, neighbours.user, int(row)).items.size for row in neighbours.rows]
    bound = sorted(co_rated)[10]
    found = gather(neighbours, ScoringSpec(significance=bound))
    expected = [
        similarity * min(shared / bound, 1)
        for similarity, shared in zip(neighbours.similarities, co_rated, strict=True)
    ]
    np.testing.assert_allclose(found.weights, [each for each in expected if each > 0], rtol=1e-6)
    assert min(co_rated) < bound < max(co_rated)


@pytest.mark.parametrize("k", [1, 4, 1000])
@pytest.mark.parametrize("ranking", ["similarity_sum", "predicted"])
def test_per_item_the_k_nearest_raters_decide(explorer, k, ranking):
    ratings, user = explorer.ratings, 6
    k = min(k, ratings.n_users - 1)
    scoring = ScoringSpec(neighbourhood="per_item", ranking=ranking, aggregation="mean")
    made = explorer.recommend(user, k=k, scoring=scoring, n=10)
    everybody = explorer.neighbours(user, k=ratings.n_users - 1, engine="exact")
    dense = ratings.matrix.toarray()
    assert len(made.items) == 10
    for item, score, predicted, evidence in zip(
        made.items, made.scores, made.predicted_ratings, made.evidence, strict=True
    ):
        raters = [
            (int(row), float(similarity), float(dense[row, item]))
            for row, similarity in zip(everybody.rows, everybody.similarities, strict=True)
            if similarity > 0 and dense[row, item]
        ][:k]
        assert evidence.users.tolist() == [row for row, _, _ in raters]
        total = sum(similarity for _, similarity, _ in raters)
        mean = sum(similarity * rating for _, similarity, rating in raters) / total
        assert predicted == pytest.approx(mean, abs=1e-6)
        assert score == pytest.approx(total if ranking == "similarity_sum" else mean, abs=1e-6)


def test_per_item_with_all_others_is_global_with_all_others(explorer):
    k = explorer.ratings.n_users - 1
    one, other = (explorer.recommend(2, k=k, engine="exact", neighbourhood=scope) for scope in ("global", "per_item"))
    np.testing.assert_array_equal(one.items, other.items)
    np.testing.assert_allclose(one.scores, other.scores)


def test_per_item_also_answers_a_prediction(explorer):
    ratings = explorer.ratings
    item = ratings.items.raw(int(ratings.item_counts.argmax()))
    found = explorer.predict(1, item, k=3, neighbourhood="per_item")
    assert found.support == len(found.evidence.users) == 3


def test_learned_weights_are_refused_per_item():
    for changes in ({"ranking": "learned"}, {"aggregation": "learned"}):
        with pytest.raises(SpecError, match="global"):
            ScoringSpec(neighbourhood="per_item", **changes)


def test_the_nearest_raters_of_each_column_stay():
    from scipy.sparse import csr_array

    block = csr_array(np.array([[1, 0, 2], [3, 0, 4], [5, 6, 0]], dtype=np.float32))
    np.testing.assert_array_equal(nearest_raters(block, 1).toarray(), [[1, 0, 2], [0, 0, 0], [0, 6, 0]])
    np.testing.assert_array_equal(nearest_raters(block, 2).toarray(), [[1, 0, 2], [3, 0, 4], [0, 6, 0]])
