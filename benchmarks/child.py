"""The process in which one thing is measured or prepared; prints one JSON document.

python -m benchmarks.child stage NAME SIDE TASK
python -m benchmarks.child check NAME TASK
python -m benchmarks.child prepare NAME ARGUMENTS
"""

import json
import sys
from typing import Any

from benchmarks.prepare import PREPARATIONS
from benchmarks.stages import STAGES
from benchmarks.task import Task


def answer(action: str, name: str, *arguments: str) -> dict[str, Any]:
    """Do what the command line says."""
    if action == "prepare":
        return PREPARATIONS[name](*arguments)
    task = Task.from_json(arguments[-1])
    stage = STAGES[name]
    work = stage.check if action == "check" else stage.work("ours" if arguments[0] == "ours" else "notebook")
    if work is None:
        raise ValueError(f"{name} has nothing to {action}")
    return work(task)


if __name__ == "__main__":
    print(json.dumps(answer(*sys.argv[1:])))
