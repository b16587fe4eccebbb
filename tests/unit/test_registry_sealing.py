"""Sealed values open for their own row only; the blind index tells nothing."""

import hmac
from uuid import RFC_4122, UUID

import polars as pl
import pytest

from registry.errors import SealBroken
from registry.frames import joined
from registry.sealing import BLIND_BYTES, NONCE_BYTES, NONCES_AT_ONCE, SEPARATOR, Sealer, new_ids

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
    assert content("a", None, "b") == content("a", "", "b")
    assert content("a", "b", "") != content("a", "", "b")
    assert content("ab", "") != content("a", "b")


def content(*values: str | None) -> bytes:
    names = [str(place) for place in range(len(values))]
    rows = pl.DataFrame(
        {name: [value] for name, value in zip(names, values, strict=True)},
        schema_overrides=dict.fromkeys(names, pl.String),
    )
    return SEALER.content(joined(rows, names, SEPARATOR)[0])


@pytest.mark.parametrize("value", ["", "510104199001011234", "㛃" * 100])
def test_the_blind_index_is_hmac(value: str) -> None:
    expected = hmac.digest(b"b" * 32, f"id{SEPARATOR}{value}".encode(), "sha256")
    assert SEALER.blind("id", value) == expected[:BLIND_BYTES]


def test_many_are_sealed_each_for_its_own_row() -> None:
    sealed = SEALER.seal_many("registry.person", [str(ONE), str(OTHER)], [FIELDS, {"name": "李四"}])
    assert SEALER.open("registry.person", ONE, sealed[0]) == FIELDS
    assert SEALER.open("registry.person", OTHER, sealed[1]) == {"name": "李四"}
    with pytest.raises(SealBroken):
        SEALER.open("registry.person", OTHER, sealed[0])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        SEALER.seal_many("registry.person", [str(ONE)], [FIELDS, FIELDS])


def test_no_nonce_comes_twice() -> None:
    count = 3 * NONCES_AT_ONCE
    sealed = SEALER.seal_many("registry.person", [str(ONE)] * count, [FIELDS] * count)
    assert len({value[1 : 1 + NONCE_BYTES] for value in sealed}) == count


def test_new_ids_are_random_uuids() -> None:
    ids = new_ids(1000)
    assert len(set(ids)) == len(ids)
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(4, RFC_4122)}
    assert [str(UUID(one)) for one in ids] == ids
