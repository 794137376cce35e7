"""Keys: how their daily renewal goes, which old ones are still there, and why."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.crypto.ring_file import damaged_of
from access_log.runtime import ring_path
from access_log.services import key_state
from access_log.words import HOLDS, KEY_ALARMS
from kiosk.console.admin.common import Admin
from kiosk.console.show import show
from kiosk.web.deps import Now, Ring, SettingsDep, Transaction

router = APIRouter(prefix="/admin/keys")


@router.get("")
def listed(request: Request, _admin: Admin, session: Transaction, ring: Ring, settings: SettingsDep, now: Now) -> Response:
    """Versions, ages and reasons, never a key. Whoever may change something about it does so on the server."""
    stray = damaged_of(ring_path(settings)).exists()
    state = key_state.look(session, ring, horizon=settings.horizon, stray_copy=stray, now=now)
    return show(
        request,
        "admin/keys.html",
        state=state,
        alarms=KEY_ALARMS,
        holds=HOLDS,
        horizon=settings.erasure_horizon_days,
        suite=ring.suite.name.lower(),
        fingerprint=ring.fingerprint(),
    )
