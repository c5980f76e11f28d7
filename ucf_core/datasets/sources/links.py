"""Links: folders and files of this machine that the dashboard opens in place, without copying them.

Only below the data roots: `UCF_DATA_ROOTS` (folders separated as in PATH), or the home folder and the working folder.
A visitor of the page must not read other files, not even by a symbolic link that replaces a linked folder later.
"""

import json
import os
from itertools import chain, count
from pathlib import Path

from ucf_core.base.errors import DatasetError, os_errors_as
from ucf_core.base.files import atomic
from ucf_core.base.files.json_reader import read_json
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources.uploads import safe_name

PREFIX = "link:"
_FILE = "links.json"


def data_roots() -> list[Path]:
    """The folders below which links may point; by default never `/`, where services often run."""
    defaults = [folder.resolve() for folder in (Path.home(), Path.cwd())]
    return _configured_roots() or [folder for folder in defaults if folder != folder.parent]


def add_link(path: str, *, home: Path) -> str:
    """Add a folder or file as a dataset; returns its name for `load_ratings`, such as "link:ml-25m".

    Raises DatasetError if it is outside the data roots, does not exist, or is in no known layout.
    """
    try:
        real = Path(path.strip()).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path[:60]!r} is not a path that can be read: {error}") from None
    roots = data_roots()
    _check_inside(real, path, roots)  # first, so that no message shows whether it exists
    _check_files_inside(real, roots)
    links = linked(home)
    safe = safe_name(real.name)
    names = chain([safe], (f"{safe}-{number}" for number in count(2)))
    name = next(name for name in names if links.get(name, real) == real)
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
    """The path of "link:NAME".

    Raises DatasetError for an unknown name, and if the path or a file in it now leads outside `UCF_DATA_ROOTS` or,
    by a symbolic link, to another place than when it was added.
    """
    plain = name.removeprefix(PREFIX)
    links = linked(home)
    if plain not in links:
        raise DatasetError(f"{plain[:60]!r} is not a folder or file that was opened here; open it on the Data page")
    path = links[plain]
    # the titles lie beside a ratings file
    roots = _configured_roots() or [path if path.is_dir() else path.parent]
    real = path.resolve()
    _check_inside(real, str(path), roots if real == path else _configured_roots())
    if path.exists():
        _check_files_inside(path, roots)
    return path


def remove_link(name: str, *, home: Path) -> None:
    """Forget a link; what it points to stays. Raises DatasetError for a name that is not linked."""
    links = linked(home)
    if links.pop(name.removeprefix(PREFIX), None) is None:
        raise DatasetError(f"{name[:60]!r} is not a folder or file that was opened here, so there is nothing to forget")
    _write(links, home)


def _configured_roots() -> list[Path]:
    folders = os.environ.get("UCF_DATA_ROOTS", "").split(os.pathsep)
    return [Path(folder).expanduser().resolve() for folder in folders if folder]


def _check_inside(real: Path, path: str, roots: list[Path]) -> None:
    """Raise DatasetError if `real`, a path without symbolic links, is below none of `roots`."""
    if not any(real.is_relative_to(root) for root in roots):
        allowed = f"those are {', '.join(map(str, roots))}" if roots else "there are none"
        raise DatasetError(
            f"{path[:200]!r} is outside the folders that may be opened from the page ({allowed}); start the program "
            "with UCF_DATA_ROOTS set to the folder"
        )


def _check_files_inside(path: Path, roots: list[Path]) -> None:
    """Raise DatasetError for no known layout, or for a file outside `roots`."""
    for file in find_ratings(path).files:
        _check_inside(file.resolve(), str(file), roots)


def _write(links: dict[str, Path], home: Path) -> None:
    target = home / _FILE
    with os_errors_as(DatasetError, f"{target} cannot be written"), atomic.temporary_folder(home, "links") as folder:
        made = folder / _FILE
        made.write_text(json.dumps({name: str(path) for name, path in links.items()}, indent=1), encoding="utf-8")
        made.replace(target)
