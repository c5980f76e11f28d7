"""The floors of the program: which room may import which.

Rooms are the folders of `ucf_core` and `ucf_ui`. A room imports itself and the rooms that stand below it, which come
after it here. `ucf_ui` and the pages stand above all of `ucf_core`. tests/test_layers.py holds the imports to this
list, and scripts/draw_rooms.py draws the picture in docs/architecture.md from it.
"""

CORE_ROOMS = (
    "cli",
    "cluster",
    "studies",
    "explorer",
    "recommendations",
    "neighbours",
    "index",
    "embedding",
    "datasets",
    "ratings",
    "base",
)

UI_ROOMS = (
    "shell",
    "views",
    "settings",
    "session",
    "widgets",
    "figures",
    "components",
    "base",
)
