"""Administration: the pages of the role administrator, and the privacy notice for its officer."""

from fastapi import APIRouter

from kiosk.console.admin import (
    approvals,
    areas,
    contacts,
    customers,
    decided,
    kiosks,
    notice,
    overview,
    rules,
    site,
    staff,
    undelivered,
)

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
)
