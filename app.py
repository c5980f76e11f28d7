"""UCF Explorer: `streamlit run app.py`.

Streamlit reads this file twice over: once as the server starts, for `app`, and again on every rerun of every session,
for the page. See ucf_ui.shell.startup for the one and ucf_ui.shell.page for the other.
"""

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.starlette import App

if get_script_run_ctx(suppress_warning=True) is None:
    from ucf_ui.shell import startup

    app = App(__file__, lifespan=startup.lifespan)
else:
    from ucf_ui.shell import page

    page.run()
