"""Progress: how long work reports how far it is, and how it is stopped."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float, float | None], None]
"""(done, total) in any unit; total None where it is not known. It may raise CancelledError to stop the work."""
