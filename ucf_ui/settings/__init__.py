"""The settings that all pages share: k, dim, ef, ranking rule and the rest, presets and the baseline.

In: session state and URL. Out: `QuerySpec` and `ScoringSpec` within what the dataset allows.
"""
