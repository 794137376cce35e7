"""What can go wrong with keys and sealed things: one class a fact. No message ever holds key material or plaintext."""


class CryptoError(Exception):
    """Base of everything below."""


class SealBroken(CryptoError):  # noqa: N818  # a state of the sealed thing, named as people say it
    """A sealed value was changed, moved to another place, or sealed under another key."""


class KeyMissing(CryptoError):  # noqa: N818
    """The ring does not hold this key: it was destroyed, or this process is not meant to have it."""


class RingMissing(CryptoError):  # noqa: N818
    """There is no key ring at this path."""


class RingUnreadable(CryptoError):  # noqa: N818
    """The ring file is truncated, not a ring, or of a newer format."""


class RingLocked(CryptoError):  # noqa: N818
    """The passphrase or key file does not open the ring."""


class RingPermissions(CryptoError):  # noqa: N818
    """The ring's file or directory is open to others; the message says the exact command that mends it."""


class RingExists(CryptoError):  # noqa: N818
    """A ring is there already; it is never overwritten by a new one."""


class LedgerBroken(CryptoError):  # noqa: N818
    """A line of the ledger of erasures was changed, taken out or put in, or belongs to another ring."""


class LedgerMissing(CryptoError):  # noqa: N818
    """There is no ledger of erasures where one must be."""


class BackupBroken(CryptoError):  # noqa: N818
    """A sealed file was changed, cut off, is none of ours, or is sealed to another recovery key."""


class SharesWrong(CryptoError):  # noqa: N818
    """The shares do not make a recovery key."""
