"""What every other room of the dashboard needs: text, links, the page list, error messages, fragments.

In: plain values. Out: strings and small widgets.
"""
