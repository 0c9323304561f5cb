"""Automatic persisted queries: a hash opens nothing that the text would not, and costs nobody else anything."""

from hashlib import sha256
from typing import Any

import httpx2
import orjson
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution import document as documents_module
from execution import executor as executor_module
from execution.document import LARGEST_KEPT
from execution.executor import Executor, Policy
from execution.rate_limit import ProcessRateLimit
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api, make_api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, key_with
from tests.web.conftest import always_ready
from tests.web.greetings import Greetings
from web.app import create_app
from web.settings import ServerSettings

WHO = "query Who { caller { kind } }"
KIND = {"caller": {"kind": "API_KEY"}}
NOT_FOUND = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}


def hash_of(text: str) -> str:
    """What clients name a document by."""
    return sha256(text.encode()).hexdigest()


def named(name: Any, **more: Any) -> dict[str, Any]:
    """The extension of a request whose document has this name."""
    return {"persistedQuery": {"version": 1, "sha256Hash": name, **more}}


async def by_hash(api: Api, text: str, **request: Any) -> Outcome:
    """Send the hash of a document alone."""
    return await api.executor(GraphQLRequest(extensions=named(hash_of(text)), **request), api.credentials)


async def in_full(api: Api, text: str, **request: Any) -> Outcome:
    """Send a document with its hash."""
    return await api.executor(GraphQLRequest(text, extensions=named(hash_of(text)), **request), api.credentials)


async def test_a_document_is_asked_for_once_and_then_known_by_its_hash(api: Api) -> None:
    """To whoever names it: the name says nothing about who may run it."""
    missing = await by_hash(api, WHO)
    assert orjson.loads(missing.body) == NOT_FOUND
    assert missing.status == 200
    assert orjson.loads((await in_full(api, WHO)).body)["data"] == KIND
    assert orjson.loads((await by_hash(api, WHO)).body)["data"] == KIND
    stranger = api.acting_as()
    assert (await by_hash(stranger, WHO)).body == (await stranger.send(WHO)).body


async def test_what_urql_adds_when_it_sends_the_text_is_no_error(api: Api) -> None:
    request = GraphQLRequest(WHO, extensions=named(hash_of(WHO), miss=True))
    assert orjson.loads((await api.executor(request, api.credentials)).body)["data"] == KIND
    assert orjson.loads((await by_hash(api, WHO)).body)["data"] == KIND


async def test_a_text_without_its_hash_is_known_by_none(api: Api) -> None:
    """A stranger cannot find out by hashes which documents others have sent."""
    await api.data(WHO)
    assert (await by_hash(api, WHO)).codes == ("PERSISTED_QUERY_NOT_FOUND",)


async def test_a_text_that_was_sent_before_is_known_by_its_hash_once_that_comes_along(api: Api) -> None:
    await api.data(WHO)
    await in_full(api, WHO)
    assert orjson.loads((await by_hash(api, WHO)).body)["data"] == KIND


MALFORMED: dict[str, Any] = {
    "no object": hash_of(WHO),
    "a list": [1, hash_of(WHO)],
    "true": True,
    "nothing in it": {},
    "no version": {"sha256Hash": hash_of(WHO)},
    "version 2": {"version": 2, "sha256Hash": hash_of(WHO)},
    "version as text": {"version": "1", "sha256Hash": hash_of(WHO)},
    "version true": {"version": True, "sha256Hash": hash_of(WHO)},
    "no hash": {"version": 1},
    "null": {"version": 1, "sha256Hash": None},
    "a number": {"version": 1, "sha256Hash": 1},
    "a list as hash": {"version": 1, "sha256Hash": [hash_of(WHO)]},
    "an empty hash": {"version": 1, "sha256Hash": ""},
    "a short hash": {"version": 1, "sha256Hash": hash_of(WHO)[:-1]},
    "a long hash": {"version": 1, "sha256Hash": hash_of(WHO) + "0"},
    "a very long hash": {"version": 1, "sha256Hash": "0" * 1_000_000},
    "capitals": {"version": 1, "sha256Hash": hash_of(WHO).upper()},
    "digits of another script": {"version": 1, "sha256Hash": "٣" * 64},
    "a name of the algorithm": {"version": 1, "sha256Hash": f"sha256:{hash_of(WHO)}"},
    "a line break": {"version": 1, "sha256Hash": hash_of(WHO)[:-1] + "\n"},
}


