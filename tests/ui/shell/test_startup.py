"""Before the first session, the server prepares for the first page."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import ucf_ui.views.tour
from ucf_core.base import memory
from ucf_core.datasets.sources import sample_unpacker
from ucf_ui.shell import startup


def test_a_server_gives_memory_back_unpacks_the_sample_and_imports_the_first_page(monkeypatch):
    done, imports = [], []

    class Now:
        def __init__(self, *, target, **_):
            self.start = lambda: imports.append(target())

    monkeypatch.setattr(startup, "keep_little", lambda: done.append("keep little"))
    monkeypatch.setattr(sample_unpacker, "begin", lambda home: done.append("unpack"))
    monkeypatch.setattr(startup, "Thread", Now)
    monkeypatch.delitem(sys.modules, "ucf_ui.views.tour.tour", raising=False)
    monkeypatch.delattr(ucf_ui.views.tour, "tour", raising=False)

    async def live():
        async with startup.lifespan(None):
            done.append("serve")

    # in a thread of its own: that of the tests may have a loop already, that of a browser
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, live()).result()
    assert done == ["keep little", "unpack", "serve"]
    assert imports == [None]
    assert "ucf_ui.views.tour.tour" in sys.modules
    assert memory.keep_little is not startup.keep_little
