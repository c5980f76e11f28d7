"""Charts: results in, Plotly figures out. Nothing here knows Streamlit; colours come from the page's theme."""
