"""A heap that breaks ties as hnswlib does.

hnswlib keeps nodes in `std::priority_queue` and compares distances alone, so which of several equally far nodes comes
first depends on the arrangement of the heap: for similar users it decides where a search goes. This is the arrangement
of GCC's standard library (`push_heap` and `__adjust_heap` in libstdc++'s stl_heap.h); other compilers may differ.
"""


class TieHeap:
    """(key, node) pairs, the largest key on top."""

    def __init__(self) -> None:
        """Empty."""
        self._pairs: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def top(self) -> tuple[float, int]:
        """A pair with the largest key."""
        return self._pairs[0]

    @property
    def pairs(self) -> list[tuple[float, int]]:
        """All pairs, in heap order."""
        return list(self._pairs)

    def push(self, key: float, node: int) -> None:
        """Add a pair."""
        self._pairs.append((key, node))
        self._rise(len(self._pairs) - 1, (key, node))

    def pop(self) -> tuple[float, int]:
        """Remove and return the top pair."""
        pairs = self._pairs
        top, last = pairs[0], pairs.pop()
        if not pairs:
            return top
        # the gap sinks to the bottom along the larger children, on ties the second; from there the last pair rises
        gap, size = 0, len(pairs)
        while 2 * gap + 2 < size:
            child = 2 * gap + 2
            if pairs[child][0] < pairs[child - 1][0]:
                child -= 1
            pairs[gap] = pairs[child]
            gap = child
        if 2 * gap + 2 == size:
            pairs[gap] = pairs[size - 1]
            gap = size - 1
        self._rise(gap, last)
        return top

    def _rise(self, gap: int, pair: tuple[float, int]) -> None:
        pairs, key = self._pairs, pair[0]
        while gap:
            parent = (gap - 1) // 2
            if not pairs[parent][0] < key:
                break
            pairs[gap] = pairs[parent]
            gap = parent
        pairs[gap] = pair
