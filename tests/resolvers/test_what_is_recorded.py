"""Whatever a mutation ends or shortens has an entry in the audit log, and a mutation that changes nothing has none."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from dynamo.settings import TableSettings
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.faults.changes import ADA, EXPIRES, GOOGLE, LATER, PASSKEY, TOKEN, Change, Write, make, populate
from tests.interop.raw import RawTable
from tests.resolvers.people import passkey_input, sign_up
from tests.resolvers.recorded import ends_something, entries, positions, restore, with_key

SOONER = "2036-01-01T00:00:00.000Z"
ADAS = {"userId": "ada"}
ADAS_ACCOUNT = {"provider": "github", "providerAccountId": "ada-at-github"}
SHORTER = [
    Change("updateSession", {"by": {"sessionToken": "s1"}, "expires": SOONER}, ""),
    Change("createVerificationToken", {**TOKEN, "expires": SOONER}, ""),
    Change(
        "disableUser",
        {"by": ADAS, "until": SOONER},
        "",
        before=[("disableUser", {"by": ADAS, "until": LATER})],
    ),
    Change(
        "updateAccountTokens",
        {"by": {"account": GOOGLE}, "expiresAt": "1"},
        "",
        before=[("updateAccountTokens", {"by": {"account": GOOGLE}, "expiresAt": "2"})],
    ),
    Change("createSession", {"user": ADAS}, ""),
]
"""What ends something earlier, beside what `CHANGES` ends: `test_audit_events.py` tries these."""
ALWAYS = {
    "registerUser": "a user who exists is an error",
    "createUser": "as above",
    "createUsers": "as above",
    "linkAccount": "as above, of the account",
    "createSession": "as above, of the session",
    "createAuthenticator": "as above, of the passkey",
    "createApiKey": "every key is a new one",
    "disableUser": "it is disabled since now",
    "disableUsers": "as above",
    "rotateSession": "every token is a new one",
}
"""The mutations that change something whenever they are accepted, and why."""
MANY = {f"attribute{number:03}": number for number in range(150)}
NESTED = {"plan": {"name": "pro", "seats": [1, 2.5, None]}, "trial": False, "note": None}
BEFORE: Sequence[Write] = [
    ("updateUser", {"by": ADAS, "attributes": NESTED, "name": "Ada", "emailVerified": EXPIRES}),
    ("updateUser", {"by": {"userId": "eve"}, "attributes": MANY}),
    ("updateSession", {"by": {"sessionToken": "s1"}, "attributes": NESTED}),
    ("updateAccountTokens", {"by": {"account": GOOGLE}, "accessToken": "a", "expiresAt": "7", "scope": None}),
    ("updateAccountTokens", {"by": {"account": GOOGLE}, "attributes": NESTED}),
]
NOTHING: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "updateUser": [
        {"by": ADAS},
        {"by": ADAS, "name": "Ada"},
        {"by": ADAS, "emailVerified": EXPIRES},
        {"by": ADAS, "email": "ada@example.com"},
        {"by": ADAS, "email": " ADA@example.com", "name": "Ada"},
        {"by": ADAS, "attributes": NESTED},
        {"by": ADAS, "attributes": NESTED, "name": "Ada", "removeAttributes": ["nothing"]},
        {"by": ADAS, "removeAttributes": [f"nothing{number}" for number in range(150)]},
        {"by": {"userId": "eve"}, "attributes": MANY},
        {"by": {"userId": "eve"}, "attributes": dict(list(MANY.items())[:20])},
    ],
    "deleteUser": [{"by": {"userId": "nobody"}}, {"by": {"email": "nobody@example.com"}}],
    "enableUser": [{"by": ADAS}],
    "mergeUsers": [{"keep": ADAS, "lose": {"userId": "nobody"}}],
    "unlinkAccount": [{"by": {"account": {"provider": "github", "providerAccountId": "nobody's"}}}],
    "moveAccount": [{"by": {"account": GOOGLE}, "to": ADAS}],
    "updateAccountTokens": [
        {"by": {"account": GOOGLE}},
        {"by": {"account": GOOGLE}, "accessToken": "a"},
        {"by": {"account": GOOGLE}, "accessToken": "a", "expiresAt": "7", "scope": None},
        {"by": {"account": GOOGLE}, "accessToken": "a", "expected": {"accessToken": "a"}},
        {"by": {"account": GOOGLE}, "attributes": NESTED},
        {"by": {"account": GOOGLE}, "removeAttributes": [f"nothing{number}" for number in range(150)]},
    ],
    "updateSession": [
        {"by": {"sessionToken": "s1"}},
        {"by": {"sessionToken": "s1"}, "attributes": NESTED},
        {"by": {"sessionToken": "s1"}, "attributes": NESTED, "expires": EXPIRES},
        {"by": {"sessionToken": "s1"}, "removeAttributes": [f"nothing{number}" for number in range(150)]},
    ],
    "deleteSession": [{"by": {"sessionToken": "nobody's"}}],
    "deleteSessions": [{"user": {"userId": "nobody"}}, {"user": ADAS, "keep": {"sessionToken": "s1"}}],
    "deleteSessionsOfUsers": [{"users": [{"user": {"userId": "nobody"}}]}],
    "createVerificationToken": [
        {**TOKEN, "expires": EXPIRES},
        {**TOKEN, "expires": EXPIRES, "idempotencyKey": "a-key-that-is-new"},
        {"identifier": "eve@example.com", "token": "t1", "expires": EXPIRES, "invalidateOlder": True},
    ],
    "useVerificationToken": [{**TOKEN, "token": "nobody's"}],
    "deleteVerificationTokens": [{"identifier": "nobody@example.com"}],
    "updateAuthenticatorCounter": [{"by": {"credentialId": PASSKEY}, "counter": "0"}],
    "deleteAuthenticator": [{"by": {"credentialId": "bm9ib2R5"}}],
    "enableUsers": [{"users": [{"by": ADAS}, {"by": {"userId": "nobody"}}, {"by": {"userId": "eve"}}]}],
    "deleteUsers": [{"users": [{"by": {"userId": "nobody"}}]}],
    "revokeApiKey": [{"by": {"id": "$KEY"}}],
}
"""Inputs that change nothing after `BEFORE`, by mutation."""


def mutations() -> set[str]:
    """The names of all mutations."""
    assert GRAPHQL_SCHEMA.mutation_type is not None
    return set(GRAPHQL_SCHEMA.mutation_type.fields)


async def test_whatever_is_ended_or_shortened_has_an_entry(
    api: Api, table_settings: TableSettings, raw: RawTable
) -> None:
    await populate(api)
    of_one = make_api(table_settings, max_sessions=1)
    stored = raw.everything()
    for change in SHORTER:
        restore(raw, stored)
        await make(api, change.before)
        before, recorded = raw.items(), positions(raw)
        await of_one.changed(change.mutation, "__typename", **change.given)
        assert ends_something(before, raw.items()), change
        assert positions(raw) > recorded, change
    await assert_clean(api.table)


async def test_a_session_that_is_shortened_is_recorded_and_one_that_is_extended_costs_no_request_more(
    api: Api, counted_api: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    ada = await sign_up(api, "ada")
    proxy.reset()
    for expires in (EXPIRES, LATER, LATER):
        before = positions(raw)
        await counted_api.changed("updateSession", "session { id }", by={"sessionToken": ada.token}, expires=expires)
        assert positions(raw) == before
    assert proxy.operations == ["Query", "UpdateItem"] * 3
    for by in ({"sessionToken": ada.token}, {"id": ada.session_id}):
        before = positions(raw)
        await api.changed("updateSession", "session { id }", by=by, expires=LATER)
        await api.changed("updateSession", "session { id }", by=by, expires=SOONER)
        (new,) = (item for item in entries(raw) if item["sk"]["S"] not in before)
        assert (new["action"], new["target"]) == ({"S": "updateSession"}, {"S": "ada"})
        assert new["changed"] == {"L": [{"S": "expires"}]}


def test_every_mutation_says_when_it_changes_nothing() -> None:
    assert NOTHING.keys() | ALWAYS.keys() == mutations()
    assert not NOTHING.keys() & ALWAYS.keys()


async def test_what_changes_nothing_writes_nothing_and_has_no_entry(api: Api, raw: RawTable) -> None:
    key_id = await populate(api)
    await make(api, BEFORE)
    await make(api, [("createVerificationToken", NOTHING["createVerificationToken"][-1])])
    await make(api, [("revokeApiKey", {"by": {"id": key_id}})])
    stored = raw.everything()
    for mutation, inputs in NOTHING.items():
        for given in inputs:
            await api.change(mutation, "__typename", **with_key(Change(mutation, given, ""), key_id))
            assert raw.everything() == stored, (mutation, given)


async def test_a_change_of_the_same_kind_is_still_made(api: Api, raw: RawTable) -> None:
    """One value of several, or a value that JSON or Python might take for the same."""
    await populate(api)
    await make(api, BEFORE)
    for mutation, given in (
        ("updateUser", {"by": ADAS, "name": "Ada", "image": "https://example.com/a.png"}),
        ("updateUser", {"by": ADAS, "attributes": {**NESTED, "trial": 0}}),
        ("updateUser", {"by": ADAS, "attributes": {**NESTED, "plan": {"name": "pro", "seats": [1, 2.5]}}}),
        ("updateUser", {"by": ADAS, "removeAttributes": ["note", "nothing"]}),
        ("updateUser", {"by": {"userId": "eve"}, "attributes": {**MANY, "attribute149": 0}}),
        ("updateUser", {"by": {"userId": "eve"}, "attributes": {"attribute148": 0, "attribute147": 147}}),
        ("updateSession", {"by": {"sessionToken": "s1"}, "attributes": {**NESTED, "trial": True}}),
        ("updateAccountTokens", {"by": {"account": GOOGLE}, "accessToken": "a", "expiresAt": "8"}),
        ("updateAuthenticatorCounter", {"by": {"credentialId": PASSKEY}, "counter": "1"}),
        ("createVerificationToken", {**TOKEN, "expires": LATER}),
    ):
        before, recorded = raw.items(), positions(raw)
        await make(api, [(mutation, given)])
        assert raw.items() != before, given
        assert len(positions(raw) - recorded) == 1, given


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("updateUser", {"by": ADAS, "name": "Ada L."}),
        ("updateUser", {"by": ADAS, "attributes": {"plan": "pro"}}),
        ("updateUser", {"by": ADAS, "email": "a@example.com"}),
        ("enableUser", {"by": ADAS}),
        ("updateAccountTokens", {"by": {"account": ADAS_ACCOUNT}, "scope": "openid"}),
    ],
)
async def test_to_find_that_nothing_changes_takes_no_request_more(
    api: Api, counted_api: Api, proxy: CountingProxy, mutation: str, given: Mapping[str, Any]
) -> None:
    await make(api, [("registerUser", ADA), ("disableUser", {"by": ADAS})])
    taken = []
    for _ in range(2):
        proxy.reset()
        await counted_api.changed(mutation, "__typename", **given)
        taken.append(len(proxy.operations))
    assert taken[1] <= taken[0]


async def test_of_many_those_who_are_enabled_already_have_no_entry_and_none_is_lost(api: Api, raw: RawTable) -> None:
    for name in ("ada", "bob", "eve"):
        await sign_up(api, name)
    await api.changed(
        "disableUsers", "results { user { id } }", users=[{"by": {"userId": name}} for name in ("ada", "eve")]
    )
    before = positions(raw)
    rows = [{"by": {"userId": name}} for name in ("ada", "nobody", "bob", "eve")]
    answer = await api.changed(
        "enableUsers", "results { user { userId disabled { at } } userErrors { code } }", users=rows
    )
    assert [row["user"] for row in answer["results"]] == [
        {"userId": "ada", "disabled": None},
        None,
        {"userId": "bob", "disabled": None},
        {"userId": "eve", "disabled": None},
    ]
    assert [[error["code"] for error in row["userErrors"]] for row in answer["results"]] == [[], ["NOT_FOUND"], [], []]
    new = [item["target"]["S"] for item in entries(raw) if item["sk"]["S"] not in before]
    assert sorted(new) == ["ada", "eve"]
    assert not [item for item in raw.items() if "disabledAt" in item]


async def test_a_passkey_that_counts_nothing_is_used_without_entries(api: Api, raw: RawTable) -> None:
    await sign_up(api, "ada")
    await api.changed("createAuthenticator", "authenticator { id }", **passkey_input("ada", PASSKEY))
    before = positions(raw)
    for _ in range(2):
        by = {"credentialId": PASSKEY}
        made = await api.changed("updateAuthenticatorCounter", "authenticator { counter }", by=by, counter=0)
        assert made["authenticator"]["counter"] == 0
    assert positions(raw) == before
