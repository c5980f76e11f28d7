"""Truncated SVD of the rating matrix by block Lanczos.

In: a CSR matrix and an `EmbeddingSpec`. Out: an `Embedding` whose prefixes are the embeddings of smaller dims.
"""
