"""Codes: one-to-one, checked, unlike their neighbours."""

import numpy as np
import pytest

from address.codes import ALPHABET, SERIALS, check_symbol, fold, mint, show, valid

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


def test_single_errors_and_adjacent_swaps_are_caught() -> None:
    for code in mint(np.arange(200), KEY, "A01"):
        for place, symbol in enumerate(code):
            for other in ALPHABET:
                assert other == symbol or not valid(code[:place] + other + code[place + 1 :])
        for place in range(len(code) - 1):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            assert swapped == code or not valid(swapped)


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
