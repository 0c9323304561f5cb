"""Documents that select too much are rejected before anything is read, in time that is limited by their length."""

import asyncio
import sys
from types import FrameType
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from dynamo import directory
from dynamo.settings import TableSettings
from execution import analysis, document_limits
from execution.document import Documents
from execution.executor import Policy
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person
from web.app import create_app
from web.settings import ServerSettings

LIMITS = Limits(_env_file=None)
UNLIMITED = LIMITS.model_copy(
    update={"max_depth": 100, "max_aliases": 10**30, "max_root_fields": 10**30, "max_directives": 10**30}
)
GIVEN_UP_CALLS = 1_000_000
MANY = 10_000


async def refused(api: Api, proxy: CountingProxy, document: str, code: str = "LIMIT_EXCEEDED") -> None:
    """Check that the document is rejected with this code, without any DynamoDB request."""
    proxy.reset()
    answer = await api.answer(document)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert "data" not in answer
    assert proxy.total == 0


# S9


def nested(levels: int) -> str:
    """A selection of User that is so many fields deep."""
    return "id" if levels == 1 else f"sessions(first: 1) {{ nodes {{ user {{ {nested(levels - 3)} }} }} }}"


async def test_s9_a_document_over_the_depth_is_refused_and_one_at_the_limit_is_not(
    counted_api: Api, proxy: CountingProxy
) -> None:
    await counted_api.data(f'{{ session(by: {{sessionToken: "x"}}) {{ user {{ {nested(10)} }} }} }}')
    await refused(counted_api, proxy, f"{{ viewer {{ session {{ user {{ {nested(10)} }} }} }} }}")


@pytest.mark.parametrize("depth", [11, 12, 13])
def test_s9_depth_is_counted_in_fields(depth: int) -> None:
    document = "{ " + "node { " * (depth - 1) + "id" + " }" * depth
    errors = Documents(GRAPHQL_SCHEMA, LIMITS).prepare(document).problems
    found = [error for error in errors if "levels" in error["message"]]
    assert bool(found) == (depth > 12)


async def test_s9_fragments_count_with_their_depth(counted_api: Api, proxy: CountingProxy) -> None:
    document = f"""{{ users {{ nodes {{ ...A }} }} }}
      fragment A on User {{ sessions {{ nodes {{ ... {{ user {{ ...B }} }} }} }} }}
      fragment B on User {{ {nested(10)} }}"""
    await refused(counted_api, proxy, document)


async def test_s9_introspection_is_exempt_from_the_depth_but_bounded_of_its_own(
    counted_api: Api, proxy: CountingProxy
) -> None:
    query = get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True)
    await counted_api.data(query)
    fields = "fields { type { " * 5 + "name" + " } }" * 5
    for document in (
        f"{{ __schema {{ types {{ {fields} }} }} }}",
        f'{{ __type(name: "User") {{ {fields} }} }}',
        '{ __type(name: "User") { ...A } } fragment A on __Type { fields { type { ...B } } } '
        "fragment B on __Type { fields { type { ...C } } } fragment C on __Type { fields { name } }",
    ):
        await refused(counted_api, proxy, document, "GRAPHQL_VALIDATION_FAILED")


# S10


async def test_s10_fifteen_aliases_are_allowed_and_sixteen_are_not(counted_api: Api, proxy: CountingProxy) -> None:
    await counted_api.data("{ " + " ".join(f"a{n}: __typename" for n in range(15)) + " }")
    await refused(counted_api, proxy, "{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }")


@pytest.mark.parametrize(
    "document",
    [
        "{ caller { ...F } } fragment F on Caller { " + " ".join(f"a{n}: kind" for n in range(16)) + " }",
        "{ a: caller { ...F } b: caller { ...F } } fragment F on Caller { "
        + " ".join(f"a{n}: kind" for n in range(7))
        + " }",
        "{ " + " ".join(f"... {{ a{n}: caller {{ kind }} }}" for n in range(16)) + " }",
        "query A { " + " ".join(f"a{n}: __typename" for n in range(8)) + " } query B { "
        "" + " ".join(f"a{n}: __typename" for n in range(8)) + " }",
    ],
    ids=["in a fragment", "in a fragment that is used twice", "in fragments without a name", "in two operations"],
)
async def test_s10_aliases_are_counted_wherever_they_are(counted_api: Api, proxy: CountingProxy, document: str) -> None:
    await refused(counted_api, proxy, document)


