"""The Dockerfile: linted, and its build carried out as plain commands in a directory instead of an image."""

import fnmatch
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from access_log.cli import app
from tests.cli.processes import free_port, running, status
from tests.deploy.compose import environment, ours
from tests.deploy.files import DEPLOY, ROOT, SETTINGS, run, tool, tracked, without_settings
from tests.deploy.image import FILE, copied, image_environment, instructions, stages, words
from tests.deploy.words import command_line_problem

PACKAGES = ("access_log", "kiosk", "reports")


def test_hadolint_has_no_complaint() -> None:
    done = run([tool("hadolint"), FILE])
    assert done.returncode == 0, done.stdout


def test_hadolint_is_really_asked(tmp_path: Path) -> None:
    broken = tmp_path / "Dockerfile"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("# hadolint ignore=DL3008\n", ""), encoding="utf-8")
    assert "DL3008" in run([tool("hadolint"), broken]).stdout


@pytest.mark.parametrize("stage", stages())
def test_what_is_copied_is_tracked_and_reaches_the_builder(stage: str) -> None:
    for source in copied(stage) if stage != "before" else ():
        assert tracked(source), source
        assert sent(source), f".dockerignore keeps {source} back"


def sent(path: str) -> bool:
    """Whether .dockerignore lets a path through: the last line that matches decides."""
    decided = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if (
            pattern
            and not pattern.startswith("#")
            and (path == pattern or path.startswith(f"{pattern}/") or fnmatch.fnmatch(path, pattern))
        ):
            decided = line.startswith("!")
    return decided


def test_nothing_secret_reaches_the_builder() -> None:
    for path in ("var/access_log.db", ".env", "deploy/secrets/db_app", "deploy/tls/site.key", ".git/config", "tests/cast.py"):
        assert not sent(path), path
    assert sent("access_log/cli.py")


def test_every_stage_ends_as_a_user_without_rights_and_with_a_health_check() -> None:
    for stage in ("proxy", "product"):
        assert instructions(stage, "USER")[-1].split(":")[0].isdecimal()
        assert int(instructions(stage, "USER")[-1].split(":")[0]) > 0
        assert instructions(stage, "HEALTHCHECK")
    assert instructions("product", "USER")[-1] == ours()["web1"]["user"]


def test_the_environment_of_the_image_is_settings() -> None:
    theirs = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert image_environment().keys() - theirs <= SETTINGS
    assert image_environment().keys() >= theirs


def test_the_command_of_the_image_is_the_products() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert words("product", "ENTRYPOINT") == ["access-log"]
    assert "access-log" in scripts
    assert command_line_problem(app, words("product", "CMD")) is None


@pytest.mark.parametrize("stage", [name for name in stages() if name != "before"])
def test_every_run_line_is_a_shell_command(stage: str) -> None:
    for line in instructions(stage, "RUN"):
        assert run(["sh", "-n", "-c", line]).returncode == 0, line
    assert run(["sh", "-n", "-c", "if true"]).returncode != 0


def locked(name: str) -> dict[str, str]:
    """Package → version of a lock file, as far as this kind of machine needs them; every one has its hashes."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert all("--hash=sha256:" in line for line in lines), name
    rows = [Requirement(line.partition(" --hash")[0]) for line in lines]
    return {plain(row.name): str(row.specifier).removeprefix("==") for row in rows if row.marker is None or row.marker.evaluate()}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip().lower())


def needed() -> set[str]:
    """Everything the product imports at run time, with all that those need, as the installed packages say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(text) for text in project["dependencies"]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        for extra in {"", *one.extras}:
            if (plain(one.name), extra) in seen:
                continue
            seen.add((plain(one.name), extra))
            for text in metadata.requires(one.name) or []:
                below = Requirement(text)
                if below.marker is None or below.marker.evaluate({"extra": extra}):
                    waiting.append(below)
    return {name for name, _extra in seen}


def test_the_lock_of_the_image_holds_all_that_is_needed() -> None:
    lock = locked("requirements.lock")
    assert needed() - lock.keys() == set()
    assert {"fastapi", "psycopg-binary", "setuptools"} <= lock.keys()


