"""Controls that decide what the neighbours' ratings are made into."""

from dataclasses import dataclass

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.ranking import RULES
from ucf_core.scoring import LEARNED_RANKINGS, RANKINGS, Aggregation, Ranking, Scope, ScoringSpec
from ucf_core.specs import changed
from ucf_ui import inputs, settings, url
from ucf_ui.fragment import after_the_answer

_AGGREGATIONS: dict[Aggregation, str] = {
    "baseline_offset": "Bias plus offset",
    "mean": "Plain mean",
    "learned": "Learned",
}
_SCOPES: dict[Scope, str] = {"global": "The user's nearest", "per_item": "Each film's nearest"}
_WIDTHS = (4, 3, 3)
_POWERS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0)
_SHARED = (0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200)
_MOST_SHARED = 100_000
_RIDGES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0)
_BESIDE = "against"
_LENGTH, _LISTED, _MOST_LISTED = "n", 10, 100


@dataclass(frozen=True)
class ListChoice:
    """Which films are listed."""

    scoring: ScoringSpec
    n: int
    other: Ranking | None
    """The rule of a second list beside the first; None where there is none."""


def ranking_rule(label: str, key: str, *, optional: bool = False) -> Ranking | None:
    """Which rule orders the list; None only where it is optional."""
    default: Ranking | None = None if optional else RANKINGS[0]
    url.seed(key, RANKINGS, default)
    chosen: Ranking | None = st.selectbox(
        label,
        RANKINGS,
        index=None if optional else 0,
        format_func=lambda name: RULES[name].title,
        key=key,
        persist_state="session",
        placeholder="None",
        help="  \n".join(f"**{rule.title}**: {rule.explanation}" for rule in RULES.values()),
    )
    url.keep(key, chosen, default)
    return chosen or default


def list_length(explorer: Explorer) -> int:
    """How many films to list."""
    return inputs.slider(
        "Films to list (n)",
        _LENGTH,
        largest=_longest(explorer),
        default=_LISTED,
        help="Length of the recommendation list.",
    )


def list_controls(explorer: Explorer, *, beside: bool = False) -> ListChoice:
    """Which list: its rule and length, with what belongs to the rule behind a button; with `beside`, a second rule.

    What somebody has set is in the session before the controls are drawn, so a fragment can answer first.
    """
    once = (_LENGTH, "min_support", "amplification", "significance", *([_BESIDE] if beside else []))
    after_the_answer(lambda: _draw(explorer, beside=beside), once=once)
    _, scoring = settings.present(explorer)
    other: Ranking | None = st.session_state[_BESIDE] if beside else None
    if not {scoring.ranking, other}.isdisjoint(LEARNED_RANKINGS):
        scoring = changed(scoring, {"neighbourhood": "global"})  # in both lists, so that they can be compared
    return ListChoice(scoring, min(st.session_state.get(_LENGTH) or _LISTED, _longest(explorer)), other)


def _longest(explorer: Explorer) -> int:
    """The most films that a page lists."""
    return min(_MOST_LISTED, explorer.ratings.n_items)


def _draw(explorer: Explorer, *, beside: bool) -> None:
    columns = iter(st.columns(3 if beside else 2, gap="medium", vertical_alignment="bottom"))
    with next(columns):
        ranking = ranking_rule("Order by", "ranking") or RANKINGS[0]
    other = None
    if beside:
        with next(columns):
            other = ranking_rule("Compare with", _BESIDE, optional=True)
    with next(columns):
        list_length(explorer)
    with st.expander("More settings: predicted rating, support, weights of neighbours", icon=":material/tune:"):
        _options(explorer, {ranking, other})


def _options(explorer: Explorer, rules: set[Ranking | None]) -> None:
    """What belongs to these rules, as far as it has an effect with one of them."""
    first, second, third = st.columns(_WIDTHS, gap="medium")
    with first:
        aggregation = inputs.segments(
            "Predicted rating",
            _AGGREGATIONS,
            key="aggregation",
            help="How the neighbours' ratings become a predicted rating. The first corrects for users who rate high or "
            "low in general; the second is the plain weighted mean; the third adds to the first what is learned from "
            "this user's own films, which makes the smallest errors and takes some milliseconds more.",
        )
    with second:
        inputs.slider(
            "Minimum support",
            "min_support",
            largest=20,
            default=1,
            help="Leave out films that fewer neighbours than this have rated.",
        )
    if aggregation != "mean" or "damped" in rules:
        with third:
            _shrinkage()
    by_weights = not rules.isdisjoint(LEARNED_RANKINGS)
    learned = by_weights or aggregation == "learned"
    _weights(learned=learned, many=not settings.may_ask_each_item(explorer))
    _ridges(ranking=by_weights, rating=aggregation == "learned")


def _shrinkage() -> None:
    st.slider(
        "Shrinkage",
        0.0,
        20.0,
        5.0,
        0.5,
        key="shrinkage",
        bind="query-params",
        persist_state="session",
        help="How strongly damped scores and predicted ratings are pulled towards what user and film averages "
        "suggest, in units of similarity. 0 trusts even a single neighbour.",
    )


def _weights(*, learned: bool, many: bool) -> None:
    """Who has a say, and how loud."""
    first, second, third = st.columns(_WIDTHS, gap="medium")
    with first:
        inputs.segments(
            "Who judges a film",
            _SCOPES,
            key="neighbourhood",
            disabled=learned or many,
            help="The user's nearest: those of the k neighbours who rated it. Each film's nearest: the k most similar "
            "among all who rated the film, by exact search, as Surprise and LensKit do; more films get a prediction, "
            "and it takes longer. Not with learned weights, which belong to the user's own neighbours"
            + (", and not in a dataset of this size." if many else "."),
        )
    with second:
        inputs.steps(
            "Amplification",
            "amplification",
            _POWERS,
            lowest=0.0,
            largest=20.0,
            default=1.0,
            help="The power of the similarity that a neighbour weighs. Above 1 the nearest count for more; at 0 all "
            "count the same. Learned weights replace it in the list, not in predicted ratings.",
        )
    with third:
        inputs.steps(
            "Significance",
            "significance",
            _SHARED,
            lowest=0,
            largest=_MOST_SHARED,
            default=0,
            help="Neighbours who share fewer films than this with the user weigh less, in proportion. 0 leaves it out. "
            "Learned weights replace it in the list, not in predicted ratings.",
        )


def _ridges(*, ranking: bool, rating: bool) -> None:
    """How far learned weights may go to fit what the user rated."""
    columns = iter(st.columns(_WIDTHS, gap="medium")) if ranking or rating else iter(())
    if ranking:
        with next(columns):
            inputs.steps(
                "Ridge of the list",
                "ridge",
                _RIDGES,
                lowest=1e-3,
                largest=1e6,
                default=200.0,
                help="How cautious the learned list is, in films. Small: neighbours who fit what the user rated weigh "
                "much, and chance weighs with them. Large: all weights are small and even.",
            )
    if rating:
        with next(columns):
            inputs.steps(
                "Ridge of the ratings",
                "rating_ridge",
                _RIDGES,
                lowest=1e-3,
                largest=1e6,
                default=100.0,
                help="How cautious learned predicted ratings are, in squared stars. Large: they come close to bias "
                "plus offset.",
            )
