"""Deleting a build: its folder, and its vectors in Milvus where that can be reached."""

import os
from pathlib import Path

from ucf_core.cluster.aliases import about_or_none, aliases_beside, aliases_of
from ucf_core.datasets import disk
from ucf_core.datasets.clusters import ADDRESS_VARIABLE
from ucf_core.errors import DatasetError, UcfError
from ucf_core.index.milvus_build import drop_published
from ucf_core.index.milvus_service import Milvus, MilvusAddress

# Seconds that Milvus may take for each try: a person waits, and dropping a collection moves no vectors.
_TIMEOUT = 3.0


def remove_build(folder: Path, *, vectors: str | None = None) -> str | None:
    """Delete a build; returns a sentence on what of its vectors stayed in Milvus and why, None where nothing did.

    `vectors` is where Milvus is, default `UCF_VECTORS`. Vectors that a build in a folder beside it is served from stay.
    Of a folder that is a symbolic link only the link goes. Raises DatasetError where the disk refuses.
    """
    linked = folder.is_symlink()
    about = None if linked else about_or_none(folder)
    aliases = aliases_of(about) - aliases_beside(folder)
    try:
        if linked:
            folder.unlink()
        else:
            disk.remove_folder(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be deleted: {error.strerror or error}") from error
    address = os.environ.get(ADDRESS_VARIABLE, "") if vectors is None else vectors
    return _drop(aliases, folder.name, address) if aliases else None


def _drop(aliases: set[str], name: str, address: str) -> str | None:
    if not address:
        return (
            f"The files of {name} are deleted; its vectors stay in Milvus, because {ADDRESS_VARIABLE} does not say "
            "where that is. Drop the collections there by hand."
        )
    names = ", ".join(sorted(aliases))
    try:
        milvus = Milvus(MilvusAddress.parse(address), timeout=_TIMEOUT)
        if milvus.address.is_file and not Path(milvus.address.uri).exists():
            return f"The files of {name} are deleted; {milvus.address.shown} is not there, so no vectors were."
        try:
            found = [drop_published(milvus, alias) for alias in sorted(aliases)]
        finally:
            milvus.close()
    except UcfError as error:
        return f"The files of {name} are deleted, but not its vectors: {error}. Drop them there by hand: {names}."
    if not any(found):
        return f"The files of {name} are deleted; {milvus.address.shown} holds no vectors of it."
    return None
