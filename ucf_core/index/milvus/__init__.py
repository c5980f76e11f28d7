"""Milvus as a vector store: connection, upload and search.

In: unit vectors and a URI. Out: an index with the same protocol as the local ones.
"""
