"""The payloads of deletes say what is gone, also if it was gone before, and show the user whose list has changed."""

from dataclasses import dataclass
from typing import Any

import pytest

from dynamo import sessions
from tests.api import Api
from tests.resolvers.people import Person, key_with, passkey, refusals
from tests.schema import walk

SESSIONS = "sessions { nodes { id } }"


@dataclass(frozen=True, slots=True)
class Gone:
    """A mutation that deletes one object of a user, and the field that says which."""

    mutation: str
    field: str
    safe_to_repeat: bool = False


DELETES = [
    Gone("unlinkAccount", "deletedAccountId"),
    Gone("deleteSession", "deletedSessionId", safe_to_repeat=True),
    Gone("deleteAuthenticator", "deletedAuthenticatorId"),
]


async def named(api: Api, ada: Person, gone: Gone) -> tuple[dict[str, Any], dict[str, Any]]:
    """An object of Ada's, by its id and by its other key. Another way to sign in is left to her."""
    account = {"provider": "gitlab", "providerAccountId": "1", "type": "oauth"}
    await api.changed("linkAccount", "__typename", user={"id": ada.id}, **account)
    match gone.mutation:
        case "unlinkAccount":
            return {"id": ada.account_id}, {"account": ada.account}
        case "deleteSession":
            return {"id": ada.session_id}, {"sessionToken": ada.token}
    return {"id": await passkey(api, ada, "key1")}, {"credentialId": "key1"}


def test_every_mutation_that_deletes_says_what_is_gone() -> None:
    """Verification tokens have no id. A row of a bulk mutation has the payload of the mutation of one."""
    told = {
        name: [field for field in walk.output_fields(definition.type) if field.startswith("deleted")]
        for name, definition in walk.roots("Mutation").items()
        if name.startswith(("delete", "unlink")) and name not in walk.bulk()
    }
    assert told == {gone.mutation: [gone.field] for gone in DELETES} | {
        "deleteUser": ["deletedUserId"],
        "deleteSessions": ["deletedCount", "deletedSessionIds"],
        "deleteVerificationTokens": ["deletedCount"],
    }


@pytest.mark.parametrize("by_id", [True, False], ids=["by id", "by key"])
@pytest.mark.parametrize("gone", DELETES, ids=lambda gone: str(gone.mutation))
async def test_the_payload_says_what_is_gone_and_whose_it_was(api: Api, ada: Person, gone: Gone, by_id: bool) -> None:
    id, key = await named(api, ada, gone)
    by = id if by_id else key
    made = await api.changed(gone.mutation, f"{gone.field} user {{ userId }}", by=by)
    assert made == {gone.field: id["id"], "user": {"userId": "ada"}, "userErrors": []}
    again = await api.change(gone.mutation, f"{gone.field} user {{ userId }}", by=by)
    key_name = next(iter(by))
    assert refusals(again) == ([] if gone.safe_to_repeat else [("NOT_FOUND", ["by", key_name])])
    # Without its id, nobody can tell what it was.
    assert again[gone.field] == (id["id"] if by_id else None)
    assert again["user"] == ({"userId": "ada"} if by_id else None)


@pytest.mark.parametrize("gone", DELETES, ids=lambda gone: str(gone.mutation))
async def test_a_person_is_told_of_their_own_and_of_nothing_else(
    api: Api, ada: Person, bob: Person, gone: Gone
) -> None:
    selection = f"{gone.field} user {{ userId }}"
    id, _ = await named(api, ada, gone)
    foreign = await api.acting_as(bob.token).change(gone.mutation, selection, by=id)
    assert (foreign[gone.field], foreign["user"]) == (None, None)
    own = await api.acting_as(ada.token).changed(gone.mutation, selection, by=id)
    assert (own[gone.field], own["user"]) == (id["id"], {"userId": "ada"})


async def test_a_deleted_user_is_named_even_if_they_were_gone(api: Api, ada: Person) -> None:
    selection = "deletedUserId user { userId }"
    keys: list[dict[str, Any]] = [{"id": ada.id}, {"userId": "ada"}]
    made = await api.changed("deleteUser", selection, by={"email": ada.email})
    assert (made["deletedUserId"], made["user"]) == (ada.id, {"userId": "ada"})
    for by in keys:
        again = await api.changed("deleteUser", selection, by=by)
        assert (again["deletedUserId"], again["user"]) == (ada.id, None)
    again = await api.changed("deleteUser", selection, by={"email": ada.email})
    assert (again["deletedUserId"], again["user"]) == (None, None)


async def test_the_revoked_sessions_of_a_user_are_named(api: Api, ada: Person) -> None:
    made = await api.changed("createSession", "session { id }", user={"id": ada.id})
    asking = api.acting_as(ada.token)
    selection = f"deletedCount deletedSessionIds user {{ {SESSIONS} }}"
    revoked = await asking.changed("deleteSessions", selection, user={"id": ada.id}, keep={"id": ada.session_id})
    assert revoked["deletedSessionIds"] == [made["session"]["id"]]
    assert revoked["user"] == {"sessions": {"nodes": [{"id": ada.session_id}]}}
    again = await asking.changed("deleteSessions", selection, user={"id": ada.id}, keep={"id": ada.session_id})
    assert (again["deletedCount"], again["deletedSessionIds"]) == (0, [])


async def test_of_too_many_revoked_sessions_only_the_count_is_told(
    api: Api, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of them would be the first in the order of their tokens."""
    monkeypatch.setattr(sessions, "MOST_LISTED", 2)
    monkeypatch.setattr(sessions, "DELETED_AT_ONCE", 1)
    for _ in range(2):
        await api.changed("createSession", "session { id }", user={"id": ada.id})
    revoked = await api.changed("deleteSessions", "deletedCount deletedSessionIds", user={"id": ada.id})
    assert (revoked["deletedCount"], revoked["deletedSessionIds"]) == (3, None)


async def test_the_user_and_the_ids_of_sessions_need_the_permission_to_read_them(api: Api, ada: Person) -> None:
    program = api.acting_as(await key_with(api, "SESSIONS_WRITE"))
    document = 'mutation {{ deleteSessions(input: {{user: {{userId: "ada"}}}}) {{ deletedCount {selected} }} }}'
    for selected in ("deletedSessionIds", "user { id }"):
        assert await program.codes(document.format(selected=selected)) == ["FORBIDDEN"]
    assert await program.codes(document.format(selected="")) == []
