"""The tour: its steps, and the examples that it opens.

In: the dataset's example users. Out: links to pages with settings.
"""
