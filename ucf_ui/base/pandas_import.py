"""Keeps charts and the first import of pandas apart.

Plotly looks at `sys.modules` for pandas to tell arrays from series. Where another thread is still importing it, which
takes a second, Plotly finds half a module, and the chart fails.
"""

import threading

PANDAS_IS_WHOLE = threading.RLock()
"""Held while pandas is imported, and while a chart is made or handed over."""
