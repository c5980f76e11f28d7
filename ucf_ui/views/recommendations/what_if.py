"""A film under other settings, as sentences and as a table of the ranking rules."""

import math

import streamlit as st

from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.what_if import RANKED, Explanation, Standing
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets.tables import Table

with PANDAS_IS_WHOLE:
    import pandas as pd


def place(standing: Standing) -> str:
    """The rank as a number, or why there is none."""
    if standing.rank is not None:
        return text.count(standing.rank)
    return f"Not in the first {RANKED:,}" if standing.enough and not math.isnan(standing.score) else "Not listed"


def score(standing: Standing) -> str:
    """The score as text; "none" if no neighbour with a weight rated the film."""
    return "none" if math.isnan(standing.score) else text.figure(standing.score)


def remark(old: Standing, new: Standing) -> str:
    """What the figures do not show, such as why a film is no longer recommended; empty if nothing."""
    parts = []
    if not new.enough:
        parts.append(
            f"{text.counted(new.support, 'neighbour')} rated it, and minimum support is {new.scoring.min_support}: it "
            "would not be recommended"
        )
    elif math.isnan(new.score):
        parts.append("no neighbour with a weight rated it: it would not be recommended")
    if new.fallback and not old.fallback:
        parts.append("the predicted rating would be what user and film averages suggest")
    if new.scoring.ranking != old.scoring.ranking:
        rule = RULES[new.scoring.ranking]
        parts.append(f"the scores of two rules cannot be compared: that of {rule.title} is in {rule.unit}")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def rule_table(explanation: Explanation) -> Table:
    """A row for each ranking rule: the film's rank and score under it, all else equal."""
    present = explanation.standing.scoring.ranking
    rows = [
        (RULES[rule].title + (" (now)" if rule == present else ""), place(one), score(one), RULES[rule].unit)
        for rule, one in explanation.by_rule().items()
    ]
    frame = pd.DataFrame(rows, columns=["Rule", "Rank", "Score", "Unit"])
    return frame, {
        "Rule": st.column_config.TextColumn(width=180),
        "Rank": st.column_config.TextColumn(width=130, help=f"Rank in the list of this rule, up to {RANKED:,}."),
        "Score": st.column_config.TextColumn(width=70),
        "Unit": st.column_config.TextColumn(width=130, help="What the score is measured in."),
    }
