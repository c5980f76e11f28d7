"""Datasets: what there is, how it gets here, and how it is read.

Names are imported when first used; Arrow, pooch and pandas only by the functions that need them.
"""

from typing import TYPE_CHECKING

from ucf_core.lazy import lazy

if TYPE_CHECKING:
    from ucf_core.datasets.links import add_link
    from ucf_core.datasets.readers import read_ratings
    from ucf_core.datasets.registry import CITATION, REGISTRY, DatasetInfo, ListedDataset, listing
    from ucf_core.datasets.sample import load_sample
    from ucf_core.datasets.sources import (
        DiskUse,
        delete,
        disk_use,
        free,
        is_imported,
        load_ratings,
        source_bytes,
        version,
    )
    from ucf_core.datasets.uploads import read_upload, save_upload

_HOME_OF = {
    "CITATION": "registry",
    "DatasetInfo": "registry",
    "DiskUse": "sources",
    "ListedDataset": "registry",
    "REGISTRY": "registry",
    "add_link": "links",
    "delete": "sources",
    "disk_use": "sources",
    "free": "sources",
    "is_imported": "sources",
    "listing": "registry",
    "load_ratings": "sources",
    "load_sample": "sample",
    "read_ratings": "readers",
    "read_upload": "uploads",
    "save_upload": "uploads",
    "source_bytes": "sources",
    "version": "sources",
}

__all__ = [
    "CITATION",
    "REGISTRY",
    "DatasetInfo",
    "DiskUse",
    "ListedDataset",
    "add_link",
    "delete",
    "disk_use",
    "free",
    "is_imported",
    "listing",
    "load_ratings",
    "load_sample",
    "read_ratings",
    "read_upload",
    "save_upload",
    "source_bytes",
    "version",
]

__getattr__, __dir__ = lazy(__name__, _HOME_OF)
