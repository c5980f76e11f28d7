"""Dask: a scheduler to connect to or to start, reductions as a tree, a folder that all workers see.

In: functions and blocks. Out: futures.
"""
