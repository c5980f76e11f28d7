"""The files of a cluster build: manifest, rating rows, vectors, item biases, names in the vector store.

In: a folder. Out: arrays read on demand.
"""
