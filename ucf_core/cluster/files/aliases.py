"""The aliases of the collections that serve a build from a vector store."""

from pathlib import Path
from typing import Any

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import Engine
from ucf_core.cluster.files import files

ENGINES: tuple[Engine, ...] = ("hnsw", "exact")


def alias_of(about: dict[str, Any], dim: int, engine: Engine) -> str:
    """The alias of a collection: contents, weighting, seed, dim and engine, so that rows can never be mixed up."""
    return f"ucf_{about['fingerprint'][:16]}_{about['weighting']}_{about['seed']}_{dim}_{engine}"


def aliases_of(about: dict[str, Any] | None) -> set[str]:
    """The aliases of the build with the about.json `about`; none where that is damaged."""
    try:
        return {alias_of(about, dim, engine) for dim in about["dims"] for engine in ENGINES} if about else set()
    except (KeyError, TypeError):
        return set()


def aliases_beside(folder: Path) -> set[str]:
    """The aliases of the builds in the folders beside `folder`: the same contents have the same aliases."""
    others = {path.parent for path in folder.parent.glob(f"*/{files.ABOUT}")} - {folder}
    return {alias for other in others for alias in aliases_of(about_or_none(other))}


def about_or_none(folder: Path) -> dict[str, Any] | None:
    """The contents of about.json, None where there is no complete build, or one that this version cannot read."""
    try:
        return files.read_about(folder)
    except ArtifactError:
        return None
