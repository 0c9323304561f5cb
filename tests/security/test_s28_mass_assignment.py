"""S28: people can change their own name and image, delete themselves if they may, and change nothing of anybody
else."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, get_named_type

from dynamo.settings import TableSettings
from resolvers.settings import SelfService
from schema.fields import declared
from tests.api import Api, make_api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with, passkey, refusals
from tests.schema import walk

MUTATIONS = walk.roots("Mutation")
OPEN_TO_PEOPLE = [name for name, field in MUTATIONS.items() if declared(field).requires.owner]
ALLOWED = {
    "updateUser": {"by", "name", "image"},
    "deleteUser": {"by"},
    "unlinkAccount": {"by"},
    "deleteSession": {"by"},
    "deleteSessions": {"user", "keep"},
    "deleteAuthenticator": {"by"},
}
TELLING: dict[str, Any] = {"attributes": {"role": "admin"}, "force": True, "email": "new@example.com"}


def fields_of(mutation: str) -> GraphQLInputObjectType:
    """The input of a mutation."""
    found = get_named_type(MUTATIONS[mutation].args["input"].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


@pytest.fixture
async def own(api: Api, ada: Person) -> dict[str, Any]:
    """For each mutation, the values of its required fields that belong to Ada."""
    key = await passkey(api, ada, "key1")
    ids = {"unlinkAccount": ada.account_id, "deleteSession": ada.session_id, "deleteAuthenticator": key}
    return {name: {"user": {"id": ada.id}, "by": {"id": ids.get(name, ada.id)}} for name in OPEN_TO_PEOPLE}


@pytest.mark.parametrize("mutation", OPEN_TO_PEOPLE)
async def test_a_field_that_is_not_theirs_to_set_is_refused(
    api: Api, ada: Person, raw: RawTable, own: dict[str, Any], mutation: str
) -> None:
    """A field that is added to an input is rejected for people unless it is listed here."""
    input_type = fields_of(mutation)
    assert ALLOWED[mutation] <= set(input_type.fields)
    least = {
        name: own[mutation][name]
        for name, field in input_type.fields.items()
        if isinstance(field.type, GraphQLNonNull) and name in own[mutation]
    }
    before = raw.items()
    for name in set(input_type.fields) - ALLOWED[mutation]:
        value = TELLING.get(name, walk.sample(input_type.fields[name].type))
        refused = await api.acting_as(ada.token).change(mutation, "__typename", **least, **{name: value})
        assert refusals(refused) == [("FORBIDDEN", [name])]
    assert raw.items() == before


async def test_null_sets_a_field_too(api: Api, ada: Person) -> None:
    for name in ("email", "emailVerified"):
        refused = await api.acting_as(ada.token).change(
            "updateUser", "user { id }", by={"userId": "ada"}, **{name: None}
        )
        assert refusals(refused) == [("FORBIDDEN", [name])]


async def test_a_person_changes_their_own_name_and_image(api: Api, ada: Person) -> None:
    new = {"name": "A", "image": "https://a.example/i.png"}
    made = await api.acting_as(ada.token).changed("updateUser", "user { name image }", by={"id": ada.id}, **new)
    assert made["user"] == new


@pytest.mark.parametrize("mutation", OPEN_TO_PEOPLE)
async def test_a_person_changes_nothing_of_anybody_else(
    api: Api, table_settings: TableSettings, ada: Person, bob: Person, raw: RawTable, mutation: str
) -> None:
    asking = make_api(table_settings, self_service=frozenset(SelfService)).acting_as(ada.token)
    their_passkey = await passkey(api, bob, "them")
    everything: list[dict[str, Any]] = [
        {"id": bob.id},
        {"userId": bob.name},
        {"email": bob.email},
        {"account": bob.account},
        {"sessionToken": bob.token},
    ]
    before = raw.items()
    inputs: dict[str, list[dict[str, Any]]] = {
        "updateUser": [{"by": by, "name": "x"} for by in everything],
        "deleteUser": [{"by": by} for by in everything],
        "unlinkAccount": [{"by": {"id": bob.account_id}}, {"by": {"account": bob.account}}],
        "deleteSession": [{"by": {"id": bob.session_id}}, {"by": {"sessionToken": bob.token}}],
        "deleteSessions": [
            *({"user": by} for by in everything),
            {"user": {"userId": "ada"}, "keep": {"id": bob.session_id}},
        ],
        "deleteAuthenticator": [{"by": {"credentialId": "them"}}, {"by": {"id": their_passkey}}],
    }
    for given in inputs[mutation]:
        payload = await asking.change(mutation, "__typename", **given)
        # Deleting a session or a user that does not exist is no error, and for them it does not exist.
        assert mutation in ("deleteSession", "deleteUser") or refusals(payload)[0][0] == "NOT_FOUND"
    assert raw.items() == before


async def test_a_person_signs_out_everywhere_else_and_unlinks_their_own(api: Api, ada: Person) -> None:
    asking = api.acting_as(ada.token)
    await api.changed("createSession", "session { id }", user={"userId": "ada"})
    signed_out = await asking.changed(
        "deleteSessions", "deletedCount", user={"id": ada.id}, keep={"sessionToken": ada.token}
    )
    assert signed_out["deletedCount"] == 1
    await api.changed(
        "linkAccount", "account { id }", user={"userId": "ada"}, provider="google", providerAccountId="1", type="oauth"
    )
    await asking.changed("unlinkAccount", "account { id }", by={"account": ada.account})
    await asking.changed("deleteSession", "session { id }", by={"id": ada.session_id})
    assert await asking.codes("{ caller { kind } }") == ["UNAUTHENTICATED"]


async def test_a_registration_with_a_session_needs_the_scope_for_sessions(api: Api) -> None:
    program = api.acting_as(await key_with(api, "USERS_WRITE", "ACCOUNTS_WRITE"))
    account = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
    refused = await program.change("registerUser", "__typename", user={}, account=account, session={})
    assert refusals(refused) == [("FORBIDDEN", ["session"])]
    assert refusals(await program.change("registerUser", "__typename", user={}, account=account)) == []
