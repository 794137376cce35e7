"""Whatever a camera, a hand scanner or somebody with a keyboard sends to the scan's address: a verdict and one event, or a plain no."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from access_log.crypto.pass_token import DIGITS, TOKEN
from access_log.models import AccessEvent, RecordEntry
from access_log.policy.codes import Outcome
from tests.conftest import LONG
from tests.web.conftest import Web
from tests.web.kiosks import Device, device, ready, scans

EXAMPLES = 10_000 if LONG else 60
OUTCOMES = {outcome.value for outcome in Outcome}
digits = st.binary(min_size=TOKEN, max_size=TOKEN).map(lambda data: str(int.from_bytes(data, "big")).zfill(DIGITS))
texts = st.text(max_size=300) | digits | st.text(alphabet="0123456789", min_size=194, max_size=198)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(alphabet=st.characters(), max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["nonce", "how", "text", "x"]), inner, max_size=4),
    max_leaves=12,
)
plain = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def kiosk(web: Web) -> Device:
    return device(web)


def counted(web: Web) -> int:
    """Scans in the book; as many as entries of the record, or else the answer is negative."""
    with web.db() as session:
        events, entries = (session.exec(select(func.count()).select_from(model)).one() for model in (AccessEvent, RecordEntry))
    return events if events == entries else -1


def test_any_text_is_a_verdict_and_one_event(web: Web, kiosk: Device) -> None:
    ready(web)

    @given(text=texts, how=st.sampled_from(["camera", "scanner"]), nonce=st.uuids())
    @plain
    def shown(text: str, how: str, nonce: UUID) -> None:
        seen = {event.nonce for event in scans(web)}
        before = counted(web)
        answer = kiosk.verdict(text, how, str(nonce))
        assert answer["outcome"] in OUTCOMES - {"granted", "id_pending"}
        assert counted(web) - before == (str(nonce) not in seen)

    shown()


def test_any_body_is_answered_without_an_error(web: Web, kiosk: Device) -> None:
    before = counted(web)

    @given(body=st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
    @plain
    def sent(body: bytes) -> None:
        answer: Any = kiosk.post("/scan", body)
        assert answer.status_code in (400, 422)
        assert set(answer.json()) == {"error", "text"}

    sent()
    assert counted(web) == before


def test_a_changed_pass_opens_nothing(web: Web, kiosk: Device) -> None:
    _visit, code = ready(web)

    @given(place=st.integers(0, 8 * TOKEN - 1), nonce=st.uuids())
    @plain
    def shown(place: int, nonce: UUID) -> None:
        changed = str(int(code) ^ (1 << place)).zfill(DIGITS)
        assert kiosk.verdict(changed, nonce=str(nonce))["outcome"] in {"bad_signature", "not_a_pass"}

    shown()
    assert kiosk.verdict(code)["outcome"] == "id_pending", "and the pass itself is good"
