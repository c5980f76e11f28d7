"""A lock against charts that are drawn while another thread imports pandas, which takes a second.

Plotly looks for pandas in `sys.modules`, finds half a module, and fails.
"""

import threading

PANDAS_IS_WHOLE = threading.RLock()
"""Held while pandas is imported, and while a chart is made or sent."""
