"""Many people at once: sessions on one server, each with its own user and settings, all moving their sliders.

    uv run python -m benchmarks.load [--sessions 30] [--seconds 60]
    uv run python -m benchmarks.load --home FOLDER --dataset NAME --seconds 600    # one that is built there; a soak

Opens websockets as a browser does, without one. Every answer is compared with what the core gives for that user and
those settings: a session that saw another's would show other neighbours. Prints the latency of a slider's answer on the
server (the browser's drawing comes on top), the server's memory for each session, and after they have left. The load
of the machine stands beside it, since other work lengthens all of it.
"""

import argparse
import asyncio
import io
import itertools
import json
import os
import random
import re
import statistics
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.dashboard import server
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.specs import QuerySpec
from ucf_core.datasets.load import load_ratings
from ucf_core.explorer.explorer import Explorer

STOPS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50)
"""Values of k that the slider has on every dataset."""


@dataclass
class Session:
    """One person on the page of neighbours. `k` and `ef` are what the page should show now."""

    user: str
    dim: int
    ef: int
    k: int
    dataset: str
    slider: str = ""
    fragment: str = ""
    page_hash: str = ""
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The parameters of the URL."""
        asked = {"user": self.user, "k": self.k, "dim": self.dim, "ef": self.ef, "dataset": self.dataset}
        return urlencode(asked)

    async def open(self, address: str) -> float:
        """Connect, and load the page; milliseconds."""
        url = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = await websockets.connect(url, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.page_name = "neighbours"
        message.rerun_script.query_string = self.query
        return await self._answered(message)

    async def move(self, k: int) -> float:
        """Put the slider of k to another stop; milliseconds until the page has answered."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = self.fragment
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.slider
        state.json_value = json.dumps({"moved": {"at": k, "stamp": time.time_ns()}})
        self.k = k
        return await self._answered(message)

    async def _answered(self, message: BackMsg) -> float:
        self.seen = {}
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            forward = ForwardMsg()
            forward.ParseFromString(await asyncio.wait_for(self.socket.recv(), 120))
            kind = forward.WhichOneof("type")
            if kind in ("new_session", "navigation"):
                self.page_hash = getattr(forward, kind).page_script_hash
            elif kind == "delta" and forward.delta.WhichOneof("type") == "new_element":
                self._look_at(forward.delta.new_element, forward.delta.fragment_id)
            elif kind == "script_finished":
                return (time.perf_counter() - start) * 1e3

    def _look_at(self, element: Any, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and '"Neighbours (k)"' in str(element.bidi_component.json):
            self.slider, self.fragment = element.bidi_component.id, fragment
        elif kind == "dataframe":
            table = pa.ipc.open_stream(io.BytesIO(element.dataframe.arrow_data.data)).read_all()
            if "User" in table.column_names:
                self.seen["users"] = [str(user) for user in table["User"].to_pylist()]
        elif kind in ("markdown", "heading"):
            body = getattr(element, kind).body
            if titled := re.search(r"User (\S+), the most similar users", body):
                self.seen["user"] = titled[1]
            if found := re.search(r"of the (\d+)\*\* exact", body):
                self.seen["k"] = int(found[1])
        elif kind == "exception":
            self.seen["exception"] = element.exception.message

    def wrong(self, explorer: Explorer) -> str | None:
        """What the page shows that is not this session's; None where all is."""
        expected = explorer.neighbours(self.user, k=self.k, dim=self.dim, ef=self.ef).users
        shown = {"users": [str(user) for user in expected.tolist()], "k": self.k}
        shown |= {"user": self.user} if "user" in self.seen else {}
        return None if self.seen == shown else f"user {self.user} with k={self.k} sees {str(self.seen)[:300]}"


@dataclass(frozen=True)
class Report:
    """What a run gave. Times in milliseconds, memory in MiB; `processor` is the server's time for each move."""

    sessions: int
    opened: list[float]
    moves: list[float]
    wrong: list[str]
    before: float
    during: float
    after: float
    processor: float
    load: float

    @property
    def each(self) -> float:
        """Memory for each session."""
        return (self.during - self.before) / self.sessions

    def percentile(self, share: float) -> float:
        """Of the moves."""
        return sorted(self.moves)[min(int(share * len(self.moves)), len(self.moves) - 1)]


async def run(
    address: str, pid: int, explorer: Explorer, dataset: str, sessions: int, seconds: float, stay: float
) -> Report:
    """Open sessions, let each move its slider twice a second at most for so long, and close them.

    A session ends after half to one and a half times `stay` seconds, and a new one starts.
    """
    rng = random.Random(1)
    warm = [_session(explorer, dataset, number, rng) for number in range(3)]
    for session in warm:
        await _open_when_ready(session, address, explorer)
        await session.move(rng.choice(STOPS))
    await asyncio.gather(*(session.socket.close() for session in warm))
    await asyncio.sleep(3)
    before = _resident(pid)
    people = [_session(explorer, dataset, number, rng) for number in range(sessions)]
    opened = list(await asyncio.gather(*(session.open(address) for session in people)))
    # compared after the clock stopped: this process waits for the answers of all sessions at once
    answers = [replace(session) for session in people]
    here: list[Session] = []
    newcomers = itertools.count(sessions)
    until, moves, used = time.monotonic() + seconds, [], _processor(pid)

    async def drive(session: Session, own: random.Random) -> None:
        leaves = time.monotonic() + own.uniform(0.5, 1.5) * stay
        while time.monotonic() < until:
            if time.monotonic() > leaves:
                await session.socket.close()
                session = _session(explorer, dataset, next(newcomers), own)
                opened.append(await session.open(address))
                answers.append(replace(session))
                leaves = time.monotonic() + own.uniform(0.5, 1.5) * stay
            await asyncio.sleep(own.uniform(0.5, 1.5))
            moves.append(await session.move(own.choice(STOPS)))
            answers.append(replace(session))
        here.append(session)

    await asyncio.gather(*(drive(session, random.Random(number)) for number, session in enumerate(people)))
    processor = (_processor(pid) - used) / max(len(moves), 1)
    during, load = _resident(pid), os.getloadavg()[0]
    await asyncio.gather(*(session.socket.close() for session in here))
    wrong = [problem for answer in answers if (problem := answer.wrong(explorer))]
    await asyncio.sleep(10)
    return Report(sessions, opened, moves, wrong, before, during, _resident(pid), processor, load)


async def _open_when_ready(session: Session, address: str, explorer: Explorer) -> None:
    """A large dataset is opened by a job: come back until the page shows neighbours."""
    for _ in range(150):
        await session.open(address)
        if session.wrong(explorer) is None:
            return
        await session.socket.close()
        await asyncio.sleep(2)
    raise SystemExit(f"the page never showed neighbours: {session.wrong(explorer)}")


def _session(explorer: Explorer, dataset: str, number: int, rng: random.Random) -> Session:
    users = explorer.ratings.users
    dim = explorer.dim(QuerySpec()) or 1
    ef = 20 + 7 * (number % 60)
    return Session(str(users.raw((number * 17 + 3) % len(users))), dim, ef, rng.choice(STOPS), dataset)


def _processor(pid: int) -> float:
    """Processor time that a process has used, in milliseconds: other work on the machine does not lengthen it much."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    """Memory of a process's own in MiB: without pages of mapped files, which the system takes back when it needs to."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) / 1024


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--stay", type=float, default=float("inf"), help="seconds that people stay; then others come")
    parser.add_argument("--dataset", default="sample")
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        report = measure(asked.home or Path(empty), asked.dataset, asked.sessions, asked.seconds, asked.stay)
    print(f"{report.sessions} sessions on {asked.dataset}, {len(report.moves):,} moves in {asked.seconds:g} s")
    opened = f"median {statistics.median(report.opened):,.0f} ms, slowest {max(report.opened):,.0f} ms"
    print(f"{len(report.opened):,} sessions came, a page opened: {opened}")
    print(f"a move: p50 {report.percentile(0.5):.0f} ms, p95 {report.percentile(0.95):.0f} ms, load {report.load:.1f}")
    print(f"processor time of the server: {report.processor:.0f} ms a move")
    print(f"memory: {report.before:.0f} MiB, {report.each:+.2f} MiB a session, {report.after:.0f} MiB after they left")
    print(f"answers that were not the session's own: {len(report.wrong)}", *report.wrong[:5], sep="\n  ")


def measure(home: Path, dataset: str, sessions: int, seconds: float, stay: float = float("inf")) -> Report:
    """Start a server on this home, and run."""
    os.environ["UCF_HOME"] = str(home)
    explorer = Explorer(load_ratings(dataset), store=ArtifactStore(home / "artifacts"))
    explorer.build()
    with server(home, Path(tempfile.gettempdir()) / "ucf-load.log") as (address, _):
        return asyncio.run(run(address, _server_pid(), explorer, dataset, sessions, seconds, stay))


def _server_pid() -> int:
    """The child of this process that serves; the only one there is."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(children[-1])


if __name__ == "__main__":
    main()
