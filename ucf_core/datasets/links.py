"""Links: folders and files of this machine that the dashboard opens where they are, without copying them.

Only below the data roots: `UCF_DATA_ROOTS` (folders separated as in PATH), or the user's home folder and the folder
that the program was started in. Whoever can open the page must not be able to read the whole disk through it.
"""

import json
import os
from pathlib import Path

from ucf_core.datasets import disk
from ucf_core.datasets.layouts import find_layout
from ucf_core.datasets.uploads import safe_name
from ucf_core.errors import DatasetError

PREFIX = "link:"
_FILE = "links.json"


def data_roots() -> list[Path]:
    """The folders below which links may point."""
    configured = os.environ.get("UCF_DATA_ROOTS")
    folders = configured.split(os.pathsep) if configured else [str(Path.home()), str(Path.cwd())]
    return [Path(folder).expanduser().resolve() for folder in folders if folder]


def add_link(path: str, *, home: Path) -> str:
    """Remember a folder or file as a dataset; returns the name that `load_ratings` takes, such as "link:ml-25m".

    Raises DatasetError where it is outside the data roots, does not exist, or holds no known layout.
    """
    wanted = Path(path.strip()).expanduser()
    try:
        real = wanted.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path[:60]!r} is not a path that can be read: {error}") from None
    roots = data_roots()
    if not any(real.is_relative_to(root) for root in roots):
        raise DatasetError(
            f"{path[:200]!r} is outside the folders that may be opened from the page "
            f"({', '.join(map(str, roots))}); start the program with UCF_DATA_ROOTS set to the folder"
        )
    find_layout(real)
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
        noted = json.loads((home / _FILE).read_text(encoding="utf-8"))
        return {str(name): Path(str(path)) for name, path in sorted(noted.items())}
    except (OSError, ValueError, AttributeError):
        return {}


def link_path(name: str, home: Path) -> Path:
    """Where "link:NAME" points. Raises DatasetError for any name but one of `linked`."""
    plain = name.removeprefix(PREFIX)
    links = linked(home)
    if plain not in links:
        raise DatasetError(f"{plain[:60]!r} is not a folder or file that was opened here; open it on the Data page")
    return links[plain]


def remove_link(name: str, *, home: Path) -> None:
    """Forget a link; what it points to stays. Raises DatasetError for a name that is not linked."""
    link_path(name, home)
    links = linked(home)
    del links[name.removeprefix(PREFIX)]
    _write(links, home)


def _write(links: dict[str, Path], home: Path) -> None:
    try:
        with disk.temporary_folder(home, "links") as folder:
            made = folder / _FILE
            made.write_text(json.dumps({name: str(path) for name, path in links.items()}, indent=1), encoding="utf-8")
            made.replace(home / _FILE)
    except OSError as error:
        raise DatasetError(f"{home / _FILE} cannot be written: {error.strerror or error}") from error
