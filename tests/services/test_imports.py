"""Lists of technicians, contacts and customers: looked at before anything is written, applied whole or not at all, and undone."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import stdnum.cn.uscc
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel, col, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError, NotFoundError
from access_log.models import (
    AccessEvent,
    Contact,
    Customer,
    Erasure,
    ImportBatch,
    ImportedRow,
    ImportKind,
    ImportState,
    OutboxMessage,
    RecordEntry,
    RecordPending,
    Site,
    Subject,
    Technician,
    VaultItem,
)
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, Item, RevealPurpose, SubjectKind
from access_log.services import accounts, contacts, customers, identity, imports, labels, retention_rows, roster, vault
from access_log.services.imports import LAYOUTS, Preview, RowState
from access_log.services.roster import PersonFacts
from access_log.services.spreadsheets import read_file
from access_log.sweeping import sweep
from tests.cast import Cast, as_contact, as_staff, make_cast, requested
from tests.corpus.spreadsheets import CELLS, HEADINGS, RARE, csv
from tests.moments import NOON

LATER = NOON + timedelta(hours=1)
PEOPLE = (("张明", "zhang@nimbus.example", ""), (RARE, "", "13800138000"))
CONTACT_HEADINGS = ("客户", "姓名", "工作邮箱", "申请来访", "批准来访", "查看报告")
CUSTOMER_HEADINGS = ("客户名称", "统一社会信用代码", "区域", "需第二联系人批准")
LICENCE = "91110000600037341" + stdnum.cn.uscc.calc_check_digit("91110000600037341")
OTHER_LICENCE = "91310000600037341" + stdnum.cn.uscc.calc_check_digit("91310000600037341")


class Desk:
    """Somebody who brings lists of one kind."""

    def __init__(self, session: Session, ring: KeyRing, kind: ImportKind, actor: Actor) -> None:
        self.session, self.ring, self.kind, self.actor = session, ring, kind, actor

    def stage(self, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> ImportBatch:
        table = read_file(csv(headings, *rows), LAYOUTS[self.kind])
        return imports.stage(self.session, self.ring, table=table, kind=self.kind, actor=self.actor, now=NOON)

    def look(self, batch: ImportBatch) -> Preview:
        return imports.preview(self.session, self.ring, batch=batch, actor=self.actor, now=NOON)

    def see(self, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> Preview:
        return self.look(self.stage(*rows, headings=headings))

    def apply(self, batch: ImportBatch, expected: int | None = None) -> int:
        ready = len(self.look(batch).of(RowState.READY)) if expected is None else expected
        return imports.apply(self.session, self.ring, batch=batch, expected=ready, actor=self.actor, now=NOON)

    def bring(self, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> ImportBatch:
        batch = self.stage(*rows, headings=headings)
        self.apply(batch)
        return batch

    def undo(self, batch: ImportBatch) -> None:
        imports.undo(self.session, self.ring, batch=batch, actor=self.actor, now=LATER)

    def standing(self, batch: ImportBatch) -> str:
        return imports.standing(self.session, self.ring, batch=batch, actor=self.actor, now=LATER)


@pytest.fixture
def lin(session: Session, ring: KeyRing, cast: Cast) -> Desk:
    return Desk(session, ring, ImportKind.TECHNICIANS, as_contact(cast.lin))


@pytest.fixture
def of_contacts(session: Session, ring: KeyRing, cast: Cast) -> Desk:
    return Desk(session, ring, ImportKind.CONTACTS, as_staff(cast.admin))


@pytest.fixture
def of_customers(session: Session, ring: KeyRing, cast: Cast) -> Desk:
    return Desk(session, ring, ImportKind.CUSTOMERS, as_staff(cast.admin))


def made_by(desk: Desk, batch: ImportBatch) -> list[Technician]:
    """The roster entries of a list, in the order of the file."""
    references = desk.session.exec(select(ImportedRow.reference).where(ImportedRow.batch_id == batch.id)).all()
    made = [desk.session.get_one(Technician, UUID(reference)) for reference in references]
    return sorted(made, key=lambda person: person.created_at)


def problems(preview: Preview) -> list[dict[str, str]]:
    return [{key: problem.code for key, problem in row.problems.items()} for row in preview.rows]


def states(preview: Preview) -> list[RowState]:
    return [row.state for row in preview.rows]


def people_on(session: Session, ring: KeyRing, customer: Customer, cast: Cast) -> list[tuple[str, str, str]]:
    subjects = [person.subject_id for person in roster.listed(session, customer.id or 0)]
    found = identity.reveal(
        session,
        ring,
        subjects=subjects,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.CUSTOMER_ROSTER,
        actor=as_contact(cast.lin),
        now=NOON,
    )
    return [(found[subject].name, found[subject].mail, found[subject].phone) for subject in subjects]


def everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    return {
        table.fullname: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
        for table in SQLModel.metadata.sorted_tables
    }


def test_technicians_come_onto_the_roster_with_their_names_as_written(lin: Desk, cast: Cast) -> None:
    assert lin.apply(lin.stage(*PEOPLE)) == 2
    found = people_on(lin.session, lin.ring, cast.nimbus, cast)
    assert found[-2:] == [("张明", "zhang@nimbus.example", ""), (RARE, "", "+8613800138000")]


def test_names_of_every_script_are_kept_in_the_order_of_the_file(lin: Desk, cast: Cast) -> None:
    lin.bring(*[(cell, f"{number}@nimbus.example", "") for number, cell in enumerate(CELLS)])
    found = people_on(lin.session, lin.ring, cast.nimbus, cast)
    assert [name for name, mail, _phone in found if mail[:1].isdigit()] == list(CELLS.values())


def test_somebody_from_a_list_is_the_same_as_somebody_added_by_hand(lin: Desk, cast: Cast) -> None:
    facts = PersonFacts("张明", "a@nimbus.example", "13800138001")
    by_hand = roster.add(lin.session, lin.ring, customer=cast.nimbus, facts=facts, actor=lin.actor, now=NOON)
    by_list = made_by(lin, lin.bring(("张明", "b@nimbus.example", "13800138002")))[0]
    assert _shape(lin, by_hand) == _shape(lin, by_list)


def _shape(desk: Desk, person: Technician) -> object:
    """Everything about a roster entry but ids, times and sealed bytes."""
    subject = desk.session.get_one(Subject, person.subject_id)
    items = desk.session.exec(select(VaultItem).where(VaultItem.subject_id == subject.id)).all()
    events = desk.session.exec(select(AccessEvent).where(AccessEvent.subject_id == subject.id).order_by(col(AccessEvent.id))).all()
    found = [
        vault.find_subjects(desk.session, desk.ring, site_id=subject.site_id, kind=kind, value=value, of=SubjectKind.ROSTER) == [subject]
        for kind, values in (
            (IndexKind.MAIL, ("a@nimbus.example", "b@nimbus.example")),
            (IndexKind.PHONE, ("+8613800138001", "+8613800138002")),
        )
        for value in values
    ]
    return (
        (person.language, person.has_mail, person.state, person.customer_id, person.site_id, person.used_at),
        (subject.kind, subject.customer_id, subject.site_id, subject.erased_at),
        sorted((item.item, item.suite, item.kek_version, len(item.ciphertext)) for item in items),
        labels.read_labels(desk.session, desk.ring, [subject.id])[subject.id],
        [(event.type, event.actor_kind, event.actor_id, event.customer_id, sorted(event.detail)) for event in events],
        sum(found),
    )


def test_every_event_of_a_list_has_its_record_entry(lin: Desk) -> None:
    lin.bring(*PEOPLE)
    counts = [len(lin.session.exec(select(model)).all()) for model in (AccessEvent, RecordEntry, RecordPending)]
    assert counts[0] == counts[1] == counts[2]
    bodies = [json.loads(entry.body) for entry in lin.session.exec(select(RecordEntry).order_by(col(RecordEntry.id))).all()]
    assert [body["type"] for body in bodies[-1:]] == ["import:applied"]
    assert bodies[-1]["detail"] == {"batch": 1, "kind": "technicians", "rows": 2}


def test_nothing_of_a_list_is_readable_before_or_after(lin: Desk) -> None:
    batch = lin.stage(("张测试", "canary@nimbus.example", "13800138000"))
    staged = repr(everything(lin.session))
    lin.apply(batch)
    applied = repr(everything(lin.session))
    for secret in ("张测试", "canary", "13800138000"):
        for rows in (staged, applied):
            assert secret not in rows
            assert repr(secret.encode())[2:-1] not in rows
    assert "preview" in staged  # the control: what is there is found


def test_the_draft_is_destroyed_when_its_rows_are_made(lin: Desk) -> None:
    batch = lin.bring(*PEOPLE)
    assert identity.read_draft(lin.session, lin.ring, subject_id=batch.subject_id) is None
    assert lin.session.get_one(Subject, batch.subject_id).erased_at == NOON


MISTAKES: list[tuple[tuple[str, str, str], dict[str, str]]] = [
    (("", "a@b.example", ""), {"name": "empty"}),
    (("名" * 81, "b@b.example", ""), {"name": "too_long"}),
    (("名" * 501, "c@b.example", ""), {"name": "too_long"}),
    (("张\u202e明", "d@b.example", ""), {"name": "control_characters"}),
    (("张\0明", "e@b.example", ""), {"name": "control_characters"}),
    (("张明", "no mail", ""), {"mail": "not_a_mail"}),
    (("张明", "", "12"), {"phone": "not_a_phone"}),
    (("张明", "", ""), {"mail": "mail_or_phone"}),
    (("", "no mail", "12"), {"name": "empty", "mail": "not_a_mail", "phone": "not_a_phone"}),
]


def test_every_mistake_of_a_row_stands_beside_its_cell(lin: Desk) -> None:
    preview = lin.see(PEOPLE[0], *[row for row, _found in MISTAKES], *[PEOPLE[0]] * 30)
    assert problems(preview)[1 : len(MISTAKES) + 1] == [found for _row, found in MISTAKES]


def test_one_mistake_stops_the_whole_list(lin: Desk) -> None:
    batch = lin.stage(*PEOPLE, ("张明", "no mail", ""))
    assert not lin.look(batch).applicable
    before = everything(lin.session)
    with pytest.raises(ConflictError):
        lin.apply(batch, expected=2)
    assert everything(lin.session) == before


def test_a_language_may_be_written_in_words(lin: Desk, cast: Cast) -> None:
    headings = (*HEADINGS, "语言")
    rows = [
        ("甲", "a@x.example", "", "英文"),
        ("乙", "b@x.example", "", "zh-CN"),
        ("丙", "c@x.example", "", ""),
        ("丁", "d@x.example", "", "火星文"),
    ]
    assert problems(lin.see(*rows, headings=headings)) == [{}, {}, {}, {"language": "unknown_language"}]
    lin.bring(*rows[:3], headings=headings)
    assert [person.language for person in roster.listed(lin.session, cast.nimbus.id or 0)].count("en") == 2  # and Ana


def test_somebody_who_is_on_the_roster_is_left_out(lin: Desk, cast: Cast) -> None:
    preview = lin.see(("魏伟明", "WEI@nimbus.example", ""), ("Ana Lucía Ñúñez", "", "139 1234 5678"), PEOPLE[0])
    assert states(preview) == [RowState.KNOWN, RowState.KNOWN, RowState.READY]
    assert preview.applicable


def test_another_person_with_the_same_address_is_a_mistake_and_no_name_is_opened_to_tell(lin: Desk) -> None:
    preview = lin.see(("郝好", "wei@nimbus.example", ""), ("郝好", "", "13912345678"))
    assert problems(preview) == [{"mail": "mail_taken"}, {"phone": "phone_taken"}]
    assert not lin.session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all()


def test_another_customers_technician_does_not_matter(lin: Desk) -> None:
    assert states(lin.see(("郝好", "hao@kestrel.example", ""))) == [RowState.READY]


def test_the_same_person_twice_in_a_file_is_left_out_and_two_with_one_address_are_a_mistake(lin: Desk) -> None:
    preview = lin.see(PEOPLE[0], ("张明", "ZHANG@nimbus.example", ""), ("李四", "zhang@nimbus.example", ""))
    assert states(preview) == [RowState.READY, RowState.REPEATED, RowState.WRONG]
    assert (preview.rows[1].same_as, preview.rows[2].problems["mail"].line) == (2, 2)


def test_a_list_of_people_who_are_all_there_has_nothing_to_apply(lin: Desk) -> None:
    batch = lin.stage(("魏伟明", "wei@nimbus.example", ""))
    with pytest.raises(ConflictError, match="import_changed"):
        lin.apply(batch)


def test_what_came_in_between_stops_the_list(lin: Desk, cast: Cast) -> None:
    batch = lin.stage(*PEOPLE)
    facts = PersonFacts("张明", "zhang@nimbus.example", "")
    roster.add(lin.session, lin.ring, customer=cast.nimbus, facts=facts, actor=lin.actor, now=NOON)
    with pytest.raises(ConflictError, match="import_changed"):
        lin.apply(batch, expected=2)
    assert lin.apply(batch, expected=1) == 1


def test_a_list_is_applied_once(lin: Desk) -> None:
    batch = lin.bring(*PEOPLE)
    with pytest.raises(ConflictError, match="import_over"):
        lin.apply(batch, expected=2)


def test_if_one_row_cannot_be_written_none_is(lin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = lin.stage(*PEOPLE)
    lin.session.commit()
    before = everything(lin.session)

    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("access_log.services.imports.technicians.insert_many", broken)
    with pytest.raises(RuntimeError):
        lin.apply(batch)
    lin.session.rollback()
    assert everything(lin.session) == before


def test_a_draft_is_open_to_the_one_who_brought_it_only(lin: Desk, cast: Cast) -> None:
    batch = lin.stage(*PEOPLE)
    for somebody in (as_contact(cast.chen), as_contact(cast.rival), as_staff(cast.admin)):
        with pytest.raises(NotFoundError):
            imports.of(lin.session, batch_id=batch.id or 0, kind=ImportKind.TECHNICIANS, actor=somebody)
    with pytest.raises(NotFoundError):
        imports.of(lin.session, batch_id=batch.id or 0, kind=ImportKind.CONTACTS, actor=lin.actor)
    assert imports.of(lin.session, batch_id=batch.id or 0, kind=ImportKind.TECHNICIANS, actor=lin.actor) == batch


def test_an_applied_list_is_seen_by_the_company_and_nobody_else(lin: Desk, cast: Cast) -> None:
    applied, draft = lin.bring(*PEOPLE), lin.stage(("郝好", "x@nimbus.example", ""))
    assert imports.listed(lin.session, kind=ImportKind.TECHNICIANS, actor=lin.actor) == [draft, applied]
    assert imports.listed(lin.session, kind=ImportKind.TECHNICIANS, actor=as_contact(cast.chen)) == [applied]
    assert imports.listed(lin.session, kind=ImportKind.TECHNICIANS, actor=as_contact(cast.rival)) == []


def test_a_newer_draft_replaces_the_older_one(lin: Desk) -> None:
    older = lin.stage(*PEOPLE)
    newer = lin.stage(PEOPLE[0])
    assert lin.session.exec(select(ImportBatch)).all() == [newer]
    assert identity.read_draft(lin.session, lin.ring, subject_id=older.subject_id) is None


def test_a_discarded_draft_leaves_only_the_fact_that_something_was_erased(lin: Desk) -> None:
    batch = lin.stage(*PEOPLE)
    imports.discard(lin.session, batch=batch, reason="discarded", actor=lin.actor, now=NOON)
    assert not lin.session.exec(select(ImportBatch)).all()
    assert identity.read_draft(lin.session, lin.ring, subject_id=batch.subject_id) is None
    event = lin.session.exec(select(AccessEvent).order_by(col(AccessEvent.id).desc())).first()
    assert event is not None
    receipt = event.detail.pop("receipt")
    assert (event.type, event.detail) == (EventType.IDENTITY_ERASED, {"kind": "import", "reason": "discarded"})
    assert lin.session.get_one(Erasure, UUID(receipt)).subject_id == batch.subject_id


def expire(desk: Desk, now: datetime) -> int:
    site = desk.session.get_one(Site, desk.actor.site_id)
    return retention_rows.erase_due(desk.session, site=site, rule=retention_rows.RULES_BY_CODE["import_draft"], now=now)


def test_a_draft_that_nobody_applies_is_destroyed_after_a_day(lin: Desk) -> None:
    batch = lin.stage(*PEOPLE)
    assert expire(lin, NOON + timedelta(hours=23, minutes=59)) == 0
    assert expire(lin, NOON + timedelta(days=1)) == 1
    assert identity.read_draft(lin.session, lin.ring, subject_id=batch.subject_id) is None


def test_the_worker_destroys_old_drafts_and_comes_back_for_more(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        people = [as_contact(cast.lin), as_contact(cast.chen), as_contact(cast.rival)]
        for actor in people:
            Desk(session, ring, ImportKind.TECHNICIANS, actor).stage(*PEOPLE)
    assert sweep(engine, lambda: NOON + timedelta(hours=2)) == 0
    assert sweep(engine, lambda: NOON + timedelta(hours=25)) == 3
    with transaction(engine) as session:
        assert not session.exec(select(VaultItem).where(VaultItem.item == Item.DRAFT)).all()


def test_a_list_that_was_applied_does_not_expire(lin: Desk, cast: Cast) -> None:
    lin.bring(*PEOPLE)
    assert expire(lin, NOON + timedelta(days=400)) == 0
    assert len(roster.listed(lin.session, cast.nimbus.id or 0)) == 4


def test_undoing_takes_the_people_off_the_roster_and_erases_them(lin: Desk, cast: Cast) -> None:
    before = people_on(lin.session, lin.ring, cast.nimbus, cast)
    batch = lin.bring(*PEOPLE)
    made = made_by(lin, batch)
    lin.undo(batch)
    assert people_on(lin.session, lin.ring, cast.nimbus, cast) == before
    for person in made:
        assert lin.session.get_one(Subject, person.subject_id, populate_existing=True).erased_at == LATER
        assert not lin.session.exec(select(VaultItem).where(VaultItem.subject_id == person.subject_id)).all()
    assert batch.state is ImportState.UNDONE
    assert states(lin.see(*PEOPLE)) == [RowState.READY, RowState.READY]


def test_a_list_is_undone_once(lin: Desk) -> None:
    batch = lin.bring(*PEOPLE)
    lin.undo(batch)
    with pytest.raises(ConflictError, match="import_over"):
        lin.undo(batch)


def _ask_for_a_visit(desk: Desk, cast: Cast, person: Technician) -> None:
    requested(desk.session, desk.ring, cast, person)


def _correct(desk: Desk, cast: Cast, person: Technician) -> None:
    facts = PersonFacts("张明明", "zhang@nimbus.example", "")
    roster.correct(desk.session, desk.ring, person=person, facts=facts, actor=desk.actor, now=LATER)


@pytest.mark.parametrize(("what", "reason"), [(_ask_for_a_visit, "visits"), (_correct, "changed")])
def test_it_is_too_late_to_undo_once_something_stands_on_a_technician(
    lin: Desk, cast: Cast, what: Callable[..., None], reason: str
) -> None:
    batch = lin.bring(*PEOPLE)
    assert lin.standing(batch) == ""
    what(lin, cast, made_by(lin, batch)[0])
    assert lin.standing(batch) == reason
    before = everything(lin.session)
    with pytest.raises(ConflictError, match="import_in_use"):
        lin.undo(batch)
    assert everything(lin.session) == before


def test_somebody_who_left_the_roster_since_stays_off_it(lin: Desk) -> None:
    batch = lin.bring(*PEOPLE)
    person = made_by(lin, batch)[0]
    roster.end(lin.session, person=person, actor=lin.actor, now=LATER)
    lin.undo(batch)
    erased = select(AccessEvent).where(AccessEvent.subject_id == person.subject_id, AccessEvent.type == EventType.IDENTITY_ERASED)
    assert len(lin.session.exec(erased).all()) == 1


def test_contacts_are_invited_with_their_rights(of_contacts: Desk, cast: Cast) -> None:
    of_contacts.bring(
        ("云帆网络", "张明", "zhang@nimbus.example", "", "是", "否"),
        ("kestrel systems", "Li", "li@kestrel.example", "no", "", "√"),
        headings=CONTACT_HEADINGS,
    )
    session = of_contacts.session
    zhang, li = (contacts.listed(session, customer.id or 0)[-1] for customer in (cast.nimbus, cast.kestrel))
    assert (zhang.may_request, zhang.may_approve, zhang.may_report) == (True, True, False)
    assert (li.may_request, li.may_approve, li.may_report) == (False, False, True)
    assert {message.subject_id for message in session.exec(select(OutboxMessage)).all()} == {zhang.subject_id, li.subject_id}
    link = accounts.invitation_of(of_contacts.ring, zhang)
    assert accounts.invited(session, of_contacts.ring, model=Contact, text=link, now=NOON) == zhang


def test_mistakes_in_a_list_of_contacts(of_contacts: Desk) -> None:
    mistakes = [
        (("没有这家", "张明", "a@x.example", "", "", ""), {"customer": "unknown_customer"}),
        (("", "张明", "b@x.example", "", "", ""), {"customer": "required"}),
        (("云帆网络", "张明", "", "", "", ""), {"mail": "required"}),
        (("云帆网络", "张明", "c@x.example", "或许", "", ""), {"request": "yes_or_no"}),
        (("云帆网络", "张明", "d@x.example", "否", "否", ""), {"request": "no_right"}),
        (("云帆网络", "张明", "lin@nimbus.example", "", "", ""), {"mail": "mail_taken"}),
        (("Kestrel Systems", "陈晨", "chen@nimbus.example", "", "", ""), {"mail": "mail_taken"}),
    ]
    found = problems(of_contacts.see(*[row for row, _found in mistakes], headings=CONTACT_HEADINGS))
    assert found == [expected for _row, expected in mistakes]


def test_a_contact_who_is_there_is_left_out(of_contacts: Desk) -> None:
    preview = of_contacts.see(("云帆网络", "林岚", "LIN@nimbus.example", "", "", ""), headings=CONTACT_HEADINGS)
    assert states(preview) == [RowState.KNOWN]


def test_contacts_of_a_customer_that_ended_are_refused(of_contacts: Desk, cast: Cast) -> None:
    customers.set_state(of_contacts.session, customer=cast.nimbus, state=Active.ENDED, actor=of_contacts.actor, now=NOON)
    preview = of_contacts.see(("云帆网络", "张明", "a@x.example", "", "", ""), headings=CONTACT_HEADINGS)
    assert problems(preview) == [{"customer": "customer_ended"}]


def test_undoing_contacts_kills_their_invitations(of_contacts: Desk, cast: Cast) -> None:
    batch = of_contacts.bring(("云帆网络", "张明", "zhang@nimbus.example", "", "", ""), headings=CONTACT_HEADINGS)
    session = of_contacts.session
    zhang = contacts.listed(session, cast.nimbus.id or 0)[-1]
    link = accounts.invitation_of(of_contacts.ring, zhang)
    of_contacts.undo(batch)
    session.expire_all()
    with pytest.raises(NotFoundError):
        accounts.invited(session, of_contacts.ring, model=Contact, text=link, now=LATER)
    assert not session.exec(select(OutboxMessage)).all()
    assert zhang.state is Active.ENDED
    assert session.get_one(Subject, zhang.subject_id).erased_at == LATER


def test_it_is_too_late_to_undo_once_a_contact_has_signed_up_or_was_changed(of_contacts: Desk, cast: Cast) -> None:
    session = of_contacts.session
    first = of_contacts.bring(("云帆网络", "张明", "zhang@nimbus.example", "", "", ""), headings=CONTACT_HEADINGS)
    zhang = contacts.listed(session, cast.nimbus.id or 0)[-1]
    contacts.set_state(session, contact=zhang, state=Active.SUSPENDED, actor=of_contacts.actor, now=LATER)
    assert of_contacts.standing(first) == "changed"
    second = of_contacts.bring(("云帆网络", "李四", "li@nimbus.example", "", "", ""), headings=CONTACT_HEADINGS)
    accounts.accept(session, account=contacts.listed(session, cast.nimbus.id or 0)[-1], password="correct horse battery staple")
    session.flush()
    assert of_contacts.standing(second) == "signed_in"
    with pytest.raises(ConflictError, match="import_in_use"):
        of_contacts.undo(second)


def test_customers_come_with_licence_and_areas(of_customers: Desk, cast: Cast) -> None:
    of_customers.bring(("北辰数据", LICENCE.lower(), "a1、C7 机笼", "是"), ("Zenith", "", "", ""), headings=CUSTOMER_HEADINGS)
    session = of_customers.session
    north, zenith = (session.exec(select(Customer).where(Customer.name == name)).one() for name in ("北辰数据", "Zenith"))
    assert (north.licence, north.second_approval) == (LICENCE, True)
    assert [area.code for area in customers.areas_of(session, north.id or 0)] == ["A1", "C7"]
    assert (zenith.licence, customers.areas_of(session, zenith.id or 0)) == (None, [])


def test_mistakes_in_a_list_of_customers(of_customers: Desk) -> None:
    mistakes = [
        (("", LICENCE, "", ""), {"name": "empty"}),
        (("北辰", LICENCE[:-1] + "-", "", ""), {"licence": "licence_wrong"}),
        (("东辰", "912345678901234567", "", ""), {"licence": "licence_wrong"}),
        (("南辰", "", "A1, B9", ""), {"areas": "unknown_area"}),
        (("西辰", "", "", "?"), {"second_approval": "yes_or_no"}),
        (("云帆网络", OTHER_LICENCE, "", ""), {"name": "name_taken"}),
    ]
    found = problems(of_customers.see(*[row for row, _found in mistakes], headings=CUSTOMER_HEADINGS))
    assert found == [expected for _row, expected in mistakes]


def test_customers_that_are_there_or_twice_in_the_file_are_left_out(of_customers: Desk) -> None:
    rows = [("云帆网络", "", "", ""), ("北辰", LICENCE, "", ""), ("北辰", LICENCE, "A1", ""), ("别家", LICENCE, "", "")]
    preview = of_customers.see(*rows, headings=CUSTOMER_HEADINGS)
    assert states(preview) == [RowState.KNOWN, RowState.READY, RowState.REPEATED, RowState.WRONG]
    assert preview.rows[3].problems["licence"].line == 3


def test_undoing_customers_frees_their_names_and_never_gives_their_number_to_another(of_customers: Desk) -> None:
    row = ("北辰", LICENCE, "A1", "")
    batch = of_customers.bring(row, headings=CUSTOMER_HEADINGS)
    session = of_customers.session
    first = session.exec(select(Customer).where(Customer.name == "北辰")).one().id
    of_customers.undo(batch)
    session.expire_all()
    assert states(of_customers.see(row, headings=CUSTOMER_HEADINGS)) == [RowState.READY]
    of_customers.bring(row, headings=CUSTOMER_HEADINGS)
    again = session.exec(select(Customer).where(Customer.name == "北辰")).one()
    assert again.id != first
    assert session.get_one(Customer, first).state is Active.ENDED


def test_it_is_too_late_to_undo_once_a_customer_has_people_or_was_changed(of_customers: Desk, of_contacts: Desk) -> None:
    session = of_customers.session
    first = of_customers.bring(("北辰", "", "", ""), headings=CUSTOMER_HEADINGS)
    of_contacts.bring(("北辰", "张明", "zhang@north.example", "", "", ""), headings=CONTACT_HEADINGS)
    assert of_customers.standing(first) == "in_use"
    second = of_customers.bring(("Zenith", "", "", ""), headings=CUSTOMER_HEADINGS)
    zenith = session.exec(select(Customer).where(Customer.name == "Zenith")).one()
    customers.set_state(session, customer=zenith, state=Active.SUSPENDED, actor=of_customers.actor, now=LATER)
    assert of_customers.standing(second) == "changed"


def test_two_thousand_rows_take_few_statements(lin: Desk, engine: Engine) -> None:
    """The same number of statements for 100 rows as for 300, but for the look-ups: the doors wait for a transaction, not for a loop."""
    counts = []
    for size, start in ((100, 0), (300, 1000)):
        batch = lin.stage(*[(f"张{n}", f"z{n}@nimbus.example", f"138{start + n:08d}") for n in range(start, start + size)])
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *parts, seen=statements: seen.append(parts[2]))
        lin.apply(batch)
        counts.append(len(statements))
        assert statements
    assert counts[1] <= 2 * counts[0]
    assert counts[0] < 120
