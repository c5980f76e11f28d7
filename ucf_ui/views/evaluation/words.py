"""An evaluation in words: the best setting of each metric in a sentence, and what the figures mean."""

from collections.abc import Sequence

import streamlit as st

from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import page_metrics
from ucf_core.studies.evaluation.results import Evaluation, Model, Row
from ucf_core.studies.evaluation.verdict import Verdict, verdict
from ucf_ui.base import text
from ucf_ui.views.evaluation.settings import BASELINES

_MOST_NAMES = 3


def verdicts(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, Verdict]:
    """The verdict of each metric in which one way is better and that a setting has."""
    found = {metric.name: verdict(evaluation, metric.name) for metric in metrics}
    return {name: one for name, one in found.items() if one is not None}


def in_words(found: Verdict, metric: Metric, n: int, names: dict[Model, str]) -> str:
    """Markdown: the best setting, its figure, which others do not differ from it, and which baseline is ahead."""
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
    """What a row is compared with in each metric: the best, or where neither way is better that of the first metric."""
    first = next((found[metric.name].best for metric in metrics if metric.name in found), None)
    bests = {name: one.best for name, one in found.items()}
    return bests if first is None else {metric.name: first for metric in metrics if metric.better == "neither"} | bests


def against(metrics: Sequence[Metric], found: dict[str, Verdict], n: int) -> str:
    """What `references` are, in words."""
    first = next((metric.title(n) for metric in metrics if metric.name in found), None)
    either = any(metric.better == "neither" for metric in metrics)
    also = f"; where neither way is better by itself, against the best by {first}" if first and either else ""
    return f"Against the best of each metric, on the same users{also}:"


def explain(n: int) -> None:
    """Metrics, candidates, ways to average, error bars and baselines, behind one line."""
    with st.expander("What the figures mean", icon=":material/help:"):
        st.markdown("\n".join(f"- **{one.title(n)}**, {one.direction}: {one.help}" for one in page_metrics().values()))
        st.markdown(
            "**Candidates.** A list is drawn from all films that the user has no training rating of, not from a few "
            "sampled ones: sampling would make every figure look better than it is. Most of what a list has was never "
            "rated by the user, and counts as a miss even where the user would like it; compare figures with each "
            "other rather than with 1."
        )
        st.markdown(
            "**Over ratings or over users.** RMSE and MAE pool all held-out ratings, so users with many ratings weigh "
            "most. Those per user average each user's own figure, so that every user counts once. List figures are "
            "means over users who have something relevant held out."
        )
        st.markdown(
            "**Error bars** are 95 % intervals over users: how far the figure would move had as many other users been "
            "drawn. Two settings are measured on the same users, so their difference is known better than either "
            "figure: overlapping bars do not mean that they are alike. *Not distinguishable* means that the interval "
            "of the paired difference holds 0. Of many settings the best one is also a little lucky."
        )
        st.markdown(
            "**How they are made.** What is a mean over users, ratings or places of lists is averaged again over "
            "1,000 resamples of the users (bootstrap). Film coverage and concentration belong to all lists together: "
            "resamples repeat users, whose lists add no film the second time, and would put both wrong. There each "
            "user is left out once (jackknife), which makes these bars rather too long than too short. Film coverage "
            "is that of as many users as were measured; more users are shown more films."
        )
        st.markdown(
            "**Baselines**, which use no neighbours: "
            + "; ".join(f"*{title}*, {words}" for title, words in BASELINES.values())
            + ". Popular and random predict no ratings, so they have no RMSE or MAE."
        )


def _listed(names: Sequence[str]) -> str:
    shown = [text.plain(name) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {text.counted(more, 'other')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