# S11


def doubling(start: str, on: str, leaf: str, n: int, use: str = "...F{} ...F{}") -> str:
    """A document in which each of n fragments spreads the next one twice."""
    fragments = [f"fragment F{i} on {on} {{ {use.format(i + 1, i + 1)} }}" for i in range(n)]
    return " ".join([start, *fragments, f"fragment F{n} on {on} {{ {leaf} }}"])


DOUBLING = {
    "at the root": ("{ ...F0 }", "Query", "caller { kind }", "...F{} ...F{}"),
    "below a list": ("{ users { nodes { ...F0 } } }", "User", "id name", "...F{} ...F{}"),
    "in introspection": ("{ __schema { ...F0 } }", "__Schema", "types { name }", "...F{} ...F{}"),
    "of types": ('{ __type(name: "User") { ...F0 } }', "__Type", "fields { name }", "...F{} ...F{}"),
    "with aliases": ("{ users { nodes { ...F0 } } }", "User", "a: id b: id", "...F{} ...F{}"),
    "with directives": ("{ users { nodes { ...F0 } } }", "User", "id", "...F{} @include(if: true) ...F{}"),
    "in fragments without a name": ("{ users { nodes { ...F0 } } }", "User", "id", "... {{ ...F{} }} ...F{}"),
    "one below the other": (
        "{ viewer { session { ...F0 } } }",
        "Session",
        "id",
        "a: user {{ sessions {{ nodes {{ ...F{} }} }} }} b: user {{ sessions {{ nodes {{ ...F{} }} }} }}",
    ),
}


@pytest.mark.parametrize("where", DOUBLING)
def test_s11_a_fragment_that_doubles_itself_takes_work_by_the_length_of_the_document(where: str) -> None:
    """Each twenty fragments more take about the same number of calls, though they stand for a million times as much."""
    start, on, leaf, use = DOUBLING[where]
    twenty, forty, eighty = (_calls(doubling(start, on, leaf, n, use)) for n in (20, 40, 80))
    assert eighty - forty <= 2 * (forty - twenty) * 1.2 + 100


def _calls(document: str) -> int:
    """How many functions are called to decide on a document."""
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"
        # Without the limits the work would never end: let the test end by itself.
        assert calls < GIVEN_UP_CALLS, "it looks at fragments again and again"

    observer = sys.getprofile()
    sys.setprofile(count)
    try:
        documents.prepare(document)
    finally:
        sys.setprofile(observer)
    return calls


