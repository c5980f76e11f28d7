"""Parts of pages, one room for each page that needs more than one file.

In: results of the core. Out: what is drawn.
"""
