"""Datasets: which exist, how they get onto this machine, and how a name or a path becomes `Ratings`.

In: a dataset name, a file or a folder. Out: `Ratings` (`load.load_ratings`), or rows for a list (`listing`).
"""
