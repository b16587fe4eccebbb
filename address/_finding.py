"""Finding addresses for a search box and by code: over a plain connection, because it is asked often.

Behind the door: call `address.service.find` and `look_up`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from address import codes
from address.asking import Question, Wording, read
from address.gazetteer import TOWN_ENDS, VILLAGE_ENDS
from address.sounds import SoundBook

CAP: Final = 1_000
"""Objects of one kind that are ranked; a wording that fits more is too short to be meant in earnest."""
PAGE_MOST: Final = 50
MEANT_MOST: Final = 5
"""Names that letters or an alias may stand for."""
PARENTS_MOST: Final = 20
COUNTY_SIGNS: Final = frozenset("区县市旗區縣")
"""Without one of them no county is named."""
Connection = psycopg.Connection[Any]


class Fit(StrEnum):
    """Why a result was found; the order is the order of results."""

    CODE = "the code"
    OTHER_CODE = "a code of another body"
    ROOM = "a room inside"
    WHOLE = "the name ends just so"
    START = "a part of the name begins just so"
    WITHIN = "the words stand in the name"
    PIECES = "all pieces stand in the name"
    ALIAS = "another name"
    SOUND = "the letters of its sound"


_FITS: Final = tuple(Fit)


class Sight(StrEnum):
    """How far a reader sees: PUBLIC no rooms in a search, GROUND rooms of his own grids, ALL everything."""

    PUBLIC = "public"
    GROUND = "ground"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Found:
    """One result. `hint` = the other name, the other code or the sound that led to it."""

    code: str
    name: str
    level: str
    status: str
    parent_code: str | None
    town: str | None
    village: str | None
    grid_id: int | None
    lon: float
    lat: float
    precision_m: float
    fit: Fit
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some results, the best first, and whether more follow."""

    items: list[Found]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """An object by its code: itself, what it lies in (the nearest first), its other names and codes, what it holds.

    `successor` = the code that stands for a historic one today; None for a living one, and where nothing followed.
    """

    found: Found
    above: Sequence[Mapping[str, str]]
    successor: str | None
    names: Sequence[Mapping[str, str]]
    codes: Sequence[Mapping[str, str]]
    holds: Mapping[str, int]


_COLUMNS: Final = """
    a.code, a.name, a.level, a.status, a.parent_code, a.town, a.village, a.grid_id, a.lon, a.lat, a.precision_m
"""
_LIVES: Final = "a.status IN ('provisional', 'current')"


def find(
    connection: Connection, words: str, *, sight: Sight = Sight.PUBLIC, limit: int = 10, page: int = 1
) -> FoundPage:
    """What the words of a search box may mean, the likeliest first: names, beginnings, two characters, other names,
    codes of ours and of others, and the first letters of the sound.
    """
    limit = min(limit, PAGE_MOST)
    skip = (page - 1) * limit
    question = read(words, _counties(connection) if COUNTY_SIGNS.intersection(words) else ())
    found = _by_code(connection, question, skip + limit + 1)
    if question.letters and not found:
        found = _by_sound(connection, question.letters, skip + limit + 1)
    if question.wordings:
        found = _by_words(connection, question, sight, skip + limit + 1)
    if sight is not Sight.ALL:
        found = _without_rooms(connection, found, sight, keeps_whole_code=bool(question.code))
    return FoundPage(found[skip : skip + limit], len(found) > skip + limit)


def look_up(connection: Connection, code: str, *, is_full: bool = False) -> Sheet | None:
    """The object with this code, typed in any form; None when there is none.

    `is_full` adds the other names and codes and what lies inside.
    """
    folded = codes.fold(code)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_ONE.encode(), {"code": folded}).fetchone()
        if row is None:
            return None
        above = row.pop("above")
        found = Found(**row, fit=Fit.CODE)
        successor = _successor(connection, folded) if found.status in ("historic", "alternative") else None
        if not is_full:
            return Sheet(found, above, successor, [], [], {})
        names = cursor.execute(_NAMES, {"code": folded}).fetchall()
        others = cursor.execute(_CODES, {"code": folded}).fetchall()
        holds = cursor.execute(_HOLDS, {"code": folded}).fetchall()
    return Sheet(found, above, successor, names, others, {row["level"]: row["n"] for row in holds})


