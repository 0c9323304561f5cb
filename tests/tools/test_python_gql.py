"""gql, the GraphQL client for Python, knows our schema by asking the server, and sends what it has checked."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tools.conftest import named_documents

REASON = "gql is missing: run `make setup`"
gql: Any = pytest.importorskip("gql", reason=REASON)
dsl: Any = pytest.importorskip("gql.dsl", reason=REASON)
httpx: Any = pytest.importorskip("gql.transport.httpx", reason=REASON)


@pytest.fixture
def client(server: Mapping[str, str]) -> Any:
    """A client that fetches the schema before its first operation."""
    headers = {"Authorization": f"Bearer {server['AUTHGRAPH_ADMIN_KEY']}"}
    transport = httpx.HTTPXTransport(server["AUTHGRAPH_URL"], headers=headers)
    return gql.Client(transport=transport, fetch_schema_from_transport=True)


def test_gql_sends_documents_of_the_guide(client: Any) -> None:
    """It validates them against the schema that introspection showed."""
    with client as session:
        users = session.execute(gql.gql(named_documents()["Users"]))["users"]
        assert {*users} == {"nodes", "pageInfo"}
        with pytest.raises(Exception, match="Cannot query field 'nothing'"):
            session.execute(gql.gql("{ users { nothing } }"))


def test_gql_makes_documents_in_python(client: Any) -> None:
    """With an input object that has exactly one of its fields."""
    with client as session:
        schema = dsl.DSLSchema(client.schema)
        user = schema.Query.user(by={"userId": "nobody"}).select(schema.User.id)
        caller = schema.Query.caller.select(schema.Caller.kind)
        document = dsl.dsl_gql(dsl.DSLQuery(user, caller))
        assert session.execute(document) == {"user": None, "caller": {"kind": "API_KEY"}}
