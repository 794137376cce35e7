"""Who may call a route. Every route names its policy; one without is refused when the application is built, and by a test."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from access_log.errors import NotAllowedError
from access_log.models import Contact, Customer, Site, Staff, Visit, WebSession
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, Role
from access_log.services import accounts, approvals, disclosures, holds, incidents, rights_lists, samples, sessions
from kiosk.web.deps import Now, Transaction
from kiosk.web.errors import ConsoleLocked, SecondFactorNeeded, SignInNeeded


def current_session(request: Request, session: Transaction, now: Now) -> WebSession | None:
    """The session behind the face's cookie, if it is a live one. A page refreshing itself does not count as its use."""
    face = request.app.state.face
    token = request.cookies.get(f"__Host-{face}")
    used = request.headers.get("x-refresh") is None and request.headers.get("accept") != "text/event-stream"
    found = sessions.find_session(session, face=face, token=token, now=now, used=used) if token else None
    request.state.csrf = found.csrf if found else ""
    return found


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as the frame of a page shows it. Plain values: error pages are drawn after the transaction is gone.

    `counts`: what waits on a page of the console, by its path.
    `waiting`: how many requests a contact may approve now, or how many wait for an administrator or for the privacy officer.
    """

    label: str
    role: Role | None = None
    rights: frozenset[str] = frozenset()
    customer: str = ""
    waiting: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


CurrentSession = Annotated[WebSession | None, Depends(current_session)]


def own_site(found: CurrentSession, session: Transaction) -> Site:
    """The site somebody is signed in at: what they see of an installation. Raises SignInNeeded."""
    if found is None:
        raise SignInNeeded
    return session.get_one(Site, found.site_id)


OwnSite = Annotated[Site, Depends(own_site)]


def current_account(found: CurrentSession, session: Transaction) -> accounts.Account:
    """Who is signed in, second factor or not. Raises SignInNeeded."""
    account = accounts.get(session, found.actor_kind, found.actor_id) if found is not None else None
    if account is None or not accounts.usable(session, account):
        raise SignInNeeded
    return account


CurrentAccount = Annotated[accounts.Account, Depends(current_account)]


def _complete(account: accounts.Account, found: WebSession | None) -> None:
    """Both factors given, and not locked."""
    if found is None:
        raise SignInNeeded
    if accounts.needs_second_factor(account) and found.second_factor_at is None:
        raise SecondFactorNeeded
    if found.locked_at is not None:
        raise ConsoleLocked


def staff(*roles: Role) -> Callable[..., Actor]:
    """Members of staff with one of these roles (none named: any)."""

    def allowed(request: Request, account: CurrentAccount, found: CurrentSession, session: Transaction, now: Now) -> Actor:
        _complete(account, found)
        if not isinstance(account, Staff) or (roles and account.role not in roles):
            raise NotAllowedError
        waits = {Role.ADMINISTRATOR: approvals.operator_count, Role.PRIVACY_OFFICER: rights_lists.open_count}.get(account.role)
        waiting = waits(session, account.site_id) if waits else 0
        named = samples.waiting(session, site_id=account.site_id, staff_id=account.id or 0, role=account.role, now=now)
        held = _legal_matters(session, account, now) if account.role in holds.MAY_CONFIRM else 0
        request.state.account = SignedIn(account.number, account.role, waiting=waiting, counts={"/samples": named, "/holds": held})
        return Actor(ActorKind.STAFF, account.id, account.site_id, role=account.role)

    allowed.policy = "staff:" + ",".join(sorted(role.value for role in roles or Role))  # type: ignore[attr-defined]
    return allowed


def _legal_matters(session: Transaction, account: Staff, now: Now) -> int:
    site_id = account.site_id
    return holds.attention(session, site_id=site_id, now=now) + disclosures.waiting(session, site_id) + incidents.waiting(session, site_id)


def contact(*rights: str) -> Callable[..., Actor]:
    """A customer's contact who holds one of these rights (none named: any contact)."""

    def allowed(request: Request, account: CurrentAccount, found: CurrentSession, session: Transaction) -> Actor:
        _complete(account, found)
        if not isinstance(account, Contact):
            raise NotAllowedError
        held = {"request": account.may_request, "approve": account.may_approve, "report": account.may_report}
        mine = frozenset(name for name, has in held.items() if has)
        if rights and not mine & set(rights):
            raise NotAllowedError
        customer = session.get_one(Customer, account.customer_id)
        actor = Actor(ActorKind.CONTACT, account.id, account.site_id, customer_id=account.customer_id, rights=mine)
        waiting = approvals.waiting_count(session, customer=customer, contact=actor)
        request.state.account = SignedIn("", rights=mine, customer=customer.name, waiting=waiting)
        return actor

    allowed.policy = "contact:" + ",".join(sorted(rights) or ["any"])  # type: ignore[attr-defined]
    return allowed


def visit_of(session: Transaction, found: WebSession | None) -> Visit | None:
    """The visit whose link was opened in this browser, as long as its person is not erased."""
    visit = session.get(Visit, UUID(found.visit_id)) if found is not None and found.visit_id else None
    return visit if visit is not None and visit.erased_at is None else None


def visitor() -> Callable[..., Visit]:
    """Whoever opened the link of a visit in this browser. Yields that visit, and no other can be reached."""

    def allowed(found: CurrentSession, session: Transaction) -> Visit:
        visit = visit_of(session, found)
        if visit is None:
            raise SignInNeeded
        return visit

    allowed.policy = "visitor"  # type: ignore[attr-defined]
    return allowed


def signed_in() -> Callable[..., Awaitable[accounts.Account]]:
    """Anybody whose password was right, even before the second factor: the pages that ask for it."""

    async def allowed(account: CurrentAccount) -> accounts.Account:
        return account

    allowed.policy = "signed_in"  # type: ignore[attr-defined]
    return allowed


def public() -> Callable[[], Awaitable[None]]:
    """Anybody: say why in the handler's docstring."""

    async def allowed() -> None:
        return None

    allowed.policy = "public"  # type: ignore[attr-defined]
    return allowed


def policies(app: FastAPI) -> Iterator[tuple[str, str, str | None]]:
    """(method, path, policy) of every route, policy None where none is declared."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue  # a face of its own, or the static files
        dependant = getattr(context, "dependant", None)
        found = sorted(set(_declared(dependant))) if dependant is not None else []
        for method in sorted(context.methods or {"ANY"}):
            yield method, context.path or "", " + ".join(found) or None


def _declared(dependant: Any) -> Iterator[str]:
    policy = getattr(dependant.call, "policy", None)
    if policy:
        yield policy
    for inner in dependant.dependencies:
        yield from _declared(inner)
