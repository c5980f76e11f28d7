"""Readers of what is kept on disk: graphs, manifests, evaluations, imports, links, and the reader of all their JSON.

What is kept is checksummed, but a file whose size and time are as noted is not read again to be compared, so a reader
may meet any bytes. The targets go that way: they put the bytes in place and tell the manifest that all is as written.
"""

import json
import shutil
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import numpy as np

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import MANIFEST, ArtifactStore
from ucf_core.base.files.json_reader import parse_json
from ucf_core.base.notices import Notices
from ucf_core.base.specs import HnswSpec, QuerySpec
from ucf_core.cli.doctor.store import check_store
from ucf_core.datasets.sources.import_cache import load_import, save_import
from ucf_core.datasets.sources.links import linked
from ucf_core.index.graph.graph import open_graph
from ucf_core.index.graph.summary import summarise_graph
from ucf_core.index.graph.trace import trace_search
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.store import all_of, save

from .harness import Target
from .places import folder, written

_SPEC = HnswSpec(M=3, ef_construction=20)
_DIGEST = "0" * 32


@cache
def _units() -> np.ndarray:
    vectors = np.random.default_rng(4).normal(size=(60, 4)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@cache
def _ratings() -> Ratings:
    users, items = np.divmod(np.arange(120), 6)
    values = 1.0 + (users * 7 + items * items) % 5
    return Ratings.from_columns(users + 1, items + 1, values.astype(np.float32), name="fuzzed")


@cache
def _graph() -> bytes:
    path = folder() / "seed.bin"
    HnswIndex.build(_units(), _SPEC).save(path)
    return path.read_bytes()


def _open_graph(data: bytes) -> None:
    """Everything that the inspector of an index asks of a graph file."""
    graph = open_graph(written("graph/graph.bin", data))
    for question in (partial(summarise_graph, graph), partial(graph.vectors, np.arange(graph.n_nodes))):
        with suppress(ArtifactError):  # one refusal must not keep the others from being tried
            question()
    trace_search(graph, np.full(graph.dim, graph.dim**-0.5, np.float32), k=min(5, graph.n_nodes), ef=10)


def _load_graph(data: bytes) -> None:
    """What is let through to hnswlib, which checks nothing, must be safe to search."""
    index = HnswIndex.load(written("index/graph.bin", data), _units(), _SPEC)
    hits = index.search(_units()[:5], k=3, ef=10)
    assert hits.rows.max() < len(_units())


@cache
def _store_seed() -> Path:
    """A home with one import and one evaluation."""
    home = folder() / "whole"
    save_import(home, _DIGEST, _ratings())
    store = ArtifactStore(home / "artifacts")
    spec = EvaluationSpec(n=3, baselines=("bias", "popular"))
    settings = [Setting(query=QuerySpec(k=5, dim=2, engine="exact"))]
    save(store, _ratings().fingerprint, evaluate(_ratings(), spec, settings))
    return home


def _one(home: Path, kind: str) -> Path:
    (found,) = (home / "artifacts" / kind).iterdir()
    return found


def _with(kind: str, name: str, data: bytes) -> Path:
    """A copy of the home in which a file of an artifact holds `data`, as if it had been written so."""
    home = folder() / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(_store_seed(), home)
    path = _one(home, kind) / name
    path.write_bytes(data)
    if name != MANIFEST:
        manifest = json.loads((path.parent / MANIFEST).read_text())
        stat = path.stat()
        manifest["files"][name] |= {"bytes": stat.st_size, "written": stat.st_mtime_ns}
        (path.parent / MANIFEST).write_text(json.dumps(manifest))
    return home


def _seed(kind: str, name: str) -> bytes:
    return (_one(_store_seed(), kind) / name).read_bytes()


def _evaluations(home: Path) -> None:
    store, fingerprint = ArtifactStore(home / "artifacts"), _ratings().fingerprint
    for created, evaluation in all_of(store, fingerprint).evaluations:
        assert isinstance(created, str)
        assert evaluation.shifts["gini"].shape == (len(evaluation.models), len(evaluation.users))
    store.bytes_of(fingerprint)
    list(store.artifacts())
    store.delete(fingerprint)


def _manifest(data: bytes) -> None:
    _evaluations(_with("evaluation", MANIFEST, data))


def _doctor(data: bytes) -> None:
    health = check_store(_with("evaluation", MANIFEST, data))
    assert {row["kind"]: row["artifacts"] for row in health["kinds"]} == {"evaluation": 1, "ratings": 1}
    assert all("\n" not in damage["reason"] for damage in health["damaged"])
    for damage in health["damaged"]:  # in words not met before: a way deeper in
        raise ArtifactError(damage["reason"])


def _json(data: bytes) -> None:
    try:
        found = parse_json(data.decode(), dict)
    except ValueError as error:
        raise ArtifactError(str(error).splitlines()[0]) from error
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def _about_evaluation(data: bytes) -> None:
    _evaluations(_with("evaluation", "about.json", data))


def _array_of_evaluation(data: bytes) -> None:
    _evaluations(_with("evaluation", "shifts.npy", data))


def _load_import(home: Path) -> None:
    notices = Notices()
    found = load_import(home, _DIGEST, name="fuzzed", notices=notices)
    assert (found is None) == bool(list(notices))
    assert found is None or found.n_items == len(found.catalogue)


def _about_import(data: bytes) -> None:
    _load_import(_with("ratings", "about.json", data))


def _catalogue(data: bytes) -> None:
    _load_import(_with("ratings", "catalogue.json", data))


def _array_of_import(data: bytes) -> None:
    _load_import(_with("ratings", "indices.npy", data))


def _links(data: bytes) -> None:
    written("links/links.json", data)
    assert all(isinstance(path, Path) for path in linked(folder() / "links").values())


def targets() -> tuple[Target, ...]:
    """These targets; their seeds are built when asked for."""
    return (
        Target("graph", _open_graph, (_graph(),)),
        Target("graph-for-hnswlib", _load_graph, (_graph(),)),
        Target("manifest", _manifest, (_seed("evaluation", MANIFEST),)),
        Target("doctor", _doctor, (_seed("evaluation", MANIFEST),)),
        Target("json", _json, (_seed("evaluation", "about.json"), b'{"a": [1, -2.5e3, null, {"b": "\\u00e9"}]}')),
        Target("evaluation", _about_evaluation, (_seed("evaluation", "about.json"),)),
        Target("evaluation-array", _array_of_evaluation, (_seed("evaluation", "shifts.npy"),)),
        Target("import", _about_import, (_seed("ratings", "about.json"),)),
        Target("catalogue", _catalogue, (_seed("ratings", "catalogue.json"),)),
        Target("import-array", _array_of_import, (_seed("ratings", "indices.npy"),)),
        Target("links", _links, (b'{"ml-25m": "/data/ml-25m", "mine": "/data/mine.csv"}',)),
    )
