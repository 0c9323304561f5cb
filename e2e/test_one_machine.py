"""Two servers behind nginx with TLS, as the guide for one machine sets them up. One is restarted after the other."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx2
import pytest
import trustme

from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import create_table
from tests.free_ports import free_port
from tests.nginx import running_nginx
from tests.processes import ADMIN_KEY, SECRET_KEY, Environment, Served, serving

ROOT: Final = Path(__file__).parents[1]
UNIT: Final = (ROOT / "deploy/systemd/authgraph@.service").read_text()
NAME: Final = "auth.example.com"
CLIENTS: Final = 4
FAILURES: Final = 5
"""How many invalid credentials an address has in a minute."""
COOKIE: Final = "__Secure-authjs.session-token"
VIEWER: Final = "{ viewer { user { id email } } }"
CREATE: Final = "mutation($id: ID!) { createUser(input: {userId: $id}) { user { id userId } userErrors { message } } }"


@dataclass(slots=True)
class Machine:
    """The servers, by their ports, and nginx in front of them."""

    folder: Path
    environment: Environment
    port: int
    context: ssl.SSLContext
    servers: dict[int, Served] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self, port: int) -> None:
        """As systemd does: with the variables of the unit."""
        served = serving(self.folder, **self.environment | {"AUTHGRAPH_PORT": str(port)})
        self.servers[port] = self.stack.enter_context(served)

    def restart(self, port: int) -> None:
        """Stop a server, which must finish what it does, and start it again."""
        assert self.servers[port].stop() == 0
        self.start(port)

    def client(self) -> httpx2.Client:
        """A client that trusts the certificate, and reaches the machine by its name."""
        return httpx2.Client(verify=self.context, base_url=f"https://{NAME}:{self.port}", timeout=30)


@pytest.fixture(scope="module", autouse=True)
def _name_of_this_machine() -> Iterator[None]:
    """Let the name of the configuration lead to this machine."""
    real = socket.getaddrinfo

    def here(host: Any, *arguments: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host in (NAME, f"other-{NAME}") else host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", here)
        yield


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Two servers and nginx, with the files of `deploy/`."""
    folder = tmp_path_factory.mktemp("machine")
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    first, second, https, http = (free_port() for _ in range(4))
    of_the_unit = dict(
        word.split("=", 1)
        for line in re.findall(r"^Environment=(.*)$", UNIT, re.MULTILINE)
        for word in line.split()
        if word.startswith("AUTHGRAPH_")
    )
    with LocalEngine() as engine:
        create_table(TableSettings(dynamodb_endpoint_url=engine.endpoint_url, _env_file=None), directory_index=True)
        environment = of_the_unit | {
            "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
            "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": engine.endpoint_url,
            "AUTHGRAPH_DIRECTORY_INDEX_NAME": "GSI2",
            "AUTHGRAPH_FAILED_CREDENTIALS": str(FAILURES),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        }
        machine = Machine(folder, environment, https, context)
        with machine.stack:
            machine.start(first)
            machine.start(second)
            ports = {"8001": first, "8002": second, "443": https, "80": http}
            with _nginx(folder, authority.issue_cert(NAME), ports):
                yield machine


@contextmanager
def _nginx(folder: Path, certificate: trustme.LeafCert, ports: dict[str, int]) -> Iterator[None]:
    """Run nginx with the configuration of `deploy/` at other ports."""
    (folder / "tls").mkdir()
    certificate.private_key_pem.write_to_path(folder / "tls/privkey.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(folder / "tls/fullchain.pem", append=True)
    text = (ROOT / "deploy/nginx/authgraph.conf").read_text().replace("/etc/authgraph", str(folder))
    for port, other in ports.items():
        text, found = re.subn(rf"(?<=listen ){port}\b|(?<=127\.0\.0\.1:){port}\b", str(other), text)
        assert found
    (folder / "authgraph.conf").write_text(re.sub(r"(?<=listen )(?=\d)", "127.0.0.1:", text))
    with running_nginx(folder, f"include {folder}/authgraph.conf;"):
        yield


def _ask(client: httpx2.Client, query: str, headers: dict[str, str], **variables: Any) -> httpx2.Response:
    return client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


KEY: Final = {"authorization": f"Bearer {ADMIN_KEY}"}


@pytest.fixture(scope="module")
def token(machine: Machine) -> str:
    """The session of somebody who is signed in."""
    document = """mutation($input: RegisterUserInput!) {
      registerUser(input: $input) { session { token } userErrors { message } }
    }"""
    given = {
        "user": {"userId": "ada", "email": "ada@example.com"},
        "account": {"provider": "github", "providerAccountId": "1", "type": "oauth"},
        "session": {},
    }
    with machine.client() as client:
        registered = _ask(client, document, KEY, input=given).json()["data"]["registerUser"]
    assert registered["userErrors"] == []
    return str(registered["session"]["token"])


def test_a_page_of_the_site_asks_with_the_cookie_of_its_visitor(machine: Machine, token: str) -> None:
    with machine.client() as client:
        headers = {"cookie": f"{COOKIE}={token}", "origin": f"https://{NAME}:{machine.port}"}
        answer = _ask(client, VIEWER, headers)
        assert answer.json()["data"]["viewer"]["user"]["email"] == "ada@example.com"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_page_of_another_site_cannot(machine: Machine, token: str) -> None:
    with machine.client() as client:
        for origin in ("https://evil.example", f"http://{NAME}:{machine.port}"):
            answer = _ask(client, VIEWER, {"cookie": f"{COOKIE}={token}", "origin": origin})
            assert answer.json()["errors"][0]["extensions"]["code"] == "ORIGIN_FORBIDDEN"


def test_another_name_gets_no_answer(machine: Machine) -> None:
    with machine.client() as client, pytest.raises(httpx2.ConnectError):
        client.get(f"https://other-{NAME}:{machine.port}/healthz")


def test_requests_go_on_while_one_server_is_restarted_after_the_other(machine: Machine) -> None:
    """Queries and mutations of several clients. None is lost, and every mutation happened once."""
    stop, numbers = Event(), count()
    created: list[str] = []
    wrong: list[str] = []

    def load() -> None:
        with machine.client() as client:
            while not stop.is_set():
                user_id = f"user-{next(numbers)}"
                try:
                    answers = [_ask(client, CREATE, KEY, id=user_id), _ask(client, "{ caller { kind } }", KEY)]
                except httpx2.HTTPError as error:
                    wrong.append(repr(error))
                    continue
                wrong.extend(
                    answer.text for answer in answers if answer.status_code != 200 or "errors" in answer.json()
                )
                if not answers[0].json()["data"]["createUser"]["userErrors"]:
                    created.append(user_id)

    clients = [Thread(target=load) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for port in [*machine.servers]:
            before = len(created)
            machine.restart(port)
            assert len(created) > before, "Nobody was served meanwhile."
    finally:
        stop.set()
        for client in clients:
            client.join()

    assert wrong == []
    assert len(created) == next(numbers)
    print(f"{len(created)} users were created during two restarts, and as many queries answered.")


def test_an_address_cannot_be_invented(machine: Machine) -> None:
    """nginx passes on the address that it sees. So invalid credentials are counted, whatever the client states."""
    with machine.client() as client:
        codes = []
        for number in range(2 * (FAILURES + 1)):
            headers = {"authorization": f"Bearer wrong-{number}", "x-forwarded-for": f"192.0.2.{number}"}
            codes.append(_ask(client, VIEWER, headers).json()["errors"][0]["extensions"]["code"])
    assert codes[0] == "UNAUTHENTICATED"
    assert codes[-1] == "THROTTLED"
