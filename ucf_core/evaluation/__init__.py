"""How good predictions and lists are on ratings that were held out: splits, baselines, metrics, intervals."""

from ucf_core.evaluation.grid import EvaluationSpec, Setting, grid
from ucf_core.evaluation.kept import evaluate_once
from ucf_core.evaluation.results import Evaluation, Row
from ucf_core.evaluation.split import Split, splits
from ucf_core.evaluation.sweep import evaluate
from ucf_core.evaluation.verdict import Verdict, verdict
from ucf_core.specs import SplitSpec

__all__ = [
    "Evaluation",
    "EvaluationSpec",
    "Row",
    "Setting",
    "Split",
    "SplitSpec",
    "Verdict",
    "evaluate",
    "evaluate_once",
    "grid",
    "splits",
    "verdict",
]
