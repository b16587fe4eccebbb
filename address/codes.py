"""The unified address code: opaque, permanent, checked. 3 issuer + 8 serial + 1 check symbol (design §4; pure).

Alphabet and check rule are those of GB 32100: 31 symbols without I O S V Z, weights 3^(i-1) mod 31. The serial is a
counter sent through a keyed permutation, so that neighbours do not look alike and nothing can be read from it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 12
ISSUER_LENGTH: Final = 3
HALF: Final = 31**4
"""The serial space 31^8 is a square of this side: the permutation is a Feistel network over its two halves."""
SERIALS: Final = HALF * HALF
ROUNDS: Final = 6
WEIGHTS: Final = np.array([pow(3, i, 31) for i in range(LENGTH - 1)], dtype=np.int64)
_SYMBOLS: Final = np.array(list(ALPHABET))
_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_FOLDED: Final = str.maketrans({"I": "1", "O": "0", "-": "", " ": "", "－": "", "—": ""})


def check_symbol(body: str) -> str:
    """The check symbol of the first eleven symbols. Raises KeyError for a symbol outside the alphabet."""
    total = sum(_VALUE[symbol] * int(weight) for symbol, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def mint(counters: NDArray[np.int64], key: bytes, issuer: str) -> list[str]:
    """The codes of these counters (0 ≤ counter < 31^8) for one issuer; the same key gives the same codes.

    Raises ValueError when the issuer is not three symbols of the alphabet or a counter is out of range.
    """
    counters = np.asarray(counters, dtype=np.int64)
    if len(issuer) != ISSUER_LENGTH or any(symbol not in _VALUE for symbol in issuer):
        raise ValueError(f"an issuer is three symbols of {ALPHABET}, not {issuer!r}")
    if len(counters) and (counters.min() < 0 or counters.max() >= SERIALS):
        raise ValueError("a counter lies outside the space of serials")
    serial = _permute(counters, key)
    digits = np.empty((len(counters), LENGTH), dtype=np.int64)
    digits[:, :ISSUER_LENGTH] = [_VALUE[symbol] for symbol in issuer]
    for place in range(LENGTH - 2, ISSUER_LENGTH - 1, -1):
        serial, digits[:, place] = np.divmod(serial, 31)
    digits[:, -1] = (31 - digits[:, :-1] @ WEIGHTS % 31) % 31
    return [str(code) for code in _SYMBOLS[digits].view(f"<U{LENGTH}").ravel()] if len(digits) else []


def valid(code: str) -> bool:
    """Whether a folded code has twelve symbols of the alphabet and the right check symbol."""
    return len(code) == LENGTH and all(s in _VALUE for s in code) and check_symbol(code[:-1]) == code[-1]


def fold(code: str) -> str:
    """What people type as it is stored: upper case, I→1, O→0, without dashes and blanks."""
    return code.strip().upper().translate(_FOLDED)


def corrections(code: str) -> list[str]:
    """Valid codes one slip away from a folded one: a symbol mistaken, or two swapped that stand side by side or one
    apart; a symbol left out or one too many. None when the code is valid itself."""
    if valid(code):
        return []
    near: set[str] = set()
    if len(code) == LENGTH:
        near |= {code[:at] + symbol + code[at + 1 :] for at in range(LENGTH) for symbol in ALPHABET}
        for gap in (1, 2):
            near |= {
                code[:at] + code[at + gap] + code[at + 1 : at + gap] + code[at] + code[at + gap + 1 :]
                for at in range(LENGTH - gap)
            }
    elif len(code) == LENGTH - 1:
        near |= {code[:at] + symbol + code[at:] for at in range(LENGTH) for symbol in ALPHABET}
    elif len(code) == LENGTH + 1:
        near |= {code[:at] + code[at + 1 :] for at in range(LENGTH + 1)}
    return sorted(one for one in near if valid(one))


def show(code: str) -> str:
    """XXXX-XXXX-XXXX."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _permute(counters: NDArray[np.int64], key: bytes) -> NDArray[np.int64]:
    """A keyed one-to-one map of 0 … 31^8-1 onto itself: six Feistel rounds, each with a keyed random table."""
    left, right = np.divmod(counters, HALF)
    for table in _tables(key):
        left, right = right, (left + table[right]) % HALF
    return left * HALF + right


def _tables(key: bytes) -> Sequence[NDArray[np.int64]]:
    if key not in _cache:
        made = []
        for number in range(ROUNDS):
            seed = hashlib.blake2b(b"wangge address serial" + bytes([number]), key=key[:64], digest_size=32).digest()
            rng = np.random.Generator(np.random.Philox(key=np.frombuffer(seed[:16], dtype=np.uint64)))
            made.append(rng.integers(0, HALF, HALF))
        _cache.clear()
        _cache[key] = made
    return _cache[key]


_cache: dict[bytes, list[NDArray[np.int64]]] = {}
