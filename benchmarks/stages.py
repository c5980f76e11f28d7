"""The stages, in the order in which they run: what is compared, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from benchmarks import ours
from benchmarks.clock import Answer
from benchmarks.task import DIM, Shape, Task

Side: TypeAlias = Literal["notebook", "ours"]
SIDES: tuple[Side, Side] = ("notebook", "ours")


@dataclass(frozen=True)
class Stage:
    """One row of the comparison.

    Attributes:
        name, title: on the command line, and in the report.
        ours: what a process does, or None where `command` does it.
        notebook: whether there is a function of this name in `benchmarks.notebook_side`.
        command: arguments of the `ucf` command, run on a UCF_HOME with everything built, or on an empty one.
        check: what to find out after `command`, in another process.
        whole_process: the value is the time of the whole process, Python's start included.
        unit: of the value.
        as_stage: the notebook's side is that of another stage.
        notebook_bytes: estimate of the memory that the notebook's side takes.
        once: too long to repeat.
    """

    name: str
    title: str
    ours: Callable[[Task], Answer] | None = None
    notebook: bool = True
    command: Callable[[Task], list[str]] | None = None
    on_empty_home: bool = False
    check: Callable[[Task], Answer] | None = None
    whole_process: bool = False
    unit: Literal["s", "bytes"] = "s"
    as_stage: str | None = None
    notebook_bytes: Callable[[Shape], int] | None = None
    once: bool = False

    def has(self, side: Side) -> bool:
        """Whether a side has something to measure."""
        return self.notebook if side == "notebook" else self.ours is not None or self.command is not None

    def work(self, side: Side) -> Callable[[Task], Answer] | None:
        """The function of a side; only that of the notebook imports what the notebook did."""
        if side == "ours":
            return self.ours
        from benchmarks import notebook_side

        found: Callable[[Task], Answer] | None = getattr(notebook_side, self.name) if self.notebook else None
        return found


# Bytes that the notebook's way takes at most, from the arrays that it has at the same time.
def _csv_bytes(shape: Shape) -> int:
    return 130 * shape.n_ratings


def _svd_bytes(shape: Shape) -> int:
    return 24 * shape.n_ratings + 8 * (DIM + 10) * 6 * (shape.n_users + shape.n_items)


def _all_pairs_bytes(shape: Shape) -> int:
    # sparse product (value, index) and dense copy at once; then the copy, its negative and the order
    return 24 * shape.n_users**2


def _dense_bytes(shape: Shape) -> int:
    # float64 and its float32 copy at once; then two float32 copies and the graph
    return 12 * shape.n_users * shape.n_items


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "csv_to_csr",
            "CSV to rating matrix with titles",
            ours.csv_to_csr,
            notebook_bytes=_csv_bytes,
        ),
        Stage("svd", f"SVD, dim {DIM}", ours.svd, notebook_bytes=_svd_bytes),
        Stage("hnsw", "HNSW graph, M 32, ef_construction 200", ours.hnsw),
        Stage("exact_one_raw", "Exact search, one user, raw space", ours.exact_one_raw),
        Stage("exact_one_svd", "Exact search, one user, SVD space", ours.exact_one_svd),
        Stage(
            "all_raw",
            "Exact cosine, all users, raw space",
            command=ours.all_raw_command,
            on_empty_home=True,
            check=ours.all_raw_check,
            notebook_bytes=_all_pairs_bytes,
            once=True,
        ),
        Stage(
            "hnsw_raw",
            f"HNSW in the raw space, M 32, ef_construction {ours.RAW_EF_CONSTRUCTION}",
            ours.hnsw_raw,
            notebook_bytes=_dense_bytes,
            once=True,
        ),
        Stage("recommend_one", "Recommendations for one user", ours.recommend_one),
        Stage(
            "cold",
            "CSV to first recommendations, cold",
            ours.cold,
            on_empty_home=True,
            whole_process=True,
            notebook_bytes=_svd_bytes,
        ),
        Stage(
            "restart",
            "Restart with artifacts on disk, `ucf recommend`",
            notebook=False,
            command=ours.restart_command,
            whole_process=True,
            as_stage="cold",
        ),
        Stage("memory", "Memory of a process that serves", ours=ours.memory, notebook=False, unit="bytes"),
    )
}
