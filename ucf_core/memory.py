"""How much memory there is, asked before a long computation rather than found out by being killed."""

from pathlib import Path

from ucf_core.errors import UcfError

_MEMINFO = Path("/proc/meminfo")


def available_bytes() -> int | None:
    """Memory that can still be taken without swapping, as Linux estimates it; None where the system does not say."""
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def check_memory(needed: int, what: str, remedy: str) -> None:
    """Raise UcfError with both figures if `what` needs more bytes than are available."""
    available = available_bytes()
    if available is not None and needed > available:
        raise UcfError(
            f"{what} needs about {needed / 1e9:,.2f} GB of memory, and {available / 1e9:,.2f} GB are available; "
            f"{remedy}"
        )
