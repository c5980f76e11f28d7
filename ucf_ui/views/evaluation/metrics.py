"""The metrics of an evaluation as people read them: names, plain words, digits, and which way is better."""

from dataclasses import dataclass

from ucf_core.studies.evaluation.results import LOWER_IS_BETTER, Row


@dataclass(frozen=True)
class Metric:
    """One metric on screen.

    Attributes:
        name: as in `Row.metrics`.
        label: what it is called; "@n" stands for the length of the lists.
        unit: of its axis.
        explanation: one sentence in plain words.
        digits: decimals that people get to see.
        is_better: whether more (or less, see LOWER_IS_BETTER) of it is better; else it is a matter of what is wanted.
        not_alone: for a metric in which what is useless can be ahead, why it is; said wherever something is ahead.
    """

    name: str
    label: str
    unit: str
    explanation: str
    digits: int = 3
    is_better: bool = True
    not_alone: str = ""

    def title(self, n: int) -> str:
        """What it is called for lists of n."""
        return self.label.replace("@n", f"@{n}")

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        if not self.is_better:
            return "neither way is better by itself"
        if self.not_alone:
            return "higher is better where the other figures are no worse for it"
        return "lower is better" if self.name in LOWER_IS_BETTER else "higher is better"

    def text(self, value: float | None) -> str:
        """A value as people read it."""
        return "-" if value is None else f"{value:.{self.digits}f}"

    def interval(self, row: Row) -> str:
        """The 95 % interval of a row as people read it; empty where there is none."""
        if self.name not in row.ci95:
            return ""
        low, high = row.ci95[self.name]
        return f"{low:.{self.digits}f} to {high:.{self.digits}f}"


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "rmse",
            "RMSE",
            "Stars",
            "How far predicted ratings are off; large errors count more. All held-out ratings weigh alike, so users "
            "with many ratings count most.",
        ),
        Metric(
            "mae",
            "MAE",
            "Stars",
            "How far predicted ratings are off on average. All held-out ratings weigh alike.",
        ),
        Metric("user_rmse", "RMSE per user", "Stars", "Each user's own RMSE, averaged: all users weigh alike."),
        Metric("user_mae", "MAE per user", "Stars", "Each user's own MAE, averaged: all users weigh alike."),
        Metric(
            "coverage",
            "Coverage",
            "Share of held-out ratings",
            "Held-out ratings whose prediction rests on at least one neighbour. For the others the bias estimate "
            "stands in, and is measured with them.",
        ),
        Metric(
            "ndcg",
            "nDCG@n",
            "nDCG, 0 to 1",
            "How much of what was held out stands in the list, and how near to its top: 1 is the best list possible.",
        ),
        Metric("precision", "Precision@n", "Share of the list", "Films of the list that were held out."),
        Metric("recall", "Recall@n", "Share of held-out films", "Held-out films that the list has."),
        Metric("hit_rate", "Hit rate@n", "Share of users", "Users whose list has at least one held-out film."),
        Metric(
            "mrr", "MRR@n", "1 / rank", "1 over the rank of the first held-out film, averaged; 0 for a list without."
        ),
        Metric(
            "item_coverage",
            "Film coverage@n",
            "Share of all films",
            "Films that stand in at least one list. It grows with the number of users measured.",
            not_alone="More alone is no merit: lists drawn at random reach the most films, and suit nobody.",
        ),
        Metric(
            "gini",
            "Concentration@n (Gini)",
            "Gini index, 0 to 1",
            "How unevenly films are recommended: 0 all equally often, near 1 always the same few.",
            is_better=False,
        ),
        Metric(
            "popularity",
            "Popularity@n",
            "Ratings a film",
            "Training ratings of the recommended films, on average.",
            digits=1,
            is_better=False,
        ),
        Metric(
            "novelty",
            "Novelty@n",
            "Bits",
            "How rare the recommended films are: one bit more is half as many raters.",
            digits=2,
            is_better=False,
        ),
    )
}
DEFAULT_METRICS = ("rmse", "mae", "ndcg", "recall", "coverage", "item_coverage")
