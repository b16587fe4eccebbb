"""Words of the pages: Chinese is written in the source, English stands beside it in a gettext catalogue.

The `.po` file is read at start, so nothing has to be compiled; `tests/unit/test_api_words.py` fails when a word of a
template, a script or a module has no English.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

LOCALES: Final = ("zh", "en")
CATALOGUES: Final = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one locale. A word without a translation is shown as it is written, in Chinese."""

    locale: str
    single: Mapping[str, str]
    plural: Mapping[str, tuple[str, str]]

    def say(self, text: str, /, **values: object) -> str:
        """The text in this locale with {named} values put in."""
        told = self.single.get(text, text)
        return told.format(**values) if values else told

    def count(self, text: str, n: int, /, **values: object) -> str:
        """A text with {n} in it, in the form for that many; n is written with thousands separators."""
        one, many = self.plural.get(text, (text, text))
        return (one if n == 1 else many).format(n=f"{n:,}", **values)


def noop(text: str) -> str:
    """Marks a Chinese word in a table so that the catalogue test finds it; translated where it is shown."""
    return text


@cache
def words(locale: str) -> Words:
    """The words of a locale; anything but "en" is Chinese, which needs no catalogue."""
    if locale != "en":
        return Words("zh", {}, {})
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, str]] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        for message in read_po(io.BytesIO(path.read_bytes()), locale="en"):
            if isinstance(message.id, str):
                if message.id and message.string:
                    single[message.id] = str(message.string)
            elif isinstance(message.string, (list, tuple)) and all(message.string):
                plural[message.id[0]] = (message.string[0], message.string[1])
    return Words("en", single, plural)


@cache
def script(locale: str) -> tuple[str, str]:
    """The words as a script for the pages, and a short fingerprint of it for the address."""
    told = words(locale)
    body = "window.WANGGE_WORDS = " + json.dumps(
        {"locale": locale, "single": told.single, "plural": told.plural}, ensure_ascii=False
    )
    return body + ";\n", sha256(body.encode()).hexdigest()[:12]
