"""How long other requests wait during the largest allowed responses: /healthz is requested all the time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import orjson
from graphql import get_introspection_query

from benchmarks.population import create_populated_table
from benchmarks.servers import ADMIN_KEY, Server, authgraph, local_engine, serving
from benchmarks.tables import markdown

PEOPLE: Final = 100
ACCOUNTS: Final = 100
ROUNDS: Final = 5
PAUSE_SECONDS: Final = 0.001

_USER: Final = "id userId name email emailVerified image attributes disabled { at until reason }"
_ACCOUNT: Final = "id provider providerAccountId type scope tokenType expiresAt sessionState attributes"
OPERATIONS: Final = {
    "accounts of 100 users, as nodes and edges": f"""{{ users(first: 100) {{ nodes {{ {_USER}
      accounts(first: 100) {{ nodes {{ {_ACCOUNT} }} edges {{ cursor node {{ {_ACCOUNT} }} }} }} }} }} }}""",
    "accounts of 90 users, each with its user": f"""{{ users(first: 90) {{ nodes {{ {_USER}
      accounts(first: 100) {{ nodes {{ {_ACCOUNT} user {{ {_USER} }} }} }} }} }} }}""",
    "errors in 6,600 places": """{ users(first: 66) { nodes { accounts(first: 100) { nodes {
      user { sessions(first: 1, after: "x") { nodes { id } } } } } } } }""",
    "a search that finds nobody": '{ users(first: 100, filter: {contains: "nobody at all"}) { nodes { id } } }',
    "introspection": get_introspection_query(),
}


def table() -> str:
    """The longest of all waits, for the first run and for later ones. Medians and percentiles would hide it."""
    rows = []
    with local_engine() as engine:
        settings = create_populated_table(engine.endpoint_url, PEOPLE, accounts=ACCOUNTS)
        with serving(authgraph(), settings, engine.endpoint_url) as server:
            rows.append(["nothing", "–", "–", f"{_longest_wait_alone(server):.1f}", "–"])
            for name, document in OPERATIONS.items():
                rows.append([name, *_measured(server, document)])
                print(" | ".join(rows[-1]), flush=True)
    header = ["while it answers", "megabytes", "seconds", "/healthz waits, first run, ms", "later runs, ms"]
    return markdown(header, rows)


def _measured(server: Server, document: str) -> list[str]:
    first, later, size, seconds = 0.0, 0.0, 0, 0.0
    for number in range(ROUNDS):
        with _asking(server) as waits:
            begun = time.perf_counter()
            size = len(_ask(server, document))
            seconds = time.perf_counter() - begun
        if number == 0:
            first = max(waits)
        else:
            later = max(later, *waits)
    return [f"{size / 1e6:.2f}", f"{seconds:.2f}", f"{first * 1000:.1f}", f"{later * 1000:.1f}"]


def _longest_wait_alone(server: Server) -> float:
    with _asking(server) as waits:
        time.sleep(1)
    return max(waits) * 1000


@contextmanager
def _asking(server: Server) -> Iterator[list[float]]:
    """Request /healthz again and again. The list is filled with the seconds that each request took."""
    waits: list[float] = []
    done = threading.Event()

    def ask() -> None:
        address = urlsplit(server.url)
        connection = HTTPConnection(address.hostname or "", address.port)
        while not done.is_set():
            begun = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            waits.append(time.perf_counter() - begun)
            time.sleep(PAUSE_SECONDS)
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waits
    finally:
        done.set()
        asking.join()


def _ask(server: Server, document: str) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ADMIN_KEY}"}
    request = Request(f"{server.url}/graphql", orjson.dumps({"query": document}), headers)
    with urlopen(request, timeout=60) as response:
        return response.read()
