"""Errors are words of the trade, in both languages: what is wrong, where, and what to do.

Each room derives its own from these; `api/errors.py` turns them into a status in one table.
"""


class WanggeError(Exception):
    """Something a user should read.

    `zh` and `en` say the same: what is wrong and what to do. `where` names the place: a file and row, a table, a field.
    """

    def __init__(self, *, zh: str, en: str, where: str | None = None) -> None:
        super().__init__(en if where is None else f"{where}: {en}")
        self.zh = zh
        self.en = en
        self.where = where

    def say(self, locale: str = "zh_CN") -> str:
        """The sentence in the asked language, with the place before it."""
        words = self.zh if locale.startswith("zh") else self.en
        return words if self.where is None else f"{self.where}: {words}"


class NotFound(WanggeError):
    """There is no such thing, or not for this actor: both look the same from outside."""


class NotAllowed(WanggeError):
    """This actor may not do this."""


class Refused(WanggeError):
    """It cannot be done now: a rule of the trade forbids it."""


class BadInput(WanggeError):
    """What was handed in cannot be understood."""


class Unavailable(WanggeError):
    """The database cannot be reached just now; try again in `retry_after_s` seconds."""

    def __init__(self, *, zh: str, en: str, where: str | None = None, retry_after_s: int = 3) -> None:
        super().__init__(zh=zh, en=en, where=where)
        self.retry_after_s = retry_after_s


class NotReady(WanggeError):
    """The machine lacks something that a person must put right first (exit status 3)."""
