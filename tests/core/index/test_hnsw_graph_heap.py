"""The heap gives the largest key first; the tests of the traced search compare ties with hnswlib's."""

from heapq import heapify, heappop

from hypothesis import given
from hypothesis import strategies as st

from ucf_core.index.graph.heap import pop, push

KEYS = st.lists(st.integers(0, 6) | st.floats(-1, 1), max_size=40)


@given(KEYS)
def test_keys_come_out_largest_first(keys):
    heap = []
    for node, key in enumerate(keys):
        push(heap, key, node)
    negated = [-key for key in keys]
    heapify(negated)
    taken = []
    while heap:
        assert heap[0][0] == -negated[0]
        taken.append(pop(heap))
        assert taken[-1][0] == -heappop(negated)
    assert sorted(node for _, node in taken) == list(range(len(keys)))
    assert all(keys[node] == key for key, node in taken)


@given(KEYS, st.lists(st.booleans(), max_size=60))
def test_pushes_and_pops_may_alternate(keys, pops):
    heap, plain, rest = [], [], list(enumerate(keys))
    for popping in pops:
        if popping and plain:
            assert pop(heap)[0] == plain.pop()
        elif rest:
            node, key = rest.pop()
            push(heap, key, node)
            plain = sorted([*plain, key])
        assert sorted(key for key, _ in heap) == plain
