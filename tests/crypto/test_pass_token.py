"""The pass: what fits in it, that no bit of it can be changed, and that no text at all upsets the reader."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.crypto.errors import KeyMissing
from access_log.crypto.pass_token import (
    BAD_SIGNATURE,
    CONTEXT,
    DIGITS,
    NOT_A_PASS,
    PassPayload,
    PassReading,
    digest,
    read_pass,
    sign_pass,
)
from access_log.crypto.ring import KeyKind, Purpose, new_key
from access_log.crypto.suites import Suite
from tests.conftest import LONG
from tests.crypto.conftest import RINGS
from tests.moments import NOON

RING = RINGS[Suite.STD]
PAYLOAD = PassPayload(kid=1, serial=b"\x00\x01wei\xff\xfe\xfd", not_before=NOON, minutes=480, site=7)
TOKEN = sign_pass(RING, PAYLOAD)
ROUNDS = 100_000 if LONG else 1_000

payloads = st.builds(
    PassPayload,
    kid=st.just(1),
    serial=st.binary(min_size=8, max_size=8),
    not_before=st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    minutes=st.integers(0, 2**16 - 1),
    site=st.integers(0, 2**16 - 1),
)


def read(text: str) -> PassReading:
    return read_pass(RING.pass_public_keys(), text)


def is_digits(text: str) -> bool:
    return len(text) == DIGITS and text.isascii() and text.isdigit()


@given(payload=payloads)
@settings(deadline=None)
def test_what_is_signed_is_read_and_always_196_ascii_digits(payload: PassPayload) -> None:
    token = sign_pass(RING, payload)
    assert is_digits(token)
    assert read(token) == PassReading(payload, None)


def test_a_payload_has_the_17_bytes_of_the_format() -> None:
    assert PAYLOAD.to_bytes().hex() == "01" + "0001776569fffefd" + "6b050bc0" + "01e0" + "0007"
    assert PassPayload.from_bytes(PAYLOAD.to_bytes()) == PAYLOAD
    assert digest(PAYLOAD) == hashlib.sha256(PAYLOAD.to_bytes()).digest()


def test_the_largest_token_fits_the_fixed_width() -> None:
    assert len(str(2 ** (8 * 81) - 1)) == DIGITS


def test_the_same_pass_signs_to_the_same_digits_again() -> None:
    assert sign_pass(RING, PAYLOAD) == TOKEN
    assert sign_pass(RING, replace(PAYLOAD, serial=bytes(8))) != TOKEN


def test_a_part_of_a_second_makes_no_other_pass() -> None:
    later = replace(PAYLOAD, not_before=NOON + timedelta(milliseconds=999))
    assert digest(later) == digest(PAYLOAD)
    assert sign_pass(RING, later) == TOKEN


@pytest.mark.parametrize(
    ("field", "value"),
    [("kid", 256), ("minutes", 65_536), ("minutes", -1), ("site", 65_536), ("not_before", datetime(1969, 1, 1, tzinfo=UTC))],
)
def test_a_number_that_does_not_fit_is_refused(field: str, value: object) -> None:
    with pytest.raises(OverflowError):
        replace(PAYLOAD, **{field: value}).to_bytes()  # type: ignore[arg-type]


@pytest.mark.parametrize("serial", [b"", bytes(7), bytes(9)])
def test_a_serial_of_another_length_would_shift_the_fields_and_is_refused(serial: bytes) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        digest(replace(PAYLOAD, serial=serial))


# Nothing can be changed


@pytest.mark.asvs("V11.6.1")
@pytest.mark.asvs("9.1.1")
def test_no_bit_of_a_pass_can_be_changed() -> None:
    number = int(TOKEN)
    for bit in range(8 * 81):
        assert read(str(number ^ 1 << bit).zfill(DIGITS)) == PassReading(None, BAD_SIGNATURE), bit


def test_no_digit_of_a_pass_can_be_changed() -> None:
    for place in range(DIGITS):
        for digit in "0123456789".replace(TOKEN[place], ""):
            reading = read(TOKEN[:place] + digit + TOKEN[place + 1 :])
            assert reading.payload is None
            assert reading.fault in (BAD_SIGNATURE, NOT_A_PASS)


def test_a_number_too_large_for_81_bytes_is_no_pass() -> None:
    assert read(str(2 ** (8 * 81))) == PassReading(None, NOT_A_PASS)
    assert read("9" * DIGITS) == PassReading(None, NOT_A_PASS)
    assert read("0" * DIGITS) == PassReading(None, BAD_SIGNATURE)


def test_a_pass_of_another_installation_has_a_bad_signature() -> None:
    assert read(sign_pass(RINGS[Suite.GM], PAYLOAD)) == PassReading(None, BAD_SIGNATURE)


def test_a_signature_for_something_else_is_no_pass() -> None:
    """The same key over the same bytes, without the words that say what they are."""
    body = PAYLOAD.to_bytes()
    _kid, key = RING.pass_signing_key()
    for signed, expected in ((body, BAD_SIGNATURE), (b"access-log/1 log\0" + body, BAD_SIGNATURE), (CONTEXT + body, None)):
        assert read(str(int.from_bytes(body + key.sign(signed), "big")).zfill(DIGITS)).fault == expected


def test_keys_overlap_until_the_old_one_is_withdrawn() -> None:
    later = RING.with_key(new_key(KeyKind.PASS_SIGNING, version=2, now=NOON))
    new = sign_pass(later, replace(PAYLOAD, kid=2))
    assert read_pass(later.pass_public_keys(), TOKEN).payload == PAYLOAD
    assert read_pass(later.pass_public_keys(), new).payload == replace(PAYLOAD, kid=2)
    withdrawn = later.without(KeyKind.PASS_SIGNING, 1)
    assert read_pass(withdrawn.pass_public_keys(), TOKEN) == PassReading(None, BAD_SIGNATURE)
    assert read(new) == PassReading(None, BAD_SIGNATURE)


def test_a_key_that_is_not_there_signs_nothing() -> None:
    with pytest.raises(KeyMissing):
        sign_pass(RING, replace(PAYLOAD, kid=9))
    with pytest.raises(KeyMissing):
        sign_pass(RING.subset({Purpose.LABEL}), PAYLOAD)


# No text upsets the reader


@pytest.mark.parametrize("around", ["", "\n", "\r\n", "\t", "   "])
def test_what_a_hand_scanner_types_around_the_digits_is_ignored(around: str) -> None:
    assert read(around + TOKEN + around).payload == PAYLOAD


def arabic(text: str) -> str:
    return text.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})


NO_PASSES = {
    "empty": "",
    "blank": " \n",
    "one digit short": TOKEN[1:],
    "one digit long": TOKEN + "0",
    "a zero before": "0" + TOKEN,
    "a sign": "-" + TOKEN[1:],
    "a plus": "+" + TOKEN[1:],
    "underscores": TOKEN[:3] + "_" + TOKEN[4:],
    "a blank inside": TOKEN[:3] + " " + TOKEN[4:],
    "a NUL": TOKEN[:-1] + "\0",
    "full-width": "０" * DIGITS,
    "arabic": arabic(TOKEN),
    "superscript": "²" * DIGITS,
    "a lone surrogate": "\udcff" * DIGITS,
    "emoji": "🚪" * DIGITS,
    "an address": "https://example.org/?pass=" + TOKEN,
    "a web token": "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
    "a megabyte of digits": "1" * 2**20,
    "a megabyte of blanks": " " * 2**20 + TOKEN,
    "a megabyte of letters": "x" * 2**20,
}


@pytest.mark.parametrize("text", NO_PASSES.values(), ids=NO_PASSES)
def test_what_is_no_pass_is_said_to_be_none(text: str) -> None:
    assert read(text) == PassReading(None, NOT_A_PASS)


def test_the_corpus_stands_around_a_pass_that_is_good() -> None:
    assert read(TOKEN) == PassReading(PAYLOAD, None)


@given(text=st.text(max_size=400))
@settings(max_examples=ROUNDS, deadline=None)
def test_random_texts_are_no_passes(text: str) -> None:
    assert read(text) == PassReading(None, NOT_A_PASS)


@given(text=st.text(alphabet="0123456789", min_size=194, max_size=198) | st.text(alphabet="0189 ٣９-\n", min_size=194, max_size=198))
@settings(max_examples=ROUNDS, deadline=None)
def test_texts_that_look_like_passes_are_refused_without_an_error(text: str) -> None:
    reading = read(text)
    assert reading.payload is None
    assert reading.fault == (BAD_SIGNATURE if is_digits(text.strip()) and int(text) < 2 ** (8 * 81) else NOT_A_PASS)


def test_random_tokens_with_a_known_key_have_bad_signatures() -> None:
    random = Random(20261124)
    for _ in range(1_000):
        body = b"\x01" + random.randbytes(80)
        assert read(str(int.from_bytes(body, "big")).zfill(DIGITS)) == PassReading(None, BAD_SIGNATURE)


# What goes into the picture


def qr_version(text: str) -> int:
    code = qrcode.QRCode(version=None, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return int(code.version)


@pytest.mark.parametrize("digits", [TOKEN, "0" * DIGITS, "9" * DIGITS])
def test_a_pass_is_a_qr_code_of_version_5_at_level_m(digits: str) -> None:
    assert qr_version(digits) == 5


def test_the_same_bytes_in_letters_would_need_a_larger_code() -> None:
    assert qr_version(int(TOKEN).to_bytes(81, "big").hex()) > 5


def test_a_pass_says_nothing_but_its_serial_site_and_window() -> None:
    body = int(TOKEN).to_bytes(81, "big")[:17]
    assert body == PAYLOAD.to_bytes()
    assert len(body) == 1 + 8 + 4 + 2 + 2
