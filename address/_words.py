"""The names the parser may rely on, from what is loaded. Behind the door."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from address.gazetteer import Gazetteer


def gazetteer(session: Session) -> Gazetteer:
    """Names of the divisions that are valid today, and of the roads and estates known so far."""
    found: dict[str, set[str]] = {}
    for level, name in session.execute(text("SELECT level, name FROM grid.v_division")):
        found.setdefault(level, set()).add(name)
    for kind in ("estate", "road"):
        names = session.execute(text(f"SELECT DISTINCT {kind} FROM address.address WHERE {kind} IS NOT NULL")).scalars()
        found[kind] = set(names)
    return Gazetteer(
        counties=frozenset(found.get("county", ())),
        towns=frozenset(found.get("town", ())),
        villages=frozenset(found.get("village", ())),
        estates=frozenset(found.get("estate", ())),
        roads=frozenset(found.get("road", ())),
    )
