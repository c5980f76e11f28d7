"""The known vector stores, and which of them an address belongs to.

In: an address. Out: a `VectorStore`.
"""
