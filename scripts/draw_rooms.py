"""Draw the rooms of the program and the imports between them: `uv run python scripts/draw_rooms.py`.

Writes docs/images/rooms.svg: one row and one column for each room, the upper floors first. A dot means that some module
of the row's room imports the room of the column. All dots lie above the diagonal, because imports only go down.
"""

import ast
import sys
from pathlib import Path

from ucf_core.base.floors import CORE_ROOMS, UI_ROOMS

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
ROOMS = ["pages", *(f"ucf_ui/{room}" for room in UI_ROOMS), *(f"ucf_core/{room}" for room in CORE_ROOMS)]

CELL, LEFT, TOP = 34, 230, 130
COLOURS = {"pages": "#d8c7ee", "ucf_ui": "#cfe3f7", "ucf_core": "#d3ead9"}


def room_of(module: str) -> str | None:
    """The room of a module; None for a module of another project or in the root of a package."""
    parts = module.split(".")
    name = "pages" if parts[0] in ("pages", "app") else "/".join(parts[:2])
    return name if name in ROOMS else None


def imported_rooms(source: str) -> set[str]:
    """The rooms that a module imports, at its top or in a function."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {room for name in found if (room := room_of(name))}


def arrows() -> set[tuple[str, str]]:
    """(importing room, imported room) pairs."""
    found = set()
    for path in (ROOT / "app.py", *(path for top in COLOURS for path in (ROOT / top).rglob("*.py"))):
        if room := room_of(".".join(path.relative_to(ROOT).with_suffix("").parts)):
            found |= {(room, other) for other in imported_rooms(path.read_text(encoding="utf-8")) if other != room}
    return found


def text(words: str, attributes: str) -> str:
    """A text element in dark grey."""
    return f'<text {attributes} fill="#1c2530">{words}</text>'


def draw() -> str:
    """The picture as SVG."""
    width, height = LEFT + CELL * len(ROOMS) + 60, TOP + CELL * len(ROOMS) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>Rooms of UCF Explorer, upper floors first, and which rooms each of them imports</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    pairs = arrows()
    for row, room in enumerate(ROOMS):
        y, x = TOP + CELL * row, LEFT + CELL * row
        package, _, name = room.rpartition("/")
        colour = COLOURS[package or name]
        parts += [
            f'<rect x="8" y="{y + 2}" width="{x + CELL - 10}" height="{CELL - 4}" rx="5" fill="{colour}"/>',
            text(room, f'x="18" y="{y + 22}" font-size="15"'),
            text(name, f'transform="translate({x + CELL / 2 + 4:g},{TOP - 8}) rotate(-50)" font-size="15"'),
        ]
        for column, other in enumerate(ROOMS[row + 1 :], row + 1):
            centre = f'cx="{LEFT + CELL * column + CELL // 2}" cy="{y + CELL // 2}"'
            if (room, other) in pairs:
                title = f"<title>{room} imports {other}</title>"
                parts.append(f'<circle {centre} r="9" fill="#2563a8">{title}</circle>')
            else:
                parts.append(f'<circle {centre} r="2" fill="#c3cad2"/>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)} is drawn\n")
