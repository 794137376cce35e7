"""Erasing: the ledger first, then everything at once, with a receipt; whatever stops it, it is carried out, and never undone."""

import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import URL, Engine
from sqlmodel import Session, col, func, select

from access_log import erasing
from access_log.crypto.ledger import EVERYTHING, ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import Unprotected, save_ring
from access_log.db import reading, transaction
from access_log.errors import FencedError, LedgerBehindError, NotErasedError
from access_log.models import (
    AccessEvent,
    BlindIndex,
    Carried,
    Contact,
    Erasure,
    ImportBatch,
    Pass,
    Subject,
    Technician,
    Tombstone,
    VaultItem,
    VaultLabel,
    Visit,
)
from access_log.policy.actors import system
from access_log.policy.codes import Active, EventType, Item, SubjectKind, VisitState
from access_log.services import erasure, own_data, vault
from access_log.services.erasure import Target
from tests import sinks
from tests.cast import Cast, as_staff, make_cast, with_pass
from tests.moments import NOON

SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def ledger(engine: Engine) -> FileLedger:
    made: FileLedger = engine.get_execution_options()["ledger"]
    return made


@pytest.fixture
def people(engine: Engine, ring: KeyRing) -> Cast:
    with transaction(engine) as session:
        return make_cast(session, ring)


def person(session: Session, ring: KeyRing, cast: Cast, mark: str = "1") -> Subject:
    """Somebody with a name, a label, a mail and a phone, whose erasure touches every table."""
    site_id = cast.site.id or 0
    made = vault.new_subject(session, site_id=site_id, kind=SubjectKind.ROSTER, customer_id=cast.nimbus.id, now=NOON)
    mail, phone = f"zhang{mark}@nimbus.example", f"+86138001380{mark:>02}"
    vault.register(session, ring, subject=made, name=f"张测试{mark}", mail=mail, phone=phone, actor=system(site_id), now=NOON)
    vault.keep_secret(session, ring, subject_id=made.id, site_id=site_id, secret=b"twenty bytes of seed")
    return made


def erase(session: Session, cast: Cast, *targets: Target, now: datetime = NOON) -> list[Erasure]:
    return erasure.erase(session, targets, reason="request", actor=as_staff(cast.pang), now=now)


def left(session: Session, subject_id: UUID) -> int:
    counts = (select(func.count()).select_from(model).where(col(model.subject_id) == subject_id) for model in erasure.HOLDING)
    return sum(session.exec(count).one() for count in counts)


@pytest.mark.clause("4.4.b")
def test_the_ledger_names_it_before_the_first_row_is_touched(
    session: Session, ring: KeyRing, cast: Cast, ledger: FileLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = person(session, ring, cast)
    before = left(session, subject.id)
    seen = []

    def look(*_args: object) -> None:
        seen.append(([line.order.subject for line in ledger.lines()], left(session, subject.id)))

    monkeypatch.setattr(erasure, "_destroy", look)
    with pytest.raises(NotErasedError):
        erase(session, cast, Target(subject.id))
    assert seen == [([subject.id], before)]
    assert before == 6


@pytest.mark.clause("5.c", "4.4.b")
def test_a_person_an_item_or_a_list_of_people_go_with_a_receipt_each(session: Session, ring: KeyRing, cast: Cast) -> None:
    whole, part, kept, *others = (person(session, ring, cast, str(mark)) for mark in range(6))
    before = left(session, kept.id)
    receipts = erase(session, cast, Target(whole.id), Target(part.id, Item.CONTACT), *erasure.everything_of(one.id for one in others))
    assert [(row.subject_id, row.item) for row in receipts] == [
        (whole.id, None), (part.id, Item.CONTACT), *[(one.id, None) for one in others]
    ]  # fmt: skip
    assert [left(session, one.id) for one in (whole, part, kept, *others)] == [0, 3, before, 0, 0, 0]
    assert session.exec(select(BlindIndex).where(BlindIndex.subject_id == part.id)).all() == []
    assert [one.erased_at for one in (whole, part, kept)] == [NOON, None, None]
    stored = {row.ledger_number: row for row in session.exec(select(Erasure))}
    assert [(line.number, line.id, line.mac) for line in erasure.ledger_of(session).lines()] == [
        (number, row.id, row.ledger_mac) for number, row in sorted(stored.items())
    ]


def test_every_erasure_is_an_event_that_names_its_receipt(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    receipts = erase(session, cast, Target(visit.subject_id, Item.CONTACT), Target(visit.subject_id))
    told = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_ERASED).order_by(col(AccessEvent.id))).all()
    assert [(event.visit_id, event.detail["receipt"]) for event in told] == [(visit.id, str(row.id)) for row in receipts]
    assert [event.detail.get("item") for event in told] == ["contact", None]


