"""How long a piece of work took and how much memory it held at most: this process, its children and the database."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core import cluster, processes

LOOK_EVERY_S = 2.0


@dataclass(slots=True)
class Meter:
    """`seconds` is known when the work has ended. `peak_bytes` is 0 where memory cannot be read (no /proc)."""

    seconds: float = 0.0
    peak_bytes: int = 0

    def look(self) -> None:
        """Add up now what this process, everything below it and the private cluster hold; shared memory once."""
        pids = {*processes.tree(os.getpid()), *cluster.process_ids()}
        self.peak_bytes = max(self.peak_bytes, processes.memory_bytes(pids))


@contextmanager
def measured() -> Iterator[Meter]:
    """Measure the work inside the `with`, looking every two seconds from a thread of its own."""
    meter, done, began = Meter(), threading.Event(), time.monotonic()

    def watch() -> None:
        while not done.wait(LOOK_EVERY_S):
            meter.look()

    watcher = threading.Thread(target=watch, name="meter", daemon=True)
    watcher.start()
    try:
        yield meter
    finally:
        done.set()
        watcher.join()
        meter.look()
        meter.seconds = time.monotonic() - began
