"""What `app.py` is to a server that starts; what it is to a session, all other tests of pages see."""

import runpy
from pathlib import Path

from streamlit import starlette
from streamlit.starlette import App
from streamlit.web.server.app_discovery import discover_asgi_app

from ucf_ui.shell import page, startup

APP = Path(__file__).parents[2] / "app.py"


def test_streamlit_finds_the_server_in_it():
    found = discover_asgi_app(APP)
    assert found.is_asgi_app
    assert found.import_string == "app:app"


def test_it_gives_a_server_of_itself_and_draws_nothing_where_there_is_no_session(monkeypatch):
    drawn = []
    monkeypatch.setattr(page, "run", lambda: drawn.append("page"))
    asked = {}

    class Spy(App):
        def __init__(self, script_path, **options):
            asked.update(options)
            super().__init__(script_path, **options)

    monkeypatch.setattr(starlette, "App", Spy)
    made = runpy.run_path(str(APP))
    assert isinstance(made["app"], App)
    assert made["app"].script_path == APP
    assert asked == {"lifespan": startup.lifespan}
    assert drawn == []
