"""Work one piece behind: in order, and no error is lost."""

import threading

import pytest

from core.behind import one_behind


def test_pieces_are_done_in_order_in_another_thread() -> None:
    done: list[tuple[int, bool]] = []
    here = threading.get_ident()

    def note(piece: int) -> None:
        done.append((piece, threading.get_ident() == here))

    with one_behind(note) as hand_over:
        for piece in range(20):
            hand_over(piece)
    assert done == [(piece, False) for piece in range(20)]


def test_the_caller_goes_on_while_a_piece_is_done() -> None:
    may_end, has_begun = threading.Event(), threading.Event()

    def wait(piece: int) -> None:
        has_begun.set()
        assert may_end.wait(10)

    with one_behind(wait) as hand_over:
        hand_over(1)
        assert has_begun.wait(10)
        may_end.set()


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_error_is_raised_and_ends_the_work(bad: int) -> None:
    done: list[int] = []

    def work(piece: int) -> None:
        if piece == bad:
            raise ZeroDivisionError
        done.append(piece)

    def hand_over_three() -> None:
        with one_behind(work) as hand_over:
            for piece in range(3):
                hand_over(piece)

    with pytest.raises(ZeroDivisionError):
        hand_over_three()
    assert done == list(range(bad))
