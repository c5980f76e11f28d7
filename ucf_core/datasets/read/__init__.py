"""Rating files to columns: one module for each file layout, and what they share (columns, text, bad lines).

In: a path. Out: `Ratings` with their catalogue, or a `DatasetError` that names file, line and remedy.
"""
