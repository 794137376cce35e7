"""The record's bytes: canonical JSON (the part of RFC 8785 without floating point) and RFC 6962 leaf hashes."""

import hashlib
import json
from typing import Any

EXACT = 2**53 - 1
"""RFC 8785 takes its numbers from ECMAScript: beyond this, another reader would round."""


def canonical_json(value: Any) -> bytes:
    """One spelling for equal values: sorted keys, no spaces, UTF-8. Text is not normalised.

    Raises TypeError for floats and anything JSON does not know, ValueError for integers beyond 2^53-1 and lone surrogates.
    """
    return json.dumps(_ordered(value), separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys are strings")
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    if not (value is None or isinstance(value, str | int)):
        raise TypeError(f"{type(value).__name__} has no canonical form")
    if isinstance(value, int) and abs(value) > EXACT:
        raise ValueError("an integer beyond 2^53-1 has no canonical form")
    return value


def _utf16(key: str) -> bytes:
    """RFC 8785 section 3.2.3 sorts by UTF-16 code units, where 𠮷 comes before ﬀ."""
    return key.encode("utf-16-be")


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + body).digest()
