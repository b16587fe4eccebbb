"""Nothing personal shows, and handlers can still read the matter. Hard texts live in masking_table.txt."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import masking as m

TABLE = Path(__file__).with_name("masking_table.txt")
ROWS = [
    tuple(line.rstrip("\n").split(" ⇒ "))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize(("before", "after"), ROWS)
def test_the_table(before: str, after: str):
    assert m.mask_text(before) == after


@pytest.mark.parametrize(("before", "after"), ROWS)
def test_masking_twice_changes_nothing_more(before: str, after: str):
    assert m.mask_text(after) == after


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("司马相如", "司马**"),
        ("王", "王"),
        ("张㛃", "张*"),
        ("𠮷田", "𠮷*"),
        ("阿卜杜拉·买买提", "阿***·***"),
        ("John Smith", "J*** *****"),
        (" 李四 ", "李*"),
        ("", ""),
        (None, ""),
    ],
)
def test_names(name: str | None, shown: str):
    assert m.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("028-86612345", "028-****2345"),
        ("0838-2501234", "0838-***1234"),
        ("2501234", "*****34"),
        ("110", "****10"),
        ("", ""),
        (None, ""),
        ("无", ""),
    ],
)
def test_phones(phone: str | None, shown: str):
    assert m.mask_phone(phone) == shown


def test_ids_keep_two():
    assert m.mask_id("51990119900101123X") == "*" * 16 + "3X"
    assert m.mask_id("") == m.mask_id(None) == ""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("东湖街道文庙街12号3栋2单元501", "东湖街道文庙街12号3栋2单元**室"),
        ("文庙街12号3栋2单元501室", "文庙街12号3栋2单元**室"),
        ("文庙街12号3栋1-502", "文庙街12号3栋**室"),
        ("文庙街12号", "文庙街12号"),
        ("文庙街12号3栋", "文庙街12号3栋"),
    ],
)
def test_rooms(address: str, shown: str):
    assert m.mask_room(address) == shown


def test_the_reporters_own_name_never_shows():
    assert m.mask_text("高山流水小区的石磊反映，石磊住3栋", ["石磊"]) == "高山流水小区的石*反映，石*住3栋"
    assert m.mask_text("无名", ["", "王"]) == "无名"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="我叫是王张李先生女士邻居的在，。 电话138０１２3456789-X@.com川FA·", max_size=60))
def test_any_text_is_masked_once_and_for_all(text: str):
    once = m.mask_text(text)
    assert m.mask_text(once) == once


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="住在文庙街，。电话：请来", max_size=10),
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.text(alphabet="住在文庙街，。谢谢", max_size=10),
)
def test_a_mobile_number_anywhere_is_masked(before: str, phone: str, after: str):
    assert phone not in m.mask_text(before + phone + after)
