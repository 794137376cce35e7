"""The record's bytes: canonical JSON (the part of RFC 8785 without floating point) and RFC 6962 leaf hashes."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

EXACT = 2**53 - 1
"""RFC 8785 takes its numbers from ECMAScript: beyond this, another reader would round."""


def canonical_json(value: Any) -> bytes:
    """One spelling for equal values: sorted keys, no spaces, UTF-8. Text is not normalised.

    Raises TypeError for floats and anything JSON does not know, ValueError for integers beyond 2^53-1 and lone surrogates.
    """
    return _ENCODER.encode(_ordered(value)).encode("utf-8")


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in _in_order(value)}
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} has no canonical form")
    if abs(value) > EXACT:
        raise ValueError("an integer beyond 2^53-1 has no canonical form")
    return value


def _in_order(keys: Iterable[Any]) -> list[str]:
    names = list(keys)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("keys are strings")
    return sorted(names, key=None if "".join(names).isascii() else _utf16)


def _utf16(key: str) -> bytes:
    """RFC 8785 section 3.2.3 sorts by UTF-16 code units, where 𠮷 comes before ﬀ."""
    return key.encode("utf-16-be")


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + body).digest()
