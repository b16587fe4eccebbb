"""Ten thousand lives of codes, told at random, resolve on every date as a naive bookkeeper says."""

import random
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from address.codes import mint
from address.lives import ENDS, LIVING, STATUS_NAMES, Event, Kind, Status, refusal, resolve

DAY = date(2026, 1, 1)
TODAY = DAY + timedelta(days=60)
LIVES = 10_000
KEY = b"a key for these lives only, 32 b"


class Bookkeeper:
    """Keeps, day by day, which codes are alive and where the dead ones point; knows nothing of `address.lives`."""

    def __init__(self, events: Iterable[Event], first: Iterable[str]) -> None:
        self.events = list(events)
        self.first = set(first)

    def asked(self, code: str, on: date) -> tuple[set[str], str | None]:
        alive, points, known = set(self.first), {}, {}
        for event in sorted(self.events, key=lambda one: one.on):  # stable: of one day in the order told
            if event.on > on:
                continue
            old, new = set(event.from_codes), set(event.to_codes)
            match event.kind:
                case "create" | "split" | "merge" | "rebuild":
                    for gone in old - new:
                        alive.discard(gone)
                        points[gone], known[gone] = event.to_codes, "historic"
                    alive |= new
                case "demolish" | "withdraw":
                    alive -= old
                    for gone in old:
                        points[gone], known[gone] = (), "historic"
                case "duplicate":
                    (loser,) = old
                    alive.discard(loser)
                    points[loser], known[loser] = event.to_codes, "alternative"
                case "correct" if event.status is not None:
                    alive |= old
                    for again in old:
                        points.pop(again, None)
        if code in alive:
            return {code}, "alive"
        return self._ends(code, alive, points), known.get(code)

    def _ends(self, code: str, alive: set[str], points: dict[str, tuple[str, ...]]) -> set[str]:
        if code in alive:
            return {code}
        return {end for further in points.get(code, ()) for end in self._ends(further, alive, points)}


class Teller:
    """Makes up events that may happen, as `refusal` judges, and some that may not."""

    def __init__(self, seed: int, serial: int = 0) -> None:
        self.rng = random.Random(seed)
        self.serial = serial
        self.events: list[Event] = []
        self.first = [self.fresh() for _ in range(3)]
        self.codes = list(self.first)
        self.refused = 0

    def fresh(self) -> str:
        self.serial += 1
        return mint(np.array([self.serial]), KEY, "A01")[0]

    def some(self, low: int, high: int) -> tuple[str, ...]:
        return tuple(self.rng.sample(self.codes, min(len(self.codes), self.rng.randint(low, high))))

    def made_up(self) -> Event:
        rng, on = self.rng, DAY + timedelta(days=self.rng.randint(0, 59))
        kind = rng.choice([k for k in Kind if k is not Kind.WITHDRAW])
        one, two = self.some(1, 1), self.some(2, 3)
        number = len(self.events) + 1
        match kind:
            case Kind.CREATE:
                return Event(number, kind, (), (self.fresh(),), on, rng.choice([Status.CURRENT, Status.PROVISIONAL]))
            case Kind.SPLIT:
                return Event(number, kind, one, (*one, self.fresh()), on)
            case Kind.MERGE:
                return Event(number, kind, two, (self.fresh(),), on)
            case Kind.REBUILD:
                return Event(number, kind, one, one, on) if rng.random() < 0.5 else Event(
                    number, kind, two, (self.fresh(), self.fresh()), on)  # fmt: skip
            case Kind.DEMOLISH:
                return Event(number, kind, one, (), on)
            case Kind.DUPLICATE:
                return Event(number, kind, one, self.some(1, 1), on)
            case Kind.CORRECT:
                return Event(number, kind, one, one, on, rng.choice([None, Status.CURRENT]))
            case _:
                return Event(number, kind, one, one, on)

    def tell(self, steps: int) -> None:
        for _ in range(steps):
            event = self.made_up()
            if refusal(self.events, event, TODAY) is not None:
                self.refused += 1
                continue
            self.events.append(event)
            self.codes += [code for code in event.to_codes if code not in self.codes]


def agree(teller: Teller) -> int:
    """Every code on every day on which something happened, the day before and after; how many were asked."""
    keeper = Bookkeeper(teller.events, teller.first)
    days = {one.on + timedelta(days=by) for one in teller.events for by in (-1, 0, 1)} | {DAY, TODAY}
    for on in days:
        for code in teller.codes:
            answer = resolve(teller.events, code, on)
            ends, worth = keeper.asked(code, on)
            assert set(answer.codes) == ends, (code, on)
            assert len(answer.codes) == len(set(answer.codes))
            assert (answer.status in LIVING) == (worth == "alive")
            if worth != "alive":
                assert answer.status == worth
    return len(days) * len(teller.codes)


