"""What the figures of an evaluation are, in plain words."""

import streamlit as st

from ucf_ui.views.evaluation.metrics import METRICS
from ucf_ui.views.evaluation.settings import BASELINES


def show(n: int) -> None:
    """Metrics, candidates, ways to average, error bars and baselines, behind one line."""
    with st.expander("What the figures mean", icon=":material/help:"):
        st.markdown(
            "\n".join(
                f"- **{metric.title(n)}**, {metric.direction}: {metric.explanation}" for metric in METRICS.values()
            )
        )
        st.markdown(
            "**Candidates.** A list is drawn from all films that the user has no training rating of, not from a few "
            "sampled ones: sampling would make every figure look better than it is. Most of what a list has was never "
            "rated by the user, and counts as a miss even where the user would like it; compare figures with each "
            "other rather than with 1."
        )
        st.markdown(
            "**Over ratings or over users.** RMSE and MAE pool all held-out ratings, so users with many ratings weigh "
            "most. Those per user average each user's own figure, so that everybody counts once. List figures are "
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
            "**Baselines**, which look at nobody's neighbours: "
            + "; ".join(f"*{title}*, {words}" for title, words in BASELINES.values())
            + ". Popular and random predict no ratings, so they have no RMSE or MAE."
        )
