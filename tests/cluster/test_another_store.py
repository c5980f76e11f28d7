"""A vector store registered in one call: builds write to it, datasets are served from it, and deleting clears it."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from parts_on_disk import QUERY, write_parts

from ucf_core.base.errors import ServiceError, SpecError
from ucf_core.cluster.build import leftovers
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.build.remove import remove_build
from ucf_core.cluster.files import files
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.index.exact import ExactIndex
from ucf_core.index.store import StoreKind
from ucf_core.index.stores import registry


class Found(ExactIndex):
    def vectors(self, rows):
        return self._vectors[rows]


@dataclass
class Filling:
    store: "InMemory"
    alias: str
    collection: str
    dim: int

    def add(self, rows, units):
        self.store.held[self.collection] |= dict(zip(rows.tolist(), units, strict=True))

    def publish(self, n_rows, progress=None):
        if len(self.store.held[self.collection]) != n_rows:
            raise ServiceError("rows are missing")
        self.store.held.pop(self.store.aliases.get(self.alias), None)
        self.store.aliases[self.alias] = self.collection


@dataclass
class InMemory:
    uri: str
    title = "Shelf"
    is_shared = False
    held: dict = field(default_factory=dict)
    aliases: dict = field(default_factory=dict)

    @property
    def shown(self):
        return f"Shelf {self.uri}"

    def exists(self):
        return True

    def collections(self):
        return set(self.held)

    def published(self, alias):
        return self.aliases.get(alias)

    def begin(self, alias, *, collection, dim, spec, engine):
        self.held[collection] = {}
        return Filling(self, alias, collection, dim)

    def open(self, alias, *, dim, engine="hnsw", exact=None):
        if alias not in self.aliases:
            raise ServiceError(f"{self.shown} holds no {alias}")
        rows = self.held[self.aliases[alias]]
        return Found(np.array([rows[row] for row in range(len(rows))]))

    def drop(self, alias):
        return self.held.pop(self.aliases.pop(alias, None), None) is not None

    def drop_unused(self, collection):
        return collection not in self.aliases.values() and self.held.pop(collection, None) is not None

    def close(self):
        pass


@pytest.fixture
def shelf(monkeypatch):
    """An empty store, registered; every address of it opens the same one."""
    store = InMemory("top")
    monkeypatch.setattr(registry, "_STORES", dict(registry._STORES))
    registry.register_store(StoreKind("Shelf", ("shelf",), ("shelf:NAME",), lambda address, timeout: store))
    return store


def test_a_build_is_written_to_it_served_from_it_and_deleted_with_its_vectors(client, small, here, shelf, tmp_path):
    parts, out = write_parts(small, tmp_path / "parts", 1), tmp_path / "built"
    shelf.held["killed"] = {}
    out.mkdir()
    leftovers.note(out, "top", "killed")
    build_on_cluster(client, str(parts), out, QUERY, store=registry.open_store("shelf:top"), dims=(32,))
    assert shelf.collections() == set(shelf.aliases.values())
    assert sorted(alias.rsplit("_", 2)[1:] for alias in shelf.aliases) == [["32", "exact"], ["32", "hnsw"]]
    assert leftovers.noted(out) == []
    explorer = open_served(out, "shelf:top")
    for user in small.users.ids[:5].tolist():
        found, expected = (each.neighbours(user, QUERY, engine="exact") for each in (explorer, here))
        assert found.users.tolist() == expected.users.tolist()
        np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-5)
    with pytest.raises(SpecError, match=r"the graph in Shelf has M=32 and ef_construction=200, not 8 and 200"):
        explorer.neighbours(user, QUERY, M=8)
    assert files.read_about(out)["dims"] == [32]
    assert remove_build(out, vectors="shelf:top") is None
    assert (shelf.held, shelf.aliases) == ({}, {})


def test_messages_name_all_stores(shelf, monkeypatch):
    with pytest.raises(SpecError, match=r"give milvus-lite:PATH.db or http\(s\)://host:19530 or shelf:NAME$"):
        registry.open_store("elsewhere:x")
    assert registry.store_titles() == "Milvus or Shelf"
