"""The site's own tagger, when it trained one. Behind the door; what reads it is loaded when first asked."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import WanggeError
from core.settings import settings

if TYPE_CHECKING:
    from address.learned.tagger import Tagger

MODEL: Final = Path("models") / "parse.npz"


def as_learned(words: str) -> str:
    """The elements that the trained tagger reads, in one line; why not, when its file is broken; "" without a model."""
    path = settings().data / MODEL
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return ""
    try:
        return _tagger(path, stamp).explain(words)
    except WanggeError as exc:
        return exc.say(settings().locale)


@lru_cache(maxsize=1)
def _tagger(path: Path, stamp: int) -> "Tagger":
    """The model in memory; read again when its file has another stamp."""
    from address.learned.tagger import Tagger

    return Tagger.load(path)
