"""The command as a process of its own."""

import json
import os
import subprocess
import sys

from promised import without_times


def process(*words, home, **more):
    return subprocess.run(
        [sys.executable, "-m", "ucf_core.cli", *map(str, words)],
        env=os.environ | {"UCF_HOME": str(home), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def test_a_failing_process_prints_one_line_and_exits_with_1(sample_home):
    done = process("neighbours", "sample", 0, "--json", home=sample_home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ucf: user '0' is not in this dataset")
    assert done.stderr.count("\n") == 1


def test_two_processes_print_the_same_json_and_nothing_else(sample_home):
    runs = [process("recommend", "sample", 77, "--dim", 12, "--n", 4, "--json", home=sample_home) for _ in range(2)]
    assert {(done.returncode, done.stderr) for done in runs} == {(0, "")}
    first, second = (without_times(json.loads(done.stdout)) for done in runs)
    assert first == second


def test_a_closed_pipe_ends_the_command_without_a_traceback(sample_home):
    command = f"'{sys.executable}' -m ucf_core.cli recall sample --sample 5 --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env=os.environ | {"UCF_HOME": str(sample_home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stdout.strip() in ("0", "1")
