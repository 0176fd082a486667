"""Field encryption, blind indexes and signatures, with keys kept outside the database.

A sealed value is ``v1:<key id>:<base64 of nonce and ciphertext>`` under AES-256-GCM. The
associated data is ``table.column/row``, so that a value cannot be moved to another row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32


class SealBroken(Exception):
    """A sealed value cannot be opened: wrong row, unknown key, or tampering."""


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Keyring:
    """The site's secrets: field keys by id (the current one seals), index key, signing key."""

    current: str
    field_keys: dict[str, bytes]
    index_key: bytes
    signing_key: bytes

    @staticmethod
    def generate() -> Keyring:
        return Keyring(
            "k1",
            {"k1": secrets.token_bytes(_KEY_BYTES)},
            secrets.token_bytes(_KEY_BYTES),
            secrets.token_bytes(_KEY_BYTES),
        )

    @staticmethod
    def read(file: Path) -> Keyring:
        """Raises ``OSError`` or ``ValueError`` when the file is absent or malformed."""
        raw = json.loads(file.read_text())
        try:
            ring = Keyring(
                raw["current"],
                {kid: _unb64(key) for kid, key in raw["field_keys"].items()},
                _unb64(raw["index_key"]),
                _unb64(raw["signing_key"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a keyring") from error
        keys = (*ring.field_keys.values(), ring.index_key, ring.signing_key)
        if ring.current not in ring.field_keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError("a keyring with a missing or short key")
        return ring

    def write(self, file: Path) -> None:
        """Write for the owner alone; an existing ring is never overwritten."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        body = {
            "current": self.current,
            "field_keys": {kid: _b64(key) for kid, key in self.field_keys.items()},
            "index_key": _b64(self.index_key),
            "signing_key": _b64(self.signing_key),
        }
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(body, out)

    def seal(self, where: str, row: str, value: str) -> str:
        """Encrypt ``value`` for ``where`` (``person.id_number``) and one row's public id."""
        nonce = secrets.token_bytes(12)
        cipher = AESGCM(self.field_keys[self.current])
        body = cipher.encrypt(nonce, value.encode(), f"{where}/{row}".encode())
        return f"v1:{self.current}:{_b64(nonce + body)}"

    def open(self, where: str, row: str, sealed: str) -> str:
        """Decrypt. Raises ``SealBroken``."""
        try:
            version, kid, body = sealed.split(":", 2)
            raw = _unb64(body)
            if version != "v1":
                raise SealBroken(f"{where}: unknown version")
            cipher = AESGCM(self.field_keys[kid])
            return cipher.decrypt(raw[:12], raw[12:], f"{where}/{row}".encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise SealBroken(where) from error

    def blind(self, where: str, value: str) -> str:
        """A keyed index of a normalised value: equal values meet, nothing can be read."""
        return hmac.new(self.index_key, f"{where}\0{value}".encode(), hashlib.sha256).hexdigest()

    @property
    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)

    def sign(self, message: bytes) -> str:
        return _b64(self._signer.sign(message))

    @property
    def public_key(self) -> str:
        return _b64(self._signer.public_key().public_bytes_raw())


def verify(public_key: str, message: bytes, signature: str) -> bool:
    """Is this Ed25519 signature of ``message`` by the holder of ``public_key``?"""
    try:
        Ed25519PublicKey.from_public_bytes(_unb64(public_key)).verify(_unb64(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


_ring: Keyring | None = None


def use(ring: Keyring) -> None:
    global _ring
    _ring = ring


def ring() -> Keyring:
    """The process's keyring. Raises ``RuntimeError`` before the app has loaded it."""
    if _ring is None:
        raise RuntimeError("no keyring has been loaded")
    return _ring
