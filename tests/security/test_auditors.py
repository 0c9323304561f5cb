"""A production server examined from outside: with generated operations, and the probes of two scanners.

The scanners are graphql-cop, which has no release to install, and clairvoyance, whose dependencies conflict with ours.
Their requests are written down here.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from graphql import GraphQLObjectType
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import create_table
from schema.build import GRAPHQL_SCHEMA
from tests.processes import ADMIN_KEY, SECRET_KEY, Served, fetch, serving

BEARER = {"Authorization": f"Bearer {ADMIN_KEY}"}
EXAMPLES = 8

schemathesis.graphql.scalar("DateTime", st.sampled_from(["2033-05-18T03:33:20Z", "soon", ""]).map(nodes.String))
schemathesis.graphql.scalar("BigInt", st.integers(-(2**70), 2**70).map(nodes.Int) | st.text().map(nodes.String))
schemathesis.graphql.scalar("JSON", st.booleans().map(nodes.Boolean) | st.just(nodes.Null))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, endpoint_url: str) -> Iterator[Served]:
    """A production server with GraphiQL turned off, as by default."""
    settings = TableSettings(_env_file=None, table_name="audited", dynamodb_endpoint_url=endpoint_url)
    create_table(settings)
    environment = {
        "AUTHGRAPH_ENV": "production",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_TABLE_NAME": settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": endpoint_url,
        "AUTHGRAPH_RATE_LIMIT": "0",
    }
    with serving(tmp_path_factory.mktemp("audit"), **environment) as server:
        yield server


# schemathesis


def test_s37_no_generated_operation_is_an_error_of_the_server(server: Served) -> None:
    schema = schemathesis.graphql.from_url(f"{server.url}/graphql", headers=BEARER)
    names: list[str] = []
    answered = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        names.append(operation.label)

        @settings(
            max_examples=EXAMPLES,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def hold(case: Any) -> None:
            nonlocal answered
            response = case.call(headers=BEARER)
            assert response.status_code < 500, case.body
            answer = response.json()
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            assert "INTERNAL_SERVER_ERROR" not in codes, (case.body, answer)
            answered += "data" in answer

        hold()
    roots = [GRAPHQL_SCHEMA.query_type, GRAPHQL_SCHEMA.mutation_type]
    assert sorted(names) == sorted(f"{root}.{name}" for root in roots if root is not None for name in root.fields)
    assert answered > len(names)
    assert [line for line in server.errors if "Traceback" in line] == []


# what graphql-cop asks


def post(server: Served, query: str, **more: Any) -> httpx2.Response:
    """A request without credentials, unless the headers have some."""
    return fetch(f"{server.url}/graphql", "POST", **{"json": {"query": query}} | more)


def codes(response: httpx2.Response) -> list[str]:
    """The codes of the errors in its response."""
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def test_s38_probe_for_introspection(server: Served) -> None:
    assert codes(post(server, "query cop { __schema { types { name fields { name } } } }")) == ["UNAUTHENTICATED"]


def test_s9_probe_with_circular_introspection(server: Served) -> None:
    circle = "fields { type { " * 4 + "name" + " } }" * 4
    response = post(server, f"query cop {{ __schema {{ types {{ {circle} }} }} }}", headers=BEARER)
    assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}


def test_s38_probe_for_suggestions(server: Served) -> None:
    assert "Did you mean" not in post(server, "query cop { __schema { directive } }").text


def test_s7_probe_for_graphiql(server: Served) -> None:
    for path in ("/graphql", "/graphiql", "/playground", "/console", "/"):
        page = fetch(f"{server.url}{path}", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert "graphiql.min.js" not in page.text


def test_s2_probe_with_a_mutation_by_get(server: Served) -> None:
    response = fetch(f"{server.url}/graphql", params={"query": "mutation cop { __typename }"})
    assert response.status_code == 405
    assert response.json().get("data") is None


def test_s1_probe_with_a_form(server: Served) -> None:
    response = fetch(f"{server.url}/graphql", "POST", data={"query": "query cop { __typename }"})
    assert response.status_code == 415


def test_s10_probe_with_a_hundred_aliases(server: Served) -> None:
    query = "query cop { " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }"
    assert codes(post(server, query)) == ["LIMIT_EXCEEDED"] * 2


def test_s6_probe_with_a_batch(server: Served) -> None:
    response = post(server, "", json=[{"query": "query cop { __typename }"}] * 10)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


def test_s12_probe_with_directives(server: Served) -> None:
    assert codes(post(server, "query cop { __typename " + "@aa" * 60 + " }")) == ["LIMIT_EXCEEDED"]


def test_s12_probe_with_one_field_five_hundred_times(server: Served) -> None:
    assert codes(post(server, "query cop { " + "__typename \n" * 500 + " }")) == ["LIMIT_EXCEEDED"]


def test_s37_probe_for_traces(server: Served) -> None:
    answer = post(server, "qwerty cop { abc }").json()
    assert set(answer) == {"errors"}
    assert {name for error in answer["errors"] for name in error} <= {"message", "locations", "extensions"}
    assert "tracing" not in post(server, "query cop { __typename }").json()["extensions"]


# what clairvoyance does

WORDS = (
    "user",
    "users",
    "usr",
    "account",
    "session",
    "token",
    "key",
    "apikey",
    "admin",
    "node",
    "view",
    "call",
    "verify",
)


def test_s38_probe_for_names_that_errors_give_away(server: Served) -> None:
    """No response contains a name of the schema that was not in the request."""
    types = [t for t in GRAPHQL_SCHEMA.type_map.values() if isinstance(t, GraphQLObjectType)]
    names = {name for found in types if not found.name.startswith("__") for name in found.fields}
    for word in WORDS:
        for query in (
            f"{{ {word}x }}",
            f"mutation {{ {word}x }}",
            f"{{ caller {{ {word}x }} }}",
            f"{{ caller({word}: 1) }}",
        ):
            text = " ".join(error["message"] for error in post(server, query).json()["errors"])
            given_away = set(re.findall(r"'(\w+)'", text)) & names - {word, "caller"}
            assert given_away == set(), query
