"""Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds), as every authenticator app makes them."""

import os
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD = 30


def new_secret() -> bytes:
    """160 random bits."""
    return os.urandom(20)


def provisioning_uri(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code for an authenticator app says."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def code_at(secret: bytes, now: datetime) -> str:
    """The code an authenticator app shows at `now`."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def matching_step(secret: bytes, code: str, now: datetime, window: int = 1) -> int | None:
    """The time step whose code this is, within `window` steps of now; None where it is no such code.

    The caller keeps the last step and refuses it and earlier ones: a code works once.
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    current = int(now.timestamp()) // PERIOD
    totp = _totp(secret)
    for step in range(current - window, current + window + 1):
        try:
            totp.verify(code.encode(), step * PERIOD)
        except InvalidToken:
            continue
        return step
    return None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), PERIOD, enforce_key_length=False)  # noqa: S303  # what RFC 6238 and the apps use
