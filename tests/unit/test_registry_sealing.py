"""Sealed values open for their own row only; the blind index tells nothing."""

from uuid import UUID

import pytest

from registry.errors import SealBroken
from registry.sealing import BLIND_BYTES, Sealer

ONE, OTHER = UUID(int=1), UUID(int=2)
SEALER = Sealer(b"k" * 32, b"b" * 32)
FIELDS = {"name": "张三丰", "phone": "13800000000", "note": "㛃"}


def test_what_was_sealed_opens():
    assert SEALER.open("registry.person", ONE, SEALER.seal("registry.person", ONE, FIELDS)) == FIELDS


def test_the_same_fields_never_look_the_same():
    assert SEALER.seal("registry.person", ONE, FIELDS) != SEALER.seal("registry.person", ONE, FIELDS)


@pytest.mark.parametrize(("table", "row"), [("registry.person", OTHER), ("registry.contact", ONE)])
def test_a_value_moved_elsewhere_does_not_open(table: str, row: UUID):
    sealed = SEALER.seal("registry.person", ONE, FIELDS)
    with pytest.raises(SealBroken):
        SEALER.open(table, row, sealed)


def test_a_changed_byte_or_another_key_does_not_open():
    sealed = SEALER.seal("registry.person", ONE, FIELDS)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            SEALER.open("registry.person", ONE, bytes(changed))
    with pytest.raises(SealBroken):
        Sealer(b"x" * 32, b"b" * 32).open("registry.person", ONE, sealed)
    with pytest.raises(SealBroken):
        SEALER.open("registry.person", ONE, b"")


def test_no_clear_text_inside():
    sealed = SEALER.seal("registry.person", ONE, FIELDS)
    assert "张三丰".encode() not in sealed
    assert b"13800000000" not in sealed


def test_the_error_holds_nothing_personal():
    with pytest.raises(SealBroken) as caught:
        SEALER.open("registry.person", OTHER, SEALER.seal("registry.person", ONE, FIELDS))
    assert "张" not in str(caught.value) + caught.value.zh


def test_blind_values_depend_on_key_kind_and_value():
    found = {SEALER.blind("id", "1"), SEALER.blind("phone", "1"), SEALER.blind("id", "2")}
    found.add(Sealer(b"k" * 32, b"c" * 32).blind("id", "1"))
    assert len(found) == 4
    assert {len(value) for value in found} == {BLIND_BYTES}
    assert SEALER.blind("id", "1") == SEALER.blind("id", "1")


def test_content_sees_every_change_of_a_row():
    assert SEALER.content(["a", None, "b"]) == SEALER.content(["a", "", "b"])
    assert SEALER.content(["a", "b", ""]) != SEALER.content(["a", "", "b"])
    assert SEALER.content(["ab"]) != SEALER.content(["a", "b"])
