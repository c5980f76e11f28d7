"""Metrics of predicted ratings: errors, and the share of predictions that neighbours support.

Examples are of two users: one has predictions that are off by 1, -1 and 0, the other one that is off by 2.
"""

from dataclasses import replace

import numpy as np

from ucf_core.studies.evaluation.metric import Metric, SplitResult, Values


def squared_errors(result: SplitResult) -> Values:
    """(predicted - held out)^2. Example: 1, 1, 0 and 4; RMSE = sqrt(6 / 4) = 1.22, per user (0.82 + 2) / 2 = 1.41."""
    squared: Values = result.errors**2
    return squared


def absolute_errors(result: SplitResult) -> Values:
    """|predicted - held out|. Example: 1, 1, 0 and 2; MAE = 4 / 4 = 1, per user (0.67 + 2) / 2 = 1.33."""
    return np.abs(result.errors)


def fallbacks(result: SplitResult) -> Values:
    """1 where no neighbour supports a prediction, else 0; a model without neighbours has none of either.

    Example: a fallback for 2 of 4 ratings is a fallback share of 0.5, and a coverage of 1 - 0.5 = 0.5.
    """
    return np.full(result.test.nnz, np.nan) if result.fallback is None else result.fallback.astype(np.float64)


RMSE = Metric(
    name="rmse",
    label="RMSE",
    unit="Stars",
    help="How far predicted ratings are off; large errors count more. All held-out ratings weigh alike, so users with "
    "many ratings count most.",
    better="lower",
    kind="rating",
    compute=squared_errors,
    transform=np.sqrt,
    headline=True,
)
MAE = Metric(
    name="mae",
    label="MAE",
    unit="Stars",
    help="How far predicted ratings are off on average. All held-out ratings weigh alike.",
    better="lower",
    kind="rating",
    compute=absolute_errors,
    headline=True,
)
_RMSE_HELP = "Each user's own RMSE, averaged: all users weigh alike."
USER_RMSE = replace(RMSE, name="user_rmse", label="RMSE per user", help=_RMSE_HELP, kind="user", headline=False)
_MAE_HELP = "Each user's own MAE, averaged: all users weigh alike."
USER_MAE = replace(MAE, name="user_mae", label="MAE per user", help=_MAE_HELP, kind="user", headline=False)
COVERAGE = Metric(
    name="coverage",
    label="Coverage",
    unit="Share of held-out ratings",
    help="Held-out ratings whose prediction rests on at least one neighbour. For the others the bias estimate stands "
    "in, and is measured with them.",
    better="higher",
    kind="rating",
    compute=fallbacks,
    transform=lambda share: 1.0 - share,
    headline=True,
)
FALLBACK_SHARE = Metric(
    name="fallback_share",
    label="Fallback share",
    unit="Share of held-out ratings",
    help="Held-out ratings whose prediction rests on no neighbour: 1 - coverage.",
    better="lower",
    kind="rating",
    compute=fallbacks,
    on_page=False,
)
RATING_METRICS = (RMSE, MAE, USER_RMSE, USER_MAE, COVERAGE, FALLBACK_SHARE)
