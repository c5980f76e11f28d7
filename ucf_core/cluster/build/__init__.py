"""The build on a cluster: Gram matrix, biases, embedding and upload, and the removal of a build.

In: blocks of ratings and an `EmbeddingSpec`. Out: the files of `cluster.files` and vectors in a vector store.
"""
