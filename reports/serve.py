"""`python -m reports.serve`: the reports process. Looks every twenty seconds; ends within seconds on SIGTERM."""

import logging
import signal
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from access_log.db import make_engine
from access_log.logs import set_up_logging
from access_log.rings import Rings
from access_log.runtime import live_reports_ring, utc_now
from access_log.said import logged_clearly
from access_log.settings import Settings
from access_log.supervisor import end_with_supervisor
from reports.run import purge, run_due

log = logging.getLogger("reports")
EVERY = 20.0
"""Seconds between two looks."""


@logged_clearly
def main() -> None:
    """Until told to stop. A database that cannot be reached is waited for."""
    set_up_logging()
    end_with_supervisor()
    settings = Settings()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rings = live_reports_ring(settings)
    engine, readers = make_engine(settings.reports_url, pool_size=1), make_engine(settings.reports_url, pool_size=1)
    try:
        while not stop.is_set():
            look(engine, readers, rings, stop)
            stop.wait(EVERY)
    finally:
        engine.dispose()
        readers.dispose()


def look(engine: Engine, readers: Engine, rings: Rings, stop: threading.Event) -> None:
    """One look at what is due, and at what has expired."""
    try:
        written, broken = run_due(engine, readers, rings(), utc_now, stop)
        if written or broken:
            log.info("reports written: %d, failed: %d", written, broken)
        purge(engine, now=utc_now())
    except SQLAlchemyError as error:
        log.warning("the database cannot be used now (%s); trying again", type(error).__name__)


if __name__ == "__main__":
    logging.captureWarnings(True)
    main()
