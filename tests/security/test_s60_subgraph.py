"""`_service` of Apollo Federation shows the schema to exactly those callers who may use introspection."""

import pytest

from dynamo.settings import TableSettings
from execution.executor import Policy
from execution.settings import Limits
from schema import federation
from tests.api import Api, make_api
from tests.resolvers.people import Person, key_with

SERVICE = "{ _service { sdl } }"
INTROSPECTION = "{ __schema { queryType { name } } }"


@pytest.mark.parametrize("production", [True, False])
async def test_s60_the_schema_is_shown_to_whom_introspection_is(
    table_settings: TableSettings, api: Api, ada: Person, production: bool
) -> None:
    """To every program and person, and to nobody else in production."""
    policy = Policy(Limits(_env_file=None), anonymous_introspection=not production)
    subgraph = make_api(table_settings, policy, schema=federation.schema())
    callers = {
        "administrator": subgraph,
        "program": subgraph.acting_as(await key_with(api, "TOKENS_WRITE")),
        "person": subgraph.acting_as(ada.token),
        "nobody": subgraph.acting_as(),
    }
    for name, caller in callers.items():
        expected = ["UNAUTHENTICATED"] if production and name == "nobody" else []
        assert await caller.codes(SERVICE) == await caller.codes(INTROSPECTION) == expected, name
        if not expected:
            assert await caller.data(SERVICE) == {"_service": {"sdl": federation.sdl()}}


async def test_it_is_paid_for_and_found_in_fragments(table_settings: TableSettings) -> None:
    """Whatever way it is selected, and beside other fields."""
    policy = Policy(Limits(_env_file=None), anonymous_introspection=False)
    nobody = make_api(table_settings, policy, schema=federation.schema()).acting_as()
    for document in (
        "{ caller { kind } ... on Query { s: _service { __typename } } }",
        "{ ...F } fragment F on Query { _service { sdl } }",
    ):
        assert await nobody.codes(document) == ["UNAUTHENTICATED"]
    assert (
        await nobody.codes("query($no: Boolean!) { caller { kind } _service @include(if: $no) { sdl } }", {"no": False})
        == []
    )
    answer = await make_api(table_settings, schema=federation.schema()).answer(SERVICE)
    assert answer["extensions"]["cost"]["requested"] == answer["extensions"]["cost"]["actual"] == 1


@pytest.mark.parametrize("document", [SERVICE, "{ _entities(representations: []) { __typename } }"])
async def test_a_server_that_is_no_subgraph_has_no_such_field(api: Api, document: str) -> None:
    assert await api.codes(document) == ["GRAPHQL_VALIDATION_FAILED"]
