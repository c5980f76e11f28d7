"""The fastest pass counts, and long work is done once. The clock is given."""

from types import SimpleNamespace

import pytest

from ucf_core.base import timing


@pytest.fixture
def passes(monkeypatch):
    """Work that takes the given seconds, pass by pass; it returns how many passes there were."""

    def passes(*seconds):
        clock = SimpleNamespace(now=100.0, done=0)

        def work():
            clock.now += seconds[clock.done]
            clock.done += 1
            return clock.done

        monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
        return work

    return passes


@pytest.mark.parametrize(
    ("seconds", "done", "milliseconds"), [((0.006, 0.001), 2, 1), ((0.006, 0.009), 2, 6), ((0.02,), 1, 20)]
)
def test_a_short_pass_beyond_the_budget_is_followed_by_one_more(seconds, done, milliseconds, passes):
    made = timing.fastest(passes(*seconds), budget=0.002, retry_below=0.01)
    assert made == (done, pytest.approx(milliseconds))


@pytest.mark.parametrize(
    ("seconds", "budget", "done", "milliseconds"),
    [
        ((0.004, 0.002, 0.003, 0.002, 0.009), 1.0, 5, 2),
        ((0.004, 0.002, 0.5), 0.005, 2, 2),
        ((0.3,), 0.1, 1, 300),
        ((0.3,), 0.0, 1, 300),
    ],
)
def test_the_fastest_pass_within_the_budget(seconds, budget, done, milliseconds, passes):
    assert timing.fastest(passes(*seconds), budget=budget) == (done, pytest.approx(milliseconds))
