"""Ratings too large for one machine: built on Dask from parts, served from files and a vector store.

In: the URI of the parts. Out: a folder from which `serve` opens an `Explorer`.
"""
