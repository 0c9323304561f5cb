"""An error about an input that is not understood names the fields that the input has."""

import pytest
from graphql import GraphQLInputObjectType

from execution.document import Documents
from execution.input_fields import MOST_NAMED, with_input_fields
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA

INPUTS = sorted(
    (kind for kind in GRAPHQL_SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)),
    key=lambda kind: kind.name,
)
USER_BY = "Pass one of `id`, `userId`, `email`, `account` or `sessionToken`."


@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.name)
def test_the_error_names_every_field_of_an_input_that_has_few(kind: GraphQLInputObjectType) -> None:
    message = f"Expected value of type '{kind.name}' to be an object."
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


@pytest.mark.parametrize(
    "message",
    [
        "Expected value of type 'UserBy' not to include unknown field 'emial'. Did you mean 'email'?",
        "Expected value of type 'MergeUsersInput' to include required field 'keep'.",
        "Expected value of type 'Missing' to be an object.",
        "Cannot query field 'knd' on type 'Caller'.",
    ],
)
def test_any_other_error_stays_as_it_is(message: str) -> None:
    assert with_input_fields(GRAPHQL_SCHEMA, message) == message
