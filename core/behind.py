"""Work that runs one piece behind: two processors, or this process and the server, at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Piece = TypeVar("Piece")


@contextmanager
def one_behind(work: Callable[[Piece], None]) -> Iterator[Callable[[Piece], None]]:
    """`with one_behind(work) as hand_over:` does each piece in a thread while the caller makes the next one.

    The pieces are done in their order, one at a time; an error is raised at the next piece or at the end. What the
    work uses (a session) the caller leaves alone until the end.
    """
    before: Future[None] | None = None

    def hand_over(piece: Piece) -> None:
        nonlocal before
        if before is not None:
            before.result()
        before = thread.submit(work, piece)

    with ThreadPoolExecutor(1, thread_name_prefix="behind") as thread:
        yield hand_over
        if before is not None:
            before.result()
