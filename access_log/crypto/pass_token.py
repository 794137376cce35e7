"""The pass: 17 bytes and their Ed25519 signature, as 196 decimal digits. Nothing personal in it.

Digits because QR codes pack them best (version 5-M) and because a hand scanner types them alike under every keyboard layout.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from access_log.crypto.ring import KeyRing

PAYLOAD = 17
SERIAL = 8
TOKEN = PAYLOAD + 64
DIGITS = 196
"""2^(8*81) has 196 decimal digits; shorter numbers are padded with zeros."""
CONTEXT = b"access-log/1 pass\x00"
NOT_A_PASS = "not_a_pass"
BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class PassPayload:
    """kid 1 byte, serial 8 random bytes, not_before 4 bytes (Unix seconds), minutes 2 bytes, site 2 bytes."""

    kid: int
    serial: bytes
    not_before: datetime
    minutes: int
    site: int

    def to_bytes(self) -> bytes:
        """The 17 bytes that are signed. Raises OverflowError where a number does not fit, ValueError for a serial of another length."""
        if len(self.serial) != SERIAL:
            raise ValueError("a serial has 8 bytes")
        seconds = int(self.not_before.timestamp())
        return (
            self.kid.to_bytes(1, "big")
            + self.serial
            + seconds.to_bytes(4, "big")
            + self.minutes.to_bytes(2, "big")
            + self.site.to_bytes(2, "big")
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "PassPayload":
        """The fields of 17 bytes."""
        number = int.from_bytes
        not_before = datetime.fromtimestamp(number(data[9:13], "big"), UTC)
        return cls(data[0], data[1:9], not_before, number(data[13:15], "big"), number(data[15:17], "big"))


@dataclass(frozen=True, slots=True)
class PassReading:
    """Either a payload whose signature holds, or what is wrong with what was read."""

    payload: PassPayload | None
    fault: str | None = None


def digest(payload: PassPayload) -> bytes:
    """SHA-256 of the payload: what the register keeps of a pass."""
    return hashlib.sha256(payload.to_bytes()).digest()


def sign_pass(ring: KeyRing, payload: PassPayload) -> str:
    """The digits of a pass. Ed25519 is deterministic: the same pass signs to the same digits."""
    _kid, key = ring.pass_signing_key(payload.kid)
    body = payload.to_bytes()
    return str(int.from_bytes(body + key.sign(CONTEXT + body), "big")).zfill(DIGITS)


def read_pass(public_keys: Mapping[int, Ed25519PublicKey], text: str) -> PassReading:
    """Check any text that a camera or scanner brought. Never raises."""
    digits = text.strip() if len(text) <= 2 * DIGITS else ""
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return PassReading(None, NOT_A_PASS)
    number = int(digits)
    if number >> (8 * TOKEN):
        return PassReading(None, NOT_A_PASS)
    data = number.to_bytes(TOKEN, "big")
    key = public_keys.get(data[0])
    if key is None:
        return PassReading(None, BAD_SIGNATURE)
    try:
        key.verify(data[PAYLOAD:], CONTEXT + data[:PAYLOAD])
    except InvalidSignature:
        return PassReading(None, BAD_SIGNATURE)
    return PassReading(PassPayload.from_bytes(data[:PAYLOAD]))