def test_a_visit_keeps_its_times_and_leads_to_nobody(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.entered_at, visit.left_at = NOON, SOON
    session.add(visit)
    session.flush()
    erase(session, cast, Target(visit.subject_id), now=SOON)
    session.refresh(visit)
    assert (visit.entered_at, visit.left_at, visit.erased_at, visit.technician_id) == (NOON, SOON, SOON, None)


def seal(session: Session, ring: KeyRing, subject: Subject, item: Item) -> None:
    """Try every way there is to seal something."""
    if item is Item.LABEL:
        vault.seal_label(session, ring, subject=subject, label="张*", now=SOON)
    elif item is Item.SECRET:
        vault.keep_secret(session, ring, subject_id=subject.id, site_id=subject.site_id, secret=b"s" * 20)
    else:
        vault.seal_item(session, ring, subject=subject, item=item, value="x", now=SOON)


@pytest.mark.parametrize("item", [Item.NAME, Item.CONTACT, Item.LABEL, Item.SECRET])
def test_nothing_is_sealed_where_somebody_was_erased(engine: Engine, ring: KeyRing, people: Cast, item: Item) -> None:
    with transaction(engine) as session:
        subject = person(session, ring, people)
        erase(session, people, Target(subject.id, None))
    with transaction(engine) as session:
        again = session.get_one(Subject, subject.id)
        again.erased_at = None  # as an older database would have it
        session.add(again)
        session.flush()
        with pytest.raises(FencedError):
            seal(session, ring, again, item)
        assert left(session, subject.id) == 0


def test_an_erased_item_is_fenced_and_the_others_are_not(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast)
    erase(session, cast, Target(subject.id, Item.DOCUMENT))
    with pytest.raises(FencedError):
        vault.seal_item(session, ring, subject=subject, item=Item.DOCUMENT, value="x", now=SOON)
    vault.seal_item(session, ring, subject=subject, item=Item.NAME, value="张测试", now=SOON)


def test_a_person_who_took_their_number_away_may_give_it_again(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    own_data.correct_contact(session, ring, visit=visit, mail="", phone="", now=NOON)
    assert session.get(VaultItem, (visit.subject_id, Item.CONTACT)) is None
    own_data.correct_contact(session, ring, visit=visit, mail="wei@nimbus.example", phone="", now=SOON)
    assert session.get(VaultItem, (visit.subject_id, Item.CONTACT)) is not None


def roll_back(engine: Engine, ring: KeyRing, cast: Cast, *targets: Target) -> None:
    """Somebody erases, and the transaction does not come to its end."""
    with Session(engine) as session:
        erase(session, cast, *targets)
        session.rollback()


def test_what_the_ledger_orders_is_carried_out_though_the_transaction_failed(engine: Engine, ring: KeyRing, people: Cast) -> None:
    with transaction(engine) as session:
        whole, part = person(session, ring, people, "1"), person(session, ring, people, "2")
    roll_back(engine, ring, people, Target(whole.id), Target(part.id, Item.CONTACT))
    with reading(engine) as session:
        assert (left(session, whole.id), left(session, part.id)) == (6, 6)
    assert erasing.resume(engine, lambda: NOON) == 0, "it may still be under way"
    assert erasing.resume(engine, lambda: SOON) == 2
    assert erasing.resume(engine, lambda: SOON) == 0
    with reading(engine) as session:
        assert (left(session, whole.id), left(session, part.id)) == (0, 3)
        assert {row.carried for row in session.exec(select(Erasure))} == {Carried.RESUMED}


def test_nobody_is_left_standing_without_a_name(engine: Engine, ring: KeyRing, people: Cast) -> None:
    """What stood on the erased ends with them, as it would have if nothing had come in between."""
    with transaction(engine) as session:
        (visit,) = with_pass(session, ring, people)
        draft = vault.new_subject(session, site_id=people.site.id or 0, kind=SubjectKind.IMPORT, now=NOON)
        session.flush()
        session.add(
            ImportBatch(site_id=draft.site_id, kind="contacts", subject_id=draft.id, actor_kind="staff", actor_id=1, created_at=NOON)
        )
    roll_back(engine, ring, people, *erasure.everything_of([visit.subject_id, people.wei.subject_id, people.chen.subject_id, draft.id]))
    assert erasing.resume(engine, lambda: SOON) == 4
    with reading(engine) as session:
        ended = session.get_one(Visit, visit.id)
        assert (ended.state, ended.erased_at, ended.technician_id) == (VisitState.CANCELLED, SOON, None)
        assert session.exec(select(Pass).where(Pass.visit_id == visit.id, col(Pass.revoked_at).is_(None))).all() == []
        assert session.get_one(Technician, people.wei.id).state is Active.ENDED
        assert session.get_one(Contact, people.chen.id).state is Active.ENDED
        assert session.get_one(Contact, people.lin.id).state is Active.ACTIVE
        assert session.exec(select(ImportBatch)).all() == []


def test_what_was_given_again_after_the_line_is_no_concern_of_the_line(engine: Engine, ring: KeyRing, people: Cast) -> None:
    """An older ledger line replayed over a newer answer would erase somebody innocent."""
    with transaction(engine) as session:
        subject = person(session, ring, people)
    roll_back(engine, ring, people, Target(subject.id, Item.CONTACT, fence=False))
    with transaction(engine) as session:
        vault.seal_contact(session, ring, subject=session.get_one(Subject, subject.id), mail="new@nimbus.example", phone="", now=SOON)
    assert erasing.resume(engine, lambda: NOON + timedelta(hours=1)) == 1
    with reading(engine) as session:
        assert session.get(VaultItem, (subject.id, Item.CONTACT)) is not None
    assert erasing.resume(engine, lambda: NOON + timedelta(hours=1)) == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from access_log import erasing
from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring_file import Unprotected, load_ring
from access_log.db import make_engine, transaction
from access_log.policy.actors import system
from access_log.services import erasure
from tests.moments import NOON

url, keys, path, *asked = sys.argv[1:]
ring = load_ring(Path(keys), Unprotected())

def die(*_args, **_kw):
    os.kill(os.getpid(), signal.SIGKILL)

def erase_and_die(subject, step):
    engine = make_engine(url)
    engine.update_execution_options(ledger=FileLedger(Path(path), ledger_key(ring)))
    for place, name in ((FileLedger, "append"), (erasure, "_destroy"), (erasure, "_fence"), (erasure, "_receipts"), (erasure, "left_of"),
                        (erasing, "clear_log")):
        if step == name:
            setattr(place, name, die)
    with transaction(engine) as session:
        erasure.erase(session, [erasure.Target(UUID(subject))], reason="request", actor=system(1), now=NOON)
        if step == "commit":
            die()
    erasing.settle(engine, lambda: NOON)
    die()

for one in asked:
    child = os.fork()
    if not child:
        erase_and_die(*one.split(":"))
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, one
"""
STEPS = ["append", "_destroy", "_fence", "_receipts", "left_of", "commit", "clear_log", "end"]


@pytest.mark.fault
def test_killed_at_any_step_either_nothing_was_ordered_or_it_is_carried_out(
    engine: Engine, database: URL, ring: KeyRing, people: Cast, ledger: FileLedger, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    save_ring(keys / "ring.json", ring, Unprotected())
    with transaction(engine) as session:
        victims = {step: person(session, ring, people, str(place)).id for place, step in enumerate(STEPS)}
        kept = person(session, ring, people, "99").id
    url = database.render_as_string(hide_password=False)
    asked = [f"{subject_id}:{step}" for step, subject_id in victims.items()]
    command = [sys.executable, "-c", KILLED, url, str(keys / "ring.json"), str(ledger.path), *asked]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": "."}, timeout=60, check=True)
    with reading(engine) as session:
        assert {step for step, id_ in victims.items() if left(session, id_) == 0} == {"clear_log", "end"}
    assert erasing.resume(engine, lambda: SOON) == 5
    assert erasing.settle(engine, lambda: SOON) == 5, "the others were settled by the last before it was killed"
    with reading(engine) as session:
        assert {step for step, id_ in victims.items() if left(session, id_)} == {"append"}
        assert left(session, kept) == 6
        assert session.exec(select(func.count()).select_from(Erasure)).one() == len(list(ledger.lines())) == 7
        assert session.exec(select(func.count()).select_from(Tombstone)).one() == 7


def test_settling_looks_again_and_clears_the_databases_own_log(engine: Engine, ring: KeyRing, people: Cast) -> None:
    with transaction(engine) as session:
        subject = person(session, ring, people)
    with reading(engine) as session:
        wrapped = [row.wrapped_key for row in session.exec(select(VaultItem).where(VaultItem.subject_id == subject.id))]
    if engine.dialect.name == "sqlite":
        assert all(key in sinks.files(engine) for key in wrapped), "the look below could not fail"
    with transaction(engine) as session:
        erase(session, people, Target(subject.id))
    assert erasing.settle(engine, lambda: SOON) == 1
    assert erasing.settle(engine, lambda: SOON) == 0
    with reading(engine) as session:
        (receipt,) = session.exec(select(Erasure)).all()
        assert (receipt.erased_at, receipt.checked_at, receipt.cleared_at) == (NOON, SOON, SOON)
    assert not any(key in sinks.files(engine) for key in wrapped)


def test_while_somebody_reads_the_log_is_kept_and_cleared_afterwards(engine: Engine, ring: KeyRing, people: Cast) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps deleted bytes whatever one does: erasure rests on keys")
    with transaction(engine) as session:
        subject = person(session, ring, people)
    with reading(engine) as reader:
        reader.exec(select(Subject.id)).all()
        wrapped = [row.wrapped_key for row in reader.exec(select(VaultItem).where(VaultItem.subject_id == subject.id))]
        with transaction(engine) as session:
            erase(session, people, Target(subject.id))
        for _ in range(2):
            assert erasing.settle(engine, lambda: SOON) == 0
        assert any(key in sinks.files(engine) for key in wrapped), "this is why"
    with reading(engine) as session:
        (receipt,) = session.exec(select(Erasure)).all()
        assert (receipt.checked_at, receipt.cleared_at, receipt.clear_tries) == (SOON, None, 2)
    assert erasing.settle(engine, lambda: SOON) == 1
    assert not any(key in sinks.files(engine) for key in wrapped)


def test_something_that_came_back_is_not_settled_and_said_loudly(
    engine: Engine, ring: KeyRing, people: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction(engine) as session:
        subject = person(session, ring, people)
        row = session.get_one(VaultItem, (subject.id, Item.NAME)).model_dump()
        erase(session, people, Target(subject.id))
    with transaction(engine) as session:
        session.add(VaultItem(**row))
    assert erasing.settle(engine, lambda: SOON) == 0
    assert "1 erasures are not what their receipts say" in caplog.text
    with reading(engine) as session:
        assert session.exec(select(Erasure.checked_at)).all() == [None]


def kept_aside(ledger: FileLedger, number: int) -> bytes:
    """The ledger as it was after its first lines."""
    return b"".join(ledger.path.read_bytes().splitlines(keepends=True)[: number + 1])


@pytest.mark.parametrize("state", ["missing", "rolled back", "another's", "rewritten"])
def test_without_its_own_ledger_up_to_date_nothing_is_erased(
    engine: Engine, ring: KeyRing, people: Cast, ledger: FileLedger, tmp_path: Path, state: str
) -> None:
    with transaction(engine) as session:
        one, two, three = (person(session, ring, people, str(mark)) for mark in range(3))
        erase(session, people, Target(one.id), Target(two.id))
    whole = ledger.path.read_bytes()
    match state:
        case "missing":
            ledger.path.unlink()
        case "rolled back":
            ledger.path.write_bytes(kept_aside(ledger, 1))
        case "another's":
            other = FileLedger(tmp_path / "other" / "l", ledger.key)
            other.create()
            other.append([next(iter(ledger.lines())).order] * 3)
            shutil.copy(other.path, ledger.path)
        case "rewritten":
            ledger.path.write_bytes(kept_aside(ledger, 1))
            ledger.append([next(iter(ledger.lines())).order])
    with pytest.raises(LedgerBehindError), transaction(engine) as session:
        erase(session, people, Target(three.id))
    with pytest.raises(LedgerBehindError):
        erasing.resume(engine, lambda: SOON)
    ledger.path.write_bytes(whole)
    ledger.path.chmod(0o600)
    with transaction(engine) as session:
        erase(session, people, Target(three.id))
    assert erasing.resume(engine, lambda: SOON) == 0


def test_a_ledger_rewritten_in_the_middle_is_noticed_when_it_is_read(
    engine: Engine, ring: KeyRing, people: Cast, ledger: FileLedger
) -> None:
    """Its head says nothing of it: whoever holds the ring could write another history that ends later."""
    with transaction(engine) as session:
        one, two = person(session, ring, people, "1"), person(session, ring, people, "2")
        erase(session, people, Target(one.id), Target(two.id))
    ledger.path.write_bytes(kept_aside(ledger, 0))
    ledger.append([erasure.Order(1, two.id, EVERYTHING, "request", NOON)] * 3)
    with pytest.raises(LedgerBehindError, match="line 1"):
        erasing.resume(engine, lambda: SOON)


@pytest.mark.clause("4.4.b")
def test_an_older_database_erases_again_what_the_ledger_says_and_nobody_else(
    engine: Engine, ring: KeyRing, people: Cast, ledger: FileLedger
) -> None:
    """As after a restore: rows are back, receipts and tombstones are gone, new people have come since."""
    with transaction(engine) as session:
        gone, kept = person(session, ring, people, "1"), person(session, ring, people, "2")
        rows = [row.model_dump() for row in session.exec(select(VaultItem).where(VaultItem.subject_id == gone.id))]
        labels = [row.model_dump() for row in session.exec(select(VaultLabel).where(VaultLabel.subject_id == gone.id))]
        erase(session, people, Target(gone.id))
    with transaction(engine) as session:
        for row in (*session.exec(select(Erasure)), *session.exec(select(Tombstone))):
            session.delete(row)
        session.get_one(Subject, gone.id).erased_at = None
        session.add_all([*(VaultItem(**row) for row in rows), *(VaultLabel(**row) for row in labels)])
        new = person(session, ring, people, "3")
    assert erasing.resume(engine, lambda: NOON, grace=timedelta(0), carried=Carried.RESTORED) == 1
    with reading(engine) as session:
        assert [left(session, one.id) for one in (gone, kept, new)] == [0, 6, 6]
        assert [row.carried for row in session.exec(select(Erasure))] == [Carried.RESTORED]
        assert session.exec(select(func.count()).select_from(Tombstone)).one() == 1


def test_a_restore_without_a_ledger_is_refused(engine: Engine, ring: KeyRing, people: Cast) -> None:
    with pytest.raises(LedgerBehindError, match="missing"):
        erasing.resume(engine, lambda: NOON, grace=timedelta(0), carried=Carried.RESTORED)


def test_a_process_that_has_no_ledger_erases_nothing(engine: Engine, ring: KeyRing, people: Cast, ledger: FileLedger) -> None:
    engine.update_execution_options(ledger=None)
    with pytest.raises(LedgerBehindError, match="no ledger"), transaction(engine) as session:
        erase(session, people, Target(people.wei.subject_id))
    engine.update_execution_options(ledger=FileLedger(ledger.path, ledger_key(ring)))
    with transaction(engine) as session:
        assert len(erase(session, people, Target(people.wei.subject_id))) == 1
