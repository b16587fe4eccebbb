"""What somebody types into a search box, read into what can be looked up (pure)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from address import codes
from address.normalise import normalise, simplify

LONGEST: Final = 120
"""Characters that are read; the rest of a longer text is not."""
SEPARATORS: Final = re.compile(r"[\s,，、;；。/|]+")
CUT: Final = re.compile(
    r"(?<=[路街巷道段镇乡村号栋室层])(?![路街巷道段镇乡村号栋室层])|(?<=街道|社区|单元)|(?<=[^\d附之第])(?=\d)"
)
"""Between pieces that stand in a name one behind the other, with other pieces perhaps between them."""
ABOVE_COUNTY: Final = re.compile(r"^(?:[\u4e00-\u9fff]{2,6}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,5}?(?:市|自治州))?")
UNIT: Final = re.compile(r"^([0-9A-Za-z]{1,2})单元$")
ROOM: Final = re.compile(r"^(\d{3,4}|[0-9A-Za-z]{1,5}(?=室|户))(?:室|户)?$")
CODE_LIKE: Final = re.compile(r"^(?=.*\d)[0-9A-Za-z-]{4,40}$")
LETTERS: Final = re.compile(r"^[a-z]{2,20}$")


@dataclass(frozen=True, slots=True)
class Wording:
    """Pieces that must all stand in a name; `whole` is how they look side by side."""

    whole: str
    pieces: tuple[str, ...]

    @property
    def grams(self) -> list[int]:
        """Every two neighbours of a piece as one number each, as `address.grams` makes them."""
        return sorted({ord(a) << 21 | ord(b) for piece in self.pieces for a, b in pairwise(piece)})

    @property
    def patterns(self) -> list[str]:
        """Regular expressions that the name must all match: a number is not the tail of a longer one. Two characters
        need none, their gram says it all."""
        return [
            ("(^|[^0-9])" if piece[0].isdigit() else "") + re.escape(piece)
            for piece in self.pieces
            if piece[0].isdigit() or len(piece) != 2
        ]

    @property
    def names(self) -> list[str]:
        """The pieces that may be a name: no digits in them."""
        return [piece for piece in self.pieces if len(piece) > 1 and not any(c.isdigit() for c in piece)]

    def with_name(self, said: str, meant: str) -> "Wording":
        """The same with another name in the place of one."""
        pieces = tuple(piece.replace(said, meant) for piece in self.pieces)
        return Wording(self.whole.replace(said, meant), pieces)


@dataclass(frozen=True, slots=True)
class Question:
    """A search: a whole code, how one begins, letters of a sound, or wordings, the likeliest first.

    `unit` and `room` stood behind the words; they are looked for inside what the words lead to.
    """

    code: str = ""
    code_starts: tuple[str, ...] = ()
    letters: str = ""
    wordings: tuple[Wording, ...] = ()
    unit: str = ""
    room: str = ""


def read(typed: str, counties: Iterable[str] = ()) -> Question:
    """What was typed. `counties` = the names of the site's own: they stand in no name and are left out."""
    visible = "".join(c if c.isprintable() else " " for c in typed[:LONGEST])
    plain = simplify(unicodedata.normalize("NFKC", visible)).strip()
    together = SEPARATORS.sub("", plain)
    folded = codes.fold(together)
    if codes.valid(folded):
        return Question(code=folded)
    if LETTERS.match(together.lower()):
        return Question(letters=together.lower(), code_starts=(folded,) if len(folded) > 3 else ())
    if CODE_LIKE.match(together) and (len(folded) > 5 or not folded.isdigit()):
        return Question(code_starts=tuple(dict.fromkeys((together.upper(), folded))))
    inside = _inside(plain, counties)
    standard = [normalise(chunk) for chunk in SEPARATORS.split(inside) if chunk]
    pieces, unit, room = _without_room([piece for chunk in standard for piece in _pieces(chunk)])
    asked = [Wording("".join(pieces), tuple(pieces))] if any(len(piece) > 1 for piece in pieces) else []
    raw = SEPARATORS.sub("", inside)
    if raw != "".join(standard) and len(raw) > 1:
        asked.append(Wording(raw, (raw,)))
    return Question(wordings=tuple(asked), unit=unit, room=room)


def _inside(text: str, counties: Iterable[str]) -> str:
    """The text without province, city and county, when a county of ours is named behind them."""
    for county in sorted(counties, key=len, reverse=True):
        at = text.find(county)
        if 0 <= at <= 12 and ABOVE_COUNTY.fullmatch(text[:at].replace(" ", "")):
            return text[at + len(county) :].strip()
    return text


def _pieces(chunk: str) -> list[str]:
    return [piece for piece in CUT.split(chunk) if piece]


def _without_room(pieces: list[str]) -> tuple[list[str], str, str]:
    """The pieces up to the building, then unit and room, which stand in the names of rooms only."""
    unit = room = ""
    if len(pieces) > 1 and (told := ROOM.match(pieces[-1])):
        room, pieces = told.group(1), pieces[:-1]
    if len(pieces) > 1 and (told := UNIT.match(pieces[-1])):
        unit, pieces = told.group(1), pieces[:-1]
    return pieces, unit, room
