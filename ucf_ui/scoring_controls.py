"""Controls that decide what the neighbours' ratings are made into."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ucf_core.aggregations import AGGREGATIONS
from ucf_core.explorer import Explorer
from ucf_core.rules import RULES
from ucf_core.scoring import Registry, Scope, ScoringSpec
from ucf_core.specs import changed
from ucf_ui import inputs, settings, url
from ucf_ui.fragment import after_the_answer

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
    other: str | None
    """The rule of a second list beside the first; None where there is none."""


def ranking_rule(label: str, key: str, *, optional: bool = False) -> str | None:
    """Which rule orders the list; None only where it is optional."""
    names, default = list(RULES), None if optional else ScoringSpec().ranking
    url.seed(key, names, default)
    chosen: str | None = st.selectbox(
        label,
        names,
        index=None if optional else 0,
        format_func=lambda name: RULES[name].title,
        key=key,
        persist_state="session",
        placeholder="None",
        help=_explained(RULES),
    )
    url.keep(key, chosen, default)
    return chosen or default


def _explained(registry: Registry) -> str:
    return "  \n".join(f"**{entry.title}**: {entry.explanation}" for entry in registry.values())


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
    other: str | None = st.session_state[_BESIDE] if beside else None
    if any(RULES[name].learned for name in (scoring.ranking, other) if name):
        scoring = changed(scoring, {"neighbourhood": "global"})  # in both lists, so that they can be compared
    return ListChoice(scoring, min(st.session_state.get(_LENGTH) or _LISTED, _longest(explorer)), other)


def _longest(explorer: Explorer) -> int:
    """The most films that a page lists."""
    return min(_MOST_LISTED, explorer.ratings.n_items)


def _draw(explorer: Explorer, *, beside: bool) -> None:
    columns = iter(st.columns(3 if beside else 2, gap="medium", vertical_alignment="bottom"))
    with next(columns):
        ranking = ranking_rule("Order by", "ranking") or ScoringSpec().ranking
    other = None
    if beside:
        with next(columns):
            other = ranking_rule("Compare with", _BESIDE, optional=True)
    with next(columns):
        list_length(explorer)
    with st.expander("More settings: predicted rating, support, weights of neighbours", icon=":material/tune:"):
        _options(explorer, [ranking, *([other] if other else [])])


def _options(explorer: Explorer, rules: Sequence[str]) -> None:
    """What belongs to these rules, as far as it has an effect with one of them."""
    first, second, third = st.columns(_WIDTHS, gap="medium")
    with first:
        aggregation = inputs.segments(
            "Predicted rating",
            {name: one.title for name, one in AGGREGATIONS.items()},
            key="aggregation",
            help=f"How the neighbours' ratings become a predicted rating.  \n{_explained(AGGREGATIONS)}",
        )
    with second:
        inputs.slider(
            "Minimum support",
            "min_support",
            largest=20,
            default=1,
            help="Leave out films that fewer neighbours than this have rated.",
        )
    used = AGGREGATIONS[aggregation].uses.union(*(RULES[name].uses for name in rules))
    if "shrinkage" in used:
        with third:
            _shrinkage()
    learned = AGGREGATIONS[aggregation].learned or any(RULES[name].learned for name in rules)
    _weights(learned=learned, many=not settings.may_ask_each_item(explorer))
    _ridges(ranking="ridge" in used, rating="rating_ridge" in used)


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
