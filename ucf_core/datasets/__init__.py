"""Datasets: what there is, how it gets here, and how it is read.

Importing this package is cheap: Arrow, pooch and pandas are imported where they are used.
"""

from ucf_core.datasets.readers import read_ratings
from ucf_core.datasets.registry import CITATION, REGISTRY, DatasetInfo, ListedDataset, listing
from ucf_core.datasets.sample import load_sample
from ucf_core.datasets.sources import DiskUse, delete, disk_use, free, load_ratings, version
from ucf_core.datasets.uploads import save_upload

__all__ = [
    "CITATION",
    "REGISTRY",
    "DatasetInfo",
    "DiskUse",
    "ListedDataset",
    "delete",
    "disk_use",
    "free",
    "listing",
    "load_ratings",
    "load_sample",
    "read_ratings",
    "save_upload",
    "version",
]
