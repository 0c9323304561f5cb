"""An error about an input that is not understood names the fields that the input has."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from dynamo.settings import TableSettings
from execution.document import Documents
from execution.executor import Policy
from execution.input_fields import MOST_NAMED, with_input_fields
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA
from tests.api import make_api
from tests.resolvers.people import key_with

INPUTS = sorted(
    (kind for kind in GRAPHQL_SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)),
    key=lambda kind: kind.name,
)
HINTS = ("Did you mean", "Pass one of", "Its fields are")
USER_BY = "Pass one of `id`, `userId`, `email`, `account` or `sessionToken`."


PLACES = ("", "Variable '$by' has invalid value: ", "Variable '$input' has invalid value at .users[12].by: ")


@pytest.mark.parametrize("place", PLACES, ids=["a literal", "a variable", "in a variable"])
@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.name)
def test_the_error_names_every_field_of_an_input_that_has_few(kind: GraphQLInputObjectType, place: str) -> None:
    message = f"{place}Expected value of type '{kind.name}' to be an object."
    shown = with_input_fields(GRAPHQL_SCHEMA, message)
    assert shown.startswith(message)
    if len(kind.fields) > MOST_NAMED:
        assert shown == message
    else:
        assert all(f"`{name}`" in shown for name in kind.fields)


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ('{ user(by: "ada") { id } }', USER_BY),
        ("{ user(by: {}) { id } }", USER_BY),
        ('{ user(by: {userId: "ada", email: "ada@demo.example"}) { id } }', USER_BY),
        ('{ user(by: {who: "ada"}) { id } }', USER_BY),
        ("{ users(first: 3, orderBy: NAME) { nodes { id } } }", "Its fields are `field` and `direction`."),
        ('{ users(first: 3, filter: {attribute: "x"}) { nodes { id } } }', "`emailPrefix`, `namePrefix`"),
    ],
)
def test_a_document_is_rejected_with_what_the_input_takes(document: str, hint: str) -> None:
    silent = Documents(GRAPHQL_SCHEMA, Limits(_env_file=None), suggests=False).prepare(document).problems
    problems = Documents(GRAPHQL_SCHEMA, Limits(_env_file=None)).prepare(document).problems
    assert any(hint in problem["message"] for problem in problems)
    assert not any(hint in problem["message"] for problem in silent)


USER = "query($value: UserBy!", "user(by: $value)", "{ id }"
ORDERED = "query($value: UserOrder", "users(first: 3, orderBy: $value)", "{ nodes { id } }"
FILTERED = "query($value: UserFilter", "users(first: 3, filter: $value)", "{ nodes { id } }"
DELETED = "mutation($value: DeleteUsersInput!", "deleteUsers(input: $value)", "{ results { deletedUserId } }"


@pytest.mark.parametrize(
    ("parts", "value", "hint"),
    [
        (USER, "ada", USER_BY),
        (USER, {}, USER_BY),
        (USER, {"userId": "ada", "email": "ada@demo.example"}, USER_BY),
        (USER, {"userId": None}, USER_BY),
        (USER, {"who": "ada"}, USER_BY),
        (USER, {"emial": "ada"}, "Did you mean 'email'?"),
        (USER, {"account": {"id": "1"}}, "Its fields are `provider` and `providerAccountId`."),
        (DELETED, {"users": [{"by": {"who": "ada"}}]}, USER_BY),
        (ORDERED, "NAME", "Its fields are `field` and `direction`."),
        (ORDERED, {"field": "NAMES"}, "Did you mean the enum value 'NAME'?"),
        (FILTERED, {"attribute": "x"}, "`emailPrefix`, `namePrefix`"),
    ],
)
async def test_s38_variables_are_rejected_with_what_the_input_takes(
    table_settings: TableSettings, parts: tuple[str, str, str], value: Any, hint: str
) -> None:
    """Unless the caller may not read the schema, which takes no permission for a field that is not executed."""
    operation, field, selected = parts
    document = f"{operation}, $asks: Boolean = false) {{ __typename {field} @include(if: $asks) {selected} }}"
    api = make_api(table_settings)
    production = make_api(table_settings, Policy(Limits(_env_file=None), anonymous_introspection=False))
    for caller, tells in (
        (api.acting_as(), True),
        (production, True),
        (production.acting_as(await key_with(api, "ADAPTER")), True),
        (production.acting_as(), False),
    ):
        (error, *_) = found = (await caller.answer(document, {"value": value}))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert (hint in str(found)) is tells
        assert tells or not any(name in str(found) for name in HINTS)


@pytest.mark.parametrize(
    "message",
    [
        "Expected value of type 'UserBy' not to include unknown field 'emial'. Did you mean 'email'?",
        "Expected value of type 'MergeUsersInput' to include required field 'keep'.",
        "Expected value of type 'Missing' to be an object.",
        f"Variable '${'v' * 900}' has invalid value: Expected value of type 'UserBy' to be an object.",
        "Cannot query field 'knd' on type 'Caller'.",
    ],
)
def test_any_other_error_stays_as_it_is(message: str) -> None:
    assert with_input_fields(GRAPHQL_SCHEMA, message) == message
