"""The crowd in cells, by hand and against NumPy's histogram."""

import numpy as np
import pytest

from ucf_core.base.errors import SpecError
from ucf_core.studies.user_map.density import crowd_of, draw_users

PLACES = np.random.default_rng(3).normal(size=(500, 2)).astype(np.float32) * np.float32([2, 1])


def test_the_counts_are_those_of_a_histogram():
    crowd = crowd_of(PLACES, across=40)
    edges = [crowd.x[0] - crowd.side / 2 + crowd.side * np.arange(crowd.counts.shape[1] + 1)]
    edges += [crowd.y[0] - crowd.side / 2 + crowd.side * np.arange(crowd.counts.shape[0] + 1)]
    expected, _, _ = np.histogram2d(PLACES[:, 0], PLACES[:, 1], bins=edges)
    assert crowd.counts.tolist() == expected.T.tolist()
    assert crowd.counts.sum() == 500
    assert crowd.counts.shape[1] == 40 > crowd.counts.shape[0]


def test_every_user_is_inside_the_cell_that_counts_it():
    crowd = crowd_of(PLACES, across=25)
    rows, columns = np.divmod(crowd.cells, crowd.counts.shape[1])
    assert (np.abs(PLACES[:, 0] - crowd.x[columns]) <= crowd.side / 2 * 1.0001).all()
    assert (np.abs(PLACES[:, 1] - crowd.y[rows]) <= crowd.side / 2 * 1.0001).all()


def test_means_and_commonest_kinds_of_two_cells():
    crowd = crowd_of(np.array([[0, 0], [0, 0], [0, 0], [10, 0]], dtype=np.float32), across=3)
    assert crowd.counts.tolist() == [[3, 0, 1]]
    means = crowd.means(np.array([1.0, 2.0, 6.0, 4.0]))
    assert means[0, [0, 2]].tolist() == [3.0, 4.0]
    assert np.isnan(means[0, 1])
    assert crowd.commonest(np.array([1, 1, 2, 0]), 3).tolist() == [[1, -1, 0]]
    assert crowd.commonest(np.array([2, 1, 0, 2]), 3).tolist() == [[0, -1, 2]]  # equals: the lowest


def test_users_who_are_all_in_one_place_are_one_cell():
    crowd = crowd_of(np.zeros((5, 2), dtype=np.float32), across=7)
    assert crowd.counts.max() == crowd.counts.sum() == 5


def test_no_cells_are_refused():
    with pytest.raises(SpecError, match="across=0 is too small; choose 1 or more"):
        crowd_of(PLACES, across=0)


def test_users_are_drawn_once_each_and_by_seed():
    drawn = draw_users(1_000, 50, seed=4)
    assert drawn.size == np.unique(drawn).size == 50
    assert drawn.tolist() == draw_users(1_000, 50, seed=4).tolist() == sorted(drawn.tolist())
    assert drawn.tolist() != draw_users(1_000, 50, seed=5).tolist()
    assert draw_users(3, 50).tolist() == [0, 1, 2]
