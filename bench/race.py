"""Fifty kiosks that are shown one pass at the same moment, then six guards who all let its visitor in, round after round, through HTTP.

In each round exactly one arrival and exactly one presence, and no error. The control: the same scans without the locks are not one arrival.
On PostgreSQL two web processes share the kiosks and the guards, on SQLite there is one.
"""

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode
from uuid import UUID, uuid4

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.policy.codes import ActorKind, Outcome
from access_log.runtime import utc_now
from access_log.services import sessions
from access_log.services.scans import read_code, record_scans
from bench import load
from bench.figures import Target, figure, options, percentile
from bench.people import Ready, visits
from bench.site import Site, free_port, served, site
from tests.faults.crowd import at_once
from tests.faults.unlocked import nothing_locked, unlocked

CROWD, GUARDS = 50, 6
FORM = "application/x-www-form-urlencoded"


def main() -> None:
    """Race on the databases asked for."""
    chosen = options(__doc__, rounds=200)
    for database in chosen.databases:
        print(f"== {database}")
        with site(database, "race") as of, ExitStack() as running:
            of.add_kiosks(CROWD)
            houses = [of]
            if database == "postgresql":
                houses.append(replace(of, settings=of.settings.model_copy(update={"port": free_port()})))
            for house in houses:
                running.enter_context(served(house, ACCESS_LOG_OUTBOX_IN_PROCESS="false"))
            _measure(houses, chosen.rounds)
        with site(database, "naive") as of:
            of.add_kiosks(CROWD)
            _control(of)


def _measure(houses: list[Site], rounds: int) -> None:
    of = houses[0]
    guards = [_guard(of) for _ in range(GUARDS)]
    scans: list[load.Answer] = []
    answers: list[load.Answer] = []
    for ready in visits(of, rounds + 1, inside=False):
        first = _at_all(houses, [[_scan(of, place, ready.text)] for place in range(CROWD)])
        told = Counter((answer.status, json.loads(answer.body).get("outcome")) for answer in first)
        assert told == {(200, "id_pending"): CROWD}, told
        then = _at_all(houses, [[_admit(headers, csrf, ready.visit_id)] for headers, csrf in guards])
        admitted = Counter(answer.status for answer in then)
        assert admitted == {303: 1, 409: GUARDS - 1}, admitted
        _once(of, ready)
        scans, answers = scans + first, answers + then
    scans, answers = scans[CROWD:], answers[GUARDS:]  # the first round made connections and caches
    figure(f"rounds of {CROWD} scans and {GUARDS} answers of guards", [rounds])
    figure(f"99 of 100 of {len(scans)} scans within", [percentile([it.took * 1000 for it in scans], 0.99)], "ms", Target(250))
    figure(
        f"99 of 100 of {len(answers)} answers of guards within", [percentile([it.took * 1000 for it in answers], 0.99)], "ms", Target(250)
    )
    print("  right: in each round one arrival, one entry, one presence, and each scan one event")


def _at_all(houses: list[Site], clients: list[list[load.Request]]) -> list[load.Answer]:
    """All at once, spread over the web processes."""
    shares = [clients[place :: len(houses)] for place in range(len(houses))]
    found = at_once([partial(load.run, house.settings.port, share) for house, share in zip(houses, shares, strict=True)])
    for failed in found:
        if isinstance(failed, Exception):
            raise failed
    return [answer for answers in found if not isinstance(answers, Exception) for answer in answers]


def _scan(of: Site, place: int, text: str) -> load.Request:
    return load.Request("POST", "/lobby/scan", of.kiosk_headers(place), json.dumps({"nonce": str(uuid4()), "how": "scanner", "text": text}))


def _guard(of: Site) -> tuple[dict[str, str], str]:
    """Somebody at a desk of their own: (headers, token of their forms)."""
    now = utc_now()
    with transaction(of.engine) as session:
        row, token = sessions.open_session(
            session, site_id=of.site_id, face="console", kind=ActorKind.STAFF, actor_id=of.cast.mei.id or 0, now=now, second_factor_at=now
        )
        return {"Cookie": f"__Host-console={token}", "Content-Type": FORM}, row.csrf


def _admit(headers: dict[str, str], csrf: str, visit_id: UUID) -> load.Request:
    typed = {"csrf": csrf, "verdict": "admit", "document": "passport"}
    return load.Request("POST", f"/console/checks/{visit_id}/answer", headers, urlencode(typed))


def _once(of: Site, ready: Ready) -> None:
    kinds = """select count(case type when 'arrival:recorded' then 1 end), count(case type when 'entry:granted' then 1 end),
               count(nonce) from access_event where visit_id = :visit"""
    visit = ready.visit_id.hex if of.engine.dialect.name == "sqlite" else ready.visit_id
    assert of.ask(kinds, visit=visit) == (1, 1, CROWD)
    assert of.ask("select count(*) from presence where visit_id = :visit and left_at is null", visit=visit) == (1,)


def _control(of: Site) -> None:
    (ready,) = visits(of, 1, inside=False)
    with nothing_locked():
        told = at_once([partial(_unlocked, of, of.ring, place, ready.text) for place in range(CROWD)])
    errors = sum(isinstance(answer, Exception) for answer in told)
    arrivals = of.ask("select count(*) from access_event where type = 'arrival:recorded'")[0]
    figure("control without locks: errors", [errors])
    figure("  arrivals", [arrivals])
    assert errors or arrivals > 1, "the control has to fail"


def _unlocked(of: Site, ring: KeyRing, place: int, text: str) -> Outcome:
    read = read_code(ring, kiosk_id=of.kiosks[place][0], nonce=str(uuid4()), text=text, typed=False)
    with unlocked(of.engine) as session:
        return record_scans(session, [read], utc_now())[0].outcome


if __name__ == "__main__":
    main()
