"""Codes: one-to-one, checked, unlike their neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from address.codes import ALPHABET, SERIALS, check_symbol, corrections, fold, mint, show, valid

KEY = b"a key for this test, 32 bytes ok"


def test_every_counter_has_a_code_of_its_own() -> None:
    counters = np.concatenate([np.arange(60_000), SERIALS - 1 - np.arange(60_000)])
    codes = mint(counters, KEY, "A01")
    assert len(set(codes)) == len(counters)
    assert all(valid(code) and code.startswith("A01") for code in codes[::97])


def test_the_key_decides_and_is_all_that_decides() -> None:
    counters = np.arange(100)
    assert mint(counters, KEY, "A01") == mint(counters, KEY, "A01")
    assert not set(mint(counters, KEY, "A01")) & set(mint(counters, b"another", "A01"))


SAMPLE = mint(np.random.default_rng(7).integers(0, SERIALS, 2_000), KEY, "A01")


def test_single_errors_adjacent_and_jump_swaps_are_caught() -> None:
    """All of them, in 2,000 random codes: about 720,000 single errors and 42,000 swaps."""
    for code in SAMPLE:
        values = np.array([ALPHABET.index(symbol) for symbol in code])
        weights = np.array([pow(3, place, 31) for place in range(11)])
        wanted = (-values[:-1] @ weights) % 31
        assert wanted == values[-1]
        for place in range(11):
            others = np.delete(np.arange(31), values[place])
            changed = (wanted - (others - values[place]) * weights[place]) % 31
            assert not (changed == values[-1]).any()
        for gap in (1, 2):
            for place in range(12 - gap):
                swapped = list(code)
                swapped[place], swapped[place + gap] = swapped[place + gap], swapped[place]
                assert "".join(swapped) == code or not valid("".join(swapped))


def test_every_single_error_is_seen_by_the_function_itself() -> None:
    for code in SAMPLE[:60]:
        for place, symbol in enumerate(code):
            for other in ALPHABET:
                assert other == symbol or not valid(code[:place] + other + code[place + 1 :])


def test_one_slip_leads_back_to_the_code() -> None:
    for code in SAMPLE[:40]:
        assert corrections(code) == []
        for at in range(12):
            other = ALPHABET[(ALPHABET.index(code[at]) + 1 + at) % 31]
            assert code in corrections(code[:at] + other + code[at + 1 :])
            assert code in corrections(code[:at] + code[at + 1 :])
            assert code in corrections(code[:at] + "7" + code[at:])
        swapped = code[:3] + code[5] + code[4] + code[3] + code[6:]
        assert swapped == code or code in corrections(swapped)
    assert len(corrections("A01XXXXXXXXX")) < 40
    assert corrections("") == []


def test_what_people_type_is_folded() -> None:
    code = mint(np.array([7]), KEY, "A01")[0]
    assert fold(show(code).lower()) == code
    assert fold("aoi") == "A01"
    assert show("ABCDEFGHJKLM") == "ABCD-EFGH-JKLM"
    assert check_symbol(code[:-1]) == code[-1]


@pytest.mark.parametrize("typed", ["", "A01", "A0100000000I", "一二三四五六七八九十一二"])
def test_what_is_no_code_is_not_valid(typed: str) -> None:
    assert not valid(typed)


def test_refuses_a_wrong_issuer_and_a_counter_out_of_range() -> None:
    with pytest.raises(ValueError, match="issuer"):
        mint(np.array([1]), KEY, "AO1")
    with pytest.raises(ValueError, match="counter"):
        mint(np.array([SERIALS]), KEY, "A01")
    assert mint(np.array([], dtype=np.int64), KEY, "A01") == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_folded_judged_and_shown(typed: str) -> None:
    folded = fold(typed)
    assert fold(folded) == fold(fold(folded))
    if valid(folded):
        assert fold(show(folded)) == folded
        assert corrections(folded) == []
    else:
        assert all(valid(one) for one in corrections(folded))
