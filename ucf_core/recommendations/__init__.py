"""Neighbours' ratings to predicted ratings and ranked lists, with the evidence and the parts of each number.

In: `Neighbours` and a `ScoringSpec`. Out: `Recommendations`, predictions, explanations.
"""
