"""Errors of predicted ratings by hand and against scikit-learn."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.by_user import UserMean, add_up
from ucf_core.studies.evaluation.metric import SplitResult
from ucf_core.studies.evaluation.rating_metrics import RATING_METRICS


def figures(test, predicted, fallback=None):
    """Every rating metric of one model."""
    result = SplitResult(
        test=csr_array(test),
        lists=np.full((len(test), 1), -1),
        item_counts=np.ones(test.shape[1], dtype=int),
        n_users=len(test),
        predicted=predicted,
        fallback=fallback,
    )
    found = {}
    for metric in RATING_METRICS:
        totals, counts = add_up(metric, result)
        found[metric.name] = UserMean.of(metric, totals[None], counts[None]).figures()[0]
    return found


def test_the_example_of_the_docstrings():
    """The first user's predictions are off by 1, -1 and 0, the second user's by 2; 2 of 4 have no support."""
    test = np.array([[3.0, 4, 5, 0], [0, 0, 0, 1]], dtype=np.float32)
    found = figures(test, np.array([4.0, 3, 5, 3]), np.array([True, False, False, True]))
    assert found == pytest.approx(
        {
            "rmse": math.sqrt(6 / 4),
            "mae": 1,
            "user_rmse": (math.sqrt(2 / 3) + 2) / 2,
            "user_mae": (2 / 3 + 2) / 2,
            "coverage": 0.5,
            "fallback_share": 0.5,
        }
    )


def test_errors_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    test = rng.random((20, 15)) * (rng.random((20, 15)) < 0.5)
    test[:, 0] = 1
    predicted = rng.random(np.count_nonzero(test))
    found, owners, actual = figures(test, predicted), test.nonzero()[0], test[test.nonzero()]
    assert found["rmse"] == pytest.approx(root_mean_squared_error(actual, predicted))
    assert found["mae"] == pytest.approx(mean_absolute_error(actual, predicted))
    own = [owners == user for user in range(20)]
    for name, metric in (("user_rmse", root_mean_squared_error), ("user_mae", mean_absolute_error)):
        assert found[name] == pytest.approx(np.mean([metric(actual[o], predicted[o]) for o in own]))
    assert np.isnan([found["coverage"], found["fallback_share"]]).all()  # this model has no neighbours


def test_a_model_that_predicts_no_ratings_has_none_of_them():
    assert np.isnan(list(figures(np.ones((2, 2)), None).values())).all()


def test_predictions_that_are_not_numbers_are_refused():
    with pytest.raises(SpecError, match="2 of 3 predicted ratings are not finite"):
        figures(np.ones((1, 3)), np.array([math.nan, 1, math.inf]))
