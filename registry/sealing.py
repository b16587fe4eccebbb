"""Encryption of personal fields and the keyed index for exact look-up.

AES-256-GCM with the table and the row's id as associated data: a sealed value copied to another row does not open.
The keys are files outside the database (core.secrets); without them a dump is worth nothing.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core import secrets
from registry.errors import SealBroken

AES_GCM_1 = b"\x01"  # first byte of every sealed value, so that another cipher can stand beside it
NONCE_BYTES = 12  # as NIST SP 800-38D asks for GCM
BLIND_BYTES = 16  # 128 bits of HMAC: no two people meet by accident
SEPARATOR = "\x1f"

Fields = Mapping[str, str]


class Sealer:
    """Seals and opens with the keys of this installation. Pure but for the random nonces."""

    def __init__(self, field_key: bytes, blind_key: bytes) -> None:
        self._cipher = AESGCM(field_key)
        self._blind_key = blind_key

    def seal(self, table: str, row_id: UUID, fields: Fields) -> bytes:
        """Fields of one row as one value that only this table and row can open."""
        nonce = os.urandom(NONCE_BYTES)
        plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return AES_GCM_1 + nonce + self._cipher.encrypt(nonce, plain, _belongs_to(table, row_id))

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
        """What stands for a value in an index: equal for equal value and kind, telling nothing without the key."""
        return hmac.digest(self._blind_key, f"{kind}{SEPARATOR}{value}".encode(), "sha256")[:BLIND_BYTES]

    def content(self, values: Iterable[str | None]) -> bytes:
        """A keyed digest of a whole row, to see whether it says anything new. Null and empty are the same."""
        joined = SEPARATOR.join(value or "" for value in values).encode()
        return hashlib.blake2b(joined, key=self._blind_key, digest_size=BLIND_BYTES).digest()


def sealer() -> Sealer:
    """The sealer of this installation; its keys are made at the first call."""
    return Sealer(secrets.key(secrets.FIELD_KEY), secrets.key(secrets.BLIND_KEY))


def _belongs_to(table: str, row_id: UUID) -> bytes:
    return f"{table}:{row_id}".encode("ascii")
