"""The names the parser may rely on, from what is loaded. Behind the door."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from address.gazetteer import Gazetteer


def gazetteer(session: Session) -> Gazetteer:
    """Names of the divisions that are valid today, for reading a register that has no columns.

    No roads and estates: they are learnt from registers, and a row must read the same the second time.
    """
    found: dict[str, set[str]] = {}
    for level, name in session.execute(text("SELECT level, name FROM grid.v_division")):
        found.setdefault(level, set()).add(name)
    return Gazetteer(
        counties=frozenset(found.get("county", ())),
        towns=frozenset(found.get("town", ())),
        villages=frozenset(found.get("village", ())),
    )
