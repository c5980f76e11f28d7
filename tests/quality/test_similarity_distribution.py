"""Neighbour pairs against random pairs: separation against scikit-learn, cosines against dense arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity
from toy import csr

from ucf_core.base.errors import SpecError
from ucf_core.studies.diagnosis.similarity_distribution import (
    SimilarityDistribution,
    pair_similarities,
    random_pairs,
    separation,
)

VALUES = st.lists(st.integers(-5, 5).map(lambda tenths: tenths / 10), min_size=1, max_size=30)


@given(VALUES, VALUES)
def test_separation_is_the_area_under_the_roc(positives, negatives):
    labels = [1] * len(positives) + [0] * len(negatives)
    expected = roc_auc_score(labels, [*positives, *negatives])
    assert separation(np.array(positives), np.array(negatives)) == pytest.approx(expected)


def test_separation_by_hand():
    """Of the pairs (.5, .1) (.5, .5) (.9, .1) (.9, .5) one is a tie and three are won."""
    assert separation(np.array([0.5, 0.9]), np.array([0.1, 0.5])) == 3.5 / 4


@pytest.mark.parametrize(("positives", "negatives"), [([], [0.5]), ([0.5], [])])
def test_nothing_cannot_be_separated(positives, negatives):
    with pytest.raises(SpecError, match="measure more pairs"):
        separation(np.array(positives), np.array(negatives))


def test_random_pairs_are_of_different_users_and_all_alike_likely():
    first, second = random_pairs(5, 60_000, seed=3)
    assert np.all(first != second)
    counts = np.bincount(5 * first + second, minlength=25).reshape(5, 5)
    assert np.all(np.diag(counts) == 0)
    # 3,000 of each of 20 kinds, give or take four standard deviations
    assert counts[~np.eye(5, dtype=bool)] == pytest.approx(3_000, abs=4 * 54)


def test_the_seed_decides_the_pairs():
    for one, other in zip(random_pairs(50, 99, seed=1), random_pairs(50, 99, seed=1), strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(random_pairs(50, 99, seed=1), random_pairs(50, 99, seed=2))


@pytest.mark.parametrize(("users", "pairs"), [(1, 5), (5, 0)])
def test_pairs_that_cannot_be_drawn_are_refused(users, pairs):
    with pytest.raises(SpecError, match="out of range"):
        random_pairs(users, pairs)


def test_similarities_of_pairs_are_cosines_in_both_spaces():
    rng = np.random.default_rng(0)
    dense = rng.integers(0, 6, size=(40, 30)) * (rng.random((40, 30)) < 0.3)
    dense[7] = 0
    first, second = random_pairs(40, 10_000, seed=0)
    expected = cosine_similarity(dense)[first, second]
    assert pair_similarities(csr(dense), first, second) == pytest.approx(expected, abs=1e-6)
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    units = (dense / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    assert pair_similarities(units, first, second) == pytest.approx(expected, abs=1e-6)


def test_histograms_share_their_edges_and_leave_nothing_out():
    near, others = np.array([0.5, 0.9, 1.0], dtype=np.float32), np.array([-0.5, 0.5], dtype=np.float32)
    edges, of_near, of_others = SimilarityDistribution(near, others).histograms(bins=3)
    assert edges == pytest.approx([-0.5, 0, 0.5, 1])
    assert of_near == pytest.approx([0, 0, 1])
    assert of_others == pytest.approx([0.5, 0, 0.5])


def test_equal_similarities_fall_into_one_bin():
    ones = np.ones(4, dtype=np.float32)
    _, near, others = SimilarityDistribution(ones, ones.copy()).histograms()
    assert (near.tolist(), others.tolist()) == ([1], [1])
