"""LRU cache: its bound, recency, and one computation a key however many threads ask."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.base import lru
from ucf_core.base.lru import LruCache


@given(st.lists(st.tuples(st.sampled_from(["get", "put", "compute"]), st.integers(0, 5)), max_size=40))
def test_it_holds_the_most_recently_used_keys_as_a_plain_list_would(steps):
    cache: LruCache[int, str] = LruCache(3)
    used: dict[int, str] = {}  # the oracle, the least recently used first
    for number, (step, key) in enumerate(steps):
        new = f"{step} {number}"
        known = used.pop(key, None)
        if step == "put":
            cache.put(key, new)
            used[key] = new
        elif step == "compute":
            used[key] = known or new
            assert cache.get_or_compute(key, lambda new=new: new) == used[key]
        else:
            assert cache.get(key) == known
            if known is not None:
                used[key] = known
        if len(used) > 3:
            del used[next(iter(used))]
        assert list(cache) == list(used)


def test_a_new_value_replaces_the_old_one():
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("a", 2)
    assert (cache.get("a"), cache.get("b"), list(cache)) == (2, None, ["a"])


def test_a_value_that_does_not_serve_is_computed_again_and_replaced():
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 5)
    assert cache.get_or_compute("a", lambda: 9, serves=lambda value: value >= 5) == 5
    assert cache.get_or_compute("a", lambda: 9, serves=lambda value: value >= 8) == 9
    assert cache.get("a") == 9


def test_many_threads_compute_each_key_once_and_different_keys_at_the_same_time():
    cache: LruCache[int, str] = LruCache(2)
    both, made = threading.Barrier(2), []

    def compute(key):
        made.append(key)
        both.wait(10)  # passes only if the other key is computed meanwhile
        return f"value {key}"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get_or_compute, n % 2, lambda n=n: compute(n % 2)) for n in range(8)]
    assert [one.result() for one in asked] == ["value 0", "value 1"] * 4
    assert sorted(made) == [0, 1]


def test_an_error_reaches_its_caller_and_is_not_cached():
    cache: LruCache[str, float] = LruCache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get_or_compute("a", lambda: 1 / 0)
    assert "a" not in cache
    assert cache.get_or_compute("a", lambda: 1.0) == 1.0


def test_a_thread_that_waits_for_another_can_stop_waiting(monkeypatch):
    monkeypatch.setattr(lru, "_CHECK_EVERY", 0.01)
    cache: LruCache[str, int] = LruCache(2)
    inside, go = threading.Event(), threading.Event()

    def slow():
        inside.set()
        assert go.wait(10)
        return 1

    def stop():
        raise TimeoutError

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get_or_compute, "a", slow)
        assert inside.wait(10)
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            cache.get_or_compute("a", lambda: 2, check=stop)
        assert time.monotonic() - start < 5
        go.set()
        assert first.result(10) == 1
    assert cache.get("a") == 1
