"""A site over five days, sealed as it goes, and the pack of its two middle days: something happened before, within and after them."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.audit.export import export, wanted_of
from access_log.audit.pack import Pack
from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing
from access_log.db import make_engine, transaction
from access_log.models import Visit
from access_log.policy.attest import Look
from access_log.policy.codes import DocumentType, HowKnown, ManualReason
from access_log.sealing import seal_all
from access_log.services import badges, by_hand, checks, erasure, visits
from access_log.services.by_hand import Seen, Written
from access_log.verify_alone import check_pack
from tests.cast import Cast, as_contact, as_staff, make_cast, requested, visits_of, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan

FIRST, LAST = date(2026, 11, 25), date(2026, 11, 26)


@dataclass
class Site:
    """A database with its history; makes packs of it."""

    engine: Engine
    ring: KeyRing
    cast: Cast

    @property
    def keys(self) -> list[str]:
        return [str(verifier) for verifier in LogKeys.of(self.ring).verifiers]

    def pack(self, *, first: date = FIRST, last: date = LAST, customer_id: int | None = None, now: datetime = NOON) -> bytes:
        """A pack, made as the console makes it."""
        with transaction(self.engine) as session:
            site = session.merge(self.cast.site)
            scope = export(session, wanted_of(site, first, last, customer_id), actor=as_staff(self.cast.xu), now=now)
        out = io.BytesIO()
        for _progress in Pack(self.engine, self.ring, scope, made_by="4001", now=now).pieces(out):
            pass
        return out.getvalue()

    def seal(self, days: float) -> None:
        seal_all(self.engine, self.ring, NOON + timedelta(days=days))


def judged(pack: bytes, keys: list[str], folder: Path, kept: list[tuple[str, str]] | None = None) -> tuple[str, list[str]]:
    """What access-log-verify says of a pack."""
    path = folder / "pack.zip"
    path.write_bytes(pack)
    return check_pack(path, keys, kept)


def files_of(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def lived(engine: Engine, ring: KeyRing) -> Site:
    """Five days of a site on any database."""
    return live(engine, ring)


@pytest.fixture(scope="session")
def once(sqlite_template: Path, ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same, lived once: for everything that only reads what is in a pack."""
    folder = tmp_path_factory.mktemp("audited")
    shutil.copy(sqlite_template, folder / "access_log.db")
    engine = make_engine(f"sqlite:///{folder / 'access_log.db'}")
    engine.update_execution_options(ledger=FileLedger(folder / "ledger" / "erasures.ledger", ledger_key(ring)))
    yield live(engine, ring)
    engine.dispose()


@pytest.fixture(scope="session")
def pack(once: Site) -> bytes:
    """Its pack."""
    return once.pack()


def live(engine: Engine, ring: KeyRing) -> Site:
    """Monday they ask, Tuesday and Wednesday they come, Friday a badge comes back."""
    with transaction(engine) as session:
        site = Site(engine, ring, make_cast(session, ring))
        session.merge(site.cast.kestrel).name = "=Kestrel; +1"
        monday(session, site)
    site.seal(0.1)
    for days, happen in ((1, tuesday), (2, wednesday), (2.7, lambda *_: None), (3.8, lambda *_: None), (4.5, friday)):
        with transaction(engine) as session:
            happen(session, site)
        site.seal(days + 0.3)
    return site


def monday(session: Session, site: Site) -> None:
    """Wei, Ana and Hao have passes for six days; Wei's second visit is asked for and waits."""
    with_pass(session, site.ring, site.cast, site.cast.wei, site.cast.ana, hours=6 * 24)
    requested(session, site.ring, site.cast, site.cast.wei, hours=24 * 8)
    wish = visits.Wish(
        technicians=[site.cast.hao.id],
        areas=[site.cast.hall.id or 0],
        window_from=NOON,
        window_until=NOON + timedelta(days=6),
        purpose=visits.Purpose.AUDIT,
        work_order="WO-9",
        nonce="hao",
    )
    order = visits.request(session, site.ring, wish=wish, contact=as_contact(site.cast.rival), now=NOON)
    (hao,) = visits_of(session, order.id)
    visits.approve_for_operator(session, site.ring, visit=hao, staff=as_staff(site.cast.admin), now=NOON)
    hao.notice_read_at, hao.notice_version = NOON, "test"
    session.add(hao)


def of(session: Session, site: Site, person: str) -> Visit:
    technician = getattr(site.cast, person)
    statement = select(Visit).where(Visit.technician_id == technician.id).order_by(col(Visit.window_until))
    found = session.exec(statement).first()
    assert found is not None
    return found


def admit(session: Session, site: Site, visit: Visit, badge: str, at: datetime) -> None:
    checks.attest(
        session,
        site.ring,
        visit_id=visit.id,
        look=Look(of_age=True),
        document=DocumentType.PASSPORT,
        badge=badge,
        guard=as_staff(site.cast.mei),
        now=at,
    )


def tuesday(session: Session, site: Site) -> None:
    """Wei comes and goes by the kiosk, with a badge that stays out; Ana is let out by hand, on her escort's word; Hao is refused."""
    wei, ana, hao = (of(session, site, name) for name in ("wei", "ana", "hao"))
    for visit in (wei, ana):
        scan(session, site.ring, site.cast, visit, nonce=f"in-{visit.place}", minutes=1440)
        session.expire_all()
        admit(session, site, visit, f"V0{visit.place}", NOON + timedelta(days=1, minutes=2))
    scan(session, site.ring, site.cast, wei, nonce="out", minutes=1440 + 90)
    at = NOON + timedelta(days=1, hours=2)
    written = Written(ManualReason.ESCORTED_OUT, HowKnown.ESCORT_STATEMENT, at - timedelta(minutes=10))
    by_hand.leave(session, visit=ana, written=written, guard=as_staff(site.cast.mei), now=at)
    visits.cancel(session, visit=hao, actor=as_contact(site.cast.rival), now=at)
    session.expire_all()


def wednesday(session: Session, site: Site) -> None:
    """Ana comes a second time, written by hand, and nobody sees her leave; a forged code is shown; Wei is erased."""
    ana, wei = of(session, site, "ana"), of(session, site, "wei")
    at = NOON + timedelta(days=2)
    written = Written(ManualReason.KIOSK_DOWN, HowKnown.GUARD_SAW, at)
    by_hand.enter(
        session,
        site.ring,
        visit=ana,
        area_id=site.cast.hall.id or 0,
        written=written,
        seen=Seen(DocumentType.PASSPORT, badge="", notice_given=True),
        guard=as_staff(site.cast.mei),
        now=at,
    )
    unknown = Written(ManualReason.NOT_FOUND, HowKnown.UNKNOWN, at)
    by_hand.leave(session, visit=ana, written=unknown, guard=as_staff(site.cast.mei), now=at + timedelta(hours=9))
    erasure.erase(session, [erasure.Target(wei.subject_id)], reason="request", actor=as_staff(site.cast.pang), now=at)


def friday(session: Session, site: Site) -> None:
    """Wei's badge comes back."""
    wei = session.exec(select(Visit).where(Visit.badge == "V01")).one()
    badges.take_back(session, visit=wei, guard=as_staff(site.cast.mei), now=NOON + timedelta(days=4))
