"""A deep link as text, which the browser keeps during sign-in.

The text may have been changed: only the name of a page and known parameters are read from it, so that it leads nowhere
else. The pages then check each value as in any other link.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from ucf_ui.settings import settings

_LONGEST = 4_000
_LONGEST_VALUE = 200  # as in the box for a user's id

PARAMETERS = frozenset(
    (
        *settings.NAMES,
        *("dataset", "user", "n", "neighbour", "film", "sum", "against", "without", "if_ranking", "if_support"),
        *("compare", "top", "other", "beside", "b_weighting", "b_space", "b_ranking", "b_k", "b_dim", "b_ef"),
        *("map", "colour", "lists", "reference", "result", "tour"),
    )
)


@dataclass(frozen=True)
class Link:
    """The last part of a page's address, empty for the first page, and its parameters."""

    page: str
    parameters: Mapping[str, str]


def written(link: Link) -> str | None:
    """The text that `read` reads; None for a link to the first page without parameters, or one too long."""
    known = {name: value for name, value in link.parameters.items() if _is_known(name, value)}
    text = f"{link.page}?{urlencode(known, errors='replace')}" if known else link.page
    return text if 0 < len(text) <= _LONGEST else None


def read(text: object, pages: Container[str]) -> Link | None:
    """The link in `text` without unknown parameters; None if it has none, or not to one of `pages`."""
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isascii():
        return None
    page, _, query = text.partition("?")
    if page not in pages:
        return None
    try:
        given = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=len(PARAMETERS))
    except ValueError:
        return None
    return Link(page, {name: value for name, value in given if _is_known(name, value)})


def _is_known(name: str, value: str) -> bool:
    return name in PARAMETERS and len(value) <= _LONGEST_VALUE
