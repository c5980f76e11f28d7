"""Notices: events that did not stop the work but that the user should see, such as a rebuilt artifact."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

_log = logging.getLogger(__name__)

NoticeKind: TypeAlias = Literal["rebuilt", "not kept"]


@dataclass(frozen=True)
class Notice:
    """One message.

    Attributes:
        kind: "rebuilt", something on disk could not be used; "not kept", something could not be written to disk.
        text: what happened, with the reason.
    """

    kind: NoticeKind
    text: str


class Notices:
    """All notices of one piece of work, in order; the same one is kept once. Safe for many threads."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self._seen: dict[Notice, None] = {}

    def add(self, kind: NoticeKind, text: str) -> None:
        """Keep a notice, and log it as a warning."""
        notice = Notice(kind, text)
        if notice not in self._seen:
            self._seen[notice] = None
            _log.warning("%s", text)

    def __iter__(self) -> Iterator[Notice]:
        return iter(tuple(self._seen))
