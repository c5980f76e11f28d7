"""Where downloads and built artifacts live on disk."""

import os
from pathlib import Path


def home() -> Path:
    """The folder for downloads and artifacts: `UCF_HOME`, or the platform's user cache folder.

    Read at every call, so that a test or a notebook can point it elsewhere; never created here.
    """
    configured = os.environ.get("UCF_HOME")
    if configured:
        return Path(configured).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("ucf-explorer", appauthor=False)
