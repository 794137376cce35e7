"""What a report says, and that nothing in it can run, load or name anybody."""

import csv
import html
import io
import json
import re
from collections import Counter
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select

from access_log.crypto.checkpoint import LogKeys, Note, hashes_of
from access_log.crypto.envelope import Sealed
from access_log.crypto.errors import KeyMissing
from access_log.crypto.merkle import proven_root
from access_log.crypto.opening import open_sealed
from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing, Purpose
from access_log.db import reading, transaction
from access_log.models import Customer, ReportFile, ReportKind, ReportSchedule, VaultItem
from access_log.policy.codes import Item
from access_log.sealing import seal_all
from reports.content import Report
from reports.figures import entries_over_time, totals
from reports.gather import Asked, gather
from reports.paper import paper
from tests.cast import Cast
from tests.moments import NOON
from tests.reports.conftest import MORNING_AFTER, read, runs, write_all

HOSTILE = "=cmd|' /C calc'!A0</style><script>alert(1)</script>#import \"x\" 𠮷㐂䶮"


def report_of(engine: Engine, ring: KeyRing, cast: Cast, language: str = "en") -> Report:
    asked = Asked(ReportKind.ACCESS_DAILY, cast.site.id or 0, language, NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    with reading(engine) as session:
        return gather(session, ring, asked, now=MORNING_AFTER)


def in_clear(engine: Engine, ring: KeyRing, small_ring: KeyRing, language: str = "en") -> dict[str, bytes]:
    """Write the day's report and open its files."""
    with transaction(engine) as session:
        session.exec(select(ReportSchedule)).one().language = language
    assert write_all(engine, small_ring) == (1, 0)
    with transaction(engine) as session:
        (run,) = runs(session)
        return {format_: read(session, ring, run.id, format_) for format_ in ("html", "csv", "pdf", "json")}


def test_a_day_by_hand(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    report = report_of(engine, small_ring, day)
    wei, ana = report.lines
    assert (wei.number, wei.name, wei.customer, wei.areas) == ("1001-1", "魏*明", "云帆网络", ("Hall A1",))
    assert (wei.customer_authoriser, wei.site_authoriser, wei.by_rule) == ("林*", "9001", False)
    assert [(stay.entered_at, stay.exit_time) for stay in wei.stays] == [(NOON, NOON + timedelta(hours=2))]
    assert (wei.flags, wei.badge, ana.badge_out) == (("badge_out",), "V01", False)
    assert ana.inside
    assert ana.overstay == timedelta(hours=9)
    assert dict(totals(report)) == {
        "Visits": 2, "Entries": 2, "Exits": 1, "Refused": 1, "Overstays": 1, "Still inside": 1, "Exit time unknown": 0,
        "Badges not returned": 1,
    }  # fmt: skip
    assert [bar.count for bar in entries_over_time(report)] == [0] * 12 + [2] + [0] * 11
    assert [refused.outcome.value for refused in report.strangers] == ["unknown_pass"]
    assert report.exceptions == 3


def test_what_happened_on_another_day_is_not_told(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    asked = Asked(ReportKind.ACCESS_DAILY, day.site.id or 0, "en", NOON + timedelta(hours=12), NOON + timedelta(hours=36))
    with reading(engine) as session:
        report = gather(session, small_ring, asked, now=NOON + timedelta(hours=37))
    assert [line.number for line in report.lines] == ["1001-2"]  # Ana is still inside
    assert not report.strangers


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_an_empty_day_says_so(engine: Engine, ring: KeyRing, small_ring: KeyRing, people: Cast, language: str) -> None:
    files = in_clear(engine, ring, small_ring, language)
    said = "本期无人进入" if language == "zh-CN" else "Nobody came in"
    assert said in files["html"].decode()
    assert said in pdf_text(files["pdf"])
    assert len(rows(files["csv"])) == 1


def test_the_frame_names_period_notice_and_place_in_the_record(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    html = in_clear(engine, ring, small_ring)["html"].decode()
    for said in ("2026-11-24 00:00 – 2026-11-25 00:00", "Asia/Shanghai", "default-1", "Names are masked", "Sealed entries when written"):
        assert said in html


@pytest.mark.clause("1.4.e", "2.2")
def test_no_full_name_and_no_address_in_any_format(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    files = in_clear(engine, ring, small_ring)
    for name in ("魏伟明", "Lucía", "林岚", "wei@nimbus.example", "13912345678"):
        assert name not in files["html"].decode()
        assert name not in files["csv"].decode("utf-8-sig")
        assert name not in pdf_text(files["pdf"])
    assert "魏*明" in pdf_text(files["pdf"])


def test_a_page_runs_nothing_and_loads_nothing(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    html = in_clear(engine, ring, small_ring)["html"].decode()
    assert not re.search(r"<script|<link|<img|<iframe|<object|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https?://", html)
    assert html.count("<style>") == 1


def test_hostile_names_stay_text_in_all_three(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    with transaction(engine) as session:
        session.get_one(Customer, day.nimbus.id).name = HOSTILE
    files = in_clear(engine, ring, small_ring)
    html = files["html"].decode()
    assert "<script" not in html
    assert html.count("</style>") == 1
    cell = next(cell for row in rows(files["csv"]) for cell in row if "cmd|" in cell)
    assert cell == "'" + HOSTILE
    assert "𠮷㐂䶮" in pdf_text(files["pdf"]).replace("\n", "")


def test_an_erased_person_appears_without_a_name(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    from access_log.models import Subject, Visit
    from access_log.policy.actors import system
    from access_log.services import vault

    with transaction(engine) as session:
        for visit in session.exec(select(Visit)):
            subject = session.get_one(Subject, visit.subject_id)
            vault.erase_subject(session, subject=subject, reason="test", actor=system(visit.site_id), now=NOON)
    html = in_clear(engine, ring, small_ring)["html"].decode()
    assert "魏*" not in html
    assert "erased" in html


def test_files_are_sealed_at_rest(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    write_all(engine, small_ring)
    with transaction(engine) as session:
        files = session.exec(select(ReportFile)).all()
        assert {file.format for file in files} == {"html", "csv", "pdf", "json"}
        for file in files:
            for clear in ("云帆网络", "魏*明", "1001-1"):
                assert clear.encode() not in file.ciphertext
                assert clear.encode("utf-16-le") not in file.ciphertext


def test_the_reports_ring_opens_no_identity(engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast) -> None:
    with transaction(engine) as session:
        row = session.exec(select(VaultItem).where(VaultItem.item == Item.NAME)).first()
        assert row is not None
    sealed = Sealed(suite=row.suite, kek_version=row.kek_version, wrapped_key=row.wrapped_key, ciphertext=row.ciphertext)
    assert open_sealed(ring, sealed, purpose=Purpose.IDENTITY, subject=row.subject_id, item="name")
    with pytest.raises(KeyMissing):
        open_sealed(small_ring, sealed, purpose=Purpose.IDENTITY, subject=row.subject_id, item="name")


def test_a_long_report_says_on_paper_where_the_rest_stands(
    engine: Engine, small_ring: KeyRing, day: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.paper.MOST_LINES", 1)
    assert "1 more visits stand in the CSV file" in pdf_text(paper(report_of(engine, small_ring, day)))


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def pdf_text(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


def test_the_report_brings_a_checkpoint_and_the_proof_of_what_it_tells_of(
    engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast
) -> None:
    """Whoever keeps it can show a rewrite: in every format the same signed head, and in the proof the entries at the doors."""
    del day
    seal_all(engine, ring, NOON)
    files = in_clear(engine, ring, small_ring)
    shown = json.loads(files["json"])
    head = LogKeys.of(ring).check(Note.parse(shown["checkpoint"])).head
    leaves = [(entry["index"], leaf_hash(entry["body"].encode())) for entry in shown["entries"]]
    assert proven_root(leaves, shown["size"], hashes_of(shown["hashes"])) == head.root
    told = Counter(json.loads(entry["body"])["type"] for entry in shown["entries"])
    assert (told["entry:granted"], told["exit:recorded"], told["entry:refused"]) == (2, 1, 1)
    assert "identity:registered" not in told, "nobody else's business"
    on_paper = "".join(part.extract_text() for part in PdfReader(io.BytesIO(files["pdf"])).pages).replace("\n", "")
    for line in shown["checkpoint"].splitlines():
        assert html.escape(line).encode() in files["html"]
        assert line in files["csv"].decode("utf-8-sig")
        assert line.split(" ")[-1][:40] in on_paper


def test_a_report_written_before_anything_was_sealed_has_no_checkpoint(
    engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast
) -> None:
    del day
    files = in_clear(engine, ring, small_ring)
    assert json.loads(files["json"])["checkpoint"] == ""
    assert b"Checkpoint of the record" not in files["html"]


def test_a_period_with_too_many_entries_brings_the_checkpoint_alone(
    engine: Engine, ring: KeyRing, small_ring: KeyRing, day: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    del day
    seal_all(engine, ring, NOON)
    monkeypatch.setattr("reports.gather.MOST_PROVEN", 3)
    shown = json.loads(in_clear(engine, ring, small_ring)["json"])
    assert (shown["entries"], shown["hashes"]) == ([], [])
    assert shown["left_out"] > 3
    assert shown["checkpoint"]
