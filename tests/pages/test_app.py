"""What `app.py` does before the pages."""

import runpy
from pathlib import Path

from ucf_core import memory
from ucf_core.datasets import sample_unpacker
from ucf_ui import page

APP = Path(__file__).parents[2] / "app.py"


def test_memory_is_given_back_from_the_start_and_the_sample_is_unpacked_beside_the_imports(monkeypatch):
    done = []
    monkeypatch.setattr(memory, "keep_little", lambda: done.append("keep little"))
    monkeypatch.setattr(sample_unpacker, "begin", lambda home: done.append("unpack"))
    monkeypatch.setattr(page, "run", lambda: done.append("run"))
    runpy.run_path(str(APP))
    assert done == ["keep little", "unpack", "run"]
