"""From words to an address: exact numbers, weighted names, and an answer that says why (pure).

A text is heard as known names and runs of numbers. Each name with the numbers beside it is looked up, from the finest
level that was said to the coarsest. Only *names* may be repaired, and only to one that has the numbers: what does not
exist climbs to what does, and never hops to a neighbour.
"""

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import polars as pl

from address._frames import COLUMNS, quarters_of, tidied
from address._keys import keys_said, kinds_of
from address._places import KIND_OF, Look, Places, Tell, untold
from address.answers import (
    ABROAD,
    NOTHING,
    Candidate,
    Explanation,
    Level,
    Match,
    Matches,
    Why,
    in_columns,
    offset_m,
    score_of,
)  # fmt: skip
from address.areas import Area, areas_of, crossing_of, spread_m, within_town
from address.asks import Ask, Said, Stretch, asks_of, crossing_in, said_of, stretch_behind, stretches_before
from address.gazetteer import Gazetteer
from address.hearing import BLANK, Heard, Number, Run, fold, runs_of, without_remarks
from address.lexicon import Lexicon, learn, lexicon_of, spellings_of
from address.parse import Parts
from address.repair import Meant, Slip, Spellings
from address.roles import read
from grid.former import FormerDivisions

KEPT_REPAIRS: Final = 50_000
DIRECTION: Final = re.compile(
    r"(?:[往向]?[东南西北]+(?:侧|面|边|方向)?约?[0-9百十]+米|斜?对面|旁边|旁|附近|门口|后面|前面|背后|后门|路口|隔壁"
    r"|[东南西北]{1,2}(?:侧|面)(?![0-9]))"
)
KEEPING: Final = frozenset({Slip.SOUND, Slip.SWAP, Slip.SHAPE, Slip.DROPPED})
"""Slips that a known name may be part of: 亭雍城西路 is 方亭雍城西路."""
NEAR_NUMBER: Final = 8
"""Characters behind the numbers within which a direction still belongs to them."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector of cycles: matching makes none, and walks through the index cost a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(slots=True)
class AddressIndex:
    """All addresses of a site, ready to be asked. Made by `build`, edited by `with_rows` and `without`; pickles."""

    names: Gazetteer
    lexicon: Lexicon
    places: Places
    areas: dict[tuple[str, str], Area]
    spellings: dict[str, Spellings]
    former: FormerDivisions | None
    _repairs: dict[tuple[str, Stretch], list[Meant]] = field(default_factory=dict)

    @classmethod
    def build(
        cls, frame: pl.DataFrame, counties: Sequence[str] = (), former: FormerDivisions | None = None
    ) -> "AddressIndex":
        """Index a frame with level, the columns of `COLUMNS` (text, null or "" when absent), lon, lat.

        A room told only by its `floor` is that floor; a row of level town or village only makes its name and middle
        known. A column `name_kind` (former, alias) marks rows that are another spelling of a place: answers that rest
        on one say so. `counties` are the site's own; with them a text that names another county is refused. `former`
        puts former names and codes of divisions into today's.
        """
        table = tidied(frame)
        told = {name: [value for value in table[name].unique().to_list() if value] for name in COLUMNS}
        names = Gazetteer(
            counties=counties, towns=told["town"], villages=told["village"], roads=told["road"], estates=told["estate"]
        )
        quarters = quarters_of(table)
        spellings = {kind: Spellings(spellings_of(known.spelled, fold)) for kind, known in names.by_kind().items()}
        spellings["quarter"] = Spellings(spellings_of(dict(zip(quarters, quarters, strict=True)), fold))
        return cls(
            names=names,
            lexicon=lexicon_of(names, told["lane"], quarters, fold),
            places=Places.of(table),
            areas=areas_of(table),
            spellings=spellings,
            former=former or None,
        )

    def with_rows(self, frame: pl.DataFrame) -> "AddressIndex":
        """The index with more rows, numbered from `len` on. Costs milliseconds: the arrays are copied, not made anew.

        Names stay known to both indexes; rows only to the new one.
        """
        table = tidied(frame)
        told = {name: [value for value in table[name].unique().to_list() if value] for name in COLUMNS}
        names = Gazetteer(towns=told["town"], villages=told["village"], roads=told["road"], estates=told["estate"])
        learn(self.lexicon, names, told["lane"], quarters_of(table), fold)
        for kind, known in names.by_kind().items():
            self.spellings[kind].add(spellings_of(known.spelled, fold))
        return replace(self, places=self.places.with_rows(table), areas=areas_of(table) | self.areas, _repairs={})

    def without(self, rows: Iterable[int]) -> "AddressIndex":
        """The index that no longer answers with these rows."""
        return replace(self, places=self.places.without(rows), _repairs={})

    def __len__(self) -> int:
        """How many rows were ever numbered."""
        return len(self.places.lon)

    def match_many(self, texts: Sequence[str]) -> Matches:
        """The answers to many texts; each different text is worked on once."""
        with uncollected():
            seen = {text: self.match_one(text) for text in dict.fromkeys(texts)}
            return in_columns([seen[text] for text in texts])

    def match_one(self, text: str) -> Match:
        """The answer to one text."""
        return self._today(fold(text), untold)

    def _today(self, folded: str, tell: Tell) -> Match:
        """With former names of divisions put into today's, which the answer says. Of several that fit, the one that
        holds the address."""
        if self.former is None or (put := self.former.rewrite(folded)) is None:
            return self._either(folded, tell)
        if put.others:
            found = self._either(folded, tell)
            hits = {hit.row: hit for text in put.others if (hit := self._either(text, tell)).row >= 0}
            if found.row < 0 and len(hits) == 1:
                found = next(iter(hits.values()))
            return found._replace(faults=("division.former", *found.faults)) if found.row in hits else found
        found = self._either(put.text, tell)
        why = Why.FORMER_NAME if found.why == Why.EXACT else found.why
        score = found.score * score_of(Level.ROOM, put.faults, is_climbed=False)
        return found._replace(faults=(*put.faults, *found.faults), why=why, score=score)

    def _either(self, folded: str, tell: Tell) -> Match:
        """A blank between two digits is a slip (50 1) or a break (3 2 501): the likelier, or the one that is full."""
        if BLANK not in folded:
            return self._decide(folded, tell)
        ways = [folded.replace(BLANK, ""), folded.replace(BLANK, "-")]
        first, second = ways if folded.count(BLANK) == 1 else reversed(ways)
        found = self._decide(first, tell)
        if found.is_full:
            return found
        other = self._decide(second, tell)
        return other if other.is_full else found

    def explain(self, text: str) -> Explanation:
        """The same with every step kept."""
        steps: list[tuple[str, str]] = []
        tried: list[Candidate] = []
        folded = shown = fold(text)
        steps.append(("fold", folded))
        if self.former is not None and (put := self.former.rewrite(folded)) is not None:
            shown = put.text
            steps.append(("division", f"{put.said} → {put.today or ' | '.join(put.others)}"))
        heard = self._hear(without_remarks(shown.replace(BLANK, "-")), shown)
        steps.append(("names", "  ".join(f"{heard.text[m.start : m.end]}={m.senses[0].kind}" for m in heard.mentions)))
        steps.append(("numbers", "  ".join("-".join(n.value for n in run.numbers) for run in heard.runs)))
        asks, _, _ = asks_of(heard)
        said = said_of(heard, asks)
        decision = self._today(folded, lambda level, words, n: tried.append(Candidate(level, words, n)))
        return Explanation(steps, _parts(said, asks), tried, decision)

    def _hear(self, text: str, whole: str) -> Heard:
        mentions = self.lexicon.mentions(text)
        return Heard(text, mentions, runs_of(text, mentions), whole)

    def _decide(self, folded: str, tell: Tell) -> Match:
        plain = without_remarks(folded)
        heard = self._hear(plain, folded)
        if self._is_abroad(heard):
            return ABROAD
        found = self._heard(heard, tell)
        if isinstance(found, Match):
            return found
        owned, loose, said, climbed = found
        if (repaired := self._repaired(heard, owned, loose, said, tell)) is not None:
            return repaired
        if "(" in folded and len(plain) < len(folded) and DIRECTION.search(folded) is None:
            again = self._heard(self._hear(folded.replace("(", ",").replace(")", ","), folded), tell)
            if isinstance(again, Match) and again.level != Level.ESTATE:
                return again
        return climbed or self._area(heard, said)

    def _heard(self, heard: Heard, tell: Tell) -> "Match | tuple[set[int], list[Run], Said, Match | None]":
        """The answer when a name has all its numbers; else what there is to go on from."""
        asks, owned, loose = asks_of(heard)
        said = said_of(heard, asks)
        climbed: Match | None = None
        is_finer_missing = False
        for ask in asks:
            look = self.places.look(ask, said, tell)
            is_fine = ask.readings[0].building != "" or ask.readings[0].room != ""
            is_finer_missing |= is_fine and not look.is_full and not ask.faults
            if not look.rows:
                continue
            if look.is_full and not loose and (is_fine or not is_finer_missing):
                return self._answer(look, ask, said, heard)
            if climbed is None and not any(run.start < ask.start for run in loose):
                climbed = self._answer(look._replace(is_full=False), ask, said, heard)
        return owned, loose, said, climbed

    def _answer(self, look: Look, ask: Ask, said: Said, heard: Heard) -> Match:
        rows = look.rows
        if len(rows) > 1 and not self.places.is_one(rows):
            rows = self.places.named_nearby(rows, heard)
            if len(rows) > 1 and not self.places.is_one(rows):
                return self._tie(look._replace(rows=rows), ask)
        row = rows[0]
        faults = look.faults
        if self.places.columns["fault"][row]:
            faults = (*faults, ROW_FAULTS[self.places.columns["fault"][row]])
        why = (
            Why.EXACT if not faults
            else Why.BUILDING_ONLY if not look.is_full and look.level in (Level.BUILDING, Level.UNIT)
            else Why.PLATE_ONLY if not look.is_full
            else Why.FORMER_NAME if "name.former" in faults
            else Why.NAME_REPAIRED if any(fault.startswith("name.") for fault in faults)
            else Why.DIVISION_DIFFERS if "division.differs" in faults
            else Why.EXACT
        )  # fmt: skip
        score = score_of(look.level, faults, is_climbed=not look.is_full)
        beside = DIRECTION.search(heard.text, ask.end, ask.end + NEAR_NUMBER)
        metres = look.level.metres + (offset_m(heard.text[beside.start() :]) if beside is not None else 0.0)
        lon, lat = float(self.places.lon[row]), float(self.places.lat[row])
        return Match(row, look.level, why, score, score, lon, lat, metres, faults=faults)

    def _tie(self, look: Look, ask: Ask) -> Match:
        """Several places fit: rooms of one building are that building, others no place at all."""
        rows = look.rows
        lon, lat = float(np.mean(self.places.lon[rows])), float(np.mean(self.places.lat[rows]))
        metres = max(spread_m(self.places.lon[rows], self.places.lat[rows]), look.level.metres)
        slots = ask.readings[0]
        if look.level == Level.ROOM and not slots.unit and slots.building:
            key = self.places.sites.key(
                KIND_OF[ask.kind], ask.name, next(keys_said(ask.kind, slots._replace(room="", floor="")))[1]
            )
            village = self.places.columns["village"]
            parents = [row for row in self.places.sites.find(key) if village[row] == village[rows[0]]]
            if len(parents) == 1:
                row = parents[0]
                score = score_of(Level.BUILDING, (*look.faults, "climbed"), is_climbed=True)
                lon, lat = float(self.places.lon[row]), float(self.places.lat[row])
                found = Match(row, Level.BUILDING, Why.TIE, score, 0.0, lon, lat, metres)
                return found._replace(k=len(rows), faults=look.faults, tied=tuple(rows))
        level = Level.VILLAGE if ask.kind == "village" else Level.ROAD if ask.kind == "road" else Level.ESTATE
        return Match(-1, level, Why.TIE, 0.3, 0.0, lon, lat, metres, len(rows), look.faults, tuple(rows))

    def _repaired(self, heard: Heard, owned: set[int], loose: list[Run], said: Said, tell: Tell) -> Match | None:
        """The one place that has the numbers under a name which the text nearly says."""
        for run in loose or heard.runs:
            is_owned = run.start in owned
            for stretch in stretches_before(heard, run, is_owned=is_owned):
                if (found := self._nearly(heard, run, run.numbers, stretch, said, tell)) is not None:
                    return found
            if not is_owned and len(behind := stretch_behind(heard, run)) > 1:
                turned = tuple(reversed(run.numbers))
                stretch = Stretch(behind, is_behind=True)
                if (found := self._nearly(heard, run, turned, stretch, said, tell)) is not None:
                    return found
        return None

    def _nearly(
        self, heard: Heard, run: Run, numbers: tuple[Number, ...], stretch: Stretch, said: Said, tell: Tell
    ) -> Match | None:
        """The likeliest place with these numbers whose name a stretch nearly says; None when two are as likely."""
        found: dict[int, tuple[tuple[int, int], Match]] = {}
        for kind in kinds_of(numbers):
            meants = self._meant(kind, stretch)
            readings = read(kind, numbers) if meants else ()
            for meant in meants if readings else ():
                ask = Ask(kind, meant.name, readings, run.start, run.end, (meant.slip.fault,))
                if not self.places.has(ask):
                    continue
                look = self.places.look(ask, said, tell)
                if look.rows and look.is_full and (meant.length >= meant.slip.sure_length or look.is_witnessed):
                    match = self._answer(look, ask, said, heard)
                    cost = (int(meant.slip), -meant.length)
                    if match.row not in found or found[match.row][0] > cost:
                        found[match.row] = (cost, match)
        if not found:
            return None
        best = min(cost for cost, _ in found.values())
        likeliest = [match for cost, match in found.values() if cost == best]
        return likeliest[0] if len(likeliest) == 1 else None

    def _meant(self, kind: str, stretch: Stretch) -> list[Meant]:
        if not self.spellings[kind].longest:
            return []
        key = (kind, stretch)
        found = self._repairs.get(key)
        if found is None:
            if len(self._repairs) > KEPT_REPAIRS:
                self._repairs.clear()
            spellings = self.spellings[kind]
            if stretch.is_behind:
                found = spellings.meant_at_start(stretch.words)
            else:
                found = spellings.meant_at_end(stretch.words, stretch.at_least, is_anchored=stretch.is_anchored)
            if stretch.is_longer:
                found = [meant for meant in found if meant.slip in KEEPING]
            self._repairs[key] = found
        return found

    def _is_abroad(self, heard: Heard) -> bool:
        """Whether the words before the first name of ours name another county, city or province."""
        neighbours = self.names.neighbours
        if not neighbours.home:
            return False
        text, end, first = heard.text, 0, -1
        for start, stop, senses in heard.mentions:
            if senses[0].kind not in ABOVE:
                first = start
                break
            end = stop if start == end else -1
        if first == end:
            return False
        if first < 0:
            digit = DIGIT.search(text)
            before = text[: digit.start() if digit else None][:LONGEST_PREFIX]
        else:
            before = text[:first][-LONGEST_PREFIX:]
        return neighbours.named_in(before, text) != ""

    def _area(self, heard: Heard, said: Said) -> Match:
        """The middle of the finest name that was said: no number of it is known."""
        if (crossing := crossing_in(heard)) is not None and (corner := self._corner(*crossing)) is not None:
            score = score_of(Level.ROAD, (), is_climbed=False)
            return Match(-1, Level.ROAD, Why.CROSSING, score, score, corner.lon, corner.lat, corner.spread_m)
        named = {m.senses[0].kind: m.senses[0].name for m in reversed(heard.mentions)}
        village = "" if said.has_unknown_town and not said.town else said.village
        for level, name in (
            (Level.ESTATE, named.get("estate", "")), (Level.ROAD, said.road),
            (Level.VILLAGE, within_town(said.town, village)), (Level.VILLAGE, village), (Level.TOWN, said.town),
        ):  # fmt: skip
            area = self.areas.get((level.value, name)) if name else None
            if area is not None:
                score = score_of(level, (), is_climbed=True)
                metres = max(level.metres, area.spread_m)
                return Match(-1, level, Why.AREA_ONLY, score, score, area.lon, area.lat, metres)
        return NOTHING

    def _corner(self, road: str, other: str) -> Area | None:
        one, two = self.places.spots_of("road", road), self.places.spots_of("road", other)
        return crossing_of(one, two)


LONGEST_PREFIX: Final = 40
ABOVE: Final = ("home", "stem")
DIGIT: Final = re.compile(r"[0-9]")
ROW_FAULTS: Final = ("", "name.former", "name.alias")


def _parts(said: Said, asks: list[Ask]) -> Parts:
    """The elements of the likeliest ask."""
    told = {"town": said.town, "village": said.village, "road": said.road, "number": said.number}
    if asks:
        ask = asks[0]
        slots = ask.readings[0]
        told |= {ask.kind: ask.name}
        told |= {
            name: value for name, value in (
                ("group", slots.group), ("lane", slots.lane), ("number", slots.number), ("sub_number", slots.sub),
                ("building", slots.building), ("unit", slots.unit), ("floor", slots.floor), ("room", slots.room),
            ) if value
        }  # fmt: skip
    return Parts(**told)


__all__ = ["COLUMNS", "AddressIndex", "Candidate", "Explanation", "Level", "Match", "Matches", "Why"]
