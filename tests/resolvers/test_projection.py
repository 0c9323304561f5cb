"""A list reads only the selected attributes of each item. Every field returns the same in it as anywhere else."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from dynamo import models
from dynamo.projection import ALWAYS_READ, projection
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, passkey
from tests.schema import walk

WAYS = {
    "User": "{0}",
    "Disablement": "disabled {{ {0} }}",
    "Account": "accounts {{ nodes {{ {0} }} }}",
    "AccountTokens": "accounts {{ nodes {{ tokens {{ {0} }} }} }}",
    "Session": "sessions {{ nodes {{ {0} }} }}",
    "Authenticator": "authenticators {{ nodes {{ {0} }} }}",
}
"""How each type is reached from a user."""


def leaves() -> Iterator[tuple[str, str]]:
    """Every leaf field of the types in a user's partition."""
    for name in WAYS:
        type_ = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        yield from ((name, field) for field, d in type_.fields.items() if is_leaf_type(get_named_type(d.type)))


@pytest.fixture
async def everything(api: Api, ada: Person, raw: RawTable) -> Person:
    """A person with a value in every attribute."""
    facts = walk.facts_of_a_user("UpdateUserInput")
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, attributes={"role": "member"}, **facts)
    await api.changed(
        "updateAccountTokens",
        "account { id }",
        by={"account": ada.account},
        scope="read",
        tokenType="bearer",
        expiresAt=1900000000,
        sessionState="state",
        attributes={"plan": "pro", "oauth_token_secret": "s"},
    )
    await passkey(api, ada, "cGFzc2tleQ==")
    await api.changed("updateSession", "session { id }", by={"sessionToken": ada.token}, attributes={"device": "phone"})
    session = raw.get("USER#ada", f"SESSION#{ada.token}") or {}
    device = {"userAgent": text("Mozilla/5.0"), "ipAddress": text("203.0.113.7")}
    raw.put(session | device | {"lastSeenAt": text("2026-01-01T00:00:00.000Z"), "impersonator": text("bob")})
    return ada


@pytest.mark.parametrize(("type_", "field"), list(leaves()), ids=lambda name: name)
async def test_a_field_says_the_same_in_a_list(
    api: Api, raw: RawTable, everything: Person, type_: str, field: str
) -> None:
    if type_ == "Disablement":
        await api.changed(
            "disableUser", "user { id }", by={"userId": "ada"}, until="2090-01-01T00:00:00Z", reason="a test"
        )
    if field in ("deletingAt", "lastSignInAt"):
        user = raw.get("USER#ada", "USER#ada")
        assert user is not None
        raw.put(user | {field: text("2026-01-01T00:00:00.000Z")})
    selection = WAYS[type_].format(field)
    listed = await api.data(f"{{ users {{ nodes {{ {selection} }} }} }}")
    alone = await api.data(f'{{ user(by: {{userId: "ada"}}) {{ {selection} }} }}')
    assert listed["users"]["nodes"] == [alone["user"]]
    assert "None" not in str(alone["user"])


def test_what_is_not_known_to_be_read_from_somewhere_takes_whole_items() -> None:
    assert projection([(models.User, "name"), (models.User, "attributes")]) is None
    assert projection([(models.User, "name")]) == tuple(sorted({*ALWAYS_READ, "name"}))


def test_an_attribute_of_one_record_says_nothing_of_another_record() -> None:
    assert projection([(models.Disablement, "reason")]) == tuple(sorted(ALWAYS_READ))
    assert projection([(models.Session, "reason")]) is None
