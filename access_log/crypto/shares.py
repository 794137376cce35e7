"""A recovery key as three sheets of words, any two of which make it again (SLIP-0039; other tools read them, too)."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from access_log.crypto.errors import SharesWrong

NEEDED = 2
HOLDERS = 3


def split(key: X25519PrivateKey) -> list[str]:
    """Three shares of 33 words."""
    (words,) = generate_mnemonics(1, [(NEEDED, HOLDERS)], key.private_bytes_raw(), iteration_exponent=0)
    return list(words)


def join(shares: Sequence[str]) -> X25519PrivateKey:
    """The key of two or three shares. Raises SharesWrong, which says what is wrong and never repeats a word."""
    said = list(dict.fromkeys(" ".join(share.lower().split()) for share in shares if share.strip()))
    if len(said) < NEEDED:
        raise SharesWrong("two different shares are needed")
    try:
        return X25519PrivateKey.from_private_bytes(combine_mnemonics(said[:NEEDED]))
    except (MnemonicError, ValueError):
        raise SharesWrong("these shares do not belong together, or a word of them is wrong: compare them with the sheets") from None
