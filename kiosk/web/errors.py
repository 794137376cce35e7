"""What sends a person to another page instead of an answer."""

from access_log.errors import AccessLogError


class SignInNeeded(AccessLogError):  # noqa: N818  # a state of the visit to a page, named as people say it
    """Nobody is signed in here (any more)."""


class SecondFactorNeeded(AccessLogError):  # noqa: N818
    """The password was right; the second factor is still to come."""


class ConsoleLocked(AccessLogError):  # noqa: N818
    """Nobody used this console for a while: a PIN opens it again."""


class SecureConnectionNeeded(AccessLogError):  # noqa: N818
    """A form came over plain HTTP from another machine: everybody between could read it, and the browser keeps no session."""
