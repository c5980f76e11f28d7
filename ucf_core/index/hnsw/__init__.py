"""HNSW over embeddings by hnswlib: build, search, and a check of index files before they are loaded.

In: unit vectors and an `HnswSpec`. Out: an `HnswIndex`.
"""
