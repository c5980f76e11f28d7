"""Numbers and names as text for people."""

import math
import re
from collections.abc import Sequence

from ucf_core.base.text import strip_control_chars
from ucf_core.ratings.ids import Ids


def plain(text: str) -> str:
    """Text from data, with all that Markdown would interpret escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", strip_control_chars(text))


def countable(ids: Ids) -> bool:
    """Whether raw ids are integers that a browser can distinguish: JavaScript's are exact below 2^53."""
    return ids.dtype.kind == "i" and bool(((ids > -(2**53)) & (ids < 2**53)).all())


def count(value: int) -> str:
    """1234567 as 1,234,567."""
    return f"{value:,}"


def beside_average(difference: float) -> str:
    """A mean rating less that of all users: "0.35 below average"."""
    return f"{abs(difference):.2f} {'above' if difference > 0 else 'below'} average" if difference else "average"


def either(names: Sequence[str]) -> str:
    """Names as a choice: "Letterboxd, IMDb or MovieLens"."""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def counted(value: int, what: str) -> str:
    """1 as "1 film", 1234 as "1,234 films"; `what` is the singular."""
    return f"{value:,} {what}" if value == 1 else f"{value:,} {what}s"


_KINDS = {
    "ratings": "Ratings",
    "biases": "User and film averages",
    "examples": "Examples for the tour",
    "umap": "Map by UMAP",
    "embedding": "SVD embedding",
    "hnsw": "HNSW index",
    "sparse_hnsw": "HNSW index of raw ratings",
}


def artifact_kind(name: str) -> str:
    """The name on screen of a kind of artifact, such as hnsw."""
    return _KINDS.get(name, name)


def share(value: float) -> str:
    """0.934 as 93 %; anything below 1 is at most 99.9 %."""
    percent = 100 * value
    return f"{min(percent, 99.9):.1f} %" if 99 <= percent < 100 else f"{percent:.0f} %"


def ratio(value: float) -> str:
    """1.0034 as 1.003; infinity as "unbounded"."""
    return f"{value:.3f}" if math.isfinite(value) else "unbounded"


def figure(value: float) -> str:
    """A score: 42.987 as 42.99, 0.1234 as 0.123, 0.00000012 as 1.2e-07."""
    return figure_format(value) % value


def figure_format(largest: float, decimals: int = 2) -> str:
    """A %-format for numbers up to `largest`: so many decimals, more for small numbers."""
    size = abs(largest)
    if size >= 1:
        return f"%.{decimals}f"
    return "%.3f" if size >= 0.001 or not size else "%.1e"


def ties(n_ties: int, n_others: int) -> str:
    """A sentence if `n_ties` of the `n_others` found instead of exact neighbours are as near as those; else ""."""
    if not n_ties:
        return ""
    who = counted(n_ties, "other")
    if n_ties == n_others:
        who = "The other" if n_others == 1 else f"All {n_others:,} others"
    return f" {who} found {'is' if n_ties == 1 else 'are'} as near as the last exact one: a tie."


def milliseconds(value: float) -> str:
    """1.234 as 1.23 ms, 12.3 as 12 ms."""
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


def size(n_bytes: int) -> str:
    """Bytes in the unit that fits."""
    amount = float(n_bytes)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def duration(seconds: float) -> str:
    """0.42 as 0.4 s, 75 as 1 min 15 s, 3900 as 1 h 5 min."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def seconds_left(value: float | None) -> str:
    """The time that a job still needs: 150 as "about 2 min left", None as ""."""
    if value is None:
        return ""
    if value > 5_400:
        return f"about {value / 3600:.1f} h left"
    return f"about {value / 60:.0f} min left" if value > 90 else f"about {max(value, 1):.0f} s left"


def shortened(title: str, length: int = 42) -> str:
    """A title that fits an axis."""
    return title if len(title) <= length else title[: length - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def titled(title: str, year: int | None) -> str:
    """A film with its year, if known: "Alien (1979)"."""
    return f"{title} ({year})" if year else title


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few names: "Drama, Comedy, War", or "none"."""
    return ", ".join(names[:most]) if names else "none"
