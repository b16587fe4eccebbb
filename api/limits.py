"""How often one address may ask: a bucket of tokens each, kept in this process."""

import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "testclient"})
"""This machine itself is not limited."""

MOST_KEPT = 10_000
"""Addresses remembered at once; beyond it the oldest is forgotten, so that a flood cannot fill the memory."""


@dataclass(slots=True)
class Bucket:
    """`burst` at once, then `rate_per_minute`."""

    rate_per_minute: float
    burst: int
    _held: dict[str, tuple[float, float]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, key: str) -> int:
        """0 when this one may pass (and is counted), else the seconds to wait."""
        now = monotonic()
        with self._guard:
            tokens, since = self._held.pop(key, (float(self.burst), now))
            tokens = min(self.burst, tokens + (now - since) * self.rate_per_minute / 60)
            may_pass = tokens >= 1
            self._held[key] = (tokens - 1 if may_pass else tokens, now)
            if len(self._held) > MOST_KEPT:
                self._held.pop(next(iter(self._held)))
        return 0 if may_pass else max(1, round((1 - tokens) * 60 / self.rate_per_minute))
