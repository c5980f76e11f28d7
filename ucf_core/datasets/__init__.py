"""Datasets: what there is, how it gets here, and how it is read.

What goes in is a name or a path; what comes out are Ratings. Arrow, pooch and pandas are imported by the functions
that need them.
"""

from typing import TYPE_CHECKING

from ucf_core.lazy import lazy

if TYPE_CHECKING:
    from ucf_core.datasets.sources import load_ratings

__all__ = ["load_ratings"]
__getattr__, __dir__ = lazy(__name__, {"load_ratings": "sources"})
