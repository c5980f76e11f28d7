"""Files and folders that appear whole or not at all: written beside their place, then renamed into it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial-"


@contextmanager
def temporary_folder(parent: Path, label: str) -> Iterator[Path]:
    """A new folder `.partial-LABEL-...` in `parent`, which is made if need be; removed at the end with all in it."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{label}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(parent: Path, label: str) -> None:
    """Remove what an earlier `temporary_folder` of this label left when its process was killed."""
    for folder in parent.glob(f"{PARTIAL}{label}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(made: Path, target: Path) -> None:
    """Rename a finished folder to `target`; a folder that is there already is replaced. Both on one file system."""
    sync_tree(made)
    if target.exists():
        # a folder that is not empty cannot be renamed over, so the old one steps aside first
        with temporary_folder(target.parent, "old") as aside:
            target.rename(aside / "old")
            try:
                made.rename(target)
            except OSError:
                (aside / "old").rename(target)
                raise
    else:
        made.rename(target)


def remove_folder(folder: Path) -> None:
    """Remove a folder; it disappears in one step, however long the removal of its files takes."""
    with temporary_folder(folder.parent, "old") as aside:
        folder.rename(aside / "old")


def sync_tree(folder: Path) -> None:
    """Have the operating system write all files of a folder to the disk before they are counted on."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def folder_bytes(folder: Path) -> int:
    """Size of all files below a folder in bytes; files that vanish meanwhile count as 0."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:
                continue
    return total
