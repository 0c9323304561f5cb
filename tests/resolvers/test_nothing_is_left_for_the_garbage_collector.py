"""An operation leaves no cycle of objects: reference counts free all of it, so no collection delays others."""

import gc
from itertools import count

import pytest

from tests.api import Api
from tests.resolvers.people import Person

_numbers = count()

OPERATIONS = {
    "a viewer": "{ viewer { user { id accounts { nodes { id } } sessions { nodes { id } } } session { id } } }",
    "a user by id": '{ user(by: {userId: "ada"}) { id name } }',
    "a user by e-mail": '{ user(by: {email: "ada@example.com"}) { id name } }',
    "a user with children": '{ user(by: {userId: "ada"}) { accounts { nodes { id } } sessions { nodes { id } } } }',
    "a list": "{ users(first: 10) { nodes { id accounts { nodes { id } } sessions { nodes { id } } } } }",
    "a list with cursors": "{ users(first: 1) { edges { cursor node { id } } pageInfo { endCursor } } }",
    "nodes": '{ nodes(ids: ["x", "y"]) { id } }',
    "introspection": '{ __type(name: "User") { name fields { name } } }',
    "a change": 'mutation { updateUser(input: {by: {userId: "ada"}, name: "Ada"}) { user { id } } }',
    "a session": 'mutation { createSession(input: {user: {userId: "ada"}}) { session { id token } } }',
    "a registration": "mutation($number: String!) { registerUser(input: {user: {}, account: "
    '{provider: "github", providerAccountId: $number, type: "oauth"}, session: {}}) { user { id } session { id } } }',
    "a refused change": 'mutation { updateUser(input: {by: {userId: "nobody"}, name: "A"}) { userErrors { code } } }',
    "a rejected document": "{ nothing }",
}


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_leaves_no_cycle(api: Api, ada: Person, name: str) -> None:
    asking = api.acting_as(ada.token) if name == "a viewer" else api

    async def send() -> None:
        await asking.send(OPERATIONS[name], {"number": str(next(_numbers))})

    # The document is parsed and compiled once; what is made then is kept, or is graphql-core's.
    for _ in range(3):
        await send()
    gc.collect()
    gc.disable()
    try:
        await send()
        assert gc.collect() == 0
    finally:
        gc.enable()