def test_both_locks_agree_and_the_tests_run_on_what_is_locked() -> None:
    lock, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert lock.items() <= dev.items(), "what is tested is what is shipped"
    installed = {name: metadata.version(name) for name in lock}
    assert installed == lock
    assert "uv" in locked("requirements-uv.lock")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/opt/access-log of the image, made by the line of the Dockerfile that installs the product, without network.

    The locked packages are those of the test environment, lent by a path: what is installed here is the product alone.
    """
    root = tmp_path_factory.mktemp("image")
    source, target = root / "src", root / "opt" / "access-log"
    for name in tracked(*(name for name in copied("build") if sent(name))):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    run([sys.executable, "-m", "venv", "--without-pip", target])
    site = next(target.glob("lib/python*/site-packages"))
    (site / "lent.pth").write_text(metadata.distribution("fastapi").locate_file("").resolve().as_posix() + "\n", encoding="utf-8")
    install = instructions("build", "RUN")[-1].replace("/opt/uv/bin/uv", tool("uv")).replace("/opt/access-log", str(target))
    assert install.endswith(" .")
    done = run(["sh", "-ec", install], cwd=source, env=without_settings() | {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(root / "cache")})
    assert done.returncode == 0, done.stderr
    return target


def test_every_tracked_file_of_the_packages_is_installed_as_it_is(image: Path) -> None:
    site = next(image.glob("lib/python*/site-packages"))
    names = tracked(*PACKAGES)
    assert [name for name in names if not (site / name).is_file()] == []
    assert [name for name in names if (site / name).read_bytes() != (ROOT / name).read_bytes()] == []
    kinds = {Path(name).suffix for name in names}
    assert {".html", ".po", ".css", ".js", ".wasm", ".md", ".mako", ".typ", ".j2", ".typed"} <= kinds


def test_nothing_else_of_the_checkout_is_installed(image: Path) -> None:
    site = next(image.glob("lib/python*/site-packages"))
    assert {path.name for path in site.iterdir() if path.is_dir() and "dist-info" not in path.name} == set(PACKAGES)


def test_what_is_installed_is_compiled_and_does_not_know_the_checkout(image: Path) -> None:
    asked = "import access_log.cli, kiosk.serve, reports.serve, sys; print(access_log.__file__, *sys.path, sep='\\n')"
    done = run([image / "bin" / "python", "-I", "-c", asked], cwd="/", env=without_settings())
    assert done.returncode == 0, done.stderr
    file, *path = done.stdout.splitlines()
    assert Path(file).is_relative_to(image)
    assert str(ROOT) not in path
    assert list(image.glob("lib/python*/site-packages/kiosk/__pycache__/app.*.pyc"))


@pytest.fixture(scope="module")
def told(image: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a container of the image, its directories below one of ours, its database SQLite."""
    root = tmp_path_factory.mktemp("container")
    for name in ("data", "keys", "keys_reports"):
        (root / name).mkdir(mode=0o700)
    (root / "key_passphrase").write_text("a passphrase for the tests\n", encoding="utf-8")
    own = {name: value for name, value in image_environment().items() if name != "PATH"}
    own |= {name: f"{root}{own[name]}" for name in ("ACCESS_LOG_DATA_DIR", "ACCESS_LOG_KEYS_DIR")}
    own |= {"ACCESS_LOG_KEY_PASSPHRASE_FILE": str(root / "key_passphrase"), "PORT": str(free_port()), "ACCESS_LOG_LISTEN": "127.0.0.1"}
    own |= {name: f"{root}{value}" for name, value in environment(ours()["keys"]).items() if name.endswith("_DIR")}
    return without_settings() | own | {"PATH": f"{image}/bin:/usr/bin:/bin"}


def keys_service(told: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The script of the compose file that makes the rings."""
    root = Path(told["ACCESS_LOG_DATA_DIR"]).parent
    shell, options, script = ours()["keys"]["entrypoint"]
    return run([shell, options, script.replace("/keys", f"{root}/keys")], env=told, cwd=root)


def test_the_keys_service_makes_both_rings_once(told: dict[str, str]) -> None:
    root = Path(told["ACCESS_LOG_DATA_DIR"]).parent
    first = keys_service(told)
    assert first.returncode == 0, first.stderr
    assert "ring.json" in {path.name for path in (root / "keys").iterdir()}
    assert "reports.json" in {path.name for path in (root / "keys_reports").iterdir()}
    assert not list((root / "keys").glob("reports*"))
    before = [path.read_bytes() for path in root.glob("keys*/*.json*")]
    again = keys_service(told)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert [path.read_bytes() for path in root.glob("keys*/*.json*")] == before


def healthy(image: Path, told: dict[str, str], what: str) -> tuple[int, str]:
    done = run([image / "bin" / "python", DEPLOY / "healthy.py", what], env=told, cwd="/")
    return done.returncode, done.stderr.strip()


def test_the_installed_product_serves_and_its_health_checks_know_it(image: Path, told: dict[str, str], tmp_path: Path) -> None:
    if not list(Path(told["ACCESS_LOG_KEYS_DIR"]).iterdir()):
        keys_service(told)
    port = int(told["PORT"])
    assert healthy(image, told, "database") == (1, ""), "there, but without a schema"
    assert run([image / "bin" / "access-log", "migrate"], env=told, cwd="/").stdout == "the database is up to date\n"
    assert healthy(image, told, "database") == (0, "")
    assert healthy(image, told, "reports") == (0, "")
    assert healthy(image, told, "web") == (1, "web: URLError")
    with running(tmp_path, *words("product", "CMD"), program=[str(image / "bin" / words("product", "ENTRYPOINT")[0])], told=told) as web:
        web.ready(port)
        assert healthy(image, told, "web") == (0, "")
        for path in ("/", "/lobby/", "/static/shared/base.css", "/static/lobby/vendor/zxing/reader/zxing_reader.wasm"):
            assert status(port, path) == 200, path
        assert web.stop() == 0
    assert healthy(image, told, "web") == (1, "web: URLError")
