"""Arguments that several commands share, and `opened`, which opens the dataset that the first one names."""

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


def opened(dataset: str) -> Any:
    """The Explorer of a dataset on this machine, or of a build that a cluster made."""
    from ucf_core.datasets.load import load_ratings
    from ucf_core.explorer.explorer import Explorer

    if (folder := _cluster_build(dataset)) is not None:
        from ucf_core.cluster.serve.explorer import open_served

        return open_served(folder)
    return Explorer(load_ratings(dataset))


def _cluster_build(dataset: str) -> Path | None:
    """The folder of a cluster build, if `dataset` is one or names one."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.sources.cluster_builds import PREFIX, cluster_path

    if dataset.startswith(PREFIX):
        return cluster_path(dataset, home())
    try:
        return Path(dataset) if (Path(dataset) / "about.json").is_file() else None
    except (OSError, ValueError):  # not a path that can exist; the reader says so
        return None
