"""A lock that separates charts from the import of pandas in another thread, which takes a second.

Plotly would find half of pandas in `sys.modules`, and fail.
"""

import threading

PANDAS_IS_WHOLE = threading.RLock()
"""Held while pandas is imported, and while a chart is made or sent."""
