"""kill -9 at random moments of import, biases, SVD, index and evaluation; then the work is started again.

Whatever was complete when the kill came is taken as it is, to the last byte and time; the rest is made, equal to what
an undisturbed process makes; and nobody needs to delete anything. A few kills in every run of the tests, 100 (or
UCF_KILLS) in the long one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_times import KINDS, check_nothing_is_half_done, contents, write_dataset

ALL = [*KINDS, "evaluation"]

# Imports once, then forks for every piece of work, so that a kill seldom meets an import of Python's.
WORK = """
import json, os, random, signal, sys, time
from pathlib import Path
import pyarrow.csv, scipy.linalg
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.store import evaluate_once
from ucf_core.datasets.load import load_ratings
from ucf_core.base.specs import SplitSpec
from ucf_core.explorer.explorer import Explorer

base, dataset, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])

def work(home):
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.environ["UCF_HOME"] = home
        ratings = load_ratings(dataset)
        explorer = Explorer(ratings)
        explorer.build(keep=True)
        split = SplitSpec(protocol="per_user_holdout")
        spec = EvaluationSpec(split=split, n=5, sample=60, baselines=("bias", "popular"))
        evaluate_once(ArtifactStore.default(), ratings, spec, [Setting()])
        Path(home, "notices.json").write_text(json.dumps([notice.text for notice in explorer.notices]))
        code = 0
    finally:
        os._exit(code)

def finished(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def complete(home):
    # what a reader would take, with everything that would change if it were written again
    return {str(path): [path.stat().st_ino, path.stat().st_mtime_ns]
        for manifest in Path(home, "artifacts").glob("*/*/manifest.json")
        if not manifest.parent.name.startswith(".building-")
        for path in manifest.parent.iterdir()}

start = time.monotonic()
assert finished(work(base + "/whole")) == 0
length = time.monotonic() - start
randomly, killed, number = random.Random(11), [], 0
while len(killed) < kills:
    number += 1
    home = f"{base}/{number}"
    pid = work(home)
    wait = randomly.uniform(0.0, 1.1) * length
    time.sleep(wait)
    os.kill(pid, signal.SIGKILL)
    if finished(pid) != -signal.SIGKILL:
        length = min(length, wait)  # it was done: the machine has become faster
        continue
    before = complete(home)
    assert finished(work(home)) == 0, home
    after = complete(home)
    redone = [path for path in before if after.get(path) != before[path]]
    assert not redone, redone
    assert json.loads(Path(home, "notices.json").read_text()) == [], home
    killed.append([home, sorted({path.split("/artifacts/")[1].split("/")[0] for path in before})])
print(json.dumps(killed))
"""


@pytest.mark.parametrize("kills", [2, pytest.param(int(os.environ.get("UCF_KILLS", "100")), marks=pytest.mark.long)])
def test_killed_work_goes_on_where_it_was(tmp_path, kills):
    films = write_dataset(tmp_path / "films", n_users=600, n_items=200)
    homes = tmp_path / "homes"
    homes.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORK, str(homes), str(films), str(kills)],
        capture_output=True,
        text=True,
        timeout=3_600,
    )
    assert done.returncode == 0, done.stderr
    killed = json.loads(done.stdout)
    assert len(killed) == kills
    undisturbed = measured(homes / "whole")
    assert {path.split("/")[0] for path in undisturbed} == set(ALL)
    for home, _ in killed:
        assert measured(Path(home)) == undisturbed
        check_nothing_is_half_done(Path(home))
    interrupted = [next(kind for kind in ALL if kind not in there) for _, there in killed if len(there) < len(ALL)]
    print("\nkilled in", {kind: interrupted.count(kind) for kind in ALL})
    if kills >= 50:
        assert set(interrupted) == set(ALL)


def measured(home: Path) -> dict[str, str]:
    """`contents`, without the file that says how long the evaluation took."""
    found = contents(home).items()
    return {path: mark for path, mark in found if not (path.startswith("evaluation/") and path.endswith("about.json"))}
