"""The glossary speaks of things that exist, and leaves no table out of the rooms it describes."""

import importlib
import re
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
ROOMS = ("core", "grid", "address", "registry", "incidents", "cases", "patrol", "etl")
UNSAID = {  # what only its own room needs a word for
    "core.installation", "grid.version", "address.version", "registry.disclosure_limit", "registry.grid_population",
    "incidents.category_word", "incidents.threshold", "incidents.matter_suggestion", "incidents.placing_claim",
    "cases.case_report",
    "patrol.team_grid", "patrol.team_member", "patrol.photo",
}  # fmt: skip


def rows() -> list[list[str]]:
    lines = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def tables() -> dict[str, set[str]]:
    for room in ROOMS:
        importlib.import_module(f"{room}.models")
    from core.db import Base

    return {name: {column.name for column in table.columns} for name, table in Base.metadata.tables.items()}


def test_every_table_or_column_named_exists() -> None:
    known = tables()
    named = [name for row in rows() for name in words(row[2])]
    wrong = [n for n in named if n not in known and n.rpartition(".")[2] not in known.get(n.rpartition(".")[0], set())]
    assert wrong == []


def test_every_table_has_a_word() -> None:
    named = {".".join(name.split(".")[:2]) for row in rows() for name in words(row[2])}
    assert sorted(set(tables()) - named - UNSAID) == []


@pytest.mark.parametrize("name", [name for row in rows() for name in words(row[3]) if "(" not in name])
def test_every_class_or_module_named_exists(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return
    pytest.fail(f"{name} is not there")


def test_chinese_and_english_stand_side_by_side() -> None:
    for zh, en, *_ in rows():
        assert re.search(r"[\u4e00-\u9fff]", zh), zh
        assert not re.search(r"[\u4e00-\u9fff]", en), en
