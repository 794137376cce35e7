"""What a pack holds, whom it is about, and how it is made."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.audit.export import wanted_of
from access_log.audit.scope import estimate, scope_of
from access_log.crypto.ring import KeyRing
from access_log.db import reading, transaction
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent
from access_log.policy.codes import EventType
from access_log.services import sealer
from access_log.verify_alone import FILES, MANIFEST
from tests.audit.conftest import FIRST, LAST, Site, files_of, judged, monday, tuesday
from tests.cast import make_cast, requested
from tests.moments import NOON


def table(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["visits.csv"].decode("utf-8-sig"), newline="")))


def test_packs_are_good_and_say_how_much_they_show(lived: Site, tmp_path: Path) -> None:
    shown, findings = judged(lived.pack(), lived.keys, tmp_path)
    assert (findings, shown[:10]) == ([], "3 visits; ")
    assert "the hash alone" not in shown
    shown, findings = judged(lived.pack(customer_id=lived.cast.kestrel.id), lived.keys, tmp_path)
    assert (findings, shown[:10]) == ([], "1 visits; ")
    assert "the hash alone" in shown
    with reading(lived.engine) as session:
        event, _other = session.exec(
            select(AccessEvent).where(AccessEvent.type == EventType.AUDIT_PACK_EXPORTED).order_by(col(AccessEvent.id))
        ).all()
        assert (event.actor_id, event.detail["until"]) == (lived.cast.xu.id, "2026-11-26T16:00:00+00:00"), (
            "who took it stands in the record"
        )


def test_visits_stand_side_by_side_with_what_the_record_says(pack: bytes) -> None:
    files = files_of(pack)
    assert list(files) == [*FILES, MANIFEST]
    rows = table(files)
    assert [(row["number"], row["stay"]) for row in rows] == [
        ("1001-1", "1"),
        ("1001-2", "1"),
        ("1001-2", "2"),
        ("1003-1", "0"),
    ]
    wei, ana, again, hao = rows
    assert (wei["requested_at"], wei["entry_at"], wei["exit_at"]) == (
        NOON.isoformat(),
        (NOON + timedelta(days=1, minutes=2)).isoformat(),
        (NOON + timedelta(days=1, minutes=90)).isoformat(),
    )
    assert (wei["badge"], wei["badge_back_at"]) == ("V01", (NOON + timedelta(days=4)).isoformat()), "it came back after the period"
    assert (ana["exit_known"], ana["escort"]) == ("escort_statement", "escorted_out")
    assert (ana["exit_at"], ana["area_entered"]) == ((NOON + timedelta(days=1, hours=1, minutes=50)).isoformat(), "A1")
    assert (again["entry_known"], again["exit_known"], again["exit_at"]) == ("guard_saw", "unknown", ""), "no time is invented"
    assert (ana["customer_said"], ana["operator_said"], ana["approved_for_site_by"], ana["checked_by_number"]) == (
        "approved",
        "approved",
        "9001",
        "1001",
    )
    assert (hao["entry_at"], hao["purpose"]) == ("", "audit")


def test_no_identity_is_in_a_pack_and_nothing_of_somebody_erased(pack: bytes) -> None:
    files = files_of(pack)
    everything = b"\n".join(files.values()).decode("utf-8", "replace")
    for name in ("魏伟明", "Ñúñez", "郝好", "wei@", "13912345678", "林岚", "芮睿"):
        assert name not in everything
    wei, ana, *_ = table(files)
    assert ana["name"] == "A. Ñ**"
    assert (wei["name"], wei["work_order"], wei["approved_for_customer_by"]) == ("", "", ""), "work order and approver go with the name"
    assert wei["erased_at"]
    assert "（已删除）" in files["index.zh-CN.html"].decode()


def test_cells_run_no_formula_and_pages_no_markup(pack: bytes) -> None:
    files = files_of(pack)
    assert table(files)[-1]["customer"].startswith("'=Kestrel")
    assert b"=Kestrel" in files["index.en.html"]
    assert b"<script" not in files["index.en.html"]
    for name in ("index.zh-CN.html", "index.en.html"):
        assert files[name].count(b"<tr><td>") == 4


def test_a_customers_pack_holds_its_visits_and_of_others_the_hashes_alone(once: Site) -> None:
    files = files_of(once.pack(customer_id=once.cast.kestrel.id))
    assert [row["number"] for row in table(files)] == ["1003-1"]
    bodies = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
    customers = {json.loads(one["body"]).get("customer") for one in bodies if "body" in one}
    assert customers == {once.cast.kestrel.id}


def test_an_empty_period_gives_an_empty_pack_that_is_good(once: Site, tmp_path: Path) -> None:
    pack = once.pack(first=date(2026, 12, 24), last=date(2026, 12, 24))
    shown, findings = judged(pack, once.keys, tmp_path)
    assert (shown[:8], findings) == ("0 visits", [])
    assert "此期间没有来访。" in files_of(pack)["index.zh-CN.html"].decode()


def test_the_same_pack_twice_is_the_same_but_for_its_hour(once: Site) -> None:
    one, other = files_of(once.pack()), files_of(once.pack())
    assert one == other
    later = files_of(once.pack(now=NOON + timedelta(hours=1)))
    assert {name for name in one if one[name] != later[name]} == {"index.zh-CN.html", "index.en.html", "lines.txt", MANIFEST}


def test_a_site_gets_no_customer_of_another_and_no_period_without_sense(session: Session, site) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotFoundError):
        scope_of(session, wanted_of(site, FIRST, LAST, 4711), now=NOON)
    for first, last, code in ((LAST, FIRST, "ends_before_it_begins"), (FIRST, FIRST + timedelta(days=366), "longer_than_a_year")):
        with pytest.raises(RefusedInputError, match=code):
            wanted_of(site, first, last)


def test_before_anything_is_sealed_there_is_no_pack(session: Session, site) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConflictError, match="nothing_sealed"):
        scope_of(session, wanted_of(site, FIRST, LAST), now=NOON)


def test_the_estimate_counts_visits_and_entries_before_anything_is_made(once: Site) -> None:
    with reading(once.engine) as session:
        guess = estimate(session, scope_of(session, wanted_of(once.cast.site, FIRST, LAST), now=NOON))
    pack = once.pack()
    assert guess.visits == 3
    assert guess.entries == files_of(pack)["entries.jsonl"].count(b"\n")
    assert len(pack) / 4 < guess.size + 12_000 < len(pack) * 4


def test_a_name_that_is_due_before_the_pack_is_left_out(once: Site) -> None:
    months_later = NOON + timedelta(days=170)
    rows = table(files_of(once.pack(now=months_later)))
    assert {row["name"] for row in rows} == {""}
    assert [row["erased_at"] for row in rows if row["number"] == "1001-2"] == ["due soon", "due soon"]
    assert (rows[1]["work_order"], rows[1]["checked_by_number"]) == ("", "1001")


def test_what_was_sealed_late_because_no_worker_ran_is_in_the_pack(
    engine: Engine, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "AT_ONCE", 5)
    with transaction(engine) as session:
        site = Site(engine, ring, make_cast(session, ring))
        monday(session, site)
    site.seal(0.1)
    with transaction(engine) as session:
        tuesday(session, site)
    for days in (9, 9.01):
        site.seal(days)
        with transaction(engine) as session:
            requested(session, ring, site.cast, site.cast.wei, hours=24 * 9)
    shown, findings = judged(site.pack(), site.keys, tmp_path)
    assert (findings, shown[:8]) == ([], "3 visits")
