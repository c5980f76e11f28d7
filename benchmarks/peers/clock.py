"""What a step costs: seconds of the processor, which a busy machine does not make longer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up the processor seconds of this process, over all its threads."""

    def __init__(self) -> None:
        """Starts at 0."""
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens within."""
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds += time.process_time() - start
