"""Deletes a build: its folder, and its vectors where their store can be reached."""

import os
from pathlib import Path

from ucf_core.base.errors import DatasetError, UcfError
from ucf_core.base.files import atomic
from ucf_core.cluster.build import leftovers
from ucf_core.cluster.files.files import about_or_none, aliases_beside, aliases_of
from ucf_core.datasets.sources.cluster_builds import ADDRESS_VARIABLE, PREFIX, cluster_folders
from ucf_core.index.stores.registry import open_store, store_titles

# Seconds per try: a person waits, and dropping a collection moves no vectors.
_TIMEOUT = 3.0


def delete_build(name: str, *, home: Path) -> str | None:
    """Delete the build "cluster:NAME" below `home`, as `remove_build` does. Raises DatasetError where there is none."""
    plain = name.removeprefix(PREFIX)
    folder = next((path for path in cluster_folders(home) if path.name == plain), None)
    if folder is None:
        raise DatasetError(f"{plain[:60]!r} is no build of a cluster here, so there is nothing to delete")
    return remove_build(folder)


def remove_build(folder: Path, *, vectors: str | None = None) -> str | None:
    """Delete a build and return a sentence about vectors that stayed in their store and why, None if none did.

    `vectors` is the address of the store, default `UCF_VECTORS`. Vectors that serve a build in a folder beside it stay.
    Of a symbolic link only the link is deleted. Raises DatasetError where the disk refuses, or the folder is being
    written to.
    """
    linked = folder.is_symlink()
    if not linked and leftovers.is_being_built(folder):
        raise DatasetError(f"{folder} is being built now; wait until that is over, or stop it first")
    about = None if linked else about_or_none(folder)
    aliases = aliases_of(about) - aliases_beside(folder)
    left = [] if linked else leftovers.noted(folder)
    try:
        if linked:
            folder.unlink()
        else:
            atomic.remove_folder(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be deleted: {error.strerror or error}") from error
    address = os.environ.get(ADDRESS_VARIABLE, "") if vectors is None else vectors
    return _drop(aliases, left, folder.name, address) if aliases or left else None


def _drop(aliases: set[str], left: list[tuple[str, str]], name: str, address: str) -> str | None:
    """Drop the collections behind `aliases`, and those `left` over from killed builds that have no alias."""
    if not address:
        return (
            f"The files of {name} are deleted; its vectors stay in {store_titles()}, because {ADDRESS_VARIABLE} does "
            "not say where that is. Drop the collections there by hand."
        )
    names = ", ".join([*sorted(aliases), *(collection for _, collection in left)])
    try:
        store = open_store(address, timeout=_TIMEOUT)
        if not store.exists():
            return f"The files of {name} are deleted; {store.shown} is not there, so no vectors were."
        try:
            found = [store.drop(alias) for alias in sorted(aliases)]
            for uri, collection in left:
                if uri == store.uri:
                    store.drop_unused(collection)
        finally:
            store.close()
    except UcfError as error:
        return f"The files of {name} are deleted, but not its vectors: {error}. Drop them there by hand: {names}."
    if aliases and not any(found):
        return f"The files of {name} are deleted; {store.shown} holds no vectors of it."
    return None
