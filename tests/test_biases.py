"""The bias model against the sweeps it states, written out in plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from toy import TOY, ratings_from

from ucf_core.ratings.biases import REG_ITEM, REG_USER, SWEEPS, fit_biases

tables = st.dictionaries(
    st.integers(1, 6),
    st.dictionaries(st.integers(1, 6), st.sampled_from([0.0, 0.5, 2.0, 3.3, 5.0]), min_size=1),
    min_size=1,
)


def plain(table: dict, sweeps: int, reg_user: float, reg_item: float) -> tuple[float, dict, dict]:
    triples = [(u, i, float(np.float32(r))) for u, row in table.items() for i, r in row.items()]
    mean = sum(r for _, _, r in triples) / len(triples)
    b_user = {u: 0.0 for u, _, _ in triples}
    b_item = {i: 0.0 for _, i, _ in triples}
    for _ in range(sweeps):
        for item in b_item:
            rest = [r - mean - b_user[u] for u, i, r in triples if i == item]
            b_item[item] = sum(rest) / (reg_item + len(rest))
        for user in b_user:
            rest = [r - mean - b_item[i] for u, i, r in triples if u == user]
            b_user[user] = sum(rest) / (reg_user + len(rest))
    return mean, b_user, b_item


def assert_agrees(table: dict, sweeps: int, reg_user: float, reg_item: float) -> None:
    found = fit_biases(ratings_from(table).matrix, sweeps=sweeps, reg_user=reg_user, reg_item=reg_item)
    mean, b_user, b_item = plain(table, sweeps, reg_user, reg_item)
    assert found.mean == pytest.approx(mean, abs=1e-12)
    np.testing.assert_allclose(found.user, [b_user[u] for u in sorted(b_user)], atol=1e-12)
    np.testing.assert_allclose(found.item, [b_item[i] for i in sorted(b_item)], atol=1e-12)


def test_the_defaults_on_the_toy_ratings():
    assert_agrees(TOY, SWEEPS, REG_USER, REG_ITEM)
    default, stated = (
        fit_biases(ratings_from(TOY).matrix, **settings)
        for settings in ({}, {"sweeps": SWEEPS, "reg_user": REG_USER, "reg_item": REG_ITEM})
    )
    np.testing.assert_array_equal(default.item, stated.item)


@given(tables, st.integers(0, 4), st.sampled_from([1.0, 15.0]), st.sampled_from([0.5, 10.0]))
def test_any_sweeps_and_regularisation_on_any_ratings(table, sweeps, reg_user, reg_item):
    assert_agrees(table, sweeps, reg_user, reg_item)


def test_one_sweep_by_hand():
    """Mean 3. Item 1: (1 - 2) / (1 + 2) = -1/3, item 2: 1 / (1 + 1) = 1/2. User 1: (1 + 1/3 + 1 - 1/2) / (1 + 2)."""
    found = fit_biases(ratings_from({1: {1: 4, 2: 4}, 2: {1: 1}}).matrix, sweeps=1, reg_user=1, reg_item=1)
    assert found.mean == 3
    np.testing.assert_allclose(found.item, [-1 / 3, 1 / 2])
    np.testing.assert_allclose(found.user, [(4 / 3 + 1 / 2) / 3, (-2 + 1 / 3) / 2])
    np.testing.assert_allclose(found.estimate(0), 3 + (4 / 3 + 1 / 2) / 3 + np.array([-1 / 3, 1 / 2]))


def test_equal_ratings_have_no_biases():
    found = fit_biases(ratings_from({u: dict.fromkeys(range(1, 5), 3.5) for u in range(1, 8)}).matrix)
    assert found.mean == 3.5
    assert not found.user.any()
    assert not found.item.any()


def test_biases_are_read_only():
    found = fit_biases(ratings_from(TOY).matrix)
    with pytest.raises(ValueError, match="read-only"):
        found.user[0] = 1


def test_each_sweep_is_reported():
    reports: list[tuple[float, float | None]] = []
    fit_biases(ratings_from(TOY).matrix, sweeps=3, progress=lambda done, total: reports.append((done, total)))
    assert reports == [(1, 3), (2, 3), (3, 3)]


def test_a_user_and_an_item_without_ratings_have_no_bias():
    matrix = csr_array(([4.0, 2.0], ([0, 2], [0, 2])), shape=(4, 3), dtype=np.float32)
    found = fit_biases(matrix)
    assert found.user[[1, 3]].tolist() == [0, 0]
    assert found.item[1] == 0
    assert found.user[0] == -found.user[2] != 0
