"""What a table is, told by its headers: one mapping a kind, shipped as TOML, with the synonyms offices use (pure)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from etl.errors import KindUnknown

SHIPPED: Final = Path(__file__).parent / "mappings"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One kind of table: our column → the headers it may have. `required` must be there."""

    kind: str
    zh: str
    en: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]

    def chosen(self, headers: Sequence[str]) -> dict[str, str]:
        """Our column → the header of this file; the first synonym present wins."""
        present = set(headers)
        found = {ours: next((name for name in names if name in present), None) for ours, names in self.columns.items()}
        return {ours: name for ours, name in found.items() if name is not None}

    def missing(self, headers: Sequence[str]) -> list[str]:
        """The required columns that no header of this file stands for, by their first synonym."""
        found = self.chosen(headers)
        return [self.columns[name][0] for name in self.required if name not in found]


def read_mapping(path: Path) -> TableMapping:
    """A mapping from a TOML file: kind, zh, en, required = […], [columns] ours = [headers…]."""
    stored = tomllib.loads(path.read_text(encoding="utf-8"))
    columns = {ours: tuple(names) for ours, names in stored["columns"].items()}
    return TableMapping(stored["kind"], stored["zh"], stored["en"], columns, tuple(stored["required"]))


@cache
def shipped() -> tuple[TableMapping, ...]:
    """All mappings that come with wangge."""
    return tuple(read_mapping(path) for path in sorted(SHIPPED.glob("*.toml")))


def recognise(headers: Sequence[str], kind: str | None = None, *, where: str | None = None) -> TableMapping:
    """The mapping that fits these headers best. Raises KindUnknown when none or several fit equally; `where` is named
    in it."""
    names = [name for name in headers if name != "row_no"]
    if kind is not None:
        return _of_kind(names, kind, where)
    fits = [(len(one.chosen(names)), one) for one in shipped() if not one.missing(names)]
    best = max((count for count, _ in fits), default=0)
    winners = [one for count, one in fits if count == best]
    if len(winners) == 1:
        return winners[0]
    kinds = "、".join(one.kind for one in (winners or shipped()))
    told = "像是几种表" if winners else "表头认不出是哪种表"
    raise KindUnknown(
        zh=f"{told}（表头：{'、'.join(names[:12])}）；请用 --kind 指明：{kinds}",
        en=f"the headers fit {'several kinds' if winners else 'no kind'} of table; name one with --kind: {kinds}",
        where=where,
    )


def _of_kind(names: Sequence[str], kind: str, where: str | None) -> TableMapping:
    found = next((one for one in shipped() if one.kind == kind), None)
    if found is None:
        kinds = ", ".join(one.kind for one in shipped())
        raise KindUnknown(
            zh=f"没有这种表：{kind}；可选：{kinds}", en=f"no such kind: {kind}; choose from {kinds}", where=where
        )
    if missing := found.missing(names):
        raise KindUnknown(
            zh=f"{found.zh}缺少必需的列：{'、'.join(missing)}",
            en=f"{found.en}: required columns missing: {missing}",
            where=where,
        )
    return found


def apply(mapping: TableMapping, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame under our column names (row_no kept), as text; optional columns that are absent come as null."""
    chosen = mapping.chosen(frame.columns)
    return frame.select(
        "row_no",
        *(
            _told(chosen[ours]).alias(ours) if ours in chosen else pl.lit(None, pl.String).alias(ours)
            for ours in mapping.columns
        ),
    )


def _told(header: str) -> pl.Expr:
    """The text of a column, an empty cell as null."""
    text = pl.col(header).cast(pl.String).str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)
