"""The scripts, style sheets and markup beside the components."""

from pathlib import Path

_HERE = Path(__file__).parent


def source(*names: str) -> str:
    """The text of these files, one after the other; a script shared by several comes first."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
