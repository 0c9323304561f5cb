"""All fields of an input that are not valid are reported at once, with their paths. The cases follow the schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, get_named_type, get_nullable_type, is_list_type

from tests.api import Api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, refusals
from tests.schema import walk

HALF = "\ud800"
"""Half a character, which is no text."""
PAST = "2001-01-01T00:00:00.000Z"
WRONG: dict[str, Any] = {
    "id": "garbage",
    "userId": "",
    "email": "nobody",
    "name": HALF,
    "image": "javascript:alert(1)",
    "reason": HALF,
    "until": PAST,
    "expires": PAST,
    "provider": "a#b",
    "providerAccountId": "",
    "type": "USER",
    "attributes": {"plan": HALF, "theme": HALF},
    "removeAttributes": ["userId", "expires"],
    "userAgent": HALF,
    "ipAddress": "nowhere",
    "impersonator": HALF,
    "idempotencyKey": "short",
    "expiresAt": -1,
    "sessionToken": "",
    "identifier": "",
    "token": "",
    "credentialId": "!",
    "credentialPublicKey": "",
    "transports": ["usb,nfc", ""],
    "counter": -1,
    "scopes": [],
    **dict.fromkeys(("accessToken", "refreshToken", "idToken", "scope", "tokenType", "sessionState"), HALF),
}
"""A value of each field that is never valid."""
ANY = {"emailVerified", "force", "backedUp", "deviceType", "invalidateOlder"}
"""Fields of which every value is valid."""
SILENT = {"useVerificationToken", "deleteVerificationTokens"}
"""A token that cannot exist gets the response of one that does not exist."""


def all_wrong(type_: GraphQLInputType) -> Any:
    """An input with every field, each of them wrong where it can be; of a `@oneOf` input, the first."""
    named = get_named_type(type_)
    assert isinstance(named, GraphQLInputObjectType)
    given = list(named.fields.items())[: 1 if named.is_one_of else None]
    return {name: _wrong(name, field.type) for name, field in given}


def _wrong(name: str, type_: GraphQLInputType) -> Any:
    if not isinstance(get_named_type(type_), GraphQLInputObjectType):
        return WRONG.get(name, walk.sample(type_))
    return [all_wrong(type_)] if is_list_type(get_nullable_type(type_)) else all_wrong(type_)


def wrong_paths(given: Any, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """The paths that must be reported."""
    for name, value in given.items():
        if isinstance(value, dict) and name != "attributes":
            yield from wrong_paths(value, (*path, name))
        elif name in ("users", "keep") and isinstance(value, list):
            for place, row in enumerate(value):
                yield from wrong_paths(row, (*path, name, str(place)))
        elif name == "attributes":
            yield from ([*path, name, inner] for inner in value)
        elif name in ("removeAttributes", "transports"):
            yield from ([*path, name, str(place)] for place in range(len(value)))
        elif name not in ANY:
            yield [*path, name]


@pytest.mark.parametrize("mutation", [name for name in walk.roots("Mutation") if name not in SILENT])
async def test_all_that_is_wrong_is_reported_at_once(api: Api, ada: Person, raw: RawTable, mutation: str) -> None:
    given = all_wrong(walk.roots("Mutation")[mutation].args["input"].type)
    # An API key is named by people, and a blank name is no name.
    if mutation == "createApiKey":
        given |= {"name": " "}
    before = raw.items()
    found = refusals(await api.change(mutation, walk.refused(mutation), **given))
    assert sorted(path for _, path in found) == sorted(wrong_paths(given))
    assert {code for code, _ in found} == {"INVALID"}
    assert raw.items() == before


async def test_what_is_not_there_is_reported_beside_what_is_not_valid(api: Api, ada: Person) -> None:
    by = {"account": {"provider": "github", "providerAccountId": "no"}}
    refused = await api.change("updateAccountTokens", "__typename", by=by, expiresAt=-1)
    assert refusals(refused) == [("NOT_FOUND", ["by", "account"]), ("INVALID", ["expiresAt"])]


async def test_of_many_wrong_attributes_twenty_are_reported(api: Api) -> None:
    """Each error repeats a name."""
    attributes = {"": 1} | {f"{'n' * 300}{number}": 1 for number in range(100)}
    refused = await api.change("createUser", "__typename", attributes=attributes)
    assert len(refused["userErrors"]) == 20
