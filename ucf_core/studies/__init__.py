"""Questions about all users or many settings at once: evaluation, diagnosis, user map, neighbours of all users.

In: an `Explorer`. Out: results to draw or to print.
"""
