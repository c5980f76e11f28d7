"""A user's neighbours, and how good the index is that found them.

In: an index, a user and a `QuerySpec`. Out: `Neighbours`, comparisons of two users, `IndexRecall`.
"""
