"""Where a policy file says something that the product does not do: then it would be a promise nobody keeps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as with_default

from access_log.policy.file.content import After, Basis, Export, Field, Policy, See, Since, Store, Viewer
from access_log.policy.file.problems import Problem

IMPERSONAL = ("installation", "transient")
SEEN = (See.MASKED, See.RECORDED, See.CLEAR)
LEAVES = (Export.NO, Export.MASKED, Export.CLEAR)


@dataclass(frozen=True, slots=True)
class Capability:
    """How a category is kept, and the most that is seen of it. `switch`: only where a policy names it; `withdraw`: may be left out."""

    since: Since
    store: Store
    after: After
    export: Export
    see: Mapping[Viewer, See] = with_default(default_factory=dict)
    switch: bool = False
    withdraw: frozenset[Viewer] = frozenset()


SWITCHED = {"document_number": Capability(Since.EVENT, Store.MEMORY, After.ERASE, Export.NO, switch=True)}
"""What the product can do and the file that ships does not ask for."""
WITHDRAWABLE = {"reach": frozenset({Viewer.GUARD})}
"""Who is refused by the product where a policy leaves them out (services/identity.py)."""


def with_product(policy: Policy, known: Mapping[str, Capability]) -> Iterator[Problem]:
    """What the product records has to be named, and what it does not record cannot be."""
    for name, capability in known.items():
        if name not in policy.fields and not capability.switch:
            yield policy.problem("fields", "field_missing", field=name)
    for field in policy.fields.values():
        yield from _bases(policy, field)
        if field.id in known:
            yield from _keeping(policy, field, known[field.id])
            yield from _seeing(policy, field, known[field.id])
        else:
            code = "never_and_field" if field.id in policy.never else "unknown_field"
            yield policy.problem(f"fields.{field.id}", code, known=", ".join(known))


def _bases(policy: Policy, field: Field) -> Iterator[Problem]:
    path = f"fields.{field.id}"
    for name in field.purposes:
        if name not in policy.purposes:
            yield policy.problem(f"{path}.purpose", "unknown_purpose", given=name[:60])
    bases = [policy.purposes[name].basis for name in field.purposes if name in policy.purposes]
    consent = [basis is Basis.CONSENT for basis in bases]
    if field.optional and not all(consent):
        yield policy.problem(f"{path}.optional", "optional_without_consent")
    if consent and all(consent) and not field.optional:
        yield policy.problem(f"{path}.purpose", "consent_not_optional")
    if field.id not in IMPERSONAL and Basis.NONE in bases:
        yield policy.problem(f"{path}.purpose", "no_basis")


def _keeping(policy: Policy, field: Field, known: Capability) -> Iterator[Problem]:
    for key, says, does in (("from", field.since, known.since), ("store", field.store, known.store), ("after", field.after, known.after)):
        if says is not does:
            yield policy.problem(f"fields.{field.id}.{key}", "product_differs", given=says, does=does)
    if LEAVES.index(field.export) > LEAVES.index(known.export):
        yield policy.problem(f"fields.{field.id}.export", "shows_more", given=field.export, does=known.export)


def _seeing(policy: Policy, field: Field, known: Capability) -> Iterator[Problem]:
    """Each cell of the matrix as the product has it; only what it can withhold may be left out."""
    for viewer in sorted({*field.see, *known.see}):
        says, does = field.see.get(viewer), known.see.get(viewer)
        path, facts = f"fields.{field.id}.see", {"viewer": viewer, "given": says or "–", "does": does or "–"}
        if says is not None and (does is None or SEEN.index(says) > SEEN.index(does)):
            yield policy.problem(path, "shows_more_to", **facts)
        elif says is not does and not (says is None and viewer in known.withdraw):
            yield policy.problem(path, "shows_less_to", **facts)
