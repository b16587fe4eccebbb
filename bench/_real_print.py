"""How the figures of real_line are shown, and what must hold of them whatever the data (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Figures = Mapping[str, Any]
WIDTH: Final = 34
AGAIN: Final = "_again"
BALANCE: Final = ("read", "accepted", "rejected", "repeated")


def balances(figures: Figures) -> dict[str, Figures]:
    """The files of a part, by name: everything in it that has a balance."""
    return {name: one for name, one in figures.items() if isinstance(one, Mapping) and set(BALANCE) <= one.keys()}


def adds_up(balance: Figures) -> bool:
    """read = accepted + rejected + repeated."""
    return bool(balance["read"] == balance["accepted"] + balance["rejected"] + balance["repeated"])


def holds(figures: Figures) -> bool:
    """Every row accounted for, nothing accepted a second time, nobody of another county placed here, a whole plan."""
    files = balances(figures)
    return (
        "failed" not in figures
        and all(adds_up(one) for one in files.values())
        and all(_is_same(files, name) for name in files if name.endswith(AGAIN))
        and figures.get("other_counties_placed_here", 0) == 0
        and figures.get("plan", {}).get("is_whole", True)
    )


def _is_same(files: Mapping[str, Figures], again: str) -> bool:
    """The second load accepts nothing and refuses what the first one refused."""
    first = files[again.removesuffix(AGAIN)]
    return bool(files[again]["accepted"] == 0 and files[again]["rejected"] == first["rejected"])


def table(figures: Figures, parts: Sequence[str]) -> Iterator[str]:
    """The lines of the print-out."""
    for part in parts:
        yield f"== {part}"
        yield from _part(figures[part])
    for name in ("machine", "commit", "seed", "holds"):
        yield f"{name:{WIDTH}} {figures[name]}"


def _part(figures: Figures) -> Iterator[str]:
    files = balances(figures)
    for name, one in files.items():
        yield (
            f"  {name:{WIDTH}} read {one['read']:>7,} = accepted {one['accepted']:>7,} + rejected {one['rejected']:>6,}"
            f" + repeated {one['repeated']:>6,}"
        )
        for reason, count in one.get("rejected_by_reason", {}).items():
            yield f"  {'':{WIDTH}} {count:>7,} × {reason}"
    for name, value in figures.items():
        if name not in files:
            yield from _line(name, value)


def _line(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        yield f"  {name}"
        for key, one in value.items():
            yield from _line(f"  {key}", one)
    elif isinstance(value, Mapping):
        yield f"  {name:{WIDTH}} " + "  ".join(f"{key} {one}" for key, one in value.items())
    elif isinstance(value, list) and any(isinstance(one, str) for one in value):
        yield f"  {name:{WIDTH}} " + "；".join(map(str, value))
    else:
        yield f"  {name:{WIDTH}} {value}"
