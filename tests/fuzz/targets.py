"""All targets, by name."""

from . import store_targets, text_targets, url_targets
from .harness import Target


def all_targets() -> dict[str, Target]:
    """Every target; building the seeds of some takes a second."""
    return {target.name: target for target in (*text_targets.TARGETS, *store_targets.targets(), *url_targets.TARGETS)}
