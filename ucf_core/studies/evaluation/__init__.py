"""Predictions and lists compared with held-out ratings: splits, baselines, metrics, intervals, stored results.

In: `Ratings`, an `EvaluationSpec`, settings. Out: an `Evaluation` with one row a setting.
"""
