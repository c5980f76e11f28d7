"""Draw the rooms of the program and the imports between them: `uv run python scripts/draw_rooms.py`.

Writes docs/images/rooms.svg: one row a room, the upper floors first; a mark in a row says how many modules of the room
import the room of the column. Every mark lies to the right of the diagonal, because imports point downwards only.
"""

import ast
import sys
from html import escape
from pathlib import Path

from ucf_core.base.floors import CORE_ROOMS, UI_ROOMS

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
ROOMS = ["pages", *(f"ucf_ui/{room}" for room in UI_ROOMS), *(f"ucf_core/{room}" for room in CORE_ROOMS)]

ROW, LABEL, CELL, TOP = 34, 470, 34, 150
COLOURS = {"pages": "#d8c7ee", "ucf_ui": "#cfe3f7", "ucf_core": "#d3ead9"}


def room_of(module: str) -> str | None:
    """The room of a module's name; None for what is not ours or lies in a root."""
    parts = module.split(".")
    if parts[0] in ("pages", "app"):
        return "pages"
    name = "/".join(parts[:2])
    return name if name in ROOMS else None


def imported(source: str) -> set[str]:
    """The rooms that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {room for name in found if (room := room_of(name))}


def counted() -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Modules of each room, and how many of them import each other room."""
    sizes: dict[str, int] = dict.fromkeys(ROOMS, 0)
    arrows: dict[tuple[str, str], int] = {}
    paths = [ROOT / "app.py", *(path for top in ("pages", "ucf_ui", "ucf_core") for path in (ROOT / top).rglob("*.py"))]
    for path in paths:
        room = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if room is None or path.name == "__init__.py":
            continue
        sizes[room] += 1
        for other in imported(path.read_text(encoding="utf-8")) - {room}:
            arrows[room, other] = arrows.get((room, other), 0) + 1
    return sizes, arrows


def purpose(room: str) -> str:
    """The first sentence of what a room says it is for, cut to what fits."""
    if room == "pages":
        return "one file a page: read controls, call the core, draw"
    source = (ROOT / room / "__init__.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
    first = first.split(":")[0] if len(first) > 62 else first
    return first if len(first) <= 62 else first[:60].rsplit(" ", 1)[0] + " ..."


def text(words: str, attributes: str) -> str:
    """A text element."""
    return f'<text {attributes} fill="#1c2530">{escape(words)}</text>'


def drawn() -> str:
    """The picture as SVG."""
    sizes, arrows = counted()
    width, height = LABEL + CELL * len(ROOMS) + 20, TOP + ROW * len(ROOMS) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>Rooms of UCF Explorer, upper floors first, with their imports of the rooms below</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, room in enumerate(ROOMS):
        y, x = TOP + ROW * place, LABEL + CELL * place
        colour = COLOURS[room.split("/")[0]]
        parts += [
            f'<rect x="8" y="{y + 2}" width="{LABEL - 16}" height="{ROW - 4}" rx="5" fill="{colour}"/>',
            text(f"{room} ({sizes[room]})", f'x="16" y="{y + 15}" font-size="12" font-weight="bold"'),
            text(purpose(room), f'x="16" y="{y + 28}" font-size="10"'),
            f'<rect x="{x + 2}" y="{y + 2}" width="{CELL - 4}" height="{ROW - 4}" rx="3" fill="{colour}"/>',
            text(room, f'transform="translate({x + CELL / 2 + 4},{TOP - 8}) rotate(-60)" font-size="11"'),
        ]
        for column, other in enumerate(ROOMS):
            if count := arrows.get((room, other), 0):
                cx, cy = LABEL + CELL * column + CELL / 2, y + ROW / 2
                radius = 7 + min(count, 40) / 8
                parts += [
                    f'<circle cx="{cx}" cy="{cy}" r="{radius:g}" fill="#2563a8"/>',
                    f'<text x="{cx}" y="{cy + 4}" font-size="10" text-anchor="middle" fill="#ffffff">{count}</text>',
                ]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)} is drawn\n")