@pytest.mark.parametrize("where", ["below a list", "with aliases", "with directives", "in fragments without a name"])
def test_s11_the_limits_and_the_cost_look_at_each_fragment_once(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def counting(work: Any) -> Any:
        def count(*arguments: Any) -> Any:
            nonlocal looked
            looked += 1
            assert looked < MANY, "it looks at fragments again and again"
            return work(*arguments)

        return count

    monkeypatch.setattr(document_limits._Measure, "_selections", counting(document_limits._Measure._selections))
    monkeypatch.setattr(analysis._Walk, "selections", counting(analysis._Walk.selections))
    start, on, leaf, use = DOUBLING[where]

    def work(n: int) -> int:
        nonlocal looked
        looked = 0
        document = Documents(GRAPHQL_SCHEMA, UNLIMITED.model_copy(update={"max_tokens": 10**4})).prepare(
            doubling(start, on, leaf, n, use)
        )
        assert document.problems == ()
        return looked

    steps = work(21) - work(20)
    assert work(80) - work(20) == 60 * steps


async def test_s11_an_operation_that_doubles_itself_is_executed_at_once(api: Api, ada: Person) -> None:
    """Eighty fragments stand for 2^80 fields. The response contains each once."""
    data = await api.data(doubling("{ users { nodes { ...F0 } } }", "User", "userId", 80))
    assert data["users"]["nodes"] == [{"userId": "ada"}]


# S12


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ " + "__typename " * 1000 + "}", "GRAPHQL_PARSE_FAILED"),
        ("{ " + "__typename " * 21 + "}", "LIMIT_EXCEEDED"),
        ("{ ...F ...F } fragment F on Query { " + "__typename " * 11 + "}", "LIMIT_EXCEEDED"),
        (" ".join(f"query Q{n} {{ __typename }}" for n in range(11)), "LIMIT_EXCEEDED"),
        ("{ __typename " + "@include(if: true) " * 51 + "}", "LIMIT_EXCEEDED"),
        ("{ caller { ...F ...F } } fragment F on Caller { " + "kind @skip(if: false) " * 26 + "}", "LIMIT_EXCEEDED"),
        ("query " + "@a " * 51 + "{ __typename }", "LIMIT_EXCEEDED"),
        ("query($a: Int " + "@a " * 51 + ") { __typename }", "LIMIT_EXCEEDED"),
        ("{ __typename } fragment F on Query " + "@a " * 3 + "{ ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a" + "(b: [" * 1 + "[" * 400 + "]" * 400 + "]) }", "GRAPHQL_PARSE_FAILED"),
        ("{" + "a{" * 490 + "b" + "}" * 491, "GRAPHQL_PARSE_FAILED"),
    ],
    ids=[
        "tokens",
        "root fields",
        "root fields in fragments",
        "operations",
        "directives",
        "directives in fragments",
        "directives on an operation",
        "directives on a variable",
        "a fragment within itself",
        "nested lists",
        "nested fields",
    ],
)
async def test_s12_a_document_over_a_limit_is_refused(
    counted_api: Api, proxy: CountingProxy, document: str, code: str
) -> None:
    await refused(counted_api, proxy, document, code)


@pytest.mark.parametrize(
    "document",
    [
        "{ " + "__typename " * 20 + "}",
        " ".join(f"query Q{n} {{ __typename }}" for n in range(10)),
        "{ caller { " + "kind @skip(if: false) " * 50 + "} }",
    ],
    ids=["root fields", "operations", "directives"],
)
async def test_s12_a_document_at_a_limit_is_executed(api: Api, document: str) -> None:
    name = "Q0" if "Q0" in document else None
    assert not (await api.send(document, operation_name=name)).request_error


# S15


async def test_s15_an_operation_past_its_time_ends_with_its_dynamodb_requests(
    proxied_settings: TableSettings, ada: Person, proxy: CountingProxy
) -> None:
    api = make_api(proxied_settings)
    settings = ServerSettings(_env_file=None, timeout_seconds=0.2)
    app = create_app(api.executor, settings, ready=asyncio.Event().wait)
    two_reads = '{ user(by: {userId: "ada"}) { accounts { nodes { provider } } } }'
    proxy.delay_next("GetItem", 0.6)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example") as client:
        response = await client.post(
            "/graphql", json={"query": two_reads}, headers={"Authorization": f"Bearer {ADMIN_KEY}"}
        )
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    # By the time of the next response, the first read of the cancelled operation has ended too.
    proxy.delay_next("GetItem", 0.8)
    await api.data('{ user(by: {userId: "ada"}) { name } }')
    assert proxy.operations == ["GetItem", "GetItem"]


async def test_s15_a_scan_has_a_budget_and_goes_on_from_where_it_stopped(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LARGEST_SCAN", 2)
    for number in range(3 * directory.SCAN_PAGES):
        odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com")
    document = (
        'query($a: String) { users(after: $a, filter: {contains: "nobody"}) { nodes { id } pageInfo { endCursor } } }'
    )
    cursor = (await counted_api.data(document))["users"]["pageInfo"]["endCursor"]
    assert proxy.total == directory.SCAN_PAGES
    assert (await counted_api.data(document, {"a": cursor}))["users"]["pageInfo"]["endCursor"] is None
    assert proxy.total <= 2 * directory.SCAN_PAGES


def test_limits_are_those_that_are_documented() -> None:
    assert (LIMITS.max_depth, LIMITS.max_aliases, LIMITS.max_root_fields, LIMITS.max_operations) == (12, 15, 20, 10)
    assert (LIMITS.max_directives, LIMITS.max_tokens, LIMITS.max_cost) == (50, 1000, 20_000)
    assert Policy(LIMITS).limits is LIMITS
