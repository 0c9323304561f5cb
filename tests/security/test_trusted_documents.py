"""With a manifest the server executes its documents, and reads no other."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from commands.documents import check
from commands.errors import Refused
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution import document as documents
from execution.executor import Executor, make_policy
from execution.request import GraphQLRequest, Outcome
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.processes import refusal, run
from web.app import create_app
from web.settings import ServerSettings

WHO = "query Who {\n  caller {\n    kind\n  }\n}"
SHA1_ONLY = "{ caller { kind } } # of a build that hashes with SHA-1"
TWO = "query First { caller { kind } } query Second { a: caller { kind } }"
KIND = {"caller": {"kind": "API_KEY"}}


def sha256(text: str) -> str:
    """The hash of a document as code generators name it."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha1(text: str) -> str:
    """The hash that the client preset takes by default."""
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """What the client preset writes with `persistedDocuments: true`, and with `hashAlgorithm: "sha256"`."""
    return write(tmp_path, {sha1(WHO): WHO, sha256(WHO): WHO, sha256(TWO): TWO, sha1(SHA1_ONLY): SHA1_ONLY})


def write(folder: Path, content: object) -> Path:
    """A manifest with this in it."""
    file = folder / "persisted-documents.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


@pytest.fixture
def trusting(proxied_settings: TableSettings, manifest: Path) -> Api:
    """A server that was given the manifest."""
    table = Table.connect(proxied_settings)
    policy = make_policy(Limits(_env_file=None, documents=(manifest,)), table, anonymous_introspection=True)
    return Api(
        table, Executor(GRAPHQL_SCHEMA, Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)), policy)
    )


async def ask(api: Api, **request: Any) -> Outcome:
    """Send a request as it is."""
    return await api.executor(GraphQLRequest(**request), api.credentials)


