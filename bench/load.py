"""How a running site answers under load: look-ups by code, searches and reports, sent at a fixed rate.

Open loop: each request has a planned instant and its time counts from there, whether or not earlier ones have been
answered, so that a stall is not hidden. What is asked is found out from the site itself. Posts write reports into the
site that is named. Beside it, with --baseline, the usual way to search: ILIKE over pg_trgm in the same database.
"""

import argparse
import asyncio
import json
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from bench._load_asking import Ask, Known, asks, explore, posts
from core.actors import Tier
from core.db import unit_of_work
from core.settings import CHECKOUT

CONNECTIONS: Final = 200
"""Open at once at most; whoever waits for one waits on the clock of his request."""
GIVEN_UP_S: Final = 30.0
IDLE_S: Final = 3.0
"""A connection idle for longer is not used again: servers close them, and browsers know that."""
BASELINE_WORDS: Final = 200


@dataclass(slots=True)
class Outcome:
    """One request: what, how long from its planned instant, how late it was sent, whether it was answered well."""

    ask: Ask
    ms: float
    late_ms: float
    is_error: bool


class Wire:
    """Kept-alive connections to one host, HTTP/1.1 and nothing more."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
        self.is_tls = parts.scheme == "https"
        self.free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.places = asyncio.Semaphore(CONNECTIONS)

    async def send(self, ask: Ask) -> int:
        """The status of the answer. Raises OSError, ValueError or EOFError when there was none."""
        async with self.places:
            reader, writer = await self._taken()
            head = (
                f"{ask.method} {ask.target} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: application/json\r\n"
            )
            if ask.body:
                head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(ask.body)}\r\n"
            writer.write(head.encode() + b"\r\n" + ask.body)
            status, length, is_kept = await self._head(reader)
            await reader.readexactly(length)
            if is_kept:
                self.free.append((time.perf_counter(), reader, writer))
            else:
                writer.close()
            return status

    async def _taken(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.free:
            since, reader, writer = self.free.pop()
            if time.perf_counter() - since < IDLE_S:
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port, ssl=self.is_tls or None)

    async def _head(self, reader: asyncio.StreamReader) -> tuple[int, int, bool]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split()[1]), int(fields["content-length"]), fields.get("connection") != "close"


async def drive(url: str, planned: Sequence[tuple[float, Ask]]) -> list[Outcome]:
    """Send each request at its instant (seconds from now); the outcomes in order."""
    wire = Wire(url)
    start = time.perf_counter() + 0.2
    tasks = []
    for at, ask in planned:
        await asyncio.sleep(max(0.0, start + at - time.perf_counter()))
        tasks.append(asyncio.create_task(_one(wire, start + at, ask)))
    return list(await asyncio.gather(*tasks))


async def _one(wire: Wire, planned: float, ask: Ask) -> Outcome:
    sent = time.perf_counter()
    try:
        status = await asyncio.wait_for(wire.send(ask), GIVEN_UP_S)
    except (OSError, ValueError, EOFError, TimeoutError):
        status = 0
    done = time.perf_counter()
    return Outcome(ask, (done - planned) * 1000, (sent - planned) * 1000, not 200 <= status < 300)


def plan(
    known: Known, *, seconds: float, gets: float, post_rate: float, share: float, seed: int
) -> list[tuple[float, Ask]]:
    """The instants and requests of a run, evenly spread, in order of time."""
    rng = random.Random(seed)
    streams: list[tuple[float, Iterator[Ask]]] = [
        (gets, asks(known, rng, share)), (post_rate, posts(known, random.Random(f"{seed} {time.time_ns()}"))),
    ]  # fmt: skip
    planned = [
        (n / rate, ask)
        for rate, stream in streams
        if rate > 0
        for n, ask in zip(range(int(seconds * rate)), stream, strict=False)
    ]
    return sorted(planned, key=lambda one: one[0])


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Percentiles of all, of each route and of each sort of search."""
    told = _percentiles(outcomes)
    told["by_route"] = {
        route: _percentiles([one for one in outcomes if one.ask.route == route])
        for route in ("lookup", "search", "post") if any(one.ask.route == route for one in outcomes)
    }  # fmt: skip
    kinds = sorted({one.ask.kind for one in outcomes} - {""})
    told["by_search"] = {kind: _percentiles([one for one in outcomes if one.ask.kind == kind]) for kind in kinds}
    told["sent_late_p99_ms"] = _at([one.late_ms for one in outcomes], 0.99)
    return told


