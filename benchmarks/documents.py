"""Results in files: as JSON, or as the generated parts of a Markdown document, whose other text is left alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Generated:
    """The parts of a document that are written by a program: what stands between `<!-- owner:part -->` comments.

    Attributes:
        owner: the program, as the comments name it.
        parts: names of its parts; a document has at least one, and a new one gets the first.
        title: heading of a new document.
    """

    owner: str
    parts: tuple[str, ...]
    title: str

    def write(self, path: Path, results: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        """Write `results` as JSON, or the `texts` of the parts into a document; one that is not there is made."""
        if path.suffix == ".json":
            path.write_text(json.dumps(results, indent=1), encoding="utf-8")
            return
        opening, closing = self._comments(self.parts[0])
        text = path.read_text(encoding="utf-8") if path.exists() else f"# {self.title}\n\n{opening}\n{closing}\n"
        text = self._pattern.sub(lambda found: f"{found[1]}\n{texts[found[2]]}\n{found[3]}", text)
        path.write_text(text, encoding="utf-8")

    def problem(self, path: Path) -> str | None:
        """Why results could not be written there, before hours are spent on getting them; None if they can."""
        if path.suffix not in {".md", ".json"}:
            return f"{path} is neither .md nor .json"
        if not path.resolve().parent.is_dir():
            return f"{path.parent} is not a folder"
        if path.suffix == ".md" and path.exists() and not self._pattern.search(path.read_text(encoding="utf-8")):
            opening, closing = self._comments(self.parts[0])
            return f"{path} has no line {opening} with a {closing} after it"
        return None

    @property
    def _pattern(self) -> re.Pattern[str]:
        parts = "|".join(self.parts)
        return re.compile(rf"(<!-- {self.owner}:({parts}) -->\n).*?(<!-- /{self.owner}:\2 -->)", re.DOTALL)

    def _comments(self, part: str) -> tuple[str, str]:
        return f"<!-- {self.owner}:{part} -->", f"<!-- /{self.owner}:{part} -->"
