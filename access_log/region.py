"""Where data lies is what the policy promises: a store in another region is refused before anything is served (clause 4.3)."""

from collections.abc import Iterator

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.db import reading
from access_log.errors import SettingsError
from access_log.models import Site
from access_log.services import policies
from access_log.settings import Settings


def refuse_other_region(engine: Engine, settings: Settings) -> None:
    """Compare what the settings declare with the policy in force at each site. Raises SettingsError, naming the store and both regions."""
    with reading(engine) as session:
        for problem in elsewhere(session, settings):
            raise SettingsError(problem)


def elsewhere(session: Session, settings: Settings) -> Iterator[str]:
    """Each store that lies in another region than a policy says. `backup_region` left out is the region of everything else."""
    stores = {"ACCESS_LOG_REGION": settings.region}
    if settings.backup_to:
        stores["ACCESS_LOG_BACKUP_REGION"] = settings.backup_region or settings.region
    for site in session.exec(select(Site).order_by(col(Site.id))):
        promised = policies.in_force(session, site).controller.region
        for variable, region in stores.items():
            if region != promised:
                yield (
                    f"the policy in force at {site.code} says that data is stored in {promised}; {variable} says {region}. Move the store "
                    "back, or publish a policy that says so (controller.region): people are told of it before it holds"
                )
