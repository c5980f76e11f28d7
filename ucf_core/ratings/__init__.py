"""Ratings in memory: the sparse matrix, raw ids and rows, the item catalogue, biases, weightings and user profiles.

In: id and rating columns. Out: `Ratings`, `IdMap`, `Catalogue`, `Biases`, `Profile`.
"""
