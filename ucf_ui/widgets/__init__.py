"""Inputs, selections and tables that know Streamlit and no dataset.

In: a declaration or a frame. Out: what the person chose.
"""