@pytest.mark.parametrize("query", [None, WHO], ids=["hash alone", "with text"])
@pytest.mark.parametrize("malformed", MALFORMED)
async def test_a_malformed_name_is_a_bad_request(
    counted_api: Api, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, malformed: str, query: str | None
) -> None:
    """Before anything is hashed, parsed or read."""
    monkeypatch.setattr(documents_module, "parse", lambda *_, **__: pytest.fail("it was parsed"))
    monkeypatch.setattr("execution.persisted_queries.sha256", lambda *_: pytest.fail("it was hashed"))
    request = GraphQLRequest(query, extensions={"persistedQuery": MALFORMED[malformed]})
    outcome = await counted_api.executor(request, counted_api.credentials)
    assert outcome.codes == ("BAD_REQUEST",)
    assert outcome.status == 400
    assert "persistedQuery" in orjson.loads(outcome.body)["errors"][0]["message"]
    assert proxy.total == 0


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("name", [hash_of(WHO + " "), "0" * 64])
async def test_a_hash_of_another_text_is_a_bad_request(api: Api, name: str, is_kept: bool) -> None:
    """Whether the text is kept already or not; neither name means anything afterwards."""
    if is_kept:
        await api.data(WHO)
    outcome = await api.executor(GraphQLRequest(WHO, extensions=named(name)), api.credentials)
    assert outcome.codes == ("BAD_REQUEST",)
    assert outcome.status == 400
    assert "is not the SHA-256 of `query`" in orjson.loads(outcome.body)["errors"][0]["message"]
    for each in (name, hash_of(WHO)):
        asked = await api.executor(GraphQLRequest(extensions=named(each)), api.credentials)
        assert asked.codes == ("PERSISTED_QUERY_NOT_FOUND",)


async def test_nobody_gives_a_known_document_another_name(api: Api) -> None:
    await in_full(api, WHO)
    forged = GraphQLRequest(WHO, extensions=named("0" * 64))
    assert (await api.executor(forged, api.credentials)).codes == ("BAD_REQUEST",)
    assert orjson.loads((await by_hash(api, WHO)).body)["data"] == KIND


@pytest.mark.parametrize("document", ["{ nobody }", "{ caller { kind }", "{ " + "a: caller { kind } " * 16 + "}"])
async def test_a_document_that_cannot_run_is_not_known_by_its_hash(api: Api, document: str) -> None:
    expected = (await api.send(document)).codes
    assert expected
    assert (await in_full(api, document)).codes == expected
    assert (await by_hash(api, document)).codes == ("PERSISTED_QUERY_NOT_FOUND",)


# What a hash stands for is checked like the text


DEAR = "{ users { nodes { accounts(first: 100) { nodes { user { sessions(first: 100) { nodes { id } } } } } } } }"
GUESSES = '{ a: user(by: {email: "a@x"}) { id } b: user(by: {email: "b@x"}) { id } }'
CHECKED: dict[str, tuple[str, dict[str, Any], str]] = {
    "cost": (DEAR, {}, "administrator"),
    "permission of a person": ("{ users { nodes { id } } }", {}, "person"),
    "permission of nobody": ("{ users { nodes { id } } }", {}, "nobody"),
    "a key that is not valid": (WHO, {}, "impostor"),
    "guesses": (GUESSES, {}, "program"),
    "an operation that is not named": ("query A { caller { kind } } query B { caller { kind } }", {}, "administrator"),
    "an operation that is not there": (WHO, {"operation_name": "Nobody"}, "administrator"),
    "a change by GET": ("mutation { __typename }", {"read_only": True}, "person"),
    "variables that do not fit": ("query($n: Int!) { users(first: $n) { nodes { id } } }", {}, "administrator"),
    "texts that are too long": (
        "query($e: String!) { user(by: {email: $e}) { id } }",
        {"variables": {"e": "x" * 5000}},
        "administrator",
    ),
    "introspection of nobody": ("{ __schema { queryType { name } } }", {}, "nobody"),
    "what is allowed": ("{ viewer { user { name } } }", {}, "person"),
}


