"""What stands in a URL: any parameter may hold any text."""

from contextlib import suppress
from dataclasses import asdict
from functools import cache
from unittest.mock import patch
from urllib.parse import parse_qsl

import numpy as np
import streamlit as st

from ucf_core.base.errors import UnknownIdError
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_ui.base import url
from ucf_ui.settings import settings
from ucf_ui.shell import deep_link

from .harness import Target

_NAMES = tuple(asdict(QuerySpec()) | asdict(ScoringSpec()))
_PAGES = ("", "neighbours", "data")
_SEEDS = (
    b"user=3&k=20&dim=4&ef=64&weighting=centred&space=svd&engine=hnsw&M=16&ef_construction=100&film=2",
    b"ranking=damped&aggregation=mean&shrinkage=5.0&min_support=2&neighbourhood=per_item&amplification=2&ridge=200",
    b"ranking=learned&aggregation=learned&neighbourhood=per_item&significance=10&rating_ridge=1e3",
)


@cache
def _explorer() -> Explorer:
    users, items = np.divmod(np.arange(60), 6)
    ratings = Ratings.from_columns(users + 1, items + 1, 1.0 + (users * 7 + items * items) % 5)
    return Explorer(ratings, in_memory=True)


def _read(data: bytes) -> None:
    parameters = dict(parse_qsl(data.decode("utf-8", errors="replace"), keep_blank_values=True))
    session: dict[str, object] = {}
    explorer = _explorer()
    with patch.object(st, "session_state", session), patch.object(st, "query_params", parameters):
        query, scoring = settings.present(explorer)
        assert 1 <= query.k <= 9
        assert 1 <= (query.dim or 0) <= 6
        url.seed("ranking", list(RULES), ScoringSpec().ranking)
        url.seed("film", [1, 2, 3], None)
        assert session["ranking"] in RULES
        assert session["film"] in (1, 2, 3, None)
        url.keep("ranking", scoring.ranking, ScoringSpec().ranking)
    for raw in parameters.values():
        with suppress(UnknownIdError):
            explorer.ratings.users.row(raw)


def _read_kept(data: bytes) -> None:
    link = deep_link.read(data.decode("utf-8", errors="surrogateescape"), _PAGES)
    if link is not None:
        assert link.page in _PAGES
        assert set(link.parameters) <= deep_link.PARAMETERS
        text = deep_link.written(link)
        assert deep_link.read(text, _PAGES) == link or not text


TARGETS = (
    Target("url", _read, _SEEDS, tuple(name.encode() for name in _NAMES)),
    Target("kept-link", _read_kept, tuple(b"neighbours?" + seed for seed in _SEEDS), (b"?", b"%", b"data", b"user")),
)
