"""An evaluation in words: how it was measured, the best setting of each metric, and what the figures mean."""

from collections.abc import Sequence

import streamlit as st

from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import page_metrics
from ucf_core.studies.evaluation.results import Evaluation, Model, Row
from ucf_core.studies.evaluation.verdict import Verdict, verdict
from ucf_ui.base import text
from ucf_ui.views.evaluation.jobs import Known
from ucf_ui.views.evaluation.settings import BASELINES, of_presets, settings_in

_MOST_NAMES = 3


def protocol(split: SplitSpec) -> str:
    """How ratings were held out: "5 folds, seed 0"."""
    if split.protocol == "kfold":
        return f"{split.folds} folds, seed {split.seed}"
    if split.protocol == "per_user_holdout":
        return f"{text.share(split.share)} of each user's ratings held out, seed {split.seed}"
    return f"the latest {text.share(split.share)} of all ratings held out"


def title(one: Known, ratings: Ratings) -> str:
    """When an evaluation was made, of what, and how."""
    spec, measured = one.evaluation.spec, settings_in(one.evaluation.models)
    when = f"{one.created.day} {one.created:%b %Y, %H:%M} UTC" if one.created else "Not saved on disk"
    what = "the presets" if set(measured) == set(of_presets(ratings)) else text.counted(len(measured), "setting")
    users = text.counted(len(one.evaluation.users), "user")
    relevant = "" if spec.relevant_from is None else f", relevant from {spec.relevant_from:g}"
    return f"{when}: {what}, {protocol(spec.split)}, n {spec.n}, {users}{relevant}"


def how_measured(evaluation: Evaluation) -> str:
    """Which ratings were held out, which lists were drawn, and how long it took."""
    spec = evaluation.spec
    relevant = "every held-out film" if spec.relevant_from is None else f"films rated {spec.relevant_from:g} or more"
    times = text.counted(evaluation.n_cold, "time")
    cold = f" {times} a user had no training rating left, and got the answers for a user without ratings."
    return (
        f"{text.counted(evaluation.n_ratings, 'held-out rating')} of {text.counted(len(evaluation.users), 'user')}: "
        f"{protocol(spec.split)}. Lists of {spec.n} from all films without a training rating; relevant: {relevant}. "
        f"Took {text.duration(evaluation.seconds)}.{cold if evaluation.n_cold else ''}"
    )


def verdicts(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, Verdict]:
    """The verdict of each metric that has a better direction and a value for some setting."""
    found = {metric.name: verdict(evaluation, metric.name) for metric in metrics}
    return {name: one for name, one in found.items() if one is not None}


def in_words(found: Verdict, metric: Metric, n: int, names: dict[Model, str]) -> str:
    """Markdown: the best setting, its figure, the settings that do not differ from it, and better baselines."""
    interval = metric.interval_text(found.best.ci95.get(metric.name))
    figure = metric.text(found.best.metrics[metric.name]) + (f" ({interval})" if interval else "")
    sentence = f"**{metric.title(n)}**: {text.plain(names[found.best.model])}, {figure}."
    if found.ahead:
        ahead = [f"{names[row.model]} ({metric.text(row.metrics[metric.name])})" for row in found.ahead]
        is_ahead = "is better" if len(ahead) == 1 else "are better"
        if metric.caveat:
            is_ahead = "has more" if len(ahead) == 1 else "have more"
        sentence += f" **But {_listed(ahead)} {is_ahead}.**"
        sentence += f" {metric.caveat}" if metric.caveat else ""
    if found.alike:
        same = all(row.metrics[metric.name] == found.best.metrics[metric.name] for row in found.alike)
        words = "The same as" if same else "Not distinguishable from"
        sentence += f" {words} {_listed([names[row.model] for row in found.alike])}."
    elif interval and not found.ahead and len(names) > 1:
        sentence += " Clearly better than all others."
    return sentence


def references(metrics: Sequence[Metric], found: dict[str, Verdict]) -> dict[str, Row]:
    """The row to compare with in each metric: the best, or the first metric's best if neither direction is better."""
    first = next((found[metric.name].best for metric in metrics if metric.name in found), None)
    bests = {name: one.best for name, one in found.items()}
    return bests if first is None else {metric.name: first for metric in metrics if metric.better == "neither"} | bests


def against(metrics: Sequence[Metric], found: dict[str, Verdict], n: int) -> str:
    """The rows of `references`, in words."""
    first = next((metric.title(n) for metric in metrics if metric.name in found), None)
    either = any(metric.better == "neither" for metric in metrics)
    also = f"; if neither direction is better by itself, against the best by {first}" if first and either else ""
    return f"Against the best of each metric, on the same users{also}:"


def explain(n: int) -> None:
    """Draw an expander about metrics, candidates, averages, error bars and baselines."""
    with st.expander("What the figures mean", icon=":material/help:"):
        st.markdown("\n".join(f"- **{one.title(n)}**, {one.direction}: {one.help}" for one in page_metrics().values()))
        st.markdown(
            "**Candidates.** Lists are drawn from all films the user has not rated in training, not from a few sampled "
            "ones: sampling would make every figure look better than it is. The user never rated most films of a list, "
            "and these count as misses even if the user would like them; compare figures with each other rather than "
            "with 1."
        )
        st.markdown(
            "**Over ratings or over users.** RMSE and MAE pool all held-out ratings, so users with many ratings weigh "
            "most. Metrics per user average each user's figure, so every user counts once. List metrics are means over "
            "users with something relevant held out."
        )
        st.markdown(
            "**Error bars** are 95 % intervals over users: how far the figure would move if as many other users were "
            "measured. Two settings are measured on the same users, so their difference is known better than either "
            "figure: overlapping bars do not mean that they are alike. *Not distinguishable* means that the interval "
            "of the paired difference includes 0. The best of many settings is also a little lucky."
        )
        st.markdown(
            "**Intervals.** Means over users, ratings or ranks are averaged again over 1,000 resamples of the users "
            "(bootstrap). Film coverage and concentration belong to all lists together: resamples repeat users, whose "
            "lists add no film the second time, which would bias both. For these, each user is left out once "
            "(jackknife), which makes their bars too long rather than too short. Film coverage grows with the number "
            "of users measured."
        )
        st.markdown(
            "**Baselines**, which use no neighbours: "
            + "; ".join(f"*{title}*, {words}" for title, words in BASELINES.values())
            + ". Popular and Random predict no ratings, so they have no RMSE or MAE."
        )


def _listed(names: Sequence[str]) -> str:
    shown = [text.plain(name) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {text.counted(more, 'other')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
