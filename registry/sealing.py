"""Encryption of personal fields and the keyed index for exact look-up.

AES-256-GCM with the table and the row's id as associated data: a sealed value copied to another row does not open.
The keys are files outside the database (core.secrets); without them a dump is worth nothing.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import to_json

from core import secrets
from registry.errors import SealBroken

AES_GCM_1 = b"\x01"  # first byte of every sealed value, so that another cipher can stand beside it
NONCE_BYTES = 12  # as NIST SP 800-38D asks for GCM
BLIND_BYTES = 16  # 128 bits of HMAC: no two people meet by accident
HMAC_BLOCK = 64  # RFC 2104, of SHA-256
SEPARATOR = "\x1f"
NONCES_AT_ONCE = 512

Fields = Mapping[str, str]


class Sealer:
    """Seals and opens with the keys of this installation. Pure but for the random nonces."""

    def __init__(self, field_key: bytes, blind_key: bytes) -> None:
        self._cipher = AESGCM(field_key)
        block = blind_key.ljust(HMAC_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._content = hashlib.blake2b(key=blind_key, digest_size=BLIND_BYTES)

    def seal(self, table: str, row_id: UUID, fields: Fields) -> bytes:
        """Fields of one row as one value that only this table and row can open."""
        return self.seal_many(table, [str(row_id)], [fields])[0]

    def seal_many(self, table: str, row_ids: Iterable[str], rows: Iterable[Fields]) -> list[bytes]:
        """The same for many rows; ids in the form with dashes."""
        encrypt, head = self._cipher.encrypt, f"{table}:"
        return [
            AES_GCM_1 + nonce + encrypt(nonce, to_json(fields), (head + row_id).encode("ascii"))
            for nonce, (row_id, fields) in zip(_nonces(), zip(row_ids, rows, strict=True), strict=False)
        ]

    def open(self, table: str, row_id: UUID, sealed: bytes) -> dict[str, str]:
        """The fields. Raises SealBroken when the value is of another row, was changed, or the key is another."""
        if sealed[:1] != AES_GCM_1:
            raise SealBroken(table)
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            plain = self._cipher.decrypt(nonce, body, _belongs_to(table, row_id))
        except InvalidTag as exc:
            raise SealBroken(table) from exc
        opened: dict[str, str] = json.loads(plain)
        return opened

    def blind(self, kind: str, value: str) -> bytes:
        """What stands for a value in an index: equal for equal value and kind, telling nothing without the key.

        HMAC-SHA-256, cut to 128 bits; written out, because setting the key anew for each value takes most of the time.
        """
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{kind}{SEPARATOR}{value}".encode())
        outer.update(inner.digest())
        return outer.digest()[:BLIND_BYTES]

    def content(self, joined: str) -> bytes:
        """A keyed digest of a whole row (its values joined by SEPARATOR), to see whether it says anything new."""
        told = self._content.copy()
        told.update(joined.encode())
        return told.digest()


def new_ids(count: int) -> list[str]:
    """So many random ids (UUID version 4) in the form with dashes."""
    raw = bytearray(os.urandom(16 * count))
    for at in range(0, len(raw), 16):
        raw[at + 6] = raw[at + 6] & 0x0F | 0x40
        raw[at + 8] = raw[at + 8] & 0x3F | 0x80
    told = raw.hex()
    ids = (told[at : at + 32] for at in range(0, len(told), 32))
    return [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in ids]


def _nonces() -> Iterator[bytes]:
    """Random nonces without end."""
    while True:
        drawn = os.urandom(NONCE_BYTES * NONCES_AT_ONCE)
        yield from (drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES))


def sealer() -> Sealer:
    """The sealer of this installation; its keys are made at the first call."""
    return Sealer(secrets.key(secrets.FIELD_KEY), secrets.key(secrets.BLIND_KEY))


def _belongs_to(table: str, row_id: UUID) -> bytes:
    return f"{table}:{row_id}".encode("ascii")
