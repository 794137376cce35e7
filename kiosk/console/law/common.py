"""What the pages of this room share."""

from typing import Annotated

from fastapi import Depends

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services.held import HOLD_OFFICER
from kiosk.web.policy import staff

Officer = Annotated[Actor, Depends(staff(HOLD_OFFICER))]
Watcher = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER, Role.AUDITOR))]
"""The privacy officer and the auditor: one can always be the second person of the other."""
