"""kill -9 at any moment of a whole `ucf build`: the next one succeeds, and nobody can tell that there was another."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_times import KINDS, LIMITED, answers, check_nothing_is_half_done, command, contents, write_dataset

# Imports once, then forks for every build. Each is killed by its own hand at a given one of the moments at which it
# opens, makes, renames or removes something in its home; what lies on disk can change only there or between.
KILLED_AT = """
import json, os, signal, sys
from pathlib import Path
import ucf_core.base.files.artifacts
import ucf_core.ratings.biases
import ucf_core.explorer.local_builds
import ucf_core.cli
import ucf_core.datasets.sources.import_cache
import ucf_core.datasets.read.layouts
import ucf_core.datasets.load
import ucf_core.explorer.explorer
import ucf_core.base.files.paths
import ucf_core.index.hnsw.index
import pyarrow.csv, scipy.linalg

base, dataset = sys.argv[1:3]
TOUCHING = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "os.listdir", "fcntl.flock"}

def build(home, at):
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    moments = []

    def watch(event, arguments):
        if event in TOUCHING and (event == "fcntl.flock" or home in str(arguments[0])):
            moments.append(f"{event} {'building' if '.building-' in str(arguments[0]) else ''}")
            if len(moments) == at:
                os.kill(os.getpid(), signal.SIGKILL)

    os.environ["UCF_HOME"] = home
    sys.argv = ["ucf", "build", dataset, "--json"]
    sys.addaudithook(watch)
    sys.stdout = sys.stderr = open(home + ".out", "a")
    try:
        ucf_core.cli.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    Path(home + ".moments").write_text(json.dumps(moments))
    os._exit(code)

assert build(base + "/whole", 0) == 0
moments = json.loads(Path(base + "/whole.moments").read_text())
every = int(sys.argv[3])
chosen = sorted(
    {at for at, moment in enumerate(moments, 1) if at % every == 1 or (moment.startswith("os.rename"))}
)
for at in chosen:
    killed = build(f"{base}/{at}", at)
    assert killed == -signal.SIGKILL, (at, killed)
    assert build(f"{base}/{at}", 0) == 0, at
print(json.dumps([moments, chosen]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "films", n_users=1_500, n_items=400)


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory) -> Path:
    """A home in which everything was built undisturbed."""
    home = tmp_path_factory.mktemp("whole")
    assert command(home, "build", folder).returncode == 0
    return home


@pytest.mark.long
@pytest.mark.parametrize("every", [30, 6])
def test_a_kill_whenever_something_on_disk_is_about_to_change(every, tmp_path):
    films = write_dataset(tmp_path / "films", n_users=120, n_items=60)
    homes = tmp_path / "homes"
    homes.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED_AT, str(homes), str(films), str(every)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    undisturbed = contents(homes / "whole")
    assert {path.split("/")[0] for path in undisturbed} == set(KINDS)
    killed = [home for home in homes.iterdir() if home.is_dir() and home.name != "whole"]
    assert len(killed) > (20 if every == 6 else 8)
    for home in killed:
        assert contents(home) == undisturbed, home.name
        check_nothing_is_half_done(home)


@pytest.mark.long
def test_kills_at_random_moments_one_after_another(folder, whole, tmp_path):
    randomly = random.Random(7)
    home, killed = tmp_path / "home", 0
    start = time.monotonic()
    assert command(tmp_path / "other", "build", folder).returncode == 0
    length = time.monotonic() - start
    for _ in range(6):
        process = _start(home, folder)
        time.sleep(randomly.uniform(0.3, 1.0) * length)
        process.kill()
        killed += process.wait(timeout=60) == -signal.SIGKILL
    assert killed
    done = command(home, "build", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(home) == contents(whole)
    assert answers(home, folder) == answers(whole, folder)
    check_nothing_is_half_done(home)


@pytest.mark.parametrize(
    "kind", ["hnsw", *(pytest.param(one, marks=pytest.mark.long) for one in KINDS if one != "hnsw")]
)
def test_a_kill_while_an_artifact_is_half_filled(folder, whole, tmp_path, kind):
    home, seen = tmp_path / "home", False
    for _ in range(20):  # a folder is there for some milliseconds, which another process may sleep through
        process = _start(home, folder)
        while process.poll() is None and not seen:
            seen = any((home / "artifacts" / kind).glob(".building-*"))
        process.kill()
        process.wait(timeout=60)
        if seen:
            break
        shutil.rmtree(home / "artifacts" / kind)
    assert seen
    assert command(home, "build", folder).returncode == 0
    assert contents(home) == contents(whole)
    check_nothing_is_half_done(home)


def _start(home: Path, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", LIMITED, "-1", "build", str(folder)],
        env=os.environ | {"UCF_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
