"""No column, form field, query, event detail, answer to a kiosk, log key or report column without a purpose, a basis and a period.

The inventory that ships (access_log/notices/inventory.csv) says of each place to which field of the policy it belongs; the field says the
rest. Some of what is never recorded is looked for by name.
"""

from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import create_model
from sqlalchemy import Column, Integer, MetaData, String, Table

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine
from access_log.policy.file.agreeing_product import IMPERSONAL
from access_log.policy.file.building import default_policy
from access_log.policy.file.content import Basis, Since, Store
from access_log.policy.file.never import NEVER, kind_of
from access_log.settings import Settings
from kiosk.app import make_app
from kiosk.web.forms import filled
from tests.architecture import inventory as found
from tests.architecture.inventory import Place

ALLOWED = {
    ("column", "web_session", "face"): "which of the four faces of the product",
    ("log", "-", "face"): "which of the four faces of the product",
    ("form", "LookForm", "document_number"): "read for the age, in memory, and dropped: it has no column",
}
"""Names that sound like something that is never recorded, and are not."""
NOT_TYPED = frozenset({"csrf"})
NO_PLACE_OF_ITS_OWN = {"unused": "the name and the address of somebody who never came"}
EXAMPLES = {
    "id_number": ("id_number", "document_no", "shenfenzheng"),
    "document_image": ("document_photo", "id_scan", "passport_copy"),
    "face": ("face", "face_template", "photo", "avatar"),
    "fingerprint": ("fingerprint", "iris_code"),
    "signature_image": ("signature_image", "handwriting"),
    "birth_date": ("birth_date", "date_of_birth", "born", "dob"),
    "gender": ("gender", "sex"),
    "home_address": ("home_address", "postal_code", "address"),
    "nation": ("nationality", "ethnicity"),
    "health": ("health_code", "temperature"),
    "religion": ("religion",),
    "vehicle_plate": ("licence_plate", "vehicle_number"),
    "bank_account": ("bank_account", "iban"),
    "location_tracking": ("ip", "latitude", "user_agent", "geo_position"),
}


@pytest.fixture(scope="module")
def apps(ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> list[FastAPI]:
    """The start page's application and every face."""
    folder: Path = tmp_path_factory.mktemp("inventory")
    settings = Settings(data_dir=folder, public_url="https://testserver", _env_file=None)  # type: ignore[call-arg]
    app = make_app(settings, engine=make_engine(f"sqlite:///{folder}/unused.db"), ring=ring)
    return [app, *app.state.faces.values()]


@pytest.fixture(scope="module")
def places(apps: list[FastAPI]) -> set[Place]:
    return found.everything(apps)


def unknown(places: set[Place]) -> list[str]:
    """Lines that the inventory would need, without the field that only a person can know."""
    return [",".join(place) + ",?" for place in sorted(places - set(found.inventory()))]


def test_every_place_stands_in_the_inventory(places: set[Place]) -> None:
    assert len(places) > 700
    assert unknown(places) == [], "say in access_log/notices/inventory.csv to which field of the policy each of these belongs"


def test_the_inventory_names_nothing_that_is_not_there(places: set[Place]) -> None:
    assert sorted(set(found.inventory()) - places) == []


def test_what_each_place_belongs_to_has_a_purpose_with_a_basis_and_a_period() -> None:
    policy = default_policy()
    for place, name in found.inventory().items():
        field = policy.fields.get(name)
        assert field is not None, (place, name)
        bases = [policy.purposes[purpose].basis for purpose in field.purposes]
        assert bases, place
        assert name in IMPERSONAL or Basis.NONE not in bases, place
        assert field.need or field.store is Store.MEMORY or field.since in (Since.ENDED, Since.REMOVED), place


def test_every_field_of_the_policy_has_a_place() -> None:
    used = set(found.inventory().values()) | set(NO_PLACE_OF_ITS_OWN)
    assert set(default_policy().fields) <= used


def test_what_is_only_looked_at_has_no_column() -> None:
    policy = default_policy()
    kept = [place for place, name in found.inventory().items() if place[0] == "column" and policy.fields[name].store is Store.MEMORY]
    assert kept == []


def test_a_new_column_fails() -> None:
    metadata = MetaData()
    Table("visit", metadata, Column("id", Integer), Column("shoe_size", String))
    assert unknown(set(found.columns(metadata))) == ["column,visit,shoe_size,?"]


def test_a_new_form_field_or_query_fails() -> None:
    from fastapi import Depends

    app, model = FastAPI(), create_model("PersonForm", name=(str, ...), shoe_size=(str, ""))

    @app.post("/x")
    def act(hat: str = "", form: object = Depends(filled(model))) -> None:
        del hat, form

    assert unknown(set(found.forms([app]))) == ["form,PersonForm,shoe_size,?", "query,-,hat,?"]


def test_a_new_body_of_the_kiosk_fails() -> None:
    app, model = FastAPI(), create_model("Scan", shoe_size=(str, ""))

    def act(body: object) -> None:
        del body

    act.__annotations__["body"] = model
    app.post("/x")(act)
    assert unknown(set(found.forms([app]))) == ["form,Scan,shoe_size,?"]


@pytest.mark.parametrize(
    "source",
    [
        "events.record(session, detail={'shoe_size': 3})",
        "detail = {'reason': code} | ({'shoe_size': 3} if tall else {})",
        "detail |= {'shoe_size': 3}",
        "detail: dict[str, int] = {'shoe_size': 3}",
    ],
)
def test_a_new_detail_of_an_event_fails(source: str) -> None:
    assert unknown(set(found.details_in(source))) == ["detail,-,shoe_size,?"]


def test_a_place_that_stands_twice_or_a_field_nobody_knows_is_found() -> None:
    with pytest.raises(ValueError, match="twice"):
        found.inventory("kind,holder,name,field\nlog,-,time,event\nlog,-,time,name\n")
    assert set(found.inventory("kind,holder,name,field\nlog,-,time,whim\n").values()) - set(default_policy().fields) == {"whim"}


def test_nothing_of_the_never_list_has_a_place(places: set[Place]) -> None:
    named = {place: kind for place in places if (kind := kind_of(place[2].lower().replace(" ", "_")))}
    assert set(named) == set(ALLOWED)


def test_no_page_asks_for_anything_that_no_route_reads_or_that_is_never_recorded() -> None:
    read = {name for kind, _holder, name in found.inventory() if kind in ("form", "query")} | NOT_TYPED
    asked = set(found.inputs())
    assert len(asked) > 40
    assert asked <= read
    assert {name for name in asked if kind_of(name)} <= {"document_number"}


def test_each_kind_that_is_never_recorded_is_recognised_by_name() -> None:
    assert set(EXAMPLES) == set(NEVER)
    for kind, names in EXAMPLES.items():
        for name in names:
            assert kind_of(name) == kind, name
    assert set(default_policy().never) == set(NEVER)
