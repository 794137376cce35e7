"""Signed tree heads: C2SP signed-note, tlog-checkpoint and tlog-cosignature/v1, with Ed25519.

A checkpoint of the record carries two signatures of its key: the note's own, which every reader of checkpoints knows, and a
cosignature, which says when it was made. Kiosks add cosignatures of their own.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from access_log.crypto.ring import KeyKind, KeyRing

ED25519 = 0x01
COSIGNATURE = 0x04
NAME = re.compile(r"[^\s+]+")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteError(ValueError):
    """Text that is no signed note, or no checkpoint."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Whose signature is looked for: a name and a key. As text: `name+hex key id+base64(kind || key)`, the C2SP verifier key."""

    name: str
    key: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line says whose it is."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_text(bytes([self.kind]) + self.key)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """From its text. Raises NoteError."""
        name, _, rest = text.partition("+")
        digits, _, data = rest.partition("+")
        key = _bytes(data)
        if not NAME.fullmatch(name) or len(key) != 33 or key[0] not in (ED25519, COSIGNATURE):
            raise NoteError("not a verifier key")
        found = cls(name, key[1:], key[0])
        if found.id.hex() != digits:
            raise NoteError("the key's id is not its own")
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One signature under a note: a name, the key's id, and what it signed with."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {_text(self.id + self.signature)}\n"

    @classmethod
    def parse(cls, text: str) -> "Line":
        """From one line without its end. Raises NoteError."""
        dash, _, rest = text.partition(" ")
        name, _, data = rest.partition(" ")
        signed = _bytes(data)
        if dash != "—" or not NAME.fullmatch(name) or len(signed) < 5:
            raise NoteError("not a signature line")
        return cls(name, signed[:4], signed[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it."""

    text: str
    lines: tuple[Line, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(str(line) for line in self.lines)

    @classmethod
    def parse(cls, whole: str) -> "Note":
        """From its text. Raises NoteError."""
        text, _, signatures = whole.rpartition("\n\n")
        if not text or not signatures.endswith("\n") or CONTROL.search(whole):
            raise NoteError("not a signed note")
        return cls(text + "\n", tuple(Line.parse(line) for line in signatures[:-1].split("\n")))

    def signed_by(self, verifier: Verifier) -> Line | None:
        """The line of this key that is good, if there is one."""
        for line in self.lines:
            if line.name == verifier.name and line.id == verifier.id and _good(verifier, line.signature, self.text):
                return line
        return None


def sign(key: Ed25519PrivateKey, name: str, text: str) -> Line:
    """The key's signature under a text that ends with a line end."""
    verifier = Verifier(name, key.public_key().public_bytes_raw())
    return Line(name, verifier.id, key.sign(text.encode()))


def cosign(key: Ed25519PrivateKey, name: str, text: str, at: datetime) -> Line:
    """That, as of `at`, this checkpoint is the largest consistent one the signer has seen."""
    verifier = Verifier(name, key.public_key().public_bytes_raw(), COSIGNATURE)
    seconds = int(at.timestamp())
    return Line(name, verifier.id, seconds.to_bytes(8, "big") + key.sign(_cosigned(seconds, text)))


def cosigned_at(line: Line) -> datetime:
    """When a cosignature says it was made. Its signature is checked elsewhere. Raises NoteError for a time that no clock shows."""
    try:
        return datetime.fromtimestamp(int.from_bytes(line.signature[:8], "big"), UTC)
    except (OverflowError, OSError, ValueError):
        raise NoteError("not a time") from None


def _cosigned(seconds: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _good(verifier: Verifier, signature: bytes, text: str) -> bool:
    message = text.encode()
    if verifier.kind == COSIGNATURE:
        message, signature = _cosigned(int.from_bytes(signature[:8], "big"), text), signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_text(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From a note's text. Extension lines are allowed and mean nothing. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not SIZE.fullmatch(lines[1]):
            raise NoteError("not a checkpoint")
        root = _bytes(lines[2])
        if len(root) != 32:
            raise NoteError("not a root hash")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose signatures are good, with the moment they name."""

    head: Checkpoint
    at: datetime
    by: Verifier


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys that sign, or once signed, the record's checkpoints. `origin` is the record's name for good: of its first key."""

    origin: str
    verifiers: tuple[Verifier, ...]
    signers: tuple[Ed25519PrivateKey, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, ring: KeyRing) -> "LogKeys":
        """Those of a ring, oldest first. Raises KeyMissing where it holds none."""
        ring.secret(KeyKind.LOG_SIGNING)
        signers = [Ed25519PrivateKey.from_private_bytes(key.material) for key in ring.keys[KeyKind.LOG_SIGNING.value]]
        keys = [signer.public_key().public_bytes_raw() for signer in signers]
        origin = f"access-log/{hashlib.sha256(b'access-log/1 record' + keys[0]).hexdigest()[:16]}"
        return cls(origin, tuple(Verifier(origin, key) for key in keys), tuple(signers))

    def sign(self, *, size: int, root: bytes, now: datetime, key: int = -1) -> Note:
        """A checkpoint under one of the keys, the newest by default."""
        text = Checkpoint(self.origin, size, root).text
        return Note(text, (sign(self.signers[key], self.origin, text), cosign(self.signers[key], self.origin, text, now)))

    def sign_text(self, text: str) -> Note:
        """Any other text of ours under the newest key. One that begins with the record's origin would be a checkpoint: raises NoteError."""
        if text.startswith(f"{self.origin}\n") or not text.endswith("\n"):
            raise NoteError("this text must not be signed")
        return Note(text, (sign(self.signers[-1], self.origin, text),))

    def check(self, note: Note) -> Signed:
        """What a note of the record says. Raises NoteError: no checkpoint, another log's, or not signed by any of these keys."""
        head = Checkpoint.parse(note.text)
        if head.origin != self.origin:
            raise NoteError("another log's")
        for verifier in reversed(self.verifiers):
            if note.signed_by(verifier):
                timed = note.signed_by(Verifier(verifier.name, verifier.key, COSIGNATURE))
                if timed is None:
                    raise NoteError("the time is not signed")
                return Signed(head, cosigned_at(timed), verifier)
        raise NoteError("not signed by the record's key")

    def recognise(self, text: str) -> Signed:
        """As `check`, where we hold the key: signing again is three times faster than verifying, and gives the same bytes."""
        note = Note.parse(text)
        if self.signers and len(note.lines) == 2 and len(note.lines[1].signature) == 72:
            head, at = Checkpoint.parse(note.text), cosigned_at(note.lines[1])
            if str(self.sign(size=head.size, root=head.root, now=at)) == text:
                return Signed(head, at, self.verifiers[-1])
        return self.check(note)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise NoteError("not base64") from None
    if _text(data) != text:  # another spelling of the same bytes would be another text with a good signature
        raise NoteError("not base64 as it is written")
    return data


def hashes_text(hashes: Iterable[bytes]) -> list[str]:
    """A proof's hashes as they stand in JSON."""
    return [_text(digest) for digest in hashes]


def hashes_of(texts: Sequence[str]) -> list[bytes]:
    """The other way round. Raises NoteError."""
    return [_bytes(text) for text in texts]
