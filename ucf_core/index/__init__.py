"""Nearest-neighbour search behind one protocol: exact, HNSW, HNSW over sparse rows, and vector stores.

In: unit vectors or rating rows, k and ef. Out: `Hits` (rows and similarities).
"""
