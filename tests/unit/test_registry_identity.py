"""Identity numbers and credit codes, against the rules and against python-stdnum as oracle."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle_uscc
from stdnum.iso7064 import mod_11_2

from registry import identity as i

NOBODY = "519901"  # a region prefix that was never assigned: no real person can be hit


def number(birth: str = "19900101", serial: str = "123") -> str:
    body = NOBODY + birth + serial
    return body + i.id_check_symbol(body)


def test_the_check_character_is_iso_7064():
    for serial in range(200):
        body = f"{NOBODY}19900101{serial:03d}"
        assert i.id_check_symbol(body) == mod_11_2.calc_check_digit(body)


@pytest.mark.parametrize("serial", ["001", "002", "101", "998"])
def test_good_numbers_pass(serial: str):
    assert i.id_check([number(serial=serial)]).tolist() == [True]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        "1",
        number()[:-1],
        number() + "0",
        number()[:-1] + ("0" if number()[-1] != "0" else "1"),
        number("19900230"),
        number("19901301"),
        number("19900100"),
        number("20230229"),
        number("17000101"),
        "09" + number()[2:],
        number()[:16] + "A" + number()[17:],
        "张" * 18,
        "一" * 6,
        "X" * 18,
    ],
)
def test_bad_numbers_fail(bad: str | None):
    assert i.id_check([bad, number()]).tolist() == [False, True]


def test_leap_days_are_days():
    assert i.id_check([number("20240229"), number("20000229"), number("19000229")]).tolist() == [True, True, False]


def test_every_single_error_and_swap_of_digits_is_found():
    good = number()
    wrong = [
        good[:place] + digit + good[place + 1 :]
        for place in range(17)
        for digit in "0123456789"
        if digit != good[place]
    ]
    wrong += [
        good[:place] + good[place + 1] + good[place] + good[place + 2 :]
        for place in range(16)
        if good[place] != good[place + 1]
    ]
    assert not i.id_check(wrong).any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=20), st.from_regex(r"\A[0-9]{17}[0-9X]\Z"))))
def test_any_text_gets_an_answer(texts: list[str | None]):
    tidied = i.tidy(texts)
    valid = i.id_check(tidied)
    assert valid.shape == (len(texts),)
    for text, is_valid in zip(tidied, valid, strict=True):
        if is_valid:
            assert mod_11_2.is_valid(text)
    assert i.uscc_check(tidied).shape == (len(texts),)


def test_tidy_folds_what_people_type():
    assert i.tidy(["５１９９０１１９９００１０１１２３ｘ", " 51 99 ", None]).to_list() == [
        "51990119900101123X",
        "5199",
        None,
    ]


def test_birth_and_gender_are_in_the_number():
    years, months, days = i.births([number("19870605", "124"), "x"])
    assert (years[0], months[0], days[0]) == (1987, 6, 5)
    assert i.are_male([number(serial="001"), number(serial="002"), None]).tolist() == [True, False, False]


def test_an_empty_column():
    assert i.id_check([]).tolist() == []
    assert i.uscc_check(pl.Series("x", [], dtype=pl.String)).tolist() == []


def credit_code(serial: int) -> str:
    body = f"91{NOBODY}{serial:09d}"
    return body + i.uscc_check_symbol(body)


def test_credit_codes_agree_with_the_oracle():
    rng = np.random.default_rng(7)
    alphabet = list(i.USCC_ALPHABET.decode())
    codes = [credit_code(serial) for serial in range(300)]
    codes += ["".join(rng.choice(alphabet, 18)) for _ in range(2000)]
    codes += [code[:5] + "I" + code[6:] for code in codes[:20]] + [code[:17] for code in codes[:5]]
    ours = i.uscc_check(codes)
    assert ours[:300].all()
    for code, is_valid in zip(codes, ours, strict=True):
        if oracle_uscc.is_valid(code):
            assert is_valid
        elif is_valid:
            # the oracle also looks at the first eight characters; the check character must agree all the same
            assert oracle_uscc.calc_check_digit(code[:-1]) == code[-1]
