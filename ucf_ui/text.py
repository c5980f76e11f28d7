"""Numbers and names as people read them."""

from collections.abc import Sequence


def count(value: int) -> str:
    """1234567 as 1,234,567."""
    return f"{value:,}"


def counted(value: int, what: str) -> str:
    """1 as "1 film", 1234 as "1,234 films"; `what` is the singular."""
    return f"{value:,} {what}" if value == 1 else f"{value:,} {what}s"


def share(value: float) -> str:
    """0.934 as 93 %; what is not quite all is never shown as 100 %."""
    percent = 100 * value
    return f"{min(percent, 99.9):.1f} %" if 99 <= percent < 100 else f"{percent:.0f} %"


def milliseconds(value: float) -> str:
    """Time of a search."""
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


def size(n_bytes: int) -> str:
    """Bytes in the unit that fits."""
    amount = float(n_bytes)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def seconds_left(value: float | None) -> str:
    """How long a job will still take."""
    if value is None:
        return ""
    return f"about {value / 60:.0f} min left" if value > 90 else f"about {max(value, 1):.0f} s left"


def shortened(title: str, length: int = 42) -> str:
    """A title that fits an axis."""
    return title if len(title) <= length else title[: length - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few names, joined."""
    return ", ".join(names[:most]) if names else "none"