@pytest.mark.slow
def test_ten_thousand_lives_resolve_on_every_date() -> None:
    lives = asked = serial = refused = 0
    seed, seen, kinds = 0, set[str](), set[Kind]()
    while lives < LIVES:
        teller = Teller(seed, serial)
        teller.tell(24)
        asked += agree(teller)
        assert seen.isdisjoint(teller.codes)  # nobody gets a code that another life had
        seen |= set(teller.codes)
        kinds |= {one.kind for one in teller.events}
        lives, serial, seed, refused = lives + len(teller.codes), teller.serial, seed + 1, refused + teller.refused
    assert kinds == set(Kind) - {Kind.WITHDRAW}
    assert refused > 1000
    assert asked > 200_000


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_any_life_resolves_as_the_bookkeeper_says(seed: int, steps: int) -> None:
    teller = Teller(seed)
    teller.tell(steps)
    agree(teller)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_chain_never_turns_back_and_nothing_is_born_twice(seed: int) -> None:
    teller = Teller(seed)
    teller.tell(40)
    for code in teller.codes:
        assert sum(one.gives_birth(code) for one in teller.events) <= 1
        via = resolve(teller.events, code, TODAY).via
        assert len({one.id for one in via}) == len(via)
        assert all(one.kind in ENDS for one in via)


A, B, C, D = "A", "B", "C", "D"


def event(number: int, kind: Kind, old: str, new: str, day: int, status: Status | None = None) -> Event:
    return Event(number, kind, tuple(old), tuple(new), DAY + timedelta(days=day), status)


def test_before_between_and_after() -> None:
    told = [event(1, Kind.MERGE, "AB", "C", 10), event(2, Kind.DUPLICATE, "C", "D", 20)]
    assert resolve(told, A, DAY + timedelta(days=9)).codes == (A,)
    assert resolve(told, C, DAY + timedelta(days=9)).status is None
    assert resolve(told, A, DAY + timedelta(days=10)).codes == (C,)
    after = resolve(told, A, DAY + timedelta(days=20))
    assert (after.codes, after.status, [one.id for one in after.via]) == ((D,), Status.HISTORIC, [1, 2])
    assert resolve(told, C, DAY + timedelta(days=20)).status is Status.ALTERNATIVE


def test_a_mistaken_demolition_is_taken_back() -> None:
    told = [event(1, Kind.DEMOLISH, "A", "", 5), event(2, Kind.CORRECT, "A", "A", 9, Status.CURRENT)]
    assert resolve(told, A, DAY + timedelta(days=6)).codes == ()
    assert resolve(told, A, DAY + timedelta(days=9)).codes == (A,)


@pytest.mark.parametrize(
    ("told", "new", "words"),
    [
        ([], event(9, Kind.SPLIT, "A", "AB", 99), "将来"),
        ([event(1, Kind.DEMOLISH, "A", "", 5)], event(2, Kind.SPLIT, "A", "AB", 6), "已于 2026-01-06 停用，不能再拆分"),
        ([event(1, Kind.MERGE, "AB", "C", 5)], event(2, Kind.RENAME, "A", "A", 6), "请改用 C"),
        ([event(1, Kind.CREATE, "", "A", 5)], event(2, Kind.DEMOLISH, "A", "", 4), "不能再登记更早"),
        ([event(1, Kind.DUPLICATE, "A", "B", 5)], event(2, Kind.DUPLICATE, "B", "A", 6), "A 已于"),
        ([], event(1, Kind.DUPLICATE, "A", "A", 5), "两个不同的编码"),
        ([], event(1, Kind.MERGE, "A", "B", 5), "至少两个"),
        ([], event(1, Kind.SPLIT, "A", "BC", 5), "一个编码保留"),
        ([], event(1, Kind.REBUILD, "A", "AB", 5), "一对一"),
        ([], event(1, Kind.CORRECT, "A", "A", 5, Status.CURRENT), "无需更正"),
        ([event(1, Kind.WITHDRAW, "A", "", 5)], event(2, Kind.CORRECT, "A", "A", 6, Status.CURRENT), "撤回"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(told: list[Event], new: Event, words: str) -> None:
    why = refusal(told, new, TODAY)
    assert why is not None
    assert words in why.zh
    assert why.en.isascii()
    assert "\n" not in why.zh + why.en


def test_every_status_has_its_words() -> None:
    assert set(STATUS_NAMES) == set(Status)
