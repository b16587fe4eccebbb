"""Numbers that check and belong to nobody: identity numbers, credit codes, phones."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.demo.sizes import COUNTY_CODE

ID_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECKS: Final = np.array(list("10X98765432"))
"""GB 11643: ISO 7064 MOD 11-2."""
USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS: Final = np.array([pow(3, i, 31) for i in range(17)])
"""GB 32100: weights 3^(i-1) mod 31."""
ORGANISATION_WEIGHTS: Final = np.array([3, 7, 9, 10, 5, 8, 4, 2])
"""GB 11714, the nine characters of the organisation code inside."""
SERIALS_A_DAY: Final = 499
PHONE_PREFIXES: Final = (124, 125, 126, 127, 128)
"""No operator has numbers that begin so (mobiles begin 13-19)."""


def identity_numbers(born: npt.NDArray[np.datetime64], is_male: npt.NDArray[np.bool_]) -> list[str]:
    """GB 11643 numbers, all different: region 519901, birth date, serial of the day (odd for men), check character.

    Raises ValueError when more than 499 people of one sex were born on one day.
    """
    frame = pl.DataFrame({"day": born.astype("datetime64[D]"), "male": is_male})
    nth = frame.with_columns(pl.int_range(pl.len()).over("day", "male").alias("nth"))["nth"].to_numpy()
    if int(nth.max(initial=0)) >= SERIALS_A_DAY:
        raise ValueError("too many people born on one day for three-digit serials")
    day = frame["day"].cast(pl.Date).dt.strftime("%Y%m%d").cast(pl.Int64).to_numpy()
    start = day % SERIALS_A_DAY
    serial = (start + nth * 173) % SERIALS_A_DAY * 2 + np.where(is_male, 1, 2)
    body = (int(COUNTY_CODE) * 10**8 + day) * 1000 + serial
    powers = 10 ** np.arange(16, -1, -1, dtype=np.int64)
    total = np.zeros(len(body), dtype=np.int64)
    for power, weight in zip(powers.tolist(), ID_WEIGHTS.tolist(), strict=True):
        total += body // power % 10 * weight
    checks = pl.Series(ID_CHECKS.tolist()).gather(total % 11)
    numbers: list[str] = (pl.Series(body).cast(pl.String) + checks).to_list()
    return numbers


def credit_codes(serial: npt.NDArray[np.int64], kind: list[str]) -> list[str]:
    """GB 32100 codes: register and kind (92 self-employed, 91 company, 93 co-operative), region, organisation, check."""
    organisation = np.array([[int(c) for c in f"{number:08d}"] for number in (serial * 7_919 + 30_011_873) % 10**8])
    left = (11 - organisation @ ORGANISATION_WEIGHTS % 11) % 11
    body = [
        f"{head}{COUNTY_CODE}{''.join(map(str, digits))}{'X' if rest == 10 else rest}"
        for head, digits, rest in zip(kind, organisation.tolist(), left.tolist(), strict=True)
    ]
    value = {symbol: place for place, symbol in enumerate(USCC_ALPHABET)}
    sums = np.array([[value[symbol] for symbol in text] for text in body]) @ USCC_WEIGHTS
    return [text + USCC_ALPHABET[(31 - int(total) % 31) % 31] for text, total in zip(body, sums, strict=True)]


def phones(count: int, rng: np.random.Generator) -> pl.Series:
    """Different phone numbers of eleven digits on prefixes that nobody has."""
    space = len(PHONE_PREFIXES) * 10**8
    number = (int(rng.integers(space)) + np.arange(count, dtype=np.int64) * 309_017_003) % space
    return pl.Series(PHONE_PREFIXES[0] * 10**8 + number).cast(pl.String)


def spoil(text: str, alphabet: Any = "0123456789") -> str:
    """The same number with another check character: it no longer checks."""
    return text[:-1] + ("1" if text[-1] == alphabet[0] else alphabet[0])
