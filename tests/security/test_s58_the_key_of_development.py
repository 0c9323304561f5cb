"""S58: GraphiQL and the console show the development key only to a browser on this machine that requests the listener
directly."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.types import Scope

from commands.development_folder import ENDPOINT, DevelopmentFolder
from web.console import CONFIG, Console
from web.graphiql import GraphiQL
from web.headers import read_headers

KEY = "Bearer the-key-of-development"
PORT = 8000
OWN = "127.0.0.1:8000"
FORWARDING = [
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Anything",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Original-Host",
]


def shows(
    npm: Path,
    *hosts: str,
    headers: Mapping[str, str] | None = None,
    peer: str | None = "127.0.0.1",
    server: tuple[str, int | None] | None = ("127.0.0.1", PORT),
) -> bool:
    """Whether the page for such a request contains the key."""
    sent = [("Host", host) for host in hosts] + list((headers or {}).items())
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in sent]
    scope: Scope = {"type": "http", "client": (peer, 1) if peer else None, "server": server, "headers": raw}
    body = GraphiQL((), KEY, npm).page(scope, read_headers(raw)).body
    assert b"settings" in body
    config = Console(KEY, folder=npm / "nothing").answer(scope, CONFIG)
    assert config is not None
    assert b"developmentKey" in config.body
    typed = (headers or {}).get("Sec-Fetch-Site") == "none"
    # Who types the address of the console's settings is not its page.
    assert (KEY.encode() in config.body) is (KEY.encode() in body and not typed)
    return KEY.encode() in body


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (OWN, "127.0.0.1"),
        ("localhost:8000", "127.0.0.1"),
        ("LocalHost:8000", "127.0.0.1"),
        ("localhost:8000", "::1"),
        ("[::1]:8000", "::1"),
    ],
)
def test_s58_the_key_is_shown_under_the_listeners_own_address(npm: Path, host: str, address: str) -> None:
    assert shows(npm, host, peer=address, server=(address, PORT))


def test_s58_the_usual_port_goes_without_saying(npm: Path) -> None:
    assert shows(npm, "localhost", server=("127.0.0.1", 80))
    assert shows(npm, "localhost:80", server=("127.0.0.1", 80))


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example:8000",
        "localhost.evil.example:8000",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:8001",
        "localhost:9000",
        "[::1]:8000",
        "127.0.0.2:8000",
        "127.0.0.1:8000, evil.example",
        "127.0.0.1:08000",
        "0.0.0.0:8000",
        "",
    ],
)
def test_s58_not_under_another_name_or_port(npm: Path, host: str) -> None:
    assert not shows(npm, host)


def test_s58_not_without_a_host_nor_with_two(npm: Path) -> None:
    assert not shows(npm)
    assert not shows(npm, OWN, OWN)


def test_s58_not_to_another_machine_nor_where_the_peer_is_unknown(npm: Path) -> None:
    assert not shows(npm, OWN, peer="192.0.2.1")
    assert not shows(npm, OWN, peer=None)
    assert not shows(npm, OWN, server=None)


@pytest.mark.parametrize("name", FORWARDING)
def test_s58_not_to_whoever_comes_by_a_proxy_or_a_tunnel(npm: Path, name: str) -> None:
    for value in ("203.0.113.9", "127.0.0.1", ""):
        assert not shows(npm, OWN, headers={name: value}), value


@pytest.mark.parametrize(
    ("site", "is_shown"),
    [("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False), ("", False), ("new", False)],
)
def test_s58_not_to_a_foreign_page(npm: Path, site: str, is_shown: bool) -> None:
    assert shows(npm, OWN, headers={"Sec-Fetch-Site": site}) is is_shown


def test_s58_the_files_of_the_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = DevelopmentFolder(tmp_path / "data")
    folder.secret("admin-key")
    (folder.path / ENDPOINT).touch(mode=0o644)
    folder.record_endpoint("http://127.0.0.1:8001")
    assert folder.recorded_endpoint() == "http://127.0.0.1:8001"
    for file in folder.path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
