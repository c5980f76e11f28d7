"""`app.py` as the entry point of the server. The other page tests cover it as a script."""

import runpy
from pathlib import Path

from streamlit import starlette
from streamlit.starlette import App
from streamlit.web.server.app_discovery import discover_asgi_app

from ucf_ui.shell import page, startup

APP = Path(__file__).parents[2] / "app.py"


def test_streamlit_discovers_the_asgi_app():
    discovery = discover_asgi_app(APP)
    assert discovery.is_asgi_app
    assert discovery.import_string == "app:app"


def test_import_creates_the_server_and_draws_nothing(monkeypatch):
    drawn = []
    monkeypatch.setattr(page, "run", lambda: drawn.append("page"))
    options_used = {}

    class Spy(App):
        def __init__(self, script_path, **options):
            options_used.update(options)
            super().__init__(script_path, **options)

    monkeypatch.setattr(starlette, "App", Spy)
    namespace = runpy.run_path(str(APP))
    assert isinstance(namespace["app"], App)
    assert namespace["app"].script_path == APP
    assert options_used == {"lifespan": startup.lifespan}
    assert drawn == []
