"""Whatever a code holds comes to a verdict and an event, never to an error."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from access_log.crypto.pass_token import DIGITS, sign_pass
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.models import Presence, RecordEntry, Visit
from access_log.policy.codes import EventType, Outcome, VisitState
from access_log.services import kiosks, passes, visits
from kiosk.lobby.device import request_token
from tests.cast import KIOSK_CREDENTIAL, as_contact
from tests.rings import new_test_ring
from tests.web.conftest import Web
from tests.web.kiosks import Device, attest, code_of, device, ready, scans
from tests.web.visitors import again


@pytest.fixture
def kiosk(web: Web) -> Device:
    """The kiosk of the cast, beside the hall's door."""
    return device(web)


def flipped(code: str) -> str:
    return str(int(code) ^ (1 << 5)).zfill(DIGITS)


def test_a_good_pass_waits_for_the_guard(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    answer = kiosk.verdict(code)
    assert (answer["outcome"], answer["direction"], answer["can_call"]) == ("id_pending", "in", True)
    assert again(web, visit).state is VisitState.ID_PENDING
    with web.db() as session:
        assert session.exec(select(Presence)).all() == []
    assert "魏" not in json.dumps(answer, ensure_ascii=False)
    assert str(visit.subject_id) not in json.dumps(answer)


BINARY = bytes(range(256)).decode("latin-1")
STRANGE = [
    ("", "not_a_pass"),
    ("1", "not_a_pass"),
    ("9" * DIGITS, "not_a_pass"),
    ("0" * DIGITS, "bad_signature"),
    ("7" * 7089, "not_a_pass"),
    ("https://example.com/visit?x=1", "not_a_pass"),
    (BINARY, "not_a_pass"),
    ("１" * DIGITS, "not_a_pass"),
    ("\N{ARABIC-INDIC DIGIT ONE}" * DIGITS, "not_a_pass"),
    ("-" + "1" * (DIGITS - 1), "not_a_pass"),
    ("'; drop table visit; --", "not_a_pass"),
    ("𠮷" * 500, "not_a_pass"),
]


def test_whatever_a_code_holds_comes_to_a_verdict_and_an_event(web: Web, kiosk: Device) -> None:
    for text, outcome in STRANGE:
        assert kiosk.verdict(text)["outcome"] == outcome, ascii(text[:50])
    found = [(event.type, event.outcome, event.kiosk_id, event.visit_id) for event in scans(web)]
    assert found == [(EventType.ENTRY_REFUSED, Outcome(outcome), web.cast.kiosk.id, None) for _text, outcome in STRANGE]
    with web.db() as session:
        bodies = b"".join(entry.body for entry in session.exec(select(RecordEntry)).all())
    assert bodies.count(b'"outcome":') == len(STRANGE)
    kept = [text for text, _outcome in STRANGE if len(text) > 10 and (text.encode() in bodies or text[:10].encode() in bodies)]
    assert kept == [], "what strangers' codes say is not kept"


def test_a_flipped_bit_is_a_forgery(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    assert kiosk.verdict(flipped(code))["outcome"] == "bad_signature"
    assert again(web, visit).state is VisitState.PASS_ISSUED
    assert kiosk.verdict(code)["outcome"] == "id_pending", "the pass itself is none the worse"


def test_a_pass_of_another_installation_is_a_forgery(web: Web, kiosk: Device) -> None:
    visit, _code = ready(web)
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        foreign = sign_pass(new_test_ring(Suite.STD), passes.payload_of(live))
    assert kiosk.verdict(foreign)["outcome"] == "bad_signature"


def test_a_pass_of_another_site_of_ours_is_told_so(web: Web, kiosk: Device) -> None:
    visit, _code = ready(web)
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        elsewhere = sign_pass(web.ring, replace(passes.payload_of(live), site=77))
    assert kiosk.verdict(elsewhere)["outcome"] == "wrong_site"


def test_a_signed_pass_that_no_register_knows_opens_nothing(web: Web, kiosk: Device) -> None:
    visit, _code = ready(web)
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        unknown = sign_pass(web.ring, replace(passes.payload_of(live), serial=b"unknown!"))
    assert kiosk.verdict(unknown)["outcome"] == "unknown_pass"


@pytest.mark.parametrize(
    ("minutes", "outcome"), [(-181, "too_early"), (-180, "id_pending"), (480, "id_pending"), (481, "expired"), (60 * 24 * 400, "expired")]
)
def test_the_clock_decides(web: Web, kiosk: Device, minutes: int, outcome: str) -> None:
    _visit, code = ready(web)
    web.clock.now += timedelta(minutes=minutes)
    assert kiosk.verdict(code)["outcome"] == outcome


def test_a_replaced_pass_is_refused_and_the_new_one_is_good(web: Web, kiosk: Device) -> None:
    visit, old = ready(web)
    with web.db() as session:
        visits.reissue(session, web.ring, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    assert kiosk.verdict(old)["outcome"] == "revoked"
    assert kiosk.verdict(code_of(web, visit))["outcome"] == "id_pending"


def test_a_repeated_request_gets_its_first_answer_and_no_second_event(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    nonce = str(uuid4())
    first = kiosk.verdict(code, nonce=nonce)
    attest(web, visit)
    again_ = kiosk.verdict(code, nonce=nonce)
    assert (again_["outcome"], again_["direction"], again_["at"]) == (first["outcome"], first["direction"], first["at"])
    assert [event.type for event in scans(web)] == [EventType.ARRIVAL_RECORDED, EventType.ENTRY_GRANTED], "the guard's, and one scan"
    assert kiosk.verdict("not the same text", nonce=nonce)["outcome"] == first["outcome"], "a nonce answers for one scan only"


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"NaN",
    b'{"nonce": NaN, "how": "scanner", "text": "1"}',
    b'{"nonce": "%s", "how": "scanner", "text": NaN}' % str(uuid4()).encode(),
    b'{"nonce": "%s", "how": "scanner", "text": "\\ud800"}' % str(uuid4()).encode(),
    b'{"nonce": "%s", "how": "scanner", "text": "\xff\xfe"}' % str(uuid4()).encode(),
    b'{"nonce": "%s", "how": "scanner", "text": 5}' % str(uuid4()).encode(),
    b'{"nonce": "%s", "how": "telepathy", "text": "1"}' % str(uuid4()).encode(),
    b'{"nonce": "not a uuid", "how": "scanner", "text": "1"}',
    b'{"nonce": "%s", "how": "scanner", "text": "%s"}' % (str(uuid4()).encode(), b"1" * 8193),
    b'{"nonce": "%s", "how": "scanner", "text": "%s"}' % (str(uuid4()).encode(), b"1" * 40_000),
    b"[" * 10_000,
]


@pytest.mark.parametrize("path", ["/scan", "/notice", "/call"])
def test_a_body_that_cannot_be_read_is_refused_in_plain_codes_and_echoes_nothing(web: Web, kiosk: Device, path: str) -> None:
    for body in UNREADABLE:
        answer = kiosk.post(path, body)
        if path == "/call" and answer.status_code == 200:
            continue  # a call needs nothing but a nonce
        assert answer.status_code in (400, 413, 422), body[:80]
        assert set(answer.json()) == {"error", "text"}
    assert scans(web) == []
    assert kiosk.verdict("1")["outcome"] == "not_a_pass", "and the kiosk goes on"


def test_passes_of_one_moment_get_an_answer_each(web: Web, kiosk: Device) -> None:
    _visit, code = ready(web)
    found: list[str] = []

    def one(text: str) -> None:
        found.append(kiosk.verdict(text)["outcome"])

    threads = [threading.Thread(target=one, args=(text,)) for text in [code, flipped(code), "x", code]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["bad_signature", "id_pending", "id_pending", "not_a_pass"]


def short_code(web: Web, visit: Visit) -> str:
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        return passes.short_code_of(web.ring, live)


def test_a_short_code_does_what_the_pass_does(web: Web, kiosk: Device) -> None:
    visit, _code = ready(web)
    assert kiosk.verdict(short_code(web, visit).lower(), "code")["outcome"] == "id_pending"
    assert again(web, visit).state is VisitState.ID_PENDING


def test_a_pass_typed_as_a_code_and_a_code_shown_as_a_pass_are_neither(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    assert kiosk.verdict(code, "code")["outcome"] == "not_a_pass"
    assert kiosk.verdict(short_code(web, visit))["outcome"] == "not_a_pass"


def test_five_wrong_codes_close_the_keypad_for_five_minutes_but_not_the_camera(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    for number in range(kiosks.MOST):
        assert kiosk.verdict(f"000000000{number}", "code")["outcome"] == "unknown_pass"
    refused = kiosk.scan(short_code(web, visit), "code")
    assert (refused.status_code, refused.json()) == (429, {"error": "too_many_codes"})
    assert again(web, visit).state is VisitState.PASS_ISSUED
    web.clock.now += kiosks.WITHIN
    assert kiosk.verdict(short_code(web, visit), "code")["outcome"] == "id_pending"
    assert kiosk.verdict(code)["outcome"] == "id_pending"


def test_while_the_keypad_is_closed_a_pass_is_still_read(web: Web, kiosk: Device) -> None:
    _visit, code = ready(web)
    for number in range(kiosks.MOST):
        kiosk.verdict(f"000000000{number}", "code")
    assert kiosk.scan("0000000000", "code").status_code == 429
    assert kiosk.verdict(code)["outcome"] == "id_pending"


def test_a_kiosk_whose_page_is_older_than_a_change_of_suite_goes_on(web: Web, kiosk: Device) -> None:
    """Its token was made in the suite of before; nobody comes to load the page again."""
    _visit, code = ready(web)
    kiosk.token = request_token(KeyRing(Suite.GM, web.ring.keys), KIOSK_CREDENTIAL)
    assert kiosk.scan(code).status_code == 200
    for wrong in ("", "00" * 32, "zz" * 32, kiosk.token[:-2]):
        kiosk.token = wrong
        assert kiosk.scan(code).status_code == 403
