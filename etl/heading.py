"""Where the header of a table is (pure): below titles, over two rows, beside merged cells."""

from collections.abc import Callable, Sequence
from typing import Final

TITLE_ROWS: Final = 10
"""A sheet may begin with titles and merged cells: the header is looked for in the first so many rows."""
GROUP_CELLS: Final = 2
"""A row with fewer filled cells is a title, not the upper half of a header."""

FEWEST_KNOWN: Final = 2
"""One known name alone may be a cell of the data: x, 组, 12."""

Cells = Sequence[str | None]


def find(rows: Sequence[Cells], is_known: Callable[[str], bool]) -> tuple[int, list[str]]:
    """The place of the header among these first rows, and its names, none empty and none twice.

    It is the row with most known names, its empty cells read from the row above (a header of two rows, of which some
    cells are merged); without two known names the fullest of the rows. `rows` is not empty.
    """
    read = [_with_above(rows, at) for at in range(min(TITLE_ROWS, len(rows)))]
    known = [sum(bool(cell) and is_known(str(cell)) for cell in cells) for cells in read]
    if max(known) >= FEWEST_KNOWN:
        top = known.index(max(known))
        return top, names(read[top])
    counts = [sum(1 for cell in cells if cell) for cells in rows[:TITLE_ROWS]]
    full = max(counts)
    top = next(at for at, count in enumerate(counts) if count >= max(full - 2, min(full, 1)) and count * 2 >= full)
    return top, names(rows[top])


def _with_above(rows: Sequence[Cells], at: int) -> list[str | None]:
    cells = list(rows[at])
    if at == 0 or sum(1 for cell in rows[at - 1] if cell) < GROUP_CELLS:
        return cells
    return [cell or (rows[at - 1][place] if place < len(rows[at - 1]) else None) for place, cell in enumerate(cells)]


def names(cells: Cells) -> list[str]:
    """Headers without blanks; empty and repeated ones get a name of their own, so that no column is lost."""
    found: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = "".join((cell or "").split()).replace("\ufeff", "") or f"第{position}列"
        found.append(name if name not in found else f"{name}_{position}")
    return found