def own_grids(connection: Connection) -> frozenset[int]:
    """The grids of whoever's token this transaction has."""
    row = connection.execute("SELECT core.session_areas()").fetchone()
    return frozenset(row[0] or ()) if row else frozenset()


def _successor(connection: Connection, code: str) -> str | None:
    """The last code of the chain of events that leads on; None where it ends, or leads to several."""
    row = connection.execute(_FOLLOWED, {"code": code}).fetchone()
    return None if row is None else str(row[0])


_FOLLOWED: Final = """
    WITH RECURSIVE led(code, step) AS (
        SELECT cast(%(code)s AS text), 0
        UNION ALL
        SELECT e.to_codes[1], led.step + 1 FROM led JOIN LATERAL (
            SELECT to_codes FROM address.address_event
            WHERE from_codes @> ARRAY[led.code] AND event IN ('split', 'merge', 'rebuild', 'duplicate')
              AND NOT led.code = ANY(to_codes) ORDER BY happened_on DESC, id DESC LIMIT 1
        ) e ON cardinality(e.to_codes) = 1 WHERE led.step < 20
    ) SELECT led.code FROM led JOIN address.address a ON a.code = led.code AND a.status IN ('provisional', 'current')
    WHERE led.step > 0 ORDER BY led.step DESC LIMIT 1
"""
_ONE: Final = f"""
    SELECT {_COLUMNS}, (
        WITH RECURSIVE up AS (
            SELECT p.code, p.name, p.level, p.parent_code, 1 AS step FROM address.address p WHERE p.code = a.parent_code
            UNION ALL
            SELECT p.code, p.name, p.level, p.parent_code, up.step + 1 FROM up
            JOIN address.address p ON p.code = up.parent_code WHERE up.step < 6
        )
        SELECT coalesce(json_agg(json_build_object('code', code, 'name', name, 'level', level) ORDER BY step), '[]')
        FROM up
    ) AS above
    FROM address.address a WHERE a.code = %(code)s
"""
_NAMES: Final = """
    SELECT kind, text FROM address.address_name WHERE code = %(code)s AND valid_to IS NULL ORDER BY kind, text
"""
_CODES: Final = """
    SELECT scheme, value FROM address.address_code WHERE code = %(code)s AND valid_to IS NULL ORDER BY scheme, value
"""
_HOLDS: Final = """
    SELECT level, count(*)::int AS n FROM address.address
    WHERE parent_code = %(code)s AND status IN ('provisional', 'current') GROUP BY level ORDER BY level
"""


def _by_code(connection: Connection, question: Question, most: int) -> list[Found]:
    if question.code:
        return _rows(
            connection, f"SELECT {_COLUMNS}, 0 AS fit FROM address.address a WHERE a.code = %(code)s",
            {"code": question.code},
        )  # fmt: skip
    found: dict[str, Found] = {}
    for start in question.code_starts:
        values = {"start": start + "%", "most": most}
        own = f"SELECT {_COLUMNS}, 0 AS fit FROM address.address a WHERE a.code LIKE %(start)s"
        others = f"{_SCHEMES} SELECT {_COLUMNS}, 1 AS fit, c.value AS hint {_OF_SCHEMES}"
        for query in (f"{own} ORDER BY a.code LIMIT %(most)s", others):
            found = {one.code: one for one in _rows(connection, query, values)} | found
    return sorted(found.values(), key=lambda one: _FITS.index(one.fit))


_SCHEMES: Final = """
    WITH RECURSIVE known AS (
        (SELECT min(scheme) AS scheme FROM address.address_code)
        UNION ALL
        SELECT (SELECT min(scheme) FROM address.address_code WHERE scheme > known.scheme) FROM known
        WHERE known.scheme IS NOT NULL
    )
"""
_OF_SCHEMES: Final = f"""
    FROM known JOIN address.address_code c ON c.scheme = known.scheme AND c.value LIKE %(start)s
    JOIN address.address a ON a.code = c.code
    WHERE c.valid_to IS NULL AND {_LIVES} ORDER BY c.value LIMIT %(most)s
"""
"""The schemes one by one: the index leads from scheme to value."""


