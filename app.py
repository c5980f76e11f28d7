"""UCF Explorer: `streamlit run app.py`. The router and the sidebar that all pages share; see ucf_ui.page."""

from ucf_ui import page

page.run()
