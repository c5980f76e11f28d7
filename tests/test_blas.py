"""The number of BLAS threads is one within, and what it was afterwards, whoever leaves first."""

import threading

import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

from ucf_core.base.linalg import blas
from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.recommendations.learned import solved


def threads(*, of_each_thread: bool = False) -> set[int]:
    """Numbers that hold for the process; or those of the libraries in which each thread has its own."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {pool["num_threads"] for pool in pools if (pool["threading_layer"] == "openmp") == of_each_thread}


@pytest.fixture(autouse=True)
def two():
    with threadpool_limits(2, user_api="blas"):
        assert threads() == {2}
        yield


def test_within_there_is_one_and_afterwards_as_many_as_before():
    with one_blas_thread():
        assert threads() == {1}
        with one_blas_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {2}


def test_a_fault_sets_it_back_too():
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        _ = 1 / 0
    assert threads() == {2}


def test_of_two_who_need_it_at_once_the_first_to_leave_takes_it_from_nobody():
    inside, leave = threading.Event(), threading.Event()

    def other():
        with one_blas_thread():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert inside.wait(10)
    assert threads() == {1}
    leave.set()
    thread.join(10)
    assert threads() == {2}


def test_where_each_thread_has_its_own_number_it_gets_it_back():
    pytest.importorskip("faiss")  # which brings an OpenBLAS on OpenMP
    blas._libraries.cache_clear()
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            assert threads(of_each_thread=True) == {1}
            beside = []
            thread = threading.Thread(target=lambda: beside.append(threads(of_each_thread=True)))
            thread.start()
            thread.join(10)
            assert beside == [{2}]
        assert threads(of_each_thread=True) == {2}
    blas._libraries.cache_clear()


@pytest.mark.parametrize("size", [1, 2, 40])
def test_a_system_is_solved_as_scipy_does(size):
    rng = np.random.default_rng(size)
    rows = rng.standard_normal((size, 2 * size))
    system, target = rows @ rows.T + np.eye(size), rng.standard_normal(size)
    expected = scipy.linalg.solve(system, target, assume_a="pos")
    np.testing.assert_allclose(solved(system.copy(), target.copy()), expected, rtol=1e-10)