def _by_sound(connection: Connection, letters: str, most: int) -> list[Found]:
    meant = _book(connection).sounds.names(letters, MEANT_MOST)
    found = _named(connection, [Wording(name, (name,)) for name in meant], most)
    spelled = {name: one for one in found for name in meant if name in one.name}
    hints = {one.code: name for name, one in spelled.items()}
    return [replace(one, fit=Fit.SOUND, hint=hints.get(one.code, "")) for one in found]


def _by_words(connection: Connection, question: Question, sight: Sight, most: int) -> list[Found]:
    found = _named(connection, question.wordings, most)
    if len(found) < most:
        known = {one.code for one in found}
        found += [one for one in _by_alias(connection, question.wordings, most) if one.code not in known]
    if question.room and sight is not Sight.PUBLIC:
        found = _rooms(connection, question, found[:PARENTS_MOST]) + found
    return found[:most]


def _by_alias(connection: Connection, wordings: Sequence[Wording], most: int) -> list[Found]:
    names = sorted({name for wording in wordings for name in wording.names})
    if not names:
        return []
    with connection.cursor(row_factory=dict_row) as cursor:
        meant = cursor.execute(
            _ALIASES,
            {"grams": [Wording(name, (name,)).grams[0] for name in names], "names": names, "most": MEANT_MOST},
        ).fetchall()
    found: dict[str, Found] = {}
    for one in meant:
        said = next(name for name in names if name in one["text"])
        changed = [w.with_name(said, one["name"]) for w in wordings if said in w.pieces]
        for hit in _named(connection, changed, most):
            found.setdefault(hit.code, replace(hit, fit=Fit.ALIAS, hint=one["text"]))
    return list(found.values())


_ALIASES: Final = f"""
    SELECT DISTINCT n.text, coalesce(a.estate, a.name) AS name, length(n.text) AS size
    FROM address.address_name n JOIN address.address a ON a.code = n.code
    CROSS JOIN LATERAL unnest(%(names)s::text[]) AS said(word)
    WHERE n.valid_to IS NULL AND address.grams(n.text) && %(grams)s::bigint[] AND strpos(n.text, said.word) > 0
      AND {_LIVES} AND a.level NOT IN ('room', 'unit')
    ORDER BY size, n.text LIMIT %(most)s
"""


def _rooms(connection: Connection, question: Question, parents: Sequence[Found]) -> list[Found]:
    if not parents:
        return []
    return _rows(
        connection,
        f"""
            SELECT {_COLUMNS}, 2 AS fit FROM address.address a
            WHERE a.level = 'room' AND a.room = ANY(%(rooms)s) AND {_LIVES}
              AND (%(unit)s = '' OR a.unit = %(unit)s)
              AND (a.parent_code = ANY(%(parents)s) OR a.parent_code IN (
                  SELECT u.code FROM address.address u WHERE u.parent_code = ANY(%(parents)s) AND u.level = 'unit'))
            ORDER BY array_position(%(parents)s, a.parent_code), a.name COLLATE "C" LIMIT %(most)s
        """,
        {
            "rooms": [question.room, f"{question.room}室", f"{question.room}户"], "unit": question.unit,
            "parents": [one.code for one in parents], "most": PAGE_MOST,
        },
    )  # fmt: skip


