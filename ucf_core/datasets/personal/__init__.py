"""One person's own ratings: exports of other services, title search, matching to a catalogue.

In: an export file or typed titles. Out: (item row, rating) pairs for a `Guest`.
"""
