"""What a caller could not have known beforehand: one class per fact. Expected outcomes are values, not exceptions."""


class AccessLogError(Exception):
    """Base of every error the core raises on purpose. Messages carry codes and ids, never personal data."""


class NotFoundError(AccessLogError):
    """There is no such thing, or not for this person: the two answers are the same on purpose."""


class NotAllowedError(AccessLogError):
    """The person's role or right does not cover this act."""


class ConflictError(AccessLogError):
    """Somebody else changed the thing meanwhile, or its state does not allow the act."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HeldError(ConflictError):
    """A legal hold stands against it: only the hold officer may open this person's data, and nobody may change or erase it."""

    def __init__(self) -> None:
        super().__init__("held")


class NoAgreementError(ConflictError):
    """A member of staff whose confidentiality agreement is not on file may see no name and vouch for none."""

    def __init__(self) -> None:
        super().__init__("no_agreement")


class RefusedInputError(AccessLogError):
    """A value the act cannot take; `field` names the input, `code` the reason (a gettext id on the face)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class DatabaseUnsuitableError(AccessLogError):
    """The database engine or its version must not hold this register."""


class OneWayError(AccessLogError):
    """A migration that is not taken back: what it would lose must not be lost. A backup of before is the way back."""


class PolicyAlteredError(AccessLogError):
    """The bytes of a published policy are not those that were published."""


class SettingsError(AccessLogError):
    """A setting is missing or contradicts another; the message says which and how to mend it."""


class LedgerBehindError(AccessLogError):
    """The ledger of erasures is missing, another database's, or older than the database: nothing is erased or served until it is back."""


class NotErasedError(AccessLogError):
    """Something was found where it had just been destroyed; nothing of it is committed."""


class FencedError(AccessLogError):
    """This person, or this item of theirs, was erased: nothing may be sealed there again."""


class BackupError(AccessLogError):
    """A backup cannot be made or put back; the message says why and how to mend it."""