@pytest.mark.parametrize("check", CHECKED)
async def test_a_hash_is_answered_as_its_text_is(table_settings: TableSettings, ada: Person, check: str) -> None:
    document, request, caller = CHECKED[check]
    api = make_api(table_settings, Policy(Limits(_env_file=None), anonymous_introspection=False))
    asking = {
        "administrator": api,
        "person": api.acting_as(ada.token),
        "program": api.acting_as(await key_with(api, "USERS_READ")),
        "nobody": api.acting_as(),
        "impostor": api.acting_as("not-a-key-of-anybody"),
    }[caller]
    expected = await asking.executor(GraphQLRequest(document, **request), asking.credentials)
    assert (await in_full(asking, document, **request)).body == expected.body
    answered = await by_hash(asking, document, **request)
    assert (answered.body, answered.status, answered.codes) == (expected.body, expected.status, expected.codes)
    assert answered.codes or check == "what is allowed"


# What it costs


def charged(settings: TableSettings, monkeypatch: pytest.MonkeyPatch, characters: int) -> Api:
    """A server that lets an address have so many characters of new documents validated in a minute."""
    monkeypatch.setattr(executor_module, "NEW_DOCUMENT_CHARACTERS", characters)
    table = Table.connect(settings)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,))
    policy = Policy(Limits(_env_file=None), ProcessRateLimit(100_000, now=lambda: 0.0))
    return Api(table, Executor(GRAPHQL_SCHEMA, service, policy), Credentials(address="192.0.2.1"))


