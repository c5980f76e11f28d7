"""Strip control characters from text of a dataset.

Control characters and line separators break a line; a direction override in a title can reverse the text after it on
the page (Unicode Technical Report 36, 2.3).
"""

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def strip_control_chars(text: str) -> str:
    """The text with controls as single spaces, and without direction embeddings, overrides and isolates.

    Marks that right-to-left scripts need (U+200E, U+200F, U+061C) stay.
    """
    return _cleaned(text).strip()


def strip_control_chars_by_line(text: str) -> str:
    """The same for text of several lines, which keeps line ends and indents; safe to print in a terminal."""
    return "\n".join(_cleaned(line) for line in text.split("\n"))


def _cleaned(text: str) -> str:
    return _CONTROLS.sub(" ", _DIRECTIONS.sub("", text))
