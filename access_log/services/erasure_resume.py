"""Carry out what the ledger orders and the database has not done: after a crash, and after an older database was put back.

Both are the same to the ledger, and both may be interrupted and begun again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, delete, func, select, update

from access_log.crypto.ledger import EVERYTHING, Line
from access_log.errors import LedgerBehindError
from access_log.models import Carried, Contact, Erasure, ImportBatch, ImportState, Staff, Subject, Technician, VaultItem, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Active, SubjectKind, VisitState
from access_log.services import accounts, erasure, passes, sessions
from access_log.services.erasure import Ledger
from access_log.services.notices import BEFORE_ENTRY
from access_log.services.rows import AT_ONCE

GRACE = timedelta(seconds=90)
"""A line younger than this may belong to a transaction under way: none lasts so long."""


def unfinished(session: Session, ledger: Ledger, *, now: datetime, grace: timedelta = GRACE) -> list[Line]:
    """Lines that were not carried out. Reads the whole ledger only where some are missing.

    Raises LedgerBehindError where the ledger is missing, another database's, older, or says something else than the database.
    """
    head = erasure.checked_head(session, ledger)
    done = session.exec(select(func.count()).select_from(Erasure).where(Erasure.ledger_id == head.ledger)).one()
    if done >= head.number:
        return []
    return [line for line in compared(session, ledger, head.ledger) if line.order.at <= now - grace]


def compared(session: Session, ledger: Ledger, ledger_id: UUID) -> Iterator[Line]:
    """Read the ledger against its rows; those lines that have none. Raises LedgerBehindError where a row says something else."""
    for lines in _batches(ledger):
        numbers = Erasure.ledger_number, Erasure.ledger_mac
        between = col(Erasure.ledger_number).between(lines[0].number, lines[-1].number)
        rows = dict(session.exec(select(*numbers).where(Erasure.ledger_id == ledger_id, between)).all())
        for line in lines:
            known = rows.get(line.number)
            if known is None:
                yield line
            elif known != line.mac:
                raise LedgerBehindError(f"line {line.number} of the ledger is not the one that was carried out")


def _batches(ledger: Ledger) -> Iterator[Sequence[Line]]:
    lines = iter(ledger.lines())
    while batch := [line for line, _count in zip(lines, range(AT_ONCE), strict=False)]:
        yield batch


def resume(session: Session, lines: Sequence[Line], *, ledger_id: UUID, carried: Carried, now: datetime) -> None:
    """Carry out some unfinished lines, and bring what stood on the erased to its end: nobody stays on a roster without a name."""
    actor = system(lines[0].order.site_id)
    given_again = _given_again(session, lines)
    due = [line for line in lines if (line.order.subject, line.order.item) not in given_again]
    erasure.carry_out(session, due, ledger_id=ledger_id, actor=actor, now=now, carried=carried)
    kept = [line for line in lines if line not in due]
    erasure.acknowledge(session, kept, ledger_id=ledger_id, actor=actor, now=now, carried=carried)
    for line in due:
        subject = session.get(Subject, line.order.subject) if line.order.item == EVERYTHING else None
        if subject is not None:
            end_owner(session, subject, line.order.reason, now)


def _given_again(session: Session, lines: Sequence[Line]) -> set[tuple[UUID, str]]:
    """Items that somebody took away and gave again later: they are not the ones the line names."""
    named = [line.order for line in lines if not line.order.fence]
    held = session.exec(select(VaultItem).where(col(VaultItem.subject_id).in_([order.subject for order in named]))).all()
    sealed_at = {(row.subject_id, str(row.item)): row.sealed_at for row in held}
    return {(order.subject, order.item) for order in named if sealed_at.get((order.subject, order.item), order.at) > order.at}


def end_owner(session: Session, subject: Subject, reason: str, now: datetime) -> None:
    """What stood on a subject that is gone ends: its visit before entry, its place on a roster, its account."""
    match subject.kind:
        case SubjectKind.VISIT:
            _end_visit(session, subject, reason, now)
        case SubjectKind.ROSTER:
            mine = select(Technician.id).where(Technician.subject_id == subject.id)
            session.exec(update(Visit).where(col(Visit.technician_id).in_(mine)).values(technician_id=None))
            session.exec(update(Technician).where(col(Technician.subject_id) == subject.id).values(state=Active.ENDED))
        case SubjectKind.IMPORT:
            session.exec(
                delete(ImportBatch).where(col(ImportBatch.subject_id) == subject.id, col(ImportBatch.state) == ImportState.PREVIEW)
            )
        case SubjectKind.CONTACT | SubjectKind.STAFF:
            contacts = session.exec(select(Contact).where(Contact.subject_id == subject.id)).all()
            staff = session.exec(select(Staff).where(Staff.subject_id == subject.id)).all()
            for contact in contacts:
                _end_account(session, contact)
            for member in staff:
                _end_account(session, member)
    session.flush()


def _end_account(session: Session, account: Contact | Staff) -> None:
    account.state = Active.ENDED
    session.add(account)
    accounts.end_sessions(session, account=account)


def _end_visit(session: Session, subject: Subject, reason: str, now: datetime) -> None:
    visit = session.exec(select(Visit).where(Visit.subject_id == subject.id)).one_or_none()
    if visit is None or visit.state not in BEFORE_ENTRY:
        return
    passes.revoke(session, visit=visit, actor=system(visit.site_id), reason=reason, now=now)
    visit.state = VisitState.TURNED_AWAY if reason == "minor" else VisitState.CANCELLED
    session.add(visit)
    sessions.close_sessions_of_visit(session, visit.id)


def unsettled(session: Session, *, most: int = 200) -> list[Erasure]:
    """Receipts that still wait for the look after the commit, or for the database's own log to be cleared."""
    return list(session.exec(select(Erasure).where(col(Erasure.cleared_at).is_(None)).order_by(col(Erasure.erased_at)).limit(most)).all())


def check_again(session: Session, receipts: Sequence[Erasure], *, now: datetime) -> list[Erasure]:
    """Look, in a transaction of its own, that nothing is left of what some receipts say is gone. Returns those it holds for.

    The others keep waiting, and the caller says so loudly; `given again` is not `left`: a newer seal is another one.
    """
    good = [row for row in receipts if _is_gone(session, row)]
    ids = [row.id for row in good if row.checked_at is None]
    session.exec(update(Erasure).where(col(Erasure.id).in_(ids)).values(checked_at=now))
    return good


def _is_gone(session: Session, receipt: Erasure) -> bool:
    held = select(func.count()).select_from(VaultItem).where(VaultItem.subject_id == receipt.subject_id)
    held = held.where(VaultItem.sealed_at <= receipt.ordered_at)
    if receipt.item is not None:
        held = held.where(VaultItem.item == receipt.item)
    return session.exec(held).one() == 0 and (receipt.item is not None or erasure.left_of_subject(session, receipt.subject_id) == 0)


def cleared(session: Session, receipts: Sequence[Erasure], *, busy: bool, now: datetime) -> None:
    """Note that the database's log was cleared after these, or that somebody was reading and it has to be tried again."""
    ids = [row.id for row in receipts]
    values = {"clear_tries": Erasure.clear_tries + 1} if busy else {"clear_tries": Erasure.clear_tries + 1, "cleared_at": now}
    session.exec(update(Erasure).where(col(Erasure.id).in_(ids)).values(**values))
