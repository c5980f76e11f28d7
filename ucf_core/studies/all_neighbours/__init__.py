"""The k nearest neighbours of every user, block by block, as a file that a stopped run continues.

In: an `Explorer`, k and a path. Out: an .npz file with users and similarities.
"""