def _named(connection: Connection, wordings: Sequence[Wording], most: int) -> list[Found]:
    """Objects above rooms in whose name all pieces of one of the wordings stand."""
    values: dict[str, Any] = {
        "cap": max(most, CAP // max(1, len(wordings))),
        "most": most,
        "whole": wordings[0].whole if wordings else "",
    }
    parts = []
    for at, wording in enumerate(wordings):
        if not wording.grams:
            continue
        values |= {f"grams{at}": wording.grams, f"like{at}": wording.patterns, f"whole{at}": wording.whole}
        parts.append(at)
    if not parts:
        return []
    fits = " OR ".join(
        f'(address.grams(a.name) @> %(grams{n})s::bigint[] AND a.name COLLATE "C" ~ ALL(%(like{n})s))' for n in parts
    )
    rank = "least(" + ", ".join(_RANK.replace("whole", f"whole{n}") for n in parts) + ")"
    some = f"""(
        SELECT {_COLUMNS}, {rank} AS fit FROM address.address a
        WHERE {{}} AND {_LIVES} AND ({fits}) LIMIT %(cap)s
    )"""
    order = """ORDER BY fit, a.level NOT IN ('estate', 'landmark'), length(a.name), a.name COLLATE "C" LIMIT %(most)s"""
    estates, houses = some.format(_ESTATES), some.format(_HOUSES)
    if wordings[0].whole in EVERYWHERE:
        found = _rows(connection, f"SELECT {_COLUMNS}, fit FROM {estates} a {order}", values)
        if len(found) == most:
            return found
    return _rows(connection, f"SELECT {_COLUMNS}, fit FROM ({estates} UNION ALL {houses}) a {order}", values)


EVERYWHERE: Final = frozenset(end for end in (*TOWN_ENDS, *VILLAGE_ENDS) if len(end) > 1)
"""Words that stand in nearly every name: estates answer for them when there are enough."""
_ESTATES: Final = "a.level IN ('estate', 'landmark')"
_HOUSES: Final = "a.level <> 'room' AND a.level <> 'unit' AND a.level IN ('door', 'building')"
_RANK: Final = """
    CASE WHEN right(a.name COLLATE "C", length(%(whole)s)) = %(whole)s THEN 3
         WHEN starts_with(a.estate, %(whole)s) OR starts_with(a.road, %(whole)s) OR starts_with(a.village, %(whole)s)
              OR starts_with(a.name, %(whole)s) OR starts_with(concat(a.road, a.number), %(whole)s) THEN 4
         WHEN strpos(a.name, %(whole)s) > 0 THEN 5 ELSE 6 END
"""
"""The number of the `Fit`."""


def _without_rooms(connection: Connection, found: list[Found], sight: Sight, *, keeps_whole_code: bool) -> list[Found]:
    """Who holds the code of a room may see it; a search finds rooms only on one's own ground."""
    if keeps_whole_code or not any(one.level in ("room", "unit") for one in found):
        return found
    mine = own_grids(connection) if sight is Sight.GROUND else frozenset()
    return [one for one in found if one.level not in ("room", "unit") or one.grid_id in mine]


def _counties(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM grid.v_division WHERE level = 'county'")]


@dataclass(frozen=True, slots=True)
class _Book:
    """The names of roads, estates and villages as one stamp of the addresses has them."""

    stamp: str
    names: tuple[str, ...]
    sounds: SoundBook


_kept: _Book | None = None


def known_names(connection: Connection) -> tuple[str, ...]:
    """The names of roads, estates and villages."""
    return _book(connection).names


def _book(connection: Connection) -> _Book:
    """Read again after addresses have changed."""
    global _kept  # noqa: PLW0603 - one book a process
    row = connection.execute("SELECT address.version()").fetchone()
    stamp = str(row[0]) if row else ""
    known = _kept
    if known is None or known.stamp != stamp:
        names = tuple(row[0] for row in connection.execute(_ALL_NAMES))
        known = _kept = _Book(stamp, names, SoundBook(names))
    return known


_ALL_NAMES: Final = """
    SELECT DISTINCT n.name FROM address.address a CROSS JOIN LATERAL (VALUES (a.road), (a.estate), (a.village)) n(name)
    WHERE a.level <> 'room' AND a.level <> 'unit' AND a.status IN ('provisional', 'current') AND n.name IS NOT NULL
"""


def _rows(connection: Connection, query: str, values: Mapping[str, Any]) -> list[Found]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query.encode(), values, prepare=False).fetchall()
    return [Found(**{**row, "fit": _FITS[row["fit"]]}) for row in rows]
