"""What the law asks beyond the daily round: holds, disclosures, incidents, reviews. For the privacy officer and the auditor."""

from fastapi import APIRouter

from kiosk.console import access_review
from kiosk.console.law import disclosures, holds, incidents, recipients

routers: tuple[APIRouter, ...] = (holds.router, disclosures.router, incidents.router, recipients.router, access_review.router)
