"""Strings that stand for secrets are searched for wherever they must not appear."""

import asyncio
import base64
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLField
from hypothesis import HealthCheck, Phase, given, settings
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from commands.tracing import OpenTelemetryTracer
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.metrics import snapshot
from execution.rate_limit import SharedRateLimit
from execution.settings import Limits
from execution.trace_context import TRACE
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.scopes import READ_SECRETS
from schema.build import GRAPHQL_SCHEMA
from schema.fields import declared
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.documents import Drawn, documents
from tests.planted_secrets import holding
from tests.resolvers.people import passkey_input

CANARY = "canary"
ADMIN_KEY = f"administrator-key-{CANARY}-0123456789"
SERVER_SECRET = f"server-secret-{CANARY}-0123456789012345"
SESSION_TOKEN = f"session-token-{CANARY}"
VERIFICATION_TOKEN = f"verification-token-{CANARY}"
ATTRIBUTE = f"attribute-{CANARY}"
"""The canary in custom attributes, under every secret name and at every depth."""
PROVIDER_TOKENS = {
    "accessToken": f"access-token-{CANARY}",
    "refreshToken": f"refresh-token-{CANARY}",
    "idToken": f"id-token-{CANARY}",
}
WIDE = Limits(_env_file=None, max_aliases=10**6, max_root_fields=10**6, max_depth=100, max_cost=10**12)
ENCODED = re.compile(rb"[A-Za-z0-9_+/-]{8,}")
REVEALING = [GRAPHQL_SCHEMA.type_map["CreateApiKeyPayload"].fields["secret"]]  # type: ignore[attr-defined]

each = settings(
    max_examples=25,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture),
)


@dataclass(frozen=True, slots=True)
class Aviary:
    """A table in which every secret is a canary."""

    api: Api
    program: Api
    person: Api
    secrets: frozenset[bytes]
    pool: dict[str, list[Any]]

    def hold(self, text: bytes, where: str) -> None:
        """Check that a text, decoded in every way, contains no secret."""
        for part in (text, *_decoded(text)):
            found = [secret for secret in self.secrets if secret in part]
            assert found == [], f"{where}: {text!r}"


def _decoded(text: bytes) -> Iterator[bytes]:
    for word in ENCODED.findall(text):
        for start in range(4):
            rest = word[start:]
            yield base64.b64decode(rest + b"A" * (-len(rest) % 4), altchars=b"-_")


@pytest.fixture
def aviary(proxied_settings: TableSettings, runner: asyncio.Runner) -> Aviary:
    """A person, a program and an administrator, over a table with canaries."""
    return runner.run(_fill(proxied_settings))


async def _fill(settings: TableSettings) -> Aviary:
    table = Table.connect(settings)
    service = Service(
        table, GlobalIds([SERVER_SECRET]), Cursors([SERVER_SECRET]), (ADMIN_KEY,), SharedRateLimit(10**6, table)
    )
    api = Api(table, Executor(GRAPHQL_SCHEMA, service, Policy(WIDE, SharedRateLimit(10**9, table)))).acting_as(
        ADMIN_KEY
    )
    made = await api.changed(
        "registerUser",
        "user { id } account { id } session { id }",
        user={"userId": "ada", "email": "ada@example.com", "name": "Ada", "attributes": holding(ATTRIBUTE)},
        account={
            "provider": "github",
            "providerAccountId": "1",
            "type": "oauth",
            **PROVIDER_TOKENS,
            "attributes": holding(ATTRIBUTE),
        },
        session={"sessionToken": SESSION_TOKEN, "attributes": holding(ATTRIBUTE)},
    )
    for number in range(3):
        await api.changed(
            "createSession", "session { id }", user={"userId": "ada"}, sessionToken=f"{SESSION_TOKEN}-{number}"
        )
    await api.changed("createAuthenticator", "authenticator { id }", **passkey_input("ada", "cGFzc2tleQ=="))
    await api.changed(
        "createVerificationToken",
        "verificationToken { identifier }",
        identifier="ada@example.com",
        token=VERIFICATION_TOKEN,
        expires="2037-01-01T00:00:00Z",
    )
    key = await api.changed("createApiKey", "secret apiKey { id }", name="a program", scopes=["ADAPTER"])
    ids = [made["user"]["id"], made["account"]["id"], made["session"]["id"], key["apiKey"]["id"]]
    secret = key["secret"].rpartition("_")[2]
    stored = [SESSION_TOKEN, VERIFICATION_TOKEN, ATTRIBUTE, *PROVIDER_TOKENS.values()]
    canaries = [ADMIN_KEY, SERVER_SECRET, secret, *stored]
    return Aviary(
        api,
        api.acting_as(key["secret"]),
        api.acting_as(SESSION_TOKEN),
        frozenset(canary.encode() for canary in canaries),
        {
            "id": ids,
            "ids": ids,
            "userId": ["ada"],
            "user": ["ada"],
            "email": ["ada@example.com", SESSION_TOKEN],
            "identifier": ["ada@example.com", VERIFICATION_TOKEN],
            "token": [VERIFICATION_TOKEN],
            "sessionToken": [SESSION_TOKEN, f"{SESSION_TOKEN}-0"],
            "provider": ["github"],
            "providerAccountId": ["1"],
            "credentialId": ["cGFzc2tleQ=="],
            **{name: [token] for name, token in PROVIDER_TOKENS.items()},
        },
    )


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_s25_the_search_finds_a_secret_that_is_encoded(before: str) -> None:
    found = b"".join(_decoded(b'{"id": "' + base64.urlsafe_b64encode((before + SESSION_TOKEN).encode()) + b'"}'))
    assert SESSION_TOKEN.encode() in found


