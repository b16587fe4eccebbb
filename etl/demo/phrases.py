"""The words of the reports, read from phrases.toml: topics by category, speech by channel."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "phrases.toml"
ANYWHERE: Final = ("street", "estate", "farm")


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of matter: its category, lines that say the same, the uses of buildings it fits, whether it bursts,
    which words of time may stand before it (ongoing, event, none), whether nothing is asked for, what its shop may
    be, the units that answer for it ("{t}" = the town) and the channels through which nobody would tell it."""

    category: str
    lines: tuple[str, ...]
    uses: tuple[str, ...]
    burst: bool
    when: str
    is_plain: bool
    trades: tuple[str, ...]
    units: tuple[str, ...]
    not_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Slots' fillers (`speech`), what it does to people by category, openings and closings by channel, and sentences
    that hold personal data."""

    speech: dict[str, tuple[str, ...]]
    impact: dict[str, tuple[str, ...]]
    opening: dict[str, tuple[str, ...]]
    closing: dict[str, tuple[str, ...]]
    personal: tuple[str, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """All topics, in the order of the file."""
    return tuple(
        Topic(one["category"], tuple(one["lines"]), tuple(one.get("uses", ANYWHERE)), bool(one.get("burst", False)),
              str(one.get("when", "ongoing")), one.get("close") == "plain", tuple(one.get("trades", ())),
              tuple(one.get("units", ())), frozenset(one.get("not_by", ())))
        for one in _stored()["topic"]
    )  # fmt: skip


@cache
def phrases() -> Phrases:
    """All that is not a topic."""
    stored = _stored()
    channels = stored["channel"]
    return Phrases(
        {name: tuple(words) for name, words in stored["speech"].items()},
        {name: tuple(words) for name, words in stored["impact"].items()},
        {name: tuple(one["open"]) for name, one in channels.items()},
        {name: tuple(one["close"]) for name, one in channels.items()},
        tuple(stored["personal"]["lines"]),
    )


def pick(choices: Sequence[str], draw: float) -> str:
    """One of the choices by a number in [0, 1)."""
    return choices[int(draw * len(choices))]


@cache
def _stored() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
