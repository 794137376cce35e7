"""A stream sealed to a public key whose private half is not on this machine: backups, and copies of the key ring.

X25519 with a fresh key a stream, HKDF-SHA-256, then AES-256-GCM in frames of at most 1 MiB. Each frame is bound to the header, to its
place and to whether it is the last, so that frames cannot be moved, dropped, added or cut off unseen (the STREAM construction, as in age).
Layout: the header's line; then frames, each 4 bytes of length (big-endian) and the ciphertext with its tag.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from access_log.crypto.errors import BackupBroken
from access_log.crypto.record import canonical_json

FORMAT = "access-log/1 sealed stream"
FRAME = 1024 * 1024
TAG = 16
LONGEST_HEADER = 4096


def recovery_name(public: X25519PublicKey) -> str:
    """16 hex digits that name a recovery key, so that a holder of shares knows which of them a file needs."""
    return hashlib.sha256(b"access-log/1 recovery" + public.public_bytes_raw()).hexdigest()[:16]


class SealingStream:
    """Writes what is given to it, sealed to `recovery`. `finish` closes the last frame: without it the stream is refused."""

    def __init__(self, out: BinaryIO, recovery: X25519PublicKey) -> None:
        fresh = X25519PrivateKey.generate()
        header = canonical_json({"format": FORMAT, "key": fresh.public_key().public_bytes_raw().hex(), "recovery": recovery_name(recovery)})
        self._out, self._held, self._number = out, bytearray(), 0
        self._seal = AESGCM(_key(fresh.exchange(recovery), header))
        self._bound = hashlib.sha256(header).digest()
        out.write(header + b"\n")

    def write(self, data: bytes) -> None:
        """Take some bytes; a full frame is sealed and written."""
        self._held += data
        while len(self._held) > FRAME:
            self._frame(bytes(self._held[:FRAME]), last=False)
            del self._held[:FRAME]

    def finish(self) -> None:
        """Seal what is left as the last frame."""
        self._frame(bytes(self._held), last=True)
        self._held.clear()

    def _frame(self, plaintext: bytes, *, last: bool) -> None:
        sealed = self._seal.encrypt(_nonce(self._number, last=last), plaintext, self._bound)
        self._out.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def header_of(source: BinaryIO) -> dict[str, str]:
    """The first line of a sealed stream. Raises BackupBroken where it is none."""
    line = source.readline(LONGEST_HEADER)
    try:
        header = json.loads(line)
        known = header["format"] == FORMAT and len(bytes.fromhex(header["key"])) == 32 and isinstance(header["recovery"], str)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known or not line.endswith(b"\n"):
        raise BackupBroken("this is no file sealed by the register")
    return {**header, "line": line[:-1].decode("utf-8")}


def opened(source: BinaryIO, private: X25519PrivateKey) -> Iterator[bytes]:
    """The plaintext, a frame at a time. Raises BackupBroken where a byte was changed, or where the end is missing.

    Nothing that was read may be acted on for good before the iterator has ended.
    """
    header = header_of(source)
    name = recovery_name(private.public_key())
    if header["recovery"] != name:
        raise BackupBroken(f"this file is sealed to the recovery key {header['recovery']}; the shares make {name}")
    shared = private.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(header["key"])))
    opening = AESGCM(_key(shared, header["line"].encode("utf-8")))
    bound = hashlib.sha256(header["line"].encode("utf-8")).digest()
    frames = framed(source)
    for number, (sealed, last) in enumerate(frames):
        try:
            yield opening.decrypt(_nonce(number, last=last), sealed, bound)
        except InvalidTag:
            raise BackupBroken(f"part {number + 1} was changed, or the file was cut off there") from None


def framed(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The frames as they lie in the file, after its header, each with whether it is the last. Raises BackupBroken where one is cut off."""
    size = source.read(4)
    if not size:
        raise BackupBroken("the file ends after its header")
    while size:
        length = int.from_bytes(size, "big")
        if len(size) < 4 or not TAG <= length <= FRAME + TAG:
            raise BackupBroken("the file is cut off or was written over")
        sealed = source.read(length)
        if len(sealed) < length:
            raise BackupBroken("the file is cut off")
        size = source.read(4)
        yield sealed, not size


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _key(shared: bytes, header: bytes) -> bytes:
    salt = hashlib.sha256(header).digest()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"access-log/1 sealed stream").derive(shared)


def new_recovery_key() -> X25519PrivateKey:
    """A recovery key. Its private half is to leave this machine as shares, and never to be stored on it."""
    return X25519PrivateKey.from_private_bytes(os.urandom(32))