def harmless(field: GraphQLField) -> bool:
    """Whether a field is not one of those that show a secret on purpose."""
    return declared(field).requires != READ_SECRETS and field not in REVEALING


def for_a_person(field: GraphQLField) -> bool:
    """Whether a person may select a field."""
    return harmless(field) and declared(field).requires.owner


@pytest.mark.parametrize("mutations", [False, True], ids=["queries", "mutations"])
@pytest.mark.parametrize("caller", ["administrator", "program", "person"])
def test_s25_no_secret_is_in_an_answer_a_cursor_a_log_line_or_a_metric(
    aviary: Aviary, runner: asyncio.Runner, caplog: pytest.LogCaptureFixture, caller: str, mutations: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    api = {"administrator": aviary.api, "program": aviary.program, "person": aviary.person}[caller]
    allows = for_a_person if caller == "person" else harmless

    @each
    @given(documents(GRAPHQL_SCHEMA, aviary.pool, mutations=mutations, allows=allows))
    def hold(drawn: Drawn) -> None:
        aviary.hold(runner.run(api.send(drawn.text, drawn.variables)).body, "an answer")

    hold()
    assert "cost" in caplog.text
    aviary.hold(caplog.text.encode(), "the log")
    aviary.hold(repr(snapshot()).encode(), "the metrics")


@pytest.mark.parametrize("mutations", [False, True], ids=["queries", "mutations"])
def test_s25_no_secret_no_id_and_no_address_is_in_a_span(
    aviary: Aviary, runner: asyncio.Runner, mutations: bool
) -> None:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer("a-table", exporter)
    aviary.api.executor._tracer = tracer

    async def send(drawn: Drawn) -> None:
        TRACE.set(tracer.begin(None))
        await aviary.api.send(drawn.text, drawn.variables)

    @each
    @given(documents(GRAPHQL_SCHEMA, aviary.pool, mutations=mutations, allows=harmless))
    def run(drawn: Drawn) -> None:
        runner.run(send(drawn))

    run()
    tracer.close()
    spans = exporter.get_finished_spans()
    assert {"graphql.prepare", "graphql.execute"} < {span.name for span in spans}
    # The id of the process is random, and hexadecimal digits spell a name now and then.
    of_process = {**spans[0].resource.attributes}
    UUID(str(of_process.pop("service.instance.id")))
    text = orjson.dumps([of_process, *([span.name, *(span.attributes or {}).items()] for span in spans)])
    aviary.hold(text, "a span")
    people = {value for name in ("id", "userId", "email", "identifier") for value in aviary.pool[name]}
    assert [value for value in people if value.encode() in text] == []


FAILING = [
    "query($t: String!) { user(by: {sessionToken: $t}) { id } }",
    "query($t: String!) { session(by: {sessionToken: $t}) { id user { accounts { nodes { id } } } } }",
    "query($t: String!) { verificationTokens(identifier: $t) { expires } }",
    'mutation($t: String!) { useVerificationToken(input: {identifier: "i", token: $t}) { userErrors { code } } }',
    "mutation($t: String!) { deleteSession(input: {by: {sessionToken: $t}}) { session { id } } }",
    'mutation($t: String!) { createSession(input: {user: {userId: "ada"}, sessionToken: $t}) { session { id } } }',
    "mutation($t: String!) { updateAccountTokens(input: {by: {account: {provider: $t, providerAccountId: $t}}, "
    "accessToken: $t}) { account { id } userErrors { code message } } }",
]


ERRORS = ["InternalServerError", "ValidationException", "ResourceNotFoundException", "AccessDeniedException"]


@pytest.mark.parametrize("document", FAILING)
async def test_s25_no_secret_is_in_an_error_or_in_what_is_logged_of_it(
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    caplog: pytest.LogCaptureFixture,
    document: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    aviary = await _fill(proxied_settings)
    for error, passing in product(ERRORS, (0, 1)):
        caplog.clear()
        proxy.reset()
        proxy.delay_next("*", 0, times=passing)
        proxy.fail_next("*", error, times=10)
        outcome = await aviary.api.send(document, {"t": SESSION_TOKEN})
        aviary.hold(outcome.body, "an error")
        assert caplog.records != []
        aviary.hold(caplog.text.encode(), "the log")


async def test_s25_ids_and_everything_else_that_is_harmless_hold_no_secret(proxied_settings: TableSettings) -> None:
    aviary = await _fill(proxied_settings)
    document = """{ user(by: {userId: "ada"}) {
      id userId name email attributes disabled { at }
      accounts { nodes {
        id provider providerAccountId type scope tokenType expiresAt sessionState attributes user { id } } }
      sessions { nodes { id expires expired current attributes user { id } } edges { cursor } pageInfo { endCursor } }
      authenticators { nodes { id credentialId counter } } } }"""
    for caller in (aviary.api, aviary.program, aviary.person):
        outcome = await caller.send(document)
        assert len(orjson.loads(outcome.body)["data"]["user"]["sessions"]["nodes"]) == 4
        aviary.hold(outcome.body, "an answer")


async def test_s25_cursors_hold_nothing_that_can_be_read(proxied_settings: TableSettings) -> None:
    aviary = await _fill(proxied_settings)
    document = """{ users(first: 1) { edges { cursor } pageInfo { startCursor endCursor } nodes {
      accounts(first: 1) { edges { cursor } } sessions(first: 1) { edges { cursor } pageInfo { endCursor } } } }
      apiKeys { edges { cursor } } }"""
    body = (await aviary.api.send(document)).body
    cursors = re.findall(rb'"(?:cursor|startCursor|endCursor)":"([^"]+)"', body)
    assert len(cursors) == 7
    for cursor in cursors:
        sealed = b"".join(_decoded(cursor))
        for readable in (b"USER", b"SESSION", b"ACCOUNT", b"ada", b"github", CANARY.encode()):
            assert readable not in sealed


async def test_s25_a_secret_is_shown_by_its_own_field_to_the_scope_made_for_it(proxied_settings: TableSettings) -> None:
    """Otherwise the tests above would search for strings that exist nowhere."""
    aviary = await _fill(proxied_settings)
    document = """{ user(by: {userId: "ada"}) { accounts { nodes { tokens { accessToken refreshToken idToken } } }
      sessions { nodes { token } } secretAttributes } verificationTokens(identifier: "ada@example.com") { token } }"""
    body = (await aviary.api.send(document)).body
    for canary in (SESSION_TOKEN, VERIFICATION_TOKEN, ATTRIBUTE, *PROVIDER_TOKENS.values()):
        assert canary.encode() in body
    for caller in (aviary.program, aviary.person):
        assert await caller.codes(document) == ["FORBIDDEN"]
        aviary.hold((await caller.send(document)).body, "a refusal")


async def test_s25_a_secret_in_a_document_that_is_refused_is_not_logged(
    proxied_settings: TableSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    aviary = await _fill(proxied_settings)
    caplog.clear()
    for document in (
        f'{{ user(by: {{sessionToken: "{SESSION_TOKEN}"}}) {{ nobody }} }}',
        f'{{ user(by: {{sessionToken: "{SESSION_TOKEN}" }}',
        f'{{ users(first: "{SESSION_TOKEN}") {{ nodes {{ id }} }} }}',
    ):
        assert orjson.loads((await aviary.api.send(document)).body)["errors"]
    await aviary.api.send("query($n: Int!) { users(first: $n) { nodes { id } } }", {"n": SESSION_TOKEN})
    aviary.hold(caplog.text.encode(), "the log")
