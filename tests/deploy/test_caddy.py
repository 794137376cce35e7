"""TLS in front: what the Caddyfile says, and, where there is a Caddy, what it does."""

import http.client
import http.server
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.web.middleware import BodyLimit
from tests.cli.processes import free_port, wait_for
from tests.deploy.files import DEPLOY, there, without_settings

FILE = DEPLOY / "Caddyfile"
Block = dict[str, "Block"]


def parsed(text: str) -> Block:
    """Directive with its words → what stands in its braces."""
    root: Block = {}
    stack = [root]
    for line in (line.strip() for line in text.splitlines()):
        if line == "}":
            stack.pop()
        elif line and not line.startswith("#"):
            inner: Block = {}
            stack[-1][line.removesuffix("{").strip() if line.endswith("{") else line] = inner
            if line.endswith("{"):
                stack.append(inner)
    assert stack == [root], "a brace is missing"
    return root


SITE = "{$SITES:https://localhost}"


def test_it_keeps_no_log_of_requests_and_no_door_for_its_own_control() -> None:
    options = parsed(FILE.read_text(encoding="utf-8"))[""]
    assert "admin off" in options
    assert "exclude http.log.access http.log.error http.handlers.reverse_proxy" in options["log default"]
    assert not [line for line in parsed(FILE.read_text(encoding="utf-8"))[SITE] if line.startswith("log")]


def test_it_asks_for_nothing_the_product_does_not_answer() -> None:
    site = parsed(FILE.read_text(encoding="utf-8"))[SITE]
    proxy = site["reverse_proxy {$UPSTREAMS:127.0.0.1:8000}"]
    assert "health_uri /readyz" in proxy
    assert "flush_interval -1" in proxy, "live pages are event streams"
    assert "tls {$TLS:internal}" in site


def test_what_is_far_too_large_ends_here_and_what_is_not_reaches_the_product() -> None:
    (size,) = re.findall(r"max_size (\d+)MB", FILE.read_text(encoding="utf-8"))
    assert int(size) * 1000**2 > BodyLimit.UPLOAD


def test_only_files_that_are_the_same_for_everybody_are_compressed() -> None:
    site = parsed(FILE.read_text(encoding="utf-8"))[SITE]
    assert [line for line in site if line.startswith("encode")] == ["encode @static zstd gzip"]
    assert "@static path /static/*" in site


def test_its_health_check_listens_on_this_machine_alone_where_the_containers_ask() -> None:
    health = parsed(FILE.read_text(encoding="utf-8"))["http://127.0.0.1:2020"]
    assert "bind 127.0.0.1" in health
    for asker in ("docker-compose.yml", "Dockerfile"):
        assert "http://127.0.0.1:2020/" in (DEPLOY.parent / asker).read_text(encoding="utf-8")


@dataclass
class Behind:
    """A server behind the proxy, and what it was asked."""

    port: int = 0
    seen: list[tuple[str, dict[str, str], int]] = field(default_factory=list)


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    told = Behind()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = b"plain and long enough to be worth a compression " * 100
            told.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, 0))
            self.send_response(200)
            self.send_header("Content-Type", "text/css")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            length = len(self.rfile.read(int(self.headers["Content-Length"])))
            told.seen.append((self.path, dict(self.headers), length))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()


@dataclass
class Proxy:
    """A running Caddy with our file."""

    port: int
    folder: Path
    trust: ssl.SSLContext

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=self.trust)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()


@pytest.fixture(scope="module")
def proxy(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """On ports of its own; its authority in a directory of ours."""
    folder = tmp_path_factory.mktemp("caddy")
    port, health = free_port(), free_port()
    config = folder / "Caddyfile"
    text = FILE.read_text(encoding="utf-8").replace("127.0.0.1:2020", f"127.0.0.1:{health}")
    config.write_text(text.replace("\tadmin off\n", f"\tadmin off\n\thttp_port {free_port()}\n"), encoding="utf-8")
    own = {"SITES": f"https://localhost:{port}", "UPSTREAMS": f"127.0.0.1:{behind.port}", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "said.txt").open("wb") as out:
        process = subprocess.Popen(
            ["caddy", "run", "--config", config, "--adapter", "caddyfile"], env=without_settings() | own | {"XDG_CONFIG_HOME": str(folder)},
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
        )  # fmt: skip
    try:
        root = folder / "caddy/pki/authorities/local/root.crt"
        wait_for(lambda: root.is_file() and listens(health) and greets(port, root), "the proxy", 30)
        yield Proxy(port, folder, ssl.create_default_context(cafile=str(root)))
    finally:
        process.terminate()
        process.wait(timeout=10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def greets(port: int, root: Path) -> bool:
    """Whether it has a certificate by now: it makes one at its first start."""
    try:
        with socket.create_connection(("localhost", port), timeout=5) as plain:
            ssl.create_default_context(cafile=str(root)).wrap_socket(plain, server_hostname="localhost").close()
    except OSError:
        return False
    return True


with_caddy = pytest.mark.skipif(not there("caddy"), reason="this machine has no Caddy")


@with_caddy
def test_its_own_authority_signs_for_the_site_and_lies_where_the_document_says(proxy: Proxy) -> None:
    assert proxy.ask("GET", "/portal/").status == 200
    document = (DEPLOY.parent / "docs" / "production.md").read_text(encoding="utf-8")
    assert document.count("caddy/pki/authorities/local/root.crt") == 2


@with_caddy
def test_the_product_learns_the_callers_address_and_nobody_can_pretend(proxy: Proxy, behind: Behind) -> None:
    proxy.ask("GET", "/console/", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"})
    _path, headers, _length = behind.seen[-1]
    assert headers["x-forwarded-for"] in ("127.0.0.1", "::1")
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"] == f"localhost:{proxy.port}"


@with_caddy
def test_static_files_are_compressed_and_pages_are_not(proxy: Proxy) -> None:
    accept = {"Accept-Encoding": "gzip"}
    assert proxy.ask("GET", "/static/shared/base.css", headers=accept).headers["Content-Encoding"] == "gzip"
    assert proxy.ask("GET", "/portal/", headers=accept).headers["Content-Encoding"] is None


@with_caddy
def test_a_body_that_is_far_too_large_never_arrives_whole(proxy: Proxy, behind: Behind) -> None:
    assert proxy.ask("POST", "/portal/imports", bytes(15 * 1000**2)).status == 204
    assert behind.seen[-1][2] == 15 * 1000**2
    try:
        refused = proxy.ask("POST", "/portal/imports", bytes(17 * 1000**2)).status
    except OSError:
        refused = 413  # it hung up while we were still talking
    assert refused in (413, 502)
    assert max(length for _path, _headers, length in behind.seen) <= 16 * 1000**2


@with_caddy
def test_no_address_of_a_page_is_written_anywhere(proxy: Proxy) -> None:
    proxy.ask("GET", "/visit/p/token-of-somebodys-pass")
    for path in proxy.folder.rglob("*"):
        if path.is_file():
            assert b"token-of-somebodys-pass" not in path.read_bytes(), path
