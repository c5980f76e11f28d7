"""How honest a map is, against brute force, and on maps whose honesty is known."""

import numpy as np
import pytest

from ucf_core.base.errors import SpecError
from ucf_core.studies.user_map.pca import principal_map
from ucf_core.studies.user_map.trust import closest, map_trust


def circle(n):
    """Users all around a circle: their embedding is flat already."""
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False) ** 1.01  # uneven, so that no two are equally far
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_flat_embedding_is_shown_as_it_is():
    units = circle(101)
    trust = map_trust(units, principal_map(units).places, sample=101)
    assert trust.kept(10).tolist() == [1.0] * 101


def test_on_a_random_map_it_is_what_chance_gives(clustered_units):
    places = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    trust = map_trust(clustered_units, places, sample=400)
    assert trust.kept(40).mean() == pytest.approx(trust.by_chance(40), abs=0.02)
    assert trust.by_chance(40) == 40 / 399


def test_it_is_what_brute_force_finds(clustered_units):
    places = principal_map(clustered_units).places
    trust = map_trust(clustered_units, places, sample=20, seed=2)
    assert trust.users.size == 20
    for row, kept in zip(trust.users.tolist(), trust.kept(15).tolist(), strict=True):
        cosines = clustered_units.astype(np.float64) @ clustered_units[row]
        far = np.linalg.norm(places.astype(np.float64) - places[row], axis=1)
        cosines[row], far[row] = -np.inf, np.inf
        assert kept == pytest.approx(len({*np.argsort(-cosines)[:15]} & {*np.argsort(far)[:15]}) / 15)


def test_all_others_are_all_others(clustered_units):
    trust = map_trust(clustered_units[:30], principal_map(clustered_units[:30]).places)
    assert trust.similar.shape == trust.close.shape == (30, 29)
    assert trust.kept(29).tolist() == [1.0] * 30


def test_of_users_equally_close_the_lower_rows_come_first():
    places = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0.5, 0]], dtype=np.float32)
    assert closest(places, 0, 3).tolist() == [4, 1, 2]


@pytest.mark.parametrize("k", [0, 30])
def test_a_k_that_was_not_looked_at_is_refused(clustered_units, k):
    trust = map_trust(clustered_units[:30], principal_map(clustered_units[:30]).places)
    with pytest.raises(SpecError, match=f"k={k} .* choose 1 <= k <= 29"):
        trust.kept(k)


def test_one_user_alone_is_refused():
    with pytest.raises(SpecError, match="1 user has no others"):
        map_trust(np.ones((1, 2), dtype=np.float32), np.zeros((1, 2), dtype=np.float32))
