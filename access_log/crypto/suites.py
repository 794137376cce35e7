"""The two suites: `std` (AES-256-GCM, HMAC-SHA-256) and `gm` (SM4-GCM, HMAC-SM3; RFC 8998). Chosen by a number stored beside each value."""

import hashlib
import os
from enum import IntEnum
from hmac import compare_digest as hmac_equal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from access_log.crypto.errors import SealBroken

NONCE = 12
TAG = 16


class Suite(IntEnum):
    """Stored as a small integer with every sealed value, so that both may live in one database."""

    STD = 1
    GM = 2


def suite_named(name: str) -> Suite:
    """The suite of a setting (`std` or `gm`). Raises KeyError."""
    return {"std": Suite.STD, "gm": Suite.GM}[name]


def aead_seal(suite: int, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """nonce || ciphertext || tag under a 32-byte key. The nonce is 96 random bits, drawn here and nowhere else."""
    nonce = os.urandom(NONCE)
    if suite == Suite.STD:
        return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)
    encryptor = Cipher(algorithms.SM4(sm4_key(key)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def aead_open(suite: int, key: bytes, blob: bytes, aad: bytes) -> bytes:
    """The plaintext. Raises SealBroken where key, place or bytes are not those it was sealed with."""
    if len(blob) < NONCE + TAG:
        raise SealBroken("too short to be sealed")
    nonce, body = blob[:NONCE], blob[NONCE:]
    try:
        if suite == Suite.STD:
            return AESGCM(key).decrypt(nonce, body, aad)
        if suite == Suite.GM:
            decryptor = Cipher(algorithms.SM4(sm4_key(key)), modes.GCM(nonce, body[-TAG:])).decryptor()
            decryptor.authenticate_additional_data(aad)
            return decryptor.update(body[:-TAG]) + decryptor.finalize()
    except InvalidTag:
        raise SealBroken("the seal does not hold") from None
    raise SealBroken("unknown suite")


def sm4_key(key: bytes) -> bytes:
    """SM4 takes 128 bits: derived from the 256 that every key here has (HKDF with SM3, RFC 5869)."""
    return HKDF(algorithm=hashes.SM3(), length=16, salt=None, info=b"access-log/1 sm4").derive(key)


def mac(suite: int, key: bytes, *parts: bytes) -> bytes:
    """32 bytes of HMAC over length-prefixed parts: ("ab", "c") and ("a", "bc") never meet."""
    made = hmac.HMAC(key, hashes.SHA256() if suite == Suite.STD else hashes.SM3())
    made.update(joined(*parts))
    return made.finalize()


def mac_holds(given: bytes, key: bytes, *parts: bytes) -> bool:
    """Whether `given` is the MAC of these parts in any suite: what a browser holds was made before the installation changed its own."""
    return any(hmac_equal(given, mac(suite, key, *parts)) for suite in Suite)


def joined(*parts: bytes) -> bytes:
    """Parts with their lengths (4 bytes each, big-endian) before them."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def digest(suite: int, data: bytes) -> bytes:
    """SHA-256 or SM3."""
    if suite == Suite.STD:
        return hashlib.sha256(data).digest()
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return made.finalize()
