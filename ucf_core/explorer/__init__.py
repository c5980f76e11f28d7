"""The library's front door: `Explorer` builds or loads what a question needs and answers it.

In: `Ratings`, a user, specs. Out: neighbours, recommendations, predictions, recall.
"""