def _percentiles(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    ms = [one.ms for one in outcomes]
    errors = sum(one.is_error for one in outcomes)
    return {"p50_ms": _at(ms, 0.5), "p95_ms": _at(ms, 0.95), "p99_ms": _at(ms, 0.99), "errors": errors, "sent": len(ms)}


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0.0


def baseline(known: Known, seed: int) -> dict[str, Any]:
    """The same words through ILIKE over a pg_trgm index, in the database of this data folder, no HTTP counted."""
    searches = [
        one for one in _some(asks(known, random.Random(seed), 1.0), 4 * BASELINE_WORDS) if "code" not in one.kind
    ]
    ms: dict[str, list[float]] = {}
    with unit_of_work(Tier.OWNER) as session:
        session.execute(text("CREATE TEMPORARY TABLE plain AS SELECT code, name FROM address.address"
                             " WHERE level NOT IN ('room', 'unit')"))  # fmt: skip
        session.execute(text("CREATE INDEX ON plain USING gin (name public.gin_trgm_ops)"))
        session.execute(text("ANALYZE plain"))
        for ask in searches[:BASELINE_WORDS]:
            word = parse_qs(urlsplit(ask.target).query)["q"][0]
            begin = time.perf_counter()
            session.execute(_PLAIN, {"like": f"%{word}%"}).all()
            ms.setdefault(ask.kind, []).append((time.perf_counter() - begin) * 1000)
    every = [one for some in ms.values() for one in some]
    told = {"p50_ms": _at(every, 0.5), "p95_ms": _at(every, 0.95), "p99_ms": _at(every, 0.99)}
    return {
        **told,
        "by_search": {kind: {"p50_ms": _at(v, 0.5), "p95_ms": _at(v, 0.95)} for kind, v in sorted(ms.items())},
    }


_PLAIN: Final = text("SELECT code, name FROM plain WHERE name ILIKE :like ORDER BY length(name), name LIMIT 11")


def _some(stream: Iterator[Ask], n: int) -> list[Ask]:
    return [ask for _, ask in zip(range(n), stream, strict=False)]


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="wangge bench load", description=__doc__)
    parser.add_argument("--url", required=True, help="the site, such as http://127.0.0.1:8311")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--gets", type=float, default=125.0, help="look-ups and searches a second (default 125)")
    parser.add_argument("--posts", type=float, default=0.0, help="reports a second: they are written (default 0)")
    parser.add_argument(
        "--search-share", type=float, default=0.2, help="share of searches among the gets (default 0.2)"
    )
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument(
        "--baseline", action="store_true", help="also ILIKE over pg_trgm in this data folder's database"
    )
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Ask, print. 1 when anything was refused or not answered, 2 when the site has no addresses."""
    asked = options(words)
    base = asked.url.rstrip("/")
    try:
        known = explore(base)
    except OSError as away:
        print(f"{base} 没有回答 / does not answer: {away}", file=sys.stderr)
        return 2
    if not known.codes:
        print(f"{base} 还没有地址，先导入 / has no addresses yet: load some first", file=sys.stderr)
        return 2
    planned = plan(
        known, seconds=asked.seconds, gets=asked.gets, post_rate=asked.posts, share=asked.search_share, seed=asked.seed
    )
    told: dict[str, Any] = {"bench": "load", "url": base, "seed": asked.seed, "codes_known": len(known.codes)}
    told |= {"gets": asked.gets, "posts": asked.posts, "seconds": asked.seconds}
    told |= figures(asyncio.run(drive(base, planned)))
    if asked.baseline:
        told["baseline"] = {"ILIKE over pg_trgm": baseline(known, asked.seed)}
    told |= {
        "machine": f"{platform.machine()} {platform.system()} Python {platform.python_version()}",
        "commit": _commit(),
    }
    if asked.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for line in table(told):
            print(line)
    return 1 if told["errors"] else 0


def table(told: dict[str, Any]) -> Iterator[str]:
    """The figures as lines."""
    yield f"{told['url']} · {told['gets']:g} gets/s, {told['posts']:g} posts/s, {told['seconds']:g} s"
    yield f"{told['machine']} · {told['commit']} · seed {told['seed']}"
    yield f"{'':28}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'errors':>8}{'sent':>8}"
    rows = {"all": told, **told["by_route"], **{f"  {kind}": one for kind, one in told["by_search"].items()}}
    for name, one in rows.items():
        yield f"{name:28}{one['p50_ms']:>9}{one['p95_ms']:>9}{one['p99_ms']:>9}{one['errors']:>8}{one['sent']:>8}"
    for name, one in told.get("baseline", {}).items():
        yield f"{name:28}{one['p50_ms']:>9}{one['p95_ms']:>9}{one['p99_ms']:>9}   no HTTP"
        for kind, some in one["by_search"].items():
            yield f"  {kind:26}{some['p50_ms']:>9}{some['p95_ms']:>9}"
    yield f"sent late p99: {told['sent_late_p99_ms']} ms (counted in the times above)"


def _commit() -> str:
    words = ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
