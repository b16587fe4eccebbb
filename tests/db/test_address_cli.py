"""`wangge address` and `wangge report` as an office types them."""

import importlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from address import codes
from cli.__main__ import COMMANDS, run
from core import db
from core.actors import Actor, Tier
from registry import service as registry
from tests.db.registry_people import MINE, people, person, settle

pytestmark = pytest.mark.db

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def wangge(fresh_database: str, actor: Actor, at: datetime, capsys: pytest.CaptureFixture[str]) -> Typed:
    """`wangge("address", "show", code)` → exit status and what was printed."""
    with db.unit_of_work(Tier.ETL) as session:
        settle(session, actor=actor, at=at)
        registry.load_residents(session, people(person(1), person(2, room=102)), batch_id=1, actor=actor, at=at)

    def typed(name: str, *words: str) -> tuple[int, str]:
        app = importlib.import_module(COMMANDS[name][0]).app
        status = run(app, name, list(words))
        told = capsys.readouterr()
        return status, told.out + told.err

    return typed


def code_of(name: str) -> str:
    with db.unit_of_work(Tier.JOBS) as session:
        words = text("SELECT code FROM address.address WHERE name LIKE :n ORDER BY created_at DESC, code LIMIT 1")
        return str(session.execute(words, {"n": f"%{name}"}).scalar_one())


def test_a_life_as_typed(wangge: Typed) -> None:
    rooms = [code_of(f"12号1栋1单元{room}室") for room in (101, 102)]
    assert wangge("address", "recode")[0] == 0
    status, said = wangge("address", "merge", *rooms, "--new", "room=199", "--document", "旌府3号")
    assert (status, "2 residents and businesses follow" in said) == (0, True)
    made = code_of("1单元199室")
    assert codes.show(made) in said
    assert f"→ {made}" in wangge("address", "resolve", rooms[0])[1]
    shown = wangge("address", "show", made)[1]
    for words in ("在用", "↑", "former", "旌府3号", "25"):
        assert words in shown
    status, said = wangge("address", "split", rooms[0], "--new", "room=9")
    assert (status, f"请改用 {made}" in said) == (1, True)
    assert wangge("address", "renumber", code_of("文庙街14号"), "--set", "number=14甲")[0] == 0
    assert "14甲号" in wangge("address", "show", code_of("14甲号1栋"))[1]
    assert wangge("address", "demolish", code_of("文庙街16号"))[1].startswith("停用 6 个编码")
    assert wangge("address", "correct", code_of("文庙街16号"), "--status", "current")[0] == 0
    assert wangge("address", "rebuild", code_of("文庙街18号1栋"))[0] == 0
    new = wangge(
        "address", "create", "--new", "road=新街,number=1", "--lon", "104.4", "--lat", "31.135", "--provisional"
    )
    assert (new[0], "新街1号" in new[1]) == (0, True)
    assert wangge("address", "rename", code_of("新街1号"), "--set", "road=老街")[0] == 0
    assert wangge("address", "duplicate", code_of("老街1号"), code_of("文庙街18号"))[0] == 0
    assert wangge("address", "code", code_of("文庙街18号"), "police", "5199-1")[0] == 0


def test_what_is_mistyped_is_told(wangge: Typed) -> None:
    code = code_of("文庙街12号")
    wrong = code[:-1] + next(symbol for symbol in codes.ALPHABET if symbol != code[-1])
    status, said = wangge("address", "show", wrong)
    assert (status, codes.show(code) in said, "没有这个地址编码" in said) == (1, True, True)
    assert "部分=值" in wangge("address", "rename", code, "--set", "number14")[1]
    assert "没有这个部分" in wangge("address", "rename", code, "--set", "numero=14")[1]
    assert "没有这个清单" in wangge("report", "nothing")[1]


def test_plates_are_printed(wangge: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "plates.pdf"
    assert "WANGGE_PUBLIC_URL" in wangge("address", "sheet", "--out", str(out), "--grid", MINE)[1]
    site = ("--site", "https://wg.example")
    status, said = wangge("address", "sheet", "--out", str(out), "--grid", MINE, *site, "--per-page", "2")
    assert (status, "4 张 2 页" in said) == (0, True)
    assert out.read_bytes().startswith(b"%PDF-")
    chosen = ",".join(code_of(name) for name in ("文庙街16号", "文庙街18号1栋"))
    assert "2 张 1 页" in wangge("address", "sheet", "--out", str(out), "--codes", chosen, *site)[1]
    assert "没有这个小区" in wangge("address", "sheet", "--out", str(out), "--estate", "无此小区", *site)[1]
    assert "--grid" in wangge("address", "sheet", "--out", str(out), *site)[1]


def test_lists_are_counted_and_written(wangge: Typed, tmp_path: Path) -> None:
    assert wangge("report")[1].count("\n") == len(registry.Report)
    out = tmp_path / "list.xlsx"
    status, said = wangge("report", "codes-without-parent", "--out", str(out))
    assert (status, out.stat().st_size > 0, "addresses without a parent: 0" in said) == (0, True, True)
    with db.unit_of_work(Tier.OWNER) as session:
        session.execute(text("UPDATE address.address SET parent_code = NULL WHERE level = 'unit'"))
    assert "没有上级地址" in wangge("report", "codes-without-parent")[1]
