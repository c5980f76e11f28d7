"""Measures settings on held-out ratings: how well they predict ratings and how good their lists are.

In: ratings, an `EvaluationSpec` (how ratings are held out) and settings. Out: an `Evaluation`, with a row for each
setting and baseline: every metric and its 95 % interval. A new metric is one call of `metrics.register_metric`.
"""
