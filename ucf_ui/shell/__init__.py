"""The frame around every page: navigation, sign-in, deep links, start of the server, prefetching.

In: a request. Out: a page that runs.
"""
