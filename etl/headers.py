"""What a table is, told by its headers: one mapping a kind, shipped as TOML, with the synonyms offices use.

An office may save its own beside them. Pure but for reading the files.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from core.settings import settings
from etl.errors import KindUnknown
from incidents.channels.table import LAYOUTS

SHIPPED: Final = Path(__file__).parent / "mappings"
REPORTS: Final = "reports:"
REPORT_FIELDS: Final = (
    "reference", "received_at", "words", "place", "person", "phone", "category", "urgency", "state", "closed_at",
    "unit", "lon", "lat",
)  # fmt: skip
_SAID_BESIDE: Final = re.compile(r"\([^()]*\)$")
_NOISE: Final = re.compile(r"[\s\u200b\ufeff*:.、]+")


def canonical(header: str) -> str:
    """A header without what offices add to it: width, blanks, line breaks, stars, colons, capitals."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", header)).lower()


def readings(header: str) -> tuple[str, ...]:
    """The ways to read a header: as it stands, then without the note in brackets behind it (经度（WGS84）)."""
    whole = canonical(header)
    short = _SAID_BESIDE.sub("", whole)
    return (whole, short) if short and short != whole else (whole,)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One kind of table: our column → the headers it may have. `required` must be there.

    `codes` are columns of signs that only look like numbers, `dates` of days. `is_shape` when the rows come with
    geometry; `is_specific` when its required columns stand in no other table, whatever else it holds. `name` tells a
    saved mapping from the shipped one of its kind.
    """

    name: str
    kind: str
    zh: str
    en: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    codes: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    is_shape: bool = False
    is_specific: bool = False
    is_saved: bool = False

    def chosen(self, headers: Iterable[str]) -> dict[str, str]:
        """Our column → the header of this file; the first synonym present wins, a full reading before a short one."""
        places: dict[str, str] = {}
        for depth in (0, 1):
            for header in headers:
                if len(told := readings(header)) > depth:
                    places.setdefault(told[depth], header)
        found: dict[str, str] = {}
        for ours, names in self.columns.items():
            there = (places[canonical(name)] for name in names if canonical(name) in places)
            free = [one for one in there if one not in found.values()]
            if free:
                found[ours] = free[0]
        return found

    def missing(self, headers: Iterable[str]) -> list[str]:
        """The required columns that no header of this file stands for, by their first synonym."""
        found = self.chosen(list(headers))
        return [self.columns[name][0] for name in self.required if name not in found]

    def label(self, ours: str) -> str:
        """The Chinese name of one of our columns."""
        return self.columns[ours][0] if self.columns.get(ours) else ours


def read_mapping(path: Path, *, is_saved: bool = True) -> TableMapping:
    """A mapping from a TOML file: kind, zh, en, required = […], codes, dates, [columns] ours = [headers…].

    Raises KindUnknown when it is no such file.
    """
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
        return TableMapping(
            name=path.stem,
            kind=stored["kind"],
            zh=stored["zh"],
            en=stored["en"],
            columns={ours: tuple(names) for ours, names in stored["columns"].items()},
            required=tuple(stored["required"]),
            codes=tuple(stored.get("codes", ())),
            dates=tuple(stored.get("dates", ())),
            is_shape=stored.get("is_shape", False),
            is_specific=stored.get("is_specific", False),
            is_saved=is_saved,
        )
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError, TypeError) as exc:
        raise KindUnknown(
            zh="对照表读不懂；需要 kind、zh、en、required 和 [columns]",
            en="the mapping cannot be read: kind, zh, en, required and [columns] are needed",
            where=path.name,
        ) from exc


@cache
def shipped() -> tuple[TableMapping, ...]:
    """All mappings that come with wangge, those of the report channels among them."""
    tables = [read_mapping(path, is_saved=False) for path in sorted(SHIPPED.glob("*.toml"))]
    return (*tables, *(_of_channel(channel) for channel in LAYOUTS))


def _of_channel(channel: object) -> TableMapping:
    layout = LAYOUTS[channel]  # type: ignore[index]
    kind = f"{REPORTS}{layout.channel.value}"
    return TableMapping(
        name=kind,
        kind=kind,
        zh="事件表",
        en="reports",
        columns={field: getattr(layout, field) for field in REPORT_FIELDS},
        required=("reference", "received_at", "words"),
        codes=("reference", "phone"),
    )


def saved_folder() -> Path:
    """Where an office keeps its own mappings."""
    return settings().data / "mappings"


def saved() -> tuple[TableMapping, ...]:
    """The mappings of this office, by name."""
    folder = saved_folder()
    return tuple(read_mapping(path) for path in sorted(folder.glob("*.toml"))) if folder.is_dir() else ()


def named(name: str) -> TableMapping:
    """A mapping by its name, or by the path of its file. Raises KindUnknown."""
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return read_mapping(path)
    found = next((one for one in (*saved(), *shipped()) if one.name == name), None)
    if found is None:
        names = "、".join(one.name for one in (*saved(), *shipped()))
        raise KindUnknown(zh=f"没有这个对照表：{name}；有：{names}", en=f"no such mapping: {name}; there are: {names}")
    return found


def knower() -> Callable[[str], bool]:
    """What tells whether a cell reads like a header of any kind of table, shipped or saved."""
    known = _vocabulary() | {canonical(name) for one in saved() for names in one.columns.values() for name in names}
    return lambda cell: any(reading in known for reading in readings(cell))


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(canonical(name) for one in shipped() for names in one.columns.values() for name in names)


def recognise(
    headers: Sequence[str], kind: str | None = None, *, where: str | None = None, is_shape: bool = False
) -> TableMapping:
    """The mapping that fits these headers best: a saved one before a shipped one, reports before registers.

    Raises KindUnknown when none or several fit equally; `where` is named in it.
    """
    names = [name for name in headers if name not in ("row_no", "geometry")]
    known = [one for one in (*saved(), *shipped()) if one.is_shape == is_shape]
    if kind is not None:
        return _of_kind(names, kind, where, known)
    fits = [(_weight(one, names), one) for one in known if not one.missing(names)]
    best = max((weight for weight, _ in fits), default=None)
    winners = [one for weight, one in fits if weight == best]
    if winners and (len(winners) == 1 or winners[0].kind.startswith(REPORTS)):
        return winners[0]
    fitting = list(dict.fromkeys(one.kind for one in (winners or known)))
    told = "像是几种表" if winners else "表头认不出是哪种表"
    raise KindUnknown(
        zh=f"{told}（表头：{'、'.join(name[:20] for name in names[:12])}）；请用 --kind 指明：{'、'.join(fitting)}",
        en=f"the headers fit {'several kinds' if winners else 'no kind'} of table; name one with --kind: "
        f"{', '.join(fitting)}",
        where=where,
    )


def _weight(mapping: TableMapping, names: Sequence[str]) -> tuple[bool, bool, bool, int]:
    is_report = mapping.kind.startswith(REPORTS)
    return mapping.is_saved, is_report, mapping.is_specific, len(mapping.chosen(names))


def _of_kind(names: Sequence[str], kind: str, where: str | None, known: Sequence[TableMapping]) -> TableMapping:
    of_kind = [one for one in known if one.kind == kind]
    if not of_kind:
        kinds = ", ".join(dict.fromkeys(one.kind for one in known))
        raise KindUnknown(
            zh=f"没有这种表：{kind}；可选：{kinds}", en=f"no such kind: {kind}; choose from {kinds}", where=where
        )
    if not (fitting := [one for one in of_kind if not one.missing(names)]):
        raise columns_missing(of_kind[-1], of_kind[-1].missing(names), where)
    return fitting[0]


def columns_missing(mapping: TableMapping, missing: Sequence[str], where: str | None) -> KindUnknown:
    """The error that names the required columns a file does not have."""
    return KindUnknown(
        zh=f"{mapping.zh}缺少必需的列：{'、'.join(missing)}",
        en=f"{mapping.en}: required columns missing: {', '.join(missing)}",
        where=where,
    )


def apply(mapping: TableMapping, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame under our column names (row_no kept), as text; columns of its kind that are absent come as null.

    Reports keep the headers of their channel, spelled as the channel's layout has them.
    """
    chosen = mapping.chosen([name for name in frame.columns if name != "row_no"])
    if mapping.kind.startswith(REPORTS):
        return _spelled(mapping, frame)
    usual = (name for one in shipped() if one.kind == mapping.kind for name in one.columns)
    return frame.select(
        "row_no",
        *(
            _told(chosen[ours]).alias(ours) if ours in chosen else pl.lit(None, pl.String).alias(ours)
            for ours in dict.fromkeys([*mapping.columns, *usual])
        ),
    )


def _spelled(mapping: TableMapping, frame: pl.DataFrame) -> pl.DataFrame:
    layout = {canonical(name): name for names in mapping.columns.values() for name in names}
    spelled: dict[str, str] = {}
    for header in frame.columns:
        name = next((layout[reading] for reading in readings(header) if reading in layout), header)
        if name not in spelled.values() and (name == header or name not in frame.columns):
            spelled[header] = name
    return frame.rename(spelled)


def _told(header: str) -> pl.Expr:
    """The text of a column, an empty cell as null."""
    text = pl.col(header).cast(pl.String).str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)
