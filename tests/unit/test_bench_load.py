"""The load bench: an open loop that hides no stall, and words that the site itself knows."""

import asyncio
import contextlib
import random
from collections.abc import Iterator

from bench._load_asking import KINDS, Ask, Known, asks
from bench.load import Outcome, drive, figures, plan

KNOWN = Known(["A01BTD8D91M1"], ["东湖街道文庙社区文庙街12号"], ["noise"])


def test_requests_are_planned_at_a_fixed_rate_whatever_the_answers() -> None:
    planned = plan(KNOWN, seconds=2, gets=10, post_rate=3, share=0.5, seed=1)
    routes = [ask.route for _, ask in planned]
    assert (len(planned), routes.count("post")) == (26, 6)
    assert [at for at, _ in planned] == sorted(at for at, _ in planned)
    assert all(0 <= at < 2 for at, _ in planned)


def test_a_share_of_the_gets_are_searches_of_every_sort() -> None:
    stream = asks(KNOWN, random.Random(1), 0.5)
    some = [next(stream) for _ in range(600)]
    assert 240 < sum(ask.route == "search" for ask in some) < 360
    assert {ask.kind for ask in some} - {""} == set(KINDS)


def test_words_come_from_the_name() -> None:
    rng = random.Random(2)
    name, code = KNOWN.names[0], KNOWN.codes[0]
    assert all(KINDS["two characters"](name, code, rng) in name for _ in range(20))
    assert KINDS["without division"](name, code, rng) == "文庙街12号"
    assert KINDS["town and rest"](name, code, rng) == "东湖街道 文庙街12号"
    assert KINDS["code"](name, code, rng) == "a01b-td8d-91m1"
    assert KINDS["letters of the sound"](name, code, rng) == "wmj"


def test_a_stall_counts_against_every_request_it_held_up() -> None:
    """A server that answers nothing for half a second: all that was planned in it is late by what was left of it."""

    async def run() -> list[Outcome]:
        begun: list[float] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await reader.readuntil(b"\r\n\r\n"):
                    now = asyncio.get_running_loop().time()
                    begun.append(now)
                    await asyncio.sleep(max(0.0, begun[0] + 0.5 - now))
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        planned = [(n / 20, Ask("lookup", "", "GET", "/x")) for n in range(20)]
        try:
            return await drive(f"http://127.0.0.1:{port}", planned)
        finally:
            server.close()

    outcomes = asyncio.run(run())
    told = figures(outcomes)
    assert (told["sent"], told["errors"]) == (20, 0)
    assert outcomes[0].ms > 450
    assert outcomes[4].ms > 250
    assert told["by_route"]["lookup"]["p95_ms"] > 350


def test_an_error_and_a_closed_door_are_counted() -> None:
    outcomes = asyncio.run(drive("http://127.0.0.1:9", list(_some(3))))
    assert figures(outcomes)["errors"] == 3


def _some(n: int) -> Iterator[tuple[float, Ask]]:
    return ((0.0, Ask("lookup", "", "GET", "/x")) for _ in range(n))
