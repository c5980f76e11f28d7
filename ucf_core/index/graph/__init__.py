"""An HNSW graph as plain arrays: its layers, and a search traced step by step.

In: an hnswlib index or its file. Out: `HnswGraph`, `GraphSummary`, `SearchTrace`.
"""
