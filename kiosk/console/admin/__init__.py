"""Administration: the pages of the role administrator, and the privacy notice for its officer."""

from fastapi import APIRouter

from access_log.models import ImportKind
from access_log.policy.codes import Role
from kiosk.console.admin import (
    approvals,
    areas,
    backups,
    contacts,
    customers,
    decided,
    keys,
    kiosks,
    notice,
    overview,
    rules,
    site,
    staff,
    undelivered,
)
from kiosk.web import imports
from kiosk.web.policy import staff as staff_policy

LISTS = ((ImportKind.CUSTOMERS, "/admin/import/customers"), (ImportKind.CONTACTS, "/admin/import/contacts"))

routers: tuple[APIRouter, ...] = (
    overview.router,
    approvals.router,
    decided.router,
    rules.router,
    customers.router,
    contacts.router,
    staff.router,
    site.router,
    areas.router,
    kiosks.router,
    notice.router,
    undelivered.router,
    backups.router,
    keys.router,
    *(
        imports.router(kind, staff_policy(Role.ADMINISTRATOR), path, frame="console/admin/imports_frame.html", back="/admin/customers")
        for kind, path in LISTS
    ),
)
