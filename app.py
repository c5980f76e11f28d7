"""UCF Explorer: `streamlit run app.py`. The router and the sidebar that all pages share; see ucf_ui.page."""

from ucf_core.datasets import sample_unpacker
from ucf_core.home import home
from ucf_core.memory import keep_little

keep_little()
# On the very first start this runs beside the imports below, which take as long.
sample_unpacker.begin(home())

from ucf_ui import page  # noqa: E402

page.run()
