"""Usable cores: the least of the machine's, those that the process may run on, and its CPU quota."""

import os

import pytest

from ucf_core.base import cores


def test_the_quota_is_the_least_of_the_groups_around(tmp_path, monkeypatch):
    group = tmp_path / "cgroup" / "slice" / "unit"
    group.mkdir(parents=True)
    (tmp_path / "own").write_text("0::/slice/unit\n")
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "cpu.max").write_text("150000 100000\n")
    monkeypatch.setattr(cores, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "_OWN_GROUP", tmp_path / "own")
    assert cores.core_quota() == 1.5
    (group / "cpu.max").write_text("50000 100000\n")
    assert cores.core_quota() == 0.5
    for path in (group, group.parent):
        (path / "cpu.max").unlink()
    assert cores.core_quota() is None


@pytest.mark.parametrize(
    ("machine", "allowed", "quota", "usable"),
    [
        (8, 8, None, 8),
        (8, 3, None, 3),
        (8, 8, 1.5, 2),
        (8, 2, 6.0, 2),
        (8, 8, 0.2, 1),
        (8, None, 2.0, 2),
        (None, None, None, 1),
    ],
)
def test_usable_cores_are_the_least_of_all_bounds_and_at_least_one(monkeypatch, machine, allowed, quota, usable):
    monkeypatch.setattr(os, "cpu_count", lambda: machine)
    if allowed is None:  # macOS and Windows
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    monkeypatch.setattr(cores, "core_quota", lambda: quota)
    assert cores.usable_cores.__wrapped__() == usable
