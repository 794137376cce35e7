"""The portal of customers' contacts."""

from fastapi import FastAPI

from access_log.errors import ConflictError
from access_log.models import ImportKind
from access_log.policy.told.kept import Audience
from kiosk.portal import ask, deciding, handing, history, live, overview, own, people, rights, visit_pages
from kiosk.portal.show import conflict
from kiosk.web import account, imports, password, policy_page
from kiosk.web.faces import make_face
from kiosk.web.policy import contact
from kiosk.web.state import State

OWN = (overview, people, ask, handing, visit_pages, deciding, history, own, rights, live)
"""In this order: /visits/new comes before /visits/{visit_id}."""


def make(state: State) -> FastAPI:
    """The portal."""
    app = make_face("portal", state)
    app.include_router(account.router("portal"))
    app.include_router(password.router("portal"))
    # Before the roster, whose addresses are /roster/{technician_id}.
    app.include_router(
        imports.router(ImportKind.TECHNICIANS, contact("request"), "/roster/import", frame="portal/imports_frame.html", back="/roster")
    )
    app.include_router(policy_page.router(contact(), "portal/layout.html", Audience.CONTACTS))
    for module in OWN:
        app.include_router(module.router)
    app.add_exception_handler(ConflictError, conflict)
    return app