def persisted(name: str) -> dict[str, Any]:
    """How Apollo's clients name a document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": name}}


@pytest.mark.parametrize(
    "request_",
    [
        {"document_id": sha256(WHO)},
        {"document_id": f"sha256:{sha256(WHO)}"},
        {"document_id": sha1(WHO)},
        {"extensions": persisted(sha256(WHO))},
        {"query": WHO},
        {"query": WHO, "document_id": sha256(WHO)},
        {"query": WHO, "extensions": persisted(sha256(WHO))},
        {"query": WHO, "extensions": persisted(sha1(WHO))},
        {"query": SHA1_ONLY, "extensions": persisted(sha256(SHA1_ONLY))},
        {"document_id": sha256(WHO), "operation_name": "Who"},
        {"document_id": sha256(TWO), "operation_name": "First"},
    ],
)
async def test_s17_a_document_of_the_manifest_is_executed(trusting: Api, request_: dict[str, Any]) -> None:
    assert orjson.loads((await ask(trusting, **request_)).body)["data"] == KIND


@pytest.mark.parametrize(
    "request_",
    [
        {"document_id": sha256("{ caller { kind } }")},
        {"document_id": "sha256:"},
        {"document_id": sha256(WHO).upper()},
        {"document_id": WHO},
        {"document_id": "0" * 64, "extensions": persisted(sha256(WHO))},
        {"query": "{ caller { kind } }"},
        {"query": WHO + " "},
        {"query": "{ caller { kind } }", "document_id": sha256(WHO)},
        {"query": "{ caller { kind } }", "extensions": persisted(sha256(WHO))},
        {"query": WHO, "document_id": "unknown"},
        {"query": WHO, "extensions": persisted("0" * 64)},
        {"query": "{ caller { kind } }", "extensions": persisted(sha256("{ caller { kind } }"))},
        {"query": ""},
        {},
    ],
)
async def test_s17_any_other_is_refused_unparsed(
    trusting: Api, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, request_: dict[str, Any]
) -> None:
    monkeypatch.setattr(documents, "parse", lambda *_, **__: pytest.fail("it was parsed"))
    outcome = await ask(trusting, **request_)
    assert [error["extensions"]["code"] for error in orjson.loads(outcome.body)["errors"]] == ["DOCUMENT_NOT_TRUSTED"]
    assert outcome.request_error
    assert proxy.total == 0


@pytest.mark.parametrize("query", [None, ""])
async def test_s17_a_client_that_tries_automatic_persisted_queries_is_told_to_send_the_text(
    trusting: Api, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, query: str | None
) -> None:
    """Apollo's and urql's clients do so from then on, and the text may be trusted."""
    monkeypatch.setattr(documents, "parse", lambda *_, **__: pytest.fail("it was parsed"))
    outcome = await ask(trusting, query=query, extensions=persisted("0" * 64))
    assert orjson.loads(outcome.body) == {
        "errors": [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}]
    }
    assert outcome.status == 200
    assert proxy.total == 0


@pytest.mark.parametrize("extension", [sha256(WHO), {"sha256Hash": 1, "version": 1}, {"sha256Hash": sha256(WHO)}])
async def test_s17_a_malformed_name_is_a_bad_request(trusting: Api, extension: object) -> None:
    outcome = await ask(trusting, query=WHO, extensions={"persistedQuery": extension})
    assert outcome.codes == ("BAD_REQUEST",)
    assert outcome.status == 400


@pytest.mark.parametrize("name", [None, "Third", ""])
async def test_s17_an_unknown_operation_of_a_trusted_document_is_refused(trusting: Api, name: str | None) -> None:
    outcome = await ask(trusting, document_id=sha256(TWO), operation_name=name)
    (error,) = orjson.loads(outcome.body)["errors"]
    assert error["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


async def test_s17_introspection_is_a_document_like_any_other(trusting: Api) -> None:
    assert await trusting.codes("{ __schema { queryType { name } } }") == ["DOCUMENT_NOT_TRUSTED"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_s17_a_document_is_named_over_http(trusting: Api, method: str) -> None:
    app = create_app(trusting.executor, ServerSettings(_env_file=None), ready=_ready)
    given = {"documentId": sha256(WHO)}
    sent: dict[str, Any] = {"params": given} if method == "GET" else {"json": given}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example") as client:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        assert (await client.request(method, "/graphql", headers=headers, **sent)).json()["data"] == KIND


async def _ready() -> None:
    """A readiness check that succeeds at once."""


# manifests


def test_s17_a_server_does_not_start_with_a_manifest_that_is_none(tmp_path: Path) -> None:
    file = write(tmp_path, {sha256(WHO): TWO})
    sentence = refusal(run(tmp_path, "serve", AUTHGRAPH_DOCUMENTS=str(file), AUTHGRAPH_PORT="0"))
    assert "is not the hash of its document" in sentence


# `documents check`


def test_s17_a_check_shows_what_each_document_costs_and_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "query Page($n: Int!) { users(first: $n) { nodes { id accounts(first: 2) { nodes { id } } } } }"
    check([write(tmp_path, {sha256(WHO): WHO, sha1(page): page})])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [sha256(WHO)[:12], "query", "Who", "1", "any", "key", "own"] in lines
    assert [sha1(page)[:12], "query", "Page", "300", "users:read", "accounts:read", "–"] in lines


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ nobody }", "Cannot query field"),
        ("{ caller { kind }", "Syntax Error"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }", "16 aliases"),
        (
            "query($n: Int!) { users(first: $n) { nodes { accounts(first: 100) { nodes { user { "
            "sessions(first: $n) { nodes { id } } } } } } } }",
            "at most 20000 is allowed",
        ),
    ],
    ids=["not valid", "not GraphQL", "over a limit", "too dear"],
)
def test_s17_a_check_names_every_document_that_the_server_would_refuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: str, reason: str
) -> None:
    with pytest.raises(Refused, match="contains documents that the server would reject"):
        check([write(tmp_path, {sha256(WHO): WHO, sha256(document): document})])
    errors = capsys.readouterr().err
    assert sha256(document) in errors
    assert reason in errors


def test_s17_a_check_ends_with_2_and_one_sentence_about_a_manifest_that_is_none(tmp_path: Path) -> None:
    assert "is not JSON" in refusal(run(tmp_path, "documents", "check", str(write(tmp_path, "{"))))
