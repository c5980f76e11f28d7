"""A link into the dashboard as text, for the browser to keep while somebody signs in.

What comes back may be anything: only the name of a page and parameters that pages know are read from it, so that it
leads nowhere else. Each value is then checked by whatever reads it from the URL, as those of any other link are.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from ucf_ui.settings import settings

_LONGEST = 4_000
_LONGEST_VALUE = 200  # as the boxes for ids have it

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
    """The last part of a page's address, which is empty for the first page, and parameters."""

    page: str
    parameters: Mapping[str, str]


def written(link: Link) -> str | None:
    """As `read` reads it; None for what leads to the first page without parameters, or is too long."""
    known = {name: value for name, value in link.parameters.items() if _is_known(name, value)}
    text = f"{link.page}?{urlencode(known, errors='replace')}" if known else link.page
    return text if 0 < len(text) <= _LONGEST else None


def read(text: object, pages: Container[str]) -> Link | None:
    """The link that `text` is, less parameters that nobody knows; None where it is none, or to none of `pages`."""
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
