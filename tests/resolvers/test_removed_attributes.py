"""`removeAttributes` takes custom attributes off a user, an account or a session, and nothing else."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from resolvers.inputs import MOST_ATTRIBUTES
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with, refusals
from tests.security.test_s54_hidden_parts_are_not_lost import CHANGES, PARTLY, SCOPES, Change, item, put

every_change = pytest.mark.parametrize("change", CHANGES, ids=str)
FIELDS = {
    "updateUser": ["email", "name", "image", "disabledAt", "deletingAt", "mergingInto"],
    "updateAccountTokens": ["provider", "providerAccountId", "access_token", "scope", "expires_at"],
    "updateSession": [],
}
RESERVED = ["pk", "sk", "GSI1PK", "GSI1SK", "type", "id", "userId", "sessionToken", "expires"]


async def without(api: Api, change: Change, *names: str, **others: Any) -> list[tuple[str, list[str]]]:
    """Remove attributes, and return what was rejected."""
    given = {**change.given, **others, "removeAttributes": list(names)}
    return refusals(await api.change(change.mutation, "__typename", **given))


def test_attributes_can_be_removed_wherever_they_can_be_changed() -> None:
    inputs = {
        name: set(type_.fields)
        for name, type_ in GRAPHQL_SCHEMA.type_map.items()
        if isinstance(type_, GraphQLInputObjectType) and name.startswith("Update")
    }
    changed = {name for name, fields in inputs.items() if "attributes" in fields}
    assert changed == {name for name, fields in inputs.items() if "removeAttributes" in fields}
    assert len(changed) == 3


@every_change
async def test_attributes_are_removed_beside_others_that_are_set(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change, plan=text("free"), theme=text("dark"), device=text("phone"))
    program = api.acting_as(await key_with(api, *SCOPES))
    assert await without(program, change, "plan", "theme", "never", "plan", attributes={"device": "tablet"}) == []
    stored = item(raw, change)
    assert {name: stored.get(name) for name in ("plan", "theme", "never", "device")} == {
        "plan": None,
        "theme": None,
        "never": None,
        "device": text("tablet"),
    }
    assert await without(program, change, "device") == []
    assert "device" not in item(raw, change)


@every_change
@pytest.mark.parametrize("names", [None, []])
async def test_nothing_is_removed_if_nothing_is_named(
    api: Api, raw: RawTable, change: Change, names: list[str] | None
) -> None:
    put(raw, change, plan=text("free"))
    await api.changed(change.mutation, "__typename", **change.given, removeAttributes=names)
    assert item(raw, change)["plan"] == text("free")


@every_change
async def test_a_name_is_not_set_and_removed_at_once(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change, plan=text("free"))
    for value in ("paid", None):
        refused = await without(api, change, "theme", "plan", attributes={"plan": value})
        assert refused == [("INVALID", ["removeAttributes", "1"])]
    assert item(raw, change)["plan"] == text("free")


@every_change
async def test_no_field_and_no_key_is_removed(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change)
    before = item(raw, change)
    for name in RESERVED + FIELDS[change.mutation]:
        assert await without(api, change, name) == [("INVALID", ["removeAttributes", "0"])], name
    assert item(raw, change) == before


@every_change
async def test_names_are_bounded_in_number_and_length(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change)
    many = [f"a{place}" for place in range(MOST_ATTRIBUTES)]
    assert await without(api, change, *many) == []
    assert await without(api, change, *many, "b") == [("INVALID", ["removeAttributes"])]
    assert await without(api, change, *many, attributes={"b": 1}) == [("INVALID", ["removeAttributes"])]
    assert await without(api, change, "x" * 255, "ß" * 127) == []
    for name in ("x" * 256, "ß" * 128, "", "\ud800"):
        assert await without(api, change, "a", name) == [("INVALID", ["removeAttributes", "1"])], name


@every_change
@pytest.mark.parametrize("stored", ["a map", "a list", "a map of nothing else"])
async def test_who_may_write_an_attribute_may_remove_it_unseen(
    api: Api, raw: RawTable, change: Change, stored: str
) -> None:
    """As null does: the whole attribute goes, on purpose."""
    put(raw, change, kept=PARTLY[stored], password_hash=text("$2b$10$abcdefghijklmnopqrstuv"))
    program = api.acting_as(await key_with(api, *SCOPES))
    assert await without(program, change, "kept", "password_hash") == []
    assert item(raw, change).keys() & {"kept", "password_hash"} == set()


@every_change
async def test_nobody_else_may(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change, plan=text("free"))
    reader = api.acting_as(await key_with(api, "USERS_READ", "ACCOUNTS_READ", "SESSIONS_READ", "SECRETS_READ"))
    name = change.mutation[0].upper() + change.mutation[1:]
    document = f"mutation($input: {name}Input!) {{ {change.mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    given = {"input": {**change.given, "removeAttributes": ["plan"]}}
    assert await reader.codes(document, given) == ["FORBIDDEN"]
    assert item(raw, change)["plan"] == text("free")


async def test_a_person_removes_none_of_their_own(api: Api, ada: Person) -> None:
    await api.changed("updateUser", "__typename", by={"userId": "ada"}, attributes={"plan": "free"})
    refused = await api.acting_as(ada.token).change(
        "updateUser", "__typename", by={"userId": "ada"}, name="A", removeAttributes=["plan"]
    )
    assert refusals(refused) == [("FORBIDDEN", ["removeAttributes"])]
    assert (await api.data('{ user(by: {userId: "ada"}) { attributes } }'))["user"]["attributes"] == {"plan": "free"}
