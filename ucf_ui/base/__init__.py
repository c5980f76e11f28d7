"""Basics of all other rooms of the dashboard: text, links, the page list, error messages, fragments.

In: plain values. Out: strings and small widgets.
"""
