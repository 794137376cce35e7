"""docker-compose.yml: valid, and everything it names is there. No engine is needed to find a misspelt setting or a missing secret."""

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from access_log.cli import app
from access_log.settings import Settings
from tests.deploy.compose import FILE, VARIABLE, compose, environment, filled, mounts, ours, services
from tests.deploy.files import DEPLOY, ROOT, SETTINGS, run, tool
from tests.deploy.image import copied, image_environment, stages
from tests.deploy.words import command_line_problem

ENDS = ("keys", "migrate", "grants")
"""They do one thing and end."""


def valid(file: Path) -> tuple[bool, str]:
    """Whether the compose specification, as check-jsonschema brings it, allows a file."""
    done = run([tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", file])
    return done.returncode == 0, done.stdout + done.stderr


def test_the_specification_allows_it() -> None:
    allowed, why = valid(FILE)
    assert allowed, why


@pytest.mark.parametrize(("right", "wrong"), [("stop_grace_period: 20s", "stop_grace: 20s"), ("pids_limit: 256", "pids_limit: [many]")])
def test_the_specification_is_really_asked(tmp_path: Path, right: str, wrong: str) -> None:
    broken = tmp_path / "docker-compose.yml"
    text = FILE.read_text(encoding="utf-8")
    assert right in text
    broken.write_text(text.replace(right, wrong), encoding="utf-8")
    assert not valid(broken)[0]


def misspelt(told: dict[str, str]) -> list[str]:
    return [name for name in told if name not in SETTINGS]


@pytest.mark.parametrize("name", ours())
def test_every_variable_of_a_service_is_a_setting(name: str) -> None:
    assert misspelt(environment(ours()[name])) == []
    assert misspelt({"ACCESS_LOG_OUTBOX_INPROCESS": "false"}) == ["ACCESS_LOG_OUTBOX_INPROCESS"]


@pytest.mark.parametrize("name", ours())
def test_the_settings_of_a_service_are_taken(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the process reads them, with the defaults of the file and with those of deploy/.env.example; secrets from files."""
    for text in (
        "",
        (DEPLOY / ".env.example").read_text(encoding="utf-8"),
        (DEPLOY / ".env.example").read_text(encoding="utf-8").replace("\n#", "\n"),
    ):
        given = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
        service = filled(YAML(typ="safe").load(FILE), given)["services"][name]
        for setting in SETTINGS:
            monkeypatch.delenv(setting, raising=False)
        for setting, value in (image_environment() | environment(service)).items():
            if setting in SETTINGS:
                monkeypatch.setenv(setting, secret_file(tmp_path, value, service["secrets"]) if setting.endswith("_FILE") else value)
        settings = Settings()
        assert settings.url.drivername == ("sqlite" if name == "keys" else "postgresql+psycopg")
        assert settings.keys == Path("/keys")
        assert (settings.listen, settings.port) == ("0.0.0.0", 8000)


def secret_file(folder: Path, path: str, given: list[str]) -> str:
    """The secret of a path below /run/secrets, as deploy/secrets/make makes it, where the service is given it."""
    if not (folder / "smtp_url").exists():
        assert run([DEPLOY / "secrets" / "make", folder]).returncode == 0
    name = path.removeprefix("/run/secrets/")
    return str(folder / name) if name in given else path


@pytest.mark.parametrize("name", services())
def test_every_secret_a_service_reads_is_given_to_it_and_no_other(name: str) -> None:
    service = services()[name]
    text = str([service.get(key) for key in ("environment", "entrypoint", "command")])
    read = set(re.findall(r"/run/secrets/(\w+)", text))
    if name == "db":
        read |= set(re.findall(r"\$secrets/(\w+)", (DEPLOY / "postgres" / "make-roles").read_text(encoding="utf-8")))
    assert read == set(service.get("secrets", []))


def test_every_secret_is_made_by_the_script_and_explained(tmp_path: Path) -> None:
    assert run([DEPLOY / "secrets" / "make", tmp_path]).returncode == 0
    declared = compose()["secrets"]
    assert {path.name for path in tmp_path.iterdir()} == set(declared)
    assert all(secret["file"] == f"./deploy/secrets/{name}" for name, secret in declared.items())
    assert {name for service in services().values() for name in service.get("secrets", [])} == set(declared)
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", (DEPLOY / "secrets" / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _who in rows} == set(declared)
    people = {"PostgreSQL": {"db"}, "migration": {"migrate", "grants"}, "web": {"web1", "web2"}}
    for name, who in rows:
        expected = set().union(*(people.get(one, {one}) for one in who.strip().split(", ")))
        assert expected == {service for service, told in services().items() if name in told.get("secrets", [])}, name


def test_secrets_are_random_kept_and_nobody_elses(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        run([DEPLOY / "secrets" / "make", folder])
    made = {path.name: path.read_text(encoding="utf-8") for path in first.iterdir()}
    assert len({*made.values(), *(path.read_text(encoding="utf-8") for path in second.iterdir())}) == 2 * len(made) - 1, (
        "smtp_url is the same"
    )
    assert all(re.fullmatch(r"[0-9a-f]{48}", text) for name, text in made.items() if name != "smtp_url")
    assert first.stat().st_mode & 0o777 == 0o700
    (first / "db_app").write_text("mine", encoding="utf-8")
    assert run([DEPLOY / "secrets" / "make", first]).stdout == ""
    assert (first / "db_app").read_text(encoding="utf-8") == "mine"


def test_git_ignores_the_secrets() -> None:
    ignored = run(["git", "check-ignore", *(f"deploy/secrets/{name}" for name in compose()["secrets"]), ".env"], cwd=ROOT)
    assert len(ignored.stdout.split()) == len(compose()["secrets"]) + 1


def test_every_volume_is_declared_used_and_writable_for_the_services_user() -> None:
    named = {
        (source, target)
        for service in services().values()
        for target, (source, _ro) in mounts(service).items()
        if not source.startswith(".")
    }
    assert {source for source, _target in named} == set(compose()["volumes"])
    made = re.search(r"install -d -o 10001 -g 10001 -m 0700 (.+)", FILE.with_name("Dockerfile").read_text(encoding="utf-8"))
    assert made is not None
    for name, service in ours().items():
        assert service["user"] == "10001:10001"
        for target in mounts(service):
            assert target in made[1].split(), f"{name}: {target} would belong to root"
        directories = {value for setting, value in environment(service).items() if setting.endswith("_DIR")}
        elsewhere = {"/keys_reports", "/ledger"} if name != "worker" else set()  # told to all by one list, given to who works with it
        assert [
            value for value in directories - elsewhere if not any(inside(value, target) for target in [*mounts(service), "/data"])
        ] == []


def inside(path: str, target: str) -> bool:
    return path == target or path.startswith(f"{target}/")


def test_every_file_that_is_bound_is_there() -> None:
    bound = {source for service in services().values() for source, _ro in mounts(service).values() if source.startswith(".")}
    assert bound
    assert [source for source in bound if not (ROOT / source).exists()] == []
    assert all(ro for service in services().values() for source, ro in mounts(service).values() if source.startswith("."))
    for script in ("make-roles", "apply-grants", "initdb.sh"):
        assert (DEPLOY / "postgres" / script).stat().st_mode & 0o111, script
    initdb = (DEPLOY / "postgres" / "initdb.sh").read_text(encoding="utf-8")
    assert initdb.splitlines()[-1] == "exec /deploy/make-roles /run/secrets"
    assert mounts(services()["db"])["/deploy"] == ("./deploy/postgres", True)
    assert mounts(services()["db"])["/docker-entrypoint-initdb.d/10-roles.sh"][0] == "./deploy/postgres/initdb.sh"
    assert services()["grants"]["entrypoint"][0] == "/deploy/apply-grants"


@pytest.mark.parametrize("name", services())
def test_every_service_is_locked_down(name: str) -> None:
    service = services()[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 256
    assert service["logging"]["options"]["max-size"], "a log must not fill the disk"
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", [name for name in services() if name not in ENDS])
def test_every_service_that_stays_is_looked_after(name: str) -> None:
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] == "CMD", "no shell"
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    if name in ours():
        program, file, what = check["test"][1:]
        assert program == "python"
        assert file in copied("product").values()
        assert what in ("web", "database", "reports")
        assert (what == "reports") == (name == "reports")


def test_what_ends_is_waited_for_and_not_started_again() -> None:
    for name in ENDS:
        assert services()[name]["restart"] == "no"
        assert "healthcheck" not in services()[name]
    for name, service in services().items():
        for other, condition in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ENDS else "service_healthy"
            assert condition == {"condition": wanted}, f"{name} on {other}"
    for name in ("web1", "web2", "worker", "reports"):
        assert services()[name]["depends_on"].keys() == {"keys", "grants"}
    assert services()["grants"]["depends_on"].keys() == {"migrate"}
    assert services()["migrate"]["depends_on"].keys() == {"db"}


@pytest.mark.parametrize("name", [name for name in ours() if name != "keys"])
def test_every_command_is_one_of_the_products(name: str) -> None:
    assert command_line_problem(app, ours()[name]["command"]) is None
    assert command_line_problem(app, ["serve", "--just", "web"]) is not None


def test_the_keys_are_made_once_and_the_reports_ring_moves_away() -> None:
    shell, options, script = ours()["keys"]["entrypoint"]
    assert (shell, options) == ("sh", "-ec")
    for line in re.findall(r"access-log (.+)", script):
        assert command_line_problem(app, line.split()) is None
    assert mounts(ours()["keys"]) == {"/keys": ("keys", False), "/keys_reports": ("keys_reports", False)}
    assert ours()["keys"]["network_mode"] == "none"


def test_nobody_holds_more_than_they_need() -> None:
    keys = {name: mounts(service).get("/keys") for name, service in ours().items()}
    assert keys == {
        "keys": ("keys", False), "migrate": None, "web1": ("keys", True), "web2": ("keys", True),
        "worker": ("keys", False), "reports": ("keys_reports", True),
    }  # fmt: skip
    urls = {name: environment(service).get("ACCESS_LOG_DATABASE_URL", "none") for name, service in ours().items()}
    assert {name: url.partition("@")[0].rpartition("_")[2] for name, url in urls.items()} == {
        "keys": "none", "migrate": "owner", "web1": "app", "web2": "app", "worker": "app", "reports": "reports"
    }  # fmt: skip
    assert environment(ours()["reports"])["ACCESS_LOG_REPORTS_DATABASE_URL"] == environment(ours()["reports"])["ACCESS_LOG_DATABASE_URL"]
    assert [name for name, service in services().items() if "smtp_url" in service.get("secrets", [])] == ["worker"]
    assert "/ledger" not in mounts(ours()["reports"])


@pytest.mark.clause("3.n", "4.3")
def test_only_the_proxy_can_be_reached_and_only_the_worker_gets_out() -> None:
    networks = {name: service.get("networks", []) for name, service in services().items()}
    assert networks == {
        "db": ["db"], "keys": [], "migrate": ["db"], "grants": ["db"], "web1": ["front", "db"], "web2": ["front", "db"],
        "worker": ["db", "mail"], "reports": ["db"], "proxy": ["edge", "front"], "mailpit": ["mail"],
    }  # fmt: skip
    closed = {name for name, network in compose()["networks"].items() if network.get("internal")}
    assert closed == {"front", "db"}
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published == {"proxy": ["127.0.0.1:80:80", "127.0.0.1:443:443"], "mailpit": ["127.0.0.1:8025:8025"]}
    assert services()["mailpit"]["profiles"] == ["try"]


def test_the_proxy_speaks_to_both_webs_and_they_believe_it_alone() -> None:
    proxy = environment(services()["proxy"])
    port = image_environment()["PORT"]
    assert proxy["UPSTREAMS"].split() == [f"{name}:{port}" for name in ("web1", "web2")]
    subnet = compose()["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert environment(services()["web1"])["ACCESS_LOG_TRUSTED_PROXIES"] == subnet
    assert ipaddress.ip_network(subnet).is_private
    named = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert proxy.keys() == named


def test_both_webs_are_the_same_but_for_their_name() -> None:
    assert services()["web1"] == services()["web2"]


def test_what_can_be_set_is_explained_and_what_is_explained_can_be_set() -> None:
    text = FILE.read_text(encoding="utf-8")
    used = {found[1] for found in VARIABLE.finditer(text)} | {
        name for name, value in ours()["keys"]["build"]["args"].items() if value is None
    }
    explained = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (DEPLOY / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert used == explained


def test_the_defaults_that_are_explained_are_those_of_the_file() -> None:
    defaults: dict[str, Any] = {found[1]: found[2] or "" for found in VARIABLE.finditer(FILE.read_text(encoding="utf-8"))}
    shown = dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", (DEPLOY / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    places = {"SITES", "PUBLIC_URL", "LOBBY_HOST", "PORTAL_HOST", "CONSOLE_HOST", "VISITOR_HOST", "MAIL_FROM", "BOUNCES_TO"}
    shared = (shown.keys() & defaults.keys()) - places
    assert shared == defaults.keys() - places
    assert {name: shown[name] for name in shared} == {name: defaults[name] for name in shared}


def test_every_image_is_built_here_or_named_with_its_version() -> None:
    targets = {service["build"]["target"] for service in services().values() if "build" in service}
    assert targets <= stages().keys()
    for name, service in services().items():
        image = service["image"]
        if "build" not in service:
            assert re.fullmatch(r"[a-z/]+:v?\d+(\.\d+)*(-[a-z]+)?", image), f"{name}: {image}"
            assert "${REGISTRY:-}" in str(YAML(typ="safe").load(FILE)["services"][name]["image"])
