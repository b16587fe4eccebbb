"""Every broken or hostile file gets its sentence, in both languages; nothing crashes and nothing is half loaded.

The sentences stand in `tests/files/sentences.tsv`: the file, the row (empty for the file as a whole), Chinese, English.
`WANGGE_WRITE_SENTENCES=1` writes what is said now, to be read and judged.
"""

import csv
import os
import resource
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from core import db
from core.actors import Tier
from core.db import unit_of_work
from core.errors import WanggeError
from etl import service
from tests.db.etl_district import ACTOR, contents, copy_of
from tests.files import corpus, ground

pytestmark = pytest.mark.slow

TABLE = Path(__file__).parents[1] / "files" / "sentences.tsv"
FEWEST = 60
CPU_S = 20
"""More than any of them may cost, this process and those it started."""


@dataclass
class Told:
    """What became of one file: lines (row, zh, en), and its balance when it was loaded."""

    lines: list[tuple[str, str, str]]
    balance: tuple[int, int, int, int] | None
    is_unchanged: bool
    cpu_s: float
    adds_up: bool = True
    running: int = 0


@dataclass
class Run:
    """All of them."""

    told: dict[str, Told] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    found = Run()
    with copy_of(template):
        folder = tmp_path_factory.mktemp("corpus")
        for name, content in ground.files().items():
            (folder / name).write_bytes(content)
            report = service.load(folder / name, actor=ACTOR)
            assert report.rejected_count == 0, report.rejected
        before = contents()
        for path in corpus.made(folder):
            found.told[path.name], before = told_of(path, before)
    if os.environ.get("WANGGE_WRITE_SENTENCES"):
        with TABLE.open("w", encoding="utf-8", newline="") as opened:
            lines = [[name, *line] for name, told in found.told.items() for line in said(told)]
            csv.writer(opened, delimiter="\t", lineterminator="\n").writerows(lines)
    yield found
    db.use_database(None)


Contents = dict[str, tuple[int, str]]


def told_of(path: Path, before: Contents) -> tuple[Told, Contents]:
    began, begun = cpu_seconds(), batches()
    try:
        report = service.load(path, actor=ACTOR)
    except WanggeError as fault:
        line = ("" if fault.where == path.name else f"? {fault.where}", fault.zh, fault.en)
        cost = cpu_seconds() - began
        after = before if batches() == begun else contents()  # without a batch nothing was written
        return Told([line], None, after == before, cost, running=running()), after
    lines = [(str(one.row_no), one.zh, one.en) for one in report.rejected]
    balance = (report.read, report.accepted, report.repeated, report.rejected_count)
    assert report.rejected_count <= len(lines)
    cost, after = cpu_seconds() - began, contents()
    return Told(lines, balance, after == before, cost, report.adds_up, running()), after


def batches() -> int:
    with unit_of_work(Tier.ETL) as session:
        return int(session.scalar(text("SELECT count(*) FROM etl.batch")) or 0)


def running() -> int:
    with unit_of_work(Tier.ETL) as session:
        return int(session.scalar(text("SELECT count(*) FROM etl.batch WHERE status = 'running'")) or 0)


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def said(told: Told) -> list[tuple[str, str, str]]:
    """What the operator reads: the balance when the file was loaded, then each line."""
    if told.balance is None:
        return told.lines
    read, accepted, repeated, rejected = told.balance
    words = f"{read} = {accepted} + {repeated} + {rejected}"
    return [("=", words, words), *told.lines]


def sentences() -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as opened:
        for name, row, zh, en in csv.reader(opened, delimiter="\t"):
            found[name].append((row, zh, en))
    return found


def test_there_are_enough_of_them() -> None:
    assert len(corpus.names()) >= FEWEST
    assert sentences().keys() == set(corpus.names())


@pytest.mark.parametrize("name", corpus.names())
def test_the_operator_reads_the_sentence(run: Run, name: str) -> None:
    told = run.told[name]
    assert said(told) == sentences()[name]
    assert told.adds_up
    assert told.running == 0
    if told.balance is None or told.balance[1] == 0:
        assert told.is_unchanged
    assert told.cpu_s < CPU_S
