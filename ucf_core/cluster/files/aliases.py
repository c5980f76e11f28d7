"""Under which names a vector store holds the vectors of a build, and which of them other builds need."""

from pathlib import Path
from typing import Any

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import Engine
from ucf_core.cluster.files import files

ENGINES: tuple[Engine, ...] = ("hnsw", "exact")


def alias_of(about: dict[str, Any], dim: int, engine: Engine) -> str:
    """What a collection is called: contents, weighting, seed and dim, so that rows can never be mixed up."""
    return f"ucf_{about['fingerprint'][:16]}_{about['weighting']}_{about['seed']}_{dim}_{engine}"


def aliases_of(about: dict[str, Any] | None) -> set[str]:
    """All that serve the build of which about.json says `about`; none where it says nothing of use."""
    try:
        return {alias_of(about, dim, engine) for dim in about["dims"] for engine in ENGINES} if about else set()
    except (KeyError, TypeError):
        return set()


def aliases_beside(folder: Path) -> set[str]:
    """All that serve the builds in the folders beside `folder`: the same contents have the same names."""
    used: set[str] = set()
    for path in folder.parent.glob(f"*/{files.ABOUT}"):
        if path.parent != folder:
            used |= aliases_of(about_or_none(path.parent))
    return used


def about_or_none(folder: Path) -> dict[str, Any] | None:
    """What about.json says, None where there is no whole build, or one that this version cannot read."""
    try:
        return files.read_about(folder)
    except ArtifactError:
        return None
