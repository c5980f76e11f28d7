"""Parts of the Data page: deleting datasets and artifacts.

In: rows of disk use. Out: what was deleted.
"""
