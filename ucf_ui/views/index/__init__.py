"""Parts of the Index page: tables and sentences about a traced search.

In: a `TracedSearch`. Out: what is drawn.
"""
