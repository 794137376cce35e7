"""The key ring: every key of an installation, kept in one sealed file outside the database.

Item keys live beside the data, wrapped by the KEKs here; destroying a KEK erases everything under it, in every backup.
File handling is in ring_file.py.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from access_log.crypto.errors import KeyMissing
from access_log.crypto.suites import Suite


class Purpose(StrEnum):
    """What a KEK wraps. A process gets only those it needs: reports never hold `identity`."""

    IDENTITY = "identity"
    LABEL = "label"
    INDEX = "index"
    REPORT = "report"


class KeyKind(StrEnum):
    """Keys that wrap nothing."""

    PASS_SIGNING = "pass_signing"
    LOG_SIGNING = "log_signing"
    INDEX_MAC = "index_mac"
    LINK = "link"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Key:
    """32 bytes with their version and age. Never shown."""

    name: str
    version: int
    created_at: datetime
    material: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyRing:
    """An immutable view of the keys. `keys` maps a purpose's or kind's value to its versions, oldest first.

    `renew` gives the ring as it is now, for a version made after this view was taken: another process may have sealed under it
    already. `notes` are facts kept with the keys that are no keys.
    """

    suite: Suite
    keys: Mapping[str, tuple[Key, ...]] = field(repr=False)
    notes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    renew: "Callable[[], KeyRing] | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))

    def _find(self, name: str, version: int | None) -> Key:
        versions = self.keys.get(name, ())
        if version is None and versions:
            return versions[-1]
        for key in versions:
            if key.version == version:
                return key
        if version is not None and self.renew is not None and version > max((key.version for key in versions), default=0):
            return replace(self.renew(), renew=None)._find(name, version)
        raise KeyMissing(f"{name} {version if version is not None else '(newest)'}")

    def newest(self, name: Purpose | KeyKind) -> int:
        """The newest version of a key, 0 where there is none."""
        return max((key.version for key in self.keys.get(name.value, ())), default=0)

    def kek(self, purpose: Purpose, version: int | None = None) -> tuple[int, bytes]:
        """(version, 32 bytes) of a KEK, the newest by default. Raises KeyMissing."""
        key = self._find(purpose.value, version)
        return key.version, key.material

    def kek_versions(self, purpose: Purpose) -> list[int]:
        """Live versions of a KEK, oldest first."""
        return [key.version for key in self.keys.get(purpose.value, ())]

    def secret(self, kind: KeyKind, version: int | None = None) -> tuple[int, bytes]:
        """(version, 32 bytes) of a secret, the newest by default. Raises KeyMissing."""
        key = self._find(kind.value, version)
        return key.version, key.material

    def pass_signing_key(self, kid: int | None = None) -> tuple[int, Ed25519PrivateKey]:
        """The key that signs passes and its id (0-255). Raises KeyMissing."""
        version, _material = self.secret(KeyKind.PASS_SIGNING, kid)
        return version, self._pass_keys[version]

    @cached_property
    def _pass_keys(self) -> dict[int, Ed25519PrivateKey]:
        keys = self.keys.get(KeyKind.PASS_SIGNING.value, ())
        return {key.version: Ed25519PrivateKey.from_private_bytes(key.material) for key in keys}

    def pass_public_keys(self) -> Mapping[int, Ed25519PublicKey]:
        """Public keys by id, loaded once: checking a pass is on the scan's path."""
        return self._public_keys

    @cached_property
    def _public_keys(self) -> Mapping[int, Ed25519PublicKey]:
        return MappingProxyType({kid: key.public_key() for kid, key in self._pass_keys.items()})

    @property
    def purposes(self) -> frozenset[Purpose]:
        """The KEK purposes this ring can serve."""
        return frozenset(purpose for purpose in Purpose if self.keys.get(purpose.value))

    def all_keys(self) -> Iterable[Key]:
        """Every key, by name, oldest first."""
        return (key for name in sorted(self.keys) for key in self.keys[name])

    def subset(self, wanted: Collection[Purpose | KeyKind]) -> "KeyRing":
        """A ring with nothing but `wanted`: what another process may have."""
        names = {name.value for name in wanted}
        return replace(self, keys={name: keys for name, keys in self.keys.items() if name in names})

    def with_key(self, key: Key) -> "KeyRing":
        """A ring with one more, newest key. Raises ValueError where its version is not the highest: old seals would meet it."""
        if any(key.version <= other.version for other in self.keys.get(key.name, ())):
            raise ValueError(f"{key.name} {key.version} is not newer than what the ring holds")
        return replace(self, keys={**self.keys, key.name: (*self.keys.get(key.name, ()), key)})

    def without(self, name: Purpose | KeyKind, version: int) -> "KeyRing":
        """A ring in which one version is gone for good. Raises KeyMissing where it never was."""
        self._find(name.value, version)
        left = tuple(key for key in self.keys[name.value] if key.version != version)
        return replace(self, keys={**self.keys, name.value: left})

    def only_what(self, other: "KeyRing") -> "KeyRing":
        """This ring without the keys that `other` does not have: what may be kept of it once they are destroyed."""
        kept = {(key.name, key.version, key.material) for key in other.all_keys()}
        keys = {name: tuple(key for key in keys if (name, key.version, key.material) in kept) for name, keys in self.keys.items()}
        return replace(self, keys={name: versions for name, versions in keys.items() if versions})

    def fingerprint(self) -> str:
        """16 hex digits that name this set of keys without saying anything about them."""
        hashed = hashlib.sha256(b"access-log/1 ring")
        for key in self.all_keys():
            hashed.update(f"{key.name}:{key.version}:".encode() + hashlib.sha256(b"fingerprint" + key.material).digest())
        return hashed.hexdigest()[:16]

    def __repr__(self) -> str:
        versions = ", ".join(f"{name} {[key.version for key in keys]}" for name, keys in sorted(self.keys.items()))
        return f"KeyRing({self.suite.name.lower()}: {versions})"


def new_key(name: Purpose | KeyKind, *, version: int, now: datetime) -> Key:
    """A fresh random key."""
    return Key(name.value, version, now, os.urandom(32))


def new_ring(suite: Suite, now: datetime) -> KeyRing:
    """A complete ring with version 1 of every key."""
    names: tuple[Purpose | KeyKind, ...] = (*Purpose, *KeyKind)
    return KeyRing(suite, {name.value: (new_key(name, version=1, now=now),) for name in names})
