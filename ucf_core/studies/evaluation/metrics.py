"""All metrics of evaluations by name: the built-in ones and what `register_metric` adds."""

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.catalogue_metrics import CATALOGUE_METRICS
from ucf_core.studies.evaluation.list_metrics import LIST_METRICS
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.rating_metrics import RATING_METRICS

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*RATING_METRICS, *LIST_METRICS, *CATALOGUE_METRICS)}
"""In the order of JSON, columns and charts."""


def register_metric(metric: Metric) -> None:
    """Measure this metric in every evaluation from now on, and show it wherever metrics are shown.

    Raises SpecError where the name is taken.
    """
    if metric.name in METRICS:
        raise SpecError(f"there is a metric {metric.name!r} already; choose another name")
    METRICS[metric.name] = metric


def page_metrics() -> dict[str, Metric]:
    """The metrics that the dashboard offers."""
    return {name: metric for name, metric in METRICS.items() if metric.on_page}
