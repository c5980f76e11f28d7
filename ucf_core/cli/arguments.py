"""Arguments that several commands take, and how they open what the first of them names."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from ucf_core.base.specs import EF, LENGTH
from ucf_core.cli.options import flag

Dataset: TypeAlias = Annotated[str, typer.Argument(help="sample, a downloaded dataset's name, or a folder or file")]
User: TypeAlias = Annotated[str, typer.Argument(help="a user id of the dataset")]
Item: TypeAlias = Annotated[str, typer.Argument(help="an item id of the dataset")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Length: TypeAlias = Annotated[int, flag("n", LENGTH)]
Efs: TypeAlias = Annotated[list[int], flag("ef", EF, "; may be given several times")]
Sample: TypeAlias = Annotated[int, typer.Option("--sample", help="how many users to measure on")]

SHARE = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
"""The bar of work that is a share of a whole, for tqdm."""


def opened(dataset: str) -> Any:
    """The Explorer of a dataset on this machine, or of what was built on a cluster."""
    from ucf_core.datasets.load import load_ratings
    from ucf_core.explorer.explorer import Explorer

    folder = _served(dataset)
    if folder is not None:
        from ucf_core.cluster.serve.explorer import open_served

        return open_served(folder)
    return Explorer(load_ratings(dataset))


def _served(dataset: str) -> Path | None:
    """The folder that a build on a cluster left, if `dataset` is one or names one."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.sources.cluster_builds import PREFIX, cluster_path

    if dataset.startswith(PREFIX):
        return cluster_path(dataset, home())
    try:
        return Path(dataset) if (Path(dataset) / "about.json").is_file() else None
    except (OSError, ValueError):  # no possible path; the reader says so
        return None
