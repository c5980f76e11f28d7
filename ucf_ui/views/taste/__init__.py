"""Parts of the Your taste page: search, stars, upload, profile and tables.

In: what the visitor rated. Out: a `Guest` and what is drawn.
"""
