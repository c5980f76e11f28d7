"""The parts of a large dataset, read from any file system in blocks of rows.

In: a URI. Out: blocks of user, item and rating columns.
"""
