"""S20: a caller who may not access a user gets the same response whether that user exists or not."""

import pytest

from tests.api import Api
from tests.resolvers.people import Person, passkey, sign_up

BY_ACCOUNT = 'by: {account: {provider: "github", providerAccountId: $x}}'
BY_TOKEN = "by: {sessionToken: $x}"
CHANGED = "userErrors { code message path }"
LOOKUPS = {
    "id": ["query($x: ID!) { user(by: {id: $x}) { id } }", "query($x: ID!) { node(id: $x) { id } }"],
    "name": ["query($x: ID!) { user(by: {userId: $x}) { id } }"],
    "email": ["query($x: String!) { user(by: {email: $x}) { id } }"],
    "account_id": ["query($x: ID!) { account(by: {id: $x}) { id } }", "query($x: ID!) { node(id: $x) { id } }"],
    "session_id": ["query($x: ID!) { session(by: {id: $x}) { id } }", "query($x: ID!) { node(id: $x) { id } }"],
    "provider_account_id": [
        f"query($x: String!) {{ account({BY_ACCOUNT}) {{ id }} }}",
        f"query($x: String!) {{ user({BY_ACCOUNT}) {{ id }} }}",
    ],
    "token": [
        f"query($x: String!) {{ session({BY_TOKEN}) {{ id }} }}",
        f"query($x: String!) {{ user({BY_TOKEN}) {{ id }} }}",
    ],
}
NO_LONGER = f"user {{ id }} {CHANGED}"
UNLINK = f"deletedAccountId account {{ id }} {NO_LONGER}"
REVOKE = f"deletedSessionId session {{ id }} {NO_LONGER}"
CHANGES = {
    "account_id": [f"mutation($x: ID!) {{ unlinkAccount(input: {{by: {{id: $x}}}}) {{ {UNLINK} }} }}"],
    "provider_account_id": [f"mutation($x: String!) {{ unlinkAccount(input: {{{BY_ACCOUNT}}}) {{ {UNLINK} }} }}"],
    "session_id": [f"mutation($x: ID!) {{ deleteSession(input: {{by: {{id: $x}}}}) {{ {REVOKE} }} }}"],
    "token": [f"mutation($x: String!) {{ deleteSession(input: {{{BY_TOKEN}}}) {{ {REVOKE} }} }}"],
}
for _key, _type, _by in (
    ("id", "ID", "id: $x"),
    ("name", "ID", "userId: $x"),
    ("email", "String", "email: $x"),
    ("provider_account_id", "String", 'account: {provider: "github", providerAccountId: $x}'),
    ("token", "String", "sessionToken: $x"),
):
    CHANGES.setdefault(_key, []).extend(
        (
            f'mutation($x: {_type}!) {{ updateUser(input: {{by: {{{_by}}}, name: "x"}}) {{ {NO_LONGER} }} }}',
            f"mutation($x: {_type}!) {{ deleteSessions(input: {{user: {{{_by}}}}}) {{ deletedCount {NO_LONGER} }} }}",
        )
    )
CASES = [(key, document) for table in (LOOKUPS, CHANGES) for key, documents in table.items() for document in documents]


async def answer_without_cost(api: Api, document: str, value: str) -> bytes:
    """The bytes of a response without the cost of the operation."""
    return (await api.send(document, {"x": value})).body.partition(b',"extensions":{"cost"')[0]


async def test_a_person_is_answered_alike_about_others_and_about_nobody(api: Api, ada: Person, bob: Person) -> None:
    eve = await sign_up(api, "eve")
    await api.changed("deleteUser", "user { id }", by={"id": eve.id})
    as_ada = api.acting_as(ada.token)
    for key, document in CASES:
        exists = await answer_without_cost(as_ada, document, getattr(bob, key))
        does_not = await answer_without_cost(as_ada, document, getattr(eve, key))
        assert exists == does_not, document
    assert await api.data('{ user(by: {userId: "bob"}) { name accounts { nodes { id } } } }') == {
        "user": {"name": "Bob", "accounts": {"nodes": [{"id": bob.account_id}]}}
    }
    assert (await api.acting_as(bob.token).data("{ caller { kind } }"))["caller"]["kind"] == "PERSON"


async def test_a_person_is_answered_alike_about_the_passkeys_of_others_and_of_nobody(
    api: Api, ada: Person, bob: Person
) -> None:
    id = await passkey(api, bob, "them")
    as_ada = api.acting_as(ada.token)
    for document in (
        "query($x: String!) { authenticator(by: {credentialId: $x}) { id } }",
        f"mutation($x: String!) {{ deleteAuthenticator(input: {{by: {{credentialId: $x}}}}) {{ {CHANGED} }} }}",
    ):
        assert await answer_without_cost(as_ada, document, "them") == await answer_without_cost(as_ada, document, "x")
    assert await as_ada.data("query($x: ID!) { node(id: $x) { id } }", {"x": id}) == {"node": None}


@pytest.mark.parametrize("key", ["id", "name", "email", "account_id", "session_id", "provider_account_id", "token"])
async def test_a_person_finds_themselves_by_any_key(api: Api, ada: Person, key: str) -> None:
    """This shows why the responses above are equal."""
    for document in LOOKUPS[key]:
        (found,) = (await api.acting_as(ada.token).data(document, {"x": getattr(ada, key)})).values()
        assert found is not None, document


async def test_nobody_is_answered_alike_about_anyone(api: Api, ada: Person) -> None:
    anonymous = api.acting_as()
    for key, document in CASES:
        known = await anonymous.send(document, {"x": getattr(ada, key)})
        assert known.body == (await anonymous.send(document, {"x": "nobody"})).body, document
