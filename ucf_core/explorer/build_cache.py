"""Builds each thing once: the newest of every kind stay in memory, and in an artifact store where there is one."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import ArtifactStore, discard_damaged
from ucf_core.base.lru import LruCache
from ucf_core.base.notices import Notices
from ucf_core.base.progress import Progress
from ucf_core.explorer.builds import Stage
from ucf_core.explorer.recipes import Recipe

_Built = TypeVar("_Built")

# Of each kind (graphs, unit vectors) this many stay in memory; at ml-25m's size a graph with its vectors is 200 MB.
_KEPT_OF_A_KIND = 4

# Settings that distinguish builds of one kind of one dataset.
_SETTINGS = ("dim", "weighting", "M", "ef_construction")


class BuildCache:
    """Builds each value once. Safe for many threads: the first caller builds, others wait for the same value."""

    def __init__(self, store: ArtifactStore | None) -> None:
        """`store` None keeps nothing on disk."""
        self.stages: list[Stage] = []
        self.notices = Notices()
        self._store = store
        self._kept: dict[str, LruCache[tuple[Any, ...], Any]] = {}  # by kind, the first part of a key
        self._lock = threading.Lock()

    def kept(self, recipe: Recipe[_Built], *, progress: Progress | None = None) -> _Built:
        """What `recipe` makes, built once and kept like the rest; for what is made of the above, such as maps."""
        return self._once(_recipe_key(recipe), lambda: self._stored(recipe, progress), progress)

    def is_kept(self, recipe: Recipe[Any]) -> bool:
        """Whether what `recipe` makes is in memory or in the store, so that it need not be built."""
        if self._in_memory(_recipe_key(recipe)):
            return True
        return self._store is not None and self._store.find(recipe.kind, recipe.key) is not None

    def _once(self, key: tuple[Any, ...], make: Callable[[], _Built], progress: Progress | None = None) -> _Built:
        """The value of `key`, made by the first caller; others who want it wait, and `progress` may stop that."""
        with self._lock:
            kept = self._kept.setdefault(key[0], LruCache(_KEPT_OF_A_KIND))
        built: _Built = kept.get_or_compute(key, make, check=lambda: _ask(progress))
        return built

    def _in_memory(self, key: tuple[Any, ...]) -> bool:
        return key[0] in self._kept and key in self._kept[key[0]]

    def _stored(self, recipe: Recipe[_Built], progress: Progress | None = None) -> _Built:
        """Load an artifact, or build it and keep it; a disk that cannot be written costs only the keeping."""
        start = time.perf_counter()
        cached, loaded = self._loaded(recipe, progress)
        value: _Built = loaded
        if not cached:
            value = self._built_and_kept(self._store, recipe, progress) if self._store else recipe.build(progress)
        settings = ", ".join(f"{name} {recipe.key[name]}" for name in _SETTINGS if name in recipe.key)
        self.stages.append(Stage(recipe.kind, time.perf_counter() - start, cached, settings))
        return value

    def _loaded(self, recipe: Recipe[_Built], progress: Progress | None) -> tuple[bool, Any]:
        """(True, value) where the store has it, else (False, None)."""
        kept = self._store.find(recipe.kind, recipe.key, notices=self.notices) if self._store else None
        if kept is None:
            return False, None
        try:
            return True, recipe.load(kept, progress)
        except (ArtifactError, OSError, ValueError) as error:
            discard_damaged(kept, error, self.notices, problem="does not fit")
            return False, None

    def _built_and_kept(self, store: ArtifactStore, recipe: Recipe[_Built], progress: Progress | None) -> _Built:
        with store.only_one(recipe.kind, recipe.key, check=lambda: _ask(progress)):
            # another process may have built it while this one waited for its turn
            cached, value = self._loaded(recipe, progress)
            if not cached:
                value = recipe.build(progress)
                try:
                    store.write(
                        recipe.kind,
                        recipe.key,
                        lambda folder: recipe.save(folder, value),
                        check=lambda: _ask(progress),
                    )
                except ArtifactError as error:
                    self.notices.add("not kept", f"{recipe.kind} is not kept for next time: {error}")
        built: _Built = value
        return built


def _recipe_key(recipe: Recipe[Any]) -> tuple[Any, ...]:
    return (recipe.kind, *sorted(recipe.key.items()))


def _ask(progress: Progress | None) -> None:
    """Let `progress` raise; how much is done is unknown."""
    if progress is not None:
        progress(0.0, None)
