"""One-time codes against the vectors of RFC 6238, and that each has one step to be remembered by."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.crypto.totp import PERIOD, code_at, matching_step, new_secret, provisioning_uri
from tests.moments import NOON

SECRET = b"12345678901234567890"
STEP = int(NOON.timestamp()) // PERIOD
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
"""RFC 6238 appendix B, SHA-1; a code of six digits is the end of one of eight."""


@pytest.mark.parametrize(("seconds", "eight"), VECTORS)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, eight: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, moment) == eight[-6:]
    assert matching_step(SECRET, eight[-6:], moment) == seconds // PERIOD


@pytest.mark.asvs("V6.5.5")
@pytest.mark.parametrize(
    ("late", "step"), [(-60, None), (-30, STEP), (0, STEP), (29, STEP), (30, STEP), (59, STEP), (60, None), (90, None)]
)
def test_a_code_lives_for_its_step_and_the_ones_beside_it(late: int, step: int | None) -> None:
    assert matching_step(SECRET, code_at(SECRET, NOON), NOON + timedelta(seconds=late)) == step


def test_a_wider_or_no_window_is_the_callers_choice() -> None:
    code, later = code_at(SECRET, NOON), NOON + timedelta(seconds=60)
    assert matching_step(SECRET, code, later, window=2) == STEP
    assert matching_step(SECRET, code, NOON, window=0) == STEP
    assert matching_step(SECRET, code, NOON + timedelta(seconds=30), window=0) is None


class Account:
    """A caller that does what the function's docstring asks."""

    def __init__(self) -> None:
        self.last = 0

    def sign_in(self, code: str, now: datetime) -> bool:
        step = matching_step(SECRET, code, now)
        if step is None or step <= self.last:
            return False
        self.last = step
        return True


@pytest.mark.asvs("V6.5.1")
def test_a_code_works_once_and_the_one_before_it_not_at_all_afterwards() -> None:
    account = Account()
    before, code, after = (code_at(SECRET, NOON + timedelta(seconds=late)) for late in (-30, 0, 30))
    assert account.sign_in(code, NOON)
    assert not account.sign_in(code, NOON)
    assert not account.sign_in(code, NOON + timedelta(seconds=29))
    assert not account.sign_in(before, NOON)
    assert account.sign_in(after, NOON + timedelta(seconds=30))


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "-12345", "１２３４５６", "٠٠٠٠٠٠", "\udcff" * 6, " 12345", "1" * 2**20]
)
def test_what_is_no_code_matches_no_step(code: str) -> None:
    assert matching_step(SECRET, code, NOON) is None


@given(code=st.text(max_size=8))
@settings(max_examples=500, deadline=None)
def test_any_text_is_answered(code: str) -> None:
    good = {code_at(SECRET, NOON + timedelta(seconds=late)) for late in (-30, 0, 30)}
    assert (matching_step(SECRET, code, NOON) is not None) == (code in good)


def test_another_secret_has_other_codes() -> None:
    assert matching_step(bytes(20), code_at(SECRET, NOON), NOON) is None


@pytest.mark.asvs("V6.5.3")
def test_secrets_have_160_bits_and_no_two_are_alike() -> None:
    assert len({new_secret() for _ in range(1_000)}) == 1_000
    assert len(new_secret()) == 20


def test_the_picture_for_the_app_says_issuer_account_and_secret() -> None:
    address = urlsplit(provisioning_uri(SECRET, "林 G-1001", "数据中心"))
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/数据中心:林 G-1001"
    assert asked["secret"] == ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]
    assert (asked["issuer"], asked["digits"], asked["period"], asked["algorithm"]) == (["数据中心"], ["6"], ["30"], ["SHA1"])
