"""Links: folders and files of this machine that the dashboard opens where they are, without copying them.

Only below the data roots: `UCF_DATA_ROOTS` (folders separated as in PATH), or the user's home folder and the folder
that the program was started in. Whoever can open the page must not be able to read the whole disk through it: neither
by a symbolic link, nor by one that takes the place of a folder or file after it was added. The command line, which
takes paths, is not limited: who can run it can read what it reads anyway.
"""

import json
import os
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.base.files import atomic
from ucf_core.base.files.json_reader import read_json
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources.uploads import safe_name

PREFIX = "link:"
_FILE = "links.json"


def data_roots() -> list[Path]:
    """The folders below which links may point.

    By default never a whole file system: a service is often started in / or has it as its home.
    """
    configured = _configured_roots()
    if configured:
        return configured
    defaults = [folder.resolve() for folder in (Path.home(), Path.cwd())]
    return [folder for folder in defaults if folder != folder.parent]


def add_link(path: str, *, home: Path) -> str:
    """Remember a folder or file as a dataset; returns the name that `load_ratings` takes, such as "link:ml-25m".

    Raises DatasetError where it is outside the data roots, does not exist, or holds no known layout.
    """
    try:
        real = Path(path.strip()).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path[:60]!r} is not a path that can be read: {error}") from None
    roots = data_roots()
    _refuse_outside(real, path, roots)  # before anything tells whether it exists
    _refuse_files_outside(real, roots)
    links = linked(home)
    name = safe_name(real.name)
    number = 2
    while links.get(name, real) != real:
        name, number = f"{safe_name(real.name)}-{number}", number + 1
    _write(links | {name: real}, home)
    return PREFIX + name


def linked(home: Path) -> dict[str, Path]:
    """All links, name to path, sorted by name."""
    try:
        noted = read_json(home / _FILE, dict)
        return {str(name): Path(str(path)) for name, path in sorted(noted.items())}
    except (OSError, ValueError, AttributeError):
        return {}


def link_path(name: str, home: Path) -> Path:
    """Where "link:NAME" points.

    Raises DatasetError for any name but one of `linked`, and where it, or a file of it, now leads outside
    `UCF_DATA_ROOTS` or, by a symbolic link, elsewhere than when it was added.
    """
    plain = name.removeprefix(PREFIX)
    links = linked(home)
    if plain not in links:
        raise DatasetError(f"{plain[:60]!r} is not a folder or file that was opened here; open it on the Data page")
    kept = links[plain]
    # the titles lie beside a ratings file
    roots = _configured_roots() or [kept if kept.is_dir() else kept.parent]
    real = kept.resolve()
    _refuse_outside(real, str(kept), roots if real == kept else _configured_roots())
    if kept.exists():
        _refuse_files_outside(kept, roots)
    return kept


def remove_link(name: str, *, home: Path) -> None:
    """Forget a link; what it points to stays. Raises DatasetError for a name that is not linked."""
    links = linked(home)
    if links.pop(name.removeprefix(PREFIX), None) is None:
        raise DatasetError(f"{name[:60]!r} is not a folder or file that was opened here, so there is nothing to forget")
    _write(links, home)


def _configured_roots() -> list[Path]:
    folders = os.environ.get("UCF_DATA_ROOTS", "").split(os.pathsep)
    return [Path(folder).expanduser().resolve() for folder in folders if folder]


def _refuse_outside(real: Path, said: str, roots: list[Path]) -> None:
    """Raise DatasetError for a path, with all symbolic links followed, that is below none of `roots`."""
    if not any(real.is_relative_to(root) for root in roots):
        allowed = f"those are {', '.join(map(str, roots))}" if roots else "there are none"
        raise DatasetError(
            f"{said[:200]!r} is outside the folders that may be opened from the page ({allowed}); start the program "
            "with UCF_DATA_ROOTS set to the folder"
        )


def _refuse_files_outside(path: Path, roots: list[Path]) -> None:
    """Raise DatasetError where a folder or file holds no known layout, or a file of it is a way out of `roots`."""
    for file in find_ratings(path).files:
        _refuse_outside(file.resolve(), str(file), roots)


def _write(links: dict[str, Path], home: Path) -> None:
    try:
        with atomic.temporary_folder(home, "links") as folder:
            made = folder / _FILE
            made.write_text(json.dumps({name: str(path) for name, path in links.items()}, indent=1), encoding="utf-8")
            made.replace(home / _FILE)
    except OSError as error:
        raise DatasetError(f"{home / _FILE} cannot be written: {error.strerror or error}") from error