def frozen(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """No allowance comes back while the test runs."""
    monkeypatch.setattr(api.executor._new_documents, "_now", lambda: 0.0)


async def test_a_new_document_is_charged_whether_its_hash_comes_along_or_not(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = charged(table_settings, monkeypatch, 2 * len(WHO) + 1)
    frozen(monkeypatch, api)
    await in_full(api, WHO)
    await in_full(api, WHO.replace("Who", "Two"))
    assert (await in_full(api, WHO.replace("Who", "Six"))).codes == ("THROTTLED",)
    assert (await by_hash(api, WHO.replace("Who", "Six"))).codes == ("PERSISTED_QUERY_NOT_FOUND",)
    assert (await by_hash(api, WHO)).codes == (await api.send(WHO)).codes


async def test_a_text_with_a_wrong_hash_is_charged_before_it_is_hashed(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = charged(table_settings, monkeypatch, 2 * len(WHO) + 1)
    frozen(monkeypatch, api)
    forged = GraphQLRequest(WHO, extensions=named("0" * 64))
    sent = [(await api.executor(forged, api.credentials)).codes for _ in range(3)]
    assert sent == [("BAD_REQUEST",), ("BAD_REQUEST",), ("THROTTLED",)]


async def test_an_unknown_hash_costs_neither_a_read_nor_memory(counted_api: Api, proxy: CountingProxy) -> None:
    """And is not paid for: there is nothing that it uses up."""
    documents = counted_api.executor._documents
    for number in range(100):
        assert (await by_hash(counted_api, f"query Q{number} {{ caller {{ kind }} }}")).codes
    assert proxy.total == 0
    assert documents.weight == 0
    assert documents._texts == {}


async def test_s49_strangers_push_no_hash_of_a_known_caller_out(
    table_settings: TableSettings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_module, "OTHERS_BYTES", 200_000)
    api = make_api(table_settings)
    documents = api.executor._documents
    theirs = "query Page { viewer { user { name } } }"
    stranger, person = api.acting_as(), api.acting_as(ada.token)
    await in_full(person, theirs)
    await in_full(stranger, WHO)
    for number in range(100):
        await in_full(stranger, f"query Q{number} {{ caller {{ kind }} }}")
        assert documents._others.weight <= 200_000
        assert len(documents._texts) == len(documents._others) + len(documents._admitted)
    assert (await by_hash(stranger, WHO)).codes == ("PERSISTED_QUERY_NOT_FOUND",)
    assert (await by_hash(person, theirs)).codes == ()


async def test_s49_a_stranger_who_sends_it_first_keeps_nobody_from_it(
    table_settings: TableSettings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document moves to those of known callers with its hash, when one of them is let in with it."""
    monkeypatch.setattr(documents_module, "OTHERS_BYTES", 200_000)
    api = make_api(table_settings)
    theirs = "query Page { viewer { user { name } } }"
    stranger, person = api.acting_as(), api.acting_as(ada.token)
    await in_full(stranger, theirs)
    assert (await by_hash(person, theirs)).codes == ()
    for number in range(100):
        await in_full(stranger, f"query Q{number} {{ caller {{ kind }} }}")
    assert (await by_hash(person, theirs)).codes == ()


async def test_a_document_that_is_too_long_to_be_kept_runs_and_is_asked_for_each_time(api: Api) -> None:
    long = WHO + " " * LARGEST_KEPT
    for _ in range(2):
        assert (await by_hash(api, long)).codes == ("PERSISTED_QUERY_NOT_FOUND",)
        assert orjson.loads((await in_full(api, long)).body)["data"] == KIND


# Over HTTP


def client_of(api: Api) -> httpx2.AsyncClient:
    """A client of an application over the executor."""
    app = create_app(api.executor, ServerSettings(_env_file=None), ready=always_ready)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app),
        base_url="http://auth.example",
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )


def sent(method: str, **parameters: Any) -> dict[str, Any]:
    """Parameters as a request of this method carries them."""
    if method == "POST":
        return {"json": parameters}
    written = {name: orjson.dumps(value).decode() for name, value in parameters.items() if not isinstance(value, str)}
    return {"params": parameters | written}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_both_methods_and_media_types_speak_it(api: Api, method: str, accept: str) -> None:
    """Clients look for the miss in a response of status 200."""
    headers = {"Accept": accept}
    extension = named(hash_of(WHO))
    async with client_of(api) as client:
        missing = await client.request(method, "/graphql", headers=headers, **sent(method, extensions=extension))
        assert (missing.status_code, missing.json()) == (200, NOT_FOUND)
        assert missing.headers["cache-control"] == "no-store"
        full = await client.request(
            method, "/graphql", headers=headers, **sent(method, query=WHO, extensions=extension)
        )
        assert full.json()["data"] == KIND
        known = await client.request(method, "/graphql", headers=headers, **sent(method, extensions=extension))
        assert known.json()["data"] == KIND


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_malformed_name_has_the_status_of_its_code(api: Api, method: str) -> None:
    async with client_of(api) as client:
        response = await client.request(method, "/graphql", **sent(method, extensions=named("00")))
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_s2_a_hash_runs_no_change_by_get(api: Api) -> None:
    change = "mutation Change { __typename }"
    await in_full(api, change)
    async with client_of(api) as client:
        response = await client.get("/graphql", **sent("GET", extensions=named(hash_of(change))))
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_s2_a_hash_in_a_link_is_asked_without_the_cookie(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    headers = {"Cookie": "authjs.session-token=victim"}
    await client.get("/graphql", headers=headers, **sent("GET", extensions=named(hash_of(WHO))))
    assert not greetings.credentials.session_cookies
    await client.get(
        "/graphql",
        headers=headers | {"GraphQL-Require-Preflight": "1"},
        **sent("GET", extensions=named(hash_of(WHO))),
    )
    assert greetings.credentials.session_cookies == ("victim",)
