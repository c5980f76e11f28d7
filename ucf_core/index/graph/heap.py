"""A heap, as a list of (key, node) pairs with the largest key first, that breaks ties as hnswlib does.

hnswlib keeps nodes in `std::priority_queue` and compares distances alone, so which of several equally far nodes comes
first depends on the arrangement of the heap: for similar users it decides where a search goes. This is the arrangement
of GCC's standard library (`push_heap` and `__adjust_heap` in libstdc++'s stl_heap.h); other compilers may differ.
"""

from typing import TypeAlias

Heap: TypeAlias = list[tuple[float, int]]


def push(heap: Heap, key: float, node: int) -> None:
    """Add a pair."""
    heap.append((key, node))
    _rise(heap, len(heap) - 1, (key, node))


def pop(heap: Heap) -> tuple[float, int]:
    """Remove and return a pair with the largest key."""
    last = heap.pop()
    if not heap:
        return last
    top, gap, size = heap[0], 0, len(heap)
    # the gap sinks to the bottom along the larger children, on ties the second; from there the last pair rises
    while 2 * gap + 2 < size:
        child = 2 * gap + 2
        if heap[child][0] < heap[child - 1][0]:
            child -= 1
        heap[gap], gap = heap[child], child
    if 2 * gap + 2 == size:
        heap[gap], gap = heap[size - 1], size - 1
    _rise(heap, gap, last)
    return top


def _rise(heap: Heap, gap: int, pair: tuple[float, int]) -> None:
    while gap and heap[(gap - 1) // 2][0] < pair[0]:
        parent = (gap - 1) // 2
        heap[gap], gap = heap[parent], parent
    heap[gap] = pair
