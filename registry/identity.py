"""Identity numbers (GB 11643) and unified social credit codes (GB 32100), checked for whole columns at once (pure)."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

LENGTH = 18
ID_WEIGHTS = np.array([pow(2, 17 - place, 11) for place in range(17)], dtype=np.int64)  # ISO 7064 MOD 11-2
ID_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)  # check character by the weighted sum mod 11
PROVINCES = np.array(
    [11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
     50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83]
)  # fmt: skip
FOREIGNER = ord("9")  # permanent residence cards since 2023 begin with 9 before the province
EARLIEST_BIRTH_YEAR = 1880
LATEST_BIRTH_YEAR = 2100

USCC_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_MODULUS = 31
USCC_WEIGHTS = np.array([pow(3, place, USCC_MODULUS) for place in range(17)], dtype=np.int64)
_USCC_VALUES = np.full(256, -1, dtype=np.int64)
_USCC_VALUES[np.frombuffer(USCC_ALPHABET, dtype=np.uint8)] = np.arange(USCC_MODULUS)

_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

Texts = Sequence[str | None] | pl.Series
Bools = NDArray[np.bool_]


def tidy(numbers: Texts) -> pl.Series:
    """Numbers as they are compared: half-width, upper case, without spaces. Null stays null."""
    series = pl.Series("number", numbers, dtype=pl.String, strict=False)
    half = series.str.replace_many(list(_FULL_WIDTH), list(_FULL_WIDTH.values()))
    return half.str.replace_all(r"[\s\u3000]", "").str.to_uppercase()


def id_check(numbers: Texts) -> Bools:
    """Which are valid 18-character identity numbers: check character, province and a real birth date.

    Expects tidied text. The county digits are not looked up: people keep numbers of counties that are no more.
    """
    symbols, is_18 = _matrix(numbers)
    digits = symbols[:, :17].astype(np.int64) - ord("0")
    are_digits = _all_in(digits, 9)
    digits = np.where(are_digits[:, None], digits, 0)
    right_check = symbols[:, 17] == ID_CHECKS[(digits @ ID_WEIGHTS) % 11]
    known_province = np.isin(digits[:, 0] * 10 + digits[:, 1], PROVINCES) | (symbols[:, 0] == FOREIGNER)
    valid: Bools = is_18 & are_digits & right_check & known_province & _is_date(*_birth(digits))
    return valid


def births(numbers: Texts) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Year, month and day of birth as the numbers say; zeros where a number is not 18 digits long."""
    symbols, _ = _matrix(numbers)
    digits = symbols[:, :17].astype(np.int64) - ord("0")
    return _birth(np.where(_all_in(digits, 9)[:, None], digits, 0))


def are_male(numbers: Texts) -> Bools:
    """Whether the 17th digit is odd; False where there is none."""
    symbols, _ = _matrix(numbers)
    odd: Bools = (symbols[:, 16] >= ord("0")) & (symbols[:, 16] % 2 == 1)
    return odd


def uscc_check(codes: Texts) -> Bools:
    """Which are valid 18-character credit codes. Expects tidied text."""
    symbols, is_18 = _matrix(codes)
    values = _USCC_VALUES[symbols]
    in_alphabet = _all_in(values, USCC_MODULUS)
    values = np.where(in_alphabet[:, None], values, 0)
    check = (-(values[:, :17] @ USCC_WEIGHTS)) % USCC_MODULUS
    valid: Bools = is_18 & in_alphabet & (values[:, 17] == check)
    return valid


def id_check_symbol(body: str) -> str:
    """The check character of 17 digits: for makers of test people."""
    digits = np.frombuffer(body.encode("ascii"), dtype=np.uint8).astype(np.int64) - ord("0")
    return chr(int(ID_CHECKS[int(digits @ ID_WEIGHTS) % 11]))


def uscc_check_symbol(body: str) -> str:
    """The check character of a 17-character credit code body: for makers of test businesses."""
    values = _USCC_VALUES[np.frombuffer(body.encode("ascii"), dtype=np.uint8)]
    return chr(USCC_ALPHABET[int(-(values @ USCC_WEIGHTS)) % USCC_MODULUS])


def _matrix(texts: Texts) -> tuple[NDArray[np.uint8], Bools]:
    """One row of 18 bytes for each text, zeros for those that are not 18 ASCII characters; and which are."""
    series = pl.Series("text", texts, dtype=pl.String, strict=False)
    is_18 = ((series.str.len_bytes() == LENGTH) & (series.str.len_chars() == LENGTH)).fill_null(value=False).to_numpy()
    symbols = np.zeros((len(series), LENGTH), dtype=np.uint8)
    joined = "".join(series.filter(pl.Series(is_18)).to_list()).encode("ascii")
    symbols[is_18] = np.frombuffer(joined, dtype=np.uint8).reshape(-1, LENGTH)
    return symbols, np.asarray(is_18, dtype=np.bool_)


def _all_in(rows: NDArray[np.int64], most: int) -> Bools:
    """Which rows hold only values from 0 to `most`."""
    fits: Bools = np.min((rows >= 0) & (rows <= most), axis=1).astype(np.bool_)
    return fits


def _birth(digits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    year = digits[:, 6:10] @ np.array([1000, 100, 10, 1])
    return year, digits[:, 10:12] @ np.array([10, 1]), digits[:, 12:14] @ np.array([10, 1])


def _is_date(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> Bools:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    right_month = (month >= 1) & (month <= 12)
    length = lengths[np.where(right_month, month, 0)] + (leap & (month == 2))
    right_year = (year >= EARLIEST_BIRTH_YEAR) & (year <= LATEST_BIRTH_YEAR)
    valid: Bools = right_year & right_month & (day >= 1) & (day <= length)
    return valid
