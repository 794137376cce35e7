"""The sweep: what is due is destroyed, visitors are told before, visits nobody came to are closed, policies come into force.

Short transactions: scans come first.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.db import transaction
from access_log.models import Site
from access_log.policy.trusted_time import Tick
from access_log.services import (
    disclosures,
    farewells,
    holds,
    incidents,
    policy_publishing,
    retention,
    retention_rows,
    retention_runs,
    rights_answers,
    rights_clock,
    staff,
    traffic,
    visits,
)
from access_log.services.retention_rows import Rule

log = logging.getLogger("access_log.sweeping")
BATCHES = 10
"""Transactions of one rule before another one, and letters, have their turn."""


def sweep_believed(engine: Engine, look: Callable[[], Tick]) -> int:
    """Sweep by the time that may be believed. Returns how much was destroyed or closed."""
    with transaction(engine) as session:
        believed = retention_runs.now_believed(session, look())
    if believed.doubted is not None:
        log.warning("the clock has leapt: what is due goes by the time that passed since. See access-log retention clock")
    return sweep(engine, lambda: believed.at, doubted=believed.doubted is not None)


def sweep(engine: Engine, clock: Callable[[], datetime], *, doubted: bool = False) -> int:
    """Destroy some of what is due, tell some visitors before, close some visits nobody came to. Returns how many; call again until 0."""
    with transaction(engine) as session:
        sites = [site.id or 0 for site in session.exec(select(Site))]
    return sum(_sweep_site(engine, site_id, clock(), doubted) for site_id in sites)


def _sweep_site(engine: Engine, site_id: int, now: datetime, doubted: bool) -> int:
    def again(act: Callable[[Session, Site], Counter[str]]) -> Counter[str]:
        """One act, again and again while it does something, each time in a transaction of its own."""
        done: Counter[str] = Counter()
        for _batch in range(BATCHES):
            with transaction(engine) as session:
                some = act(session, session.get_one(Site, site_id))
            done += some
            if not some:
                break
        return done

    def rows(rule: Rule) -> Callable[[Session, Site], Counter[str]]:
        return lambda session, site: +Counter({rule.code: retention_rows.erase_due(session, site=site, rule=rule, now=now)})

    closed = again(lambda session, site: +Counter({"closed": visits.close_past_windows(session, site_id=site.id or 0, now=now)}))
    with transaction(engine) as session:
        policy_publishing.take_effect(session, site=session.get_one(Site, site_id), now=now)
        rights_clock.remind(session, site=session.get_one(Site, site_id), now=now)
    with transaction(engine) as session:
        traffic.publish_due(session, site=session.get_one(Site, site_id), now=now)
    closed += again(lambda session, site: +Counter({"incidents": incidents.forget_old(session, site=site, now=now)}))
    closed += again(lambda session, site: +Counter({"disclosures": disclosures.forget_old(session, site=site, now=now)}))
    closed += again(lambda session, site: +Counter({"idle": staff.suspend_idle(session, site=site, now=now)}))
    closed += again(lambda session, site: +Counter({"lapsed": holds.lapse(session, site=site, now=now)}))
    closed += again(lambda session, site: +Counter({"held": retention.hide_held(session, site=site, now=now)}))
    closed += again(lambda session, site: +Counter({"papers": rights_answers.erase_papers(session, site=site, now=now)}))
    erased = again(lambda session, site: retention.erase_some(session, site=site, now=now))
    closed += again(lambda session, site: +Counter({"farewell": farewells.queue_due(session, site=site, now=now)}))
    for rule in retention_rows.RULES:
        erased += again(rows(rule))
    with transaction(engine) as session:
        retention_runs.note(session, site_id=site_id, erased=erased, doubted=doubted, now=now)
    return closed.total() + erased.total()
