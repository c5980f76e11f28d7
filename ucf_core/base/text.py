"""Text from data as it may stand in a line with other text: without signs that nobody sees and that disturb the line.

Control characters and line separators break a line; direction overrides turn round what stands after them, so that a
title can make the words of the page beside it read backwards (Unicode Technical Report 36, 2.3).
"""

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with controls as single spaces, and without direction embeddings, overrides and isolates.

    Marks that belong into texts of right-to-left scripts (U+200E, U+200F, U+061C) stay.
    """
    return _cleaned(text).strip()


def visible_lines(text: str) -> str:
    """The same for a text of several lines, whose ends and indents stay: nothing in it can steer a terminal."""
    return "\n".join(_cleaned(line) for line in text.split("\n"))


def _cleaned(text: str) -> str:
    return _CONTROLS.sub(" ", _DIRECTIONS.sub("", text))
