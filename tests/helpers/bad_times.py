"""What the tests of bad times share: a dataset as a folder, `ucf build` in a process of its own, what lies on disk."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from toy import clustered_ratings

KINDS = ["ratings", "biases", "embedding", "hnsw"]

# As `ucf`, but no file of its process can grow beyond a size: a disk that is full for everybody, root or not.
# Standard output and error must be pipes: they are not files and so have no bound.
LIMITED = """
import resource, sys
bound = int(sys.argv.pop(1))
if bound >= 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound))
from ucf_core.cli import main
main()
"""


def write_dataset(folder: Path, *, n_users: int = 400, n_items: int = 120, seed: int = 5) -> Path:
    """A folder in MovieLens' layout."""
    ratings = clustered_ratings(n_users, n_items, 6, seed)
    entries = ratings.matrix.tocoo()
    folder.mkdir(parents=True)
    lines = [
        f"{user + 1},{item + 1},{rating},{1_000_000_000 + user}"
        for user, item, rating in zip(entries.row, entries.col, entries.data, strict=True)
    ]
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *lines, ""]))
    movies = [f"{item},Film {item} (1999),Drama" for item in range(1, n_items + 1)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies, ""]))
    return folder


def command(home: Path, *arguments: object, bound: int = -1) -> subprocess.CompletedProcess[str]:
    """Run `ucf` with these arguments; -1 leaves files unbounded."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(bound), *map(str, arguments)],
        env=os.environ | {"UCF_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def contents(home: Path) -> dict[str, str]:
    """Path and checksum of every file of the artifacts but the manifests, which hold times."""
    root = home / "artifacts"
    return {
        str(path.relative_to(root)): hashlib.blake2b(path.read_bytes()).hexdigest()
        for kind in root.glob("*")
        if kind.name not in ("locks", "sources")
        for path in kind.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def of_kind(found: dict[str, str], kind: str) -> dict[str, str]:
    """The part of `contents` that belongs to a kind of artifact."""
    return {path: checksum for path, checksum in found.items() if path.split("/")[0] == kind}


def answers(home: Path, folder: Path) -> list[dict]:
    """What `ucf` answers about a user, without the times."""
    found = [
        json.loads(command(home, *question, "--json").stdout)
        for question in (["neighbours", folder, 7, "--k", 9], ["recommend", folder, 7, "--n", 9])
    ]
    for answer in found:
        del answer["milliseconds"]
    return found


def check_nothing_is_half_done(home: Path) -> None:
    """No half-filled folder, every artifact with its manifest, every lock free."""
    root = home / "artifacts"
    assert not list(root.rglob(".building-*"))
    for kind in root.glob("*"):
        if kind.name == "sources":
            assert all(json.loads(note.read_text())["digest"] for note in kind.iterdir())
        elif kind.name == "locks":
            for lock in kind.iterdir():
                with FileLock(lock, timeout=0):
                    pass
        else:
            assert all((artifact / "manifest.json").is_file() for artifact in kind.iterdir())


def check_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 1, nothing on standard output, and one line with these words on standard error."""
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("ucf: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr
