"""Users on a plane: PCA or UMAP of the embedding, density, and how far the picture can be trusted.

In: unit vectors. Out: a `UserMap` and its `MapTrust`.
"""
