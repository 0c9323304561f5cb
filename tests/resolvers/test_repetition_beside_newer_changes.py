"""A mutation with an idempotency key that is sent again changes nothing of what was written since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest

from dynamo import verification_tokens
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.faults.changes import EXPIRES, LATER, TOKEN, Write, make
from tests.interop.raw import RawTable
from tests.resolvers.creates import CREDENTIAL
from tests.resolvers.people import Person, passkey_input, refusals, sign_up
from tests.resolvers.recorded import positions, restore
from tests.schema import walk

KEY = "a-key-that-is-sent-again"
BOB = {"userId": "bob"}
ADAS = {"userId": "ada"}
GOOGLE = {"provider": "google", "providerAccountId": "1"}
NEW = {"userId": "new", "email": "new@example.com"}
FIRST = {"identifier": "ada@example.com", "token": "t-first", "expires": EXPIRES}
NEWER = {"identifier": "ada@example.com", "token": "t-newer", "expires": LATER}
RELEASE: Sequence[Write] = [("updateUser", {"by": {"userId": "new"}, "email": "free@example.com"})]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A mutation that is sent twice, and what is written in between."""

    mutation: str
    given: Mapping[str, Any]
    newer: Sequence[Write]
    before: Sequence[Write] = field(default=())

    def __str__(self) -> str:
        return f"{self.mutation}: {', '.join(name for name, _ in self.newer)}"

    @property
    def whole(self) -> dict[str, Any]:
        """The input with the key."""
        if "users" in self.given:
            return {"users": [{**row, "idempotencyKey": KEY} for row in self.given["users"]]}
        return {**self.given, "idempotencyKey": KEY}


ANOTHER = {
    "user": {"userId": "other", "email": "ada@example.com"},
    "account": {"provider": "github", "providerAccountId": "ada-at-github", "type": "oauth"},
    "session": {},
}
AGAIN = {**ANOTHER, "user": {**NEW, "userId": "ada", "email": "ada@example.com"}}
NAMING: Mapping[str, Mapping[str, Any]] = {
    "email": {"email": "ada@example.com"},
    "account": {"account": {"provider": "github", "providerAccountId": "ada-at-github"}},
    "userId": ADAS,
}
"""Keys that name a user whom somebody else can get later."""
DELETING = ("createVerificationToken", "deleteUser")
"""The mutations that delete something, and need a note or a receipt of their own for a repetition."""
CASES = [
    *(
        Repeated(
            mutation, {"users": [{"by": by}]} if mutation == "deleteUsers" else {"by": by}, [("registerUser", newer)]
        )
        for mutation in ("deleteUser", "deleteUsers")
        for by in NAMING.values()
        for newer in (ANOTHER, AGAIN)
    ),
    Repeated("deleteUser", {"by": {"email": "new@example.com"}}, [("createUser", NEW)]),
    Repeated("deleteUser", {"by": {"userId": "new"}}, [("createUser", NEW)]),
    Repeated("createUser", NEW, [("updateUser", {"by": {"userId": "new"}, "name": "Newer"})]),
    Repeated("createUser", NEW, [*RELEASE, ("createUser", {"userId": "other", "email": "new@example.com"})]),
    Repeated("createUser", NEW, [("deleteUser", {"by": {"userId": "new"}}), ("createUser", NEW)]),
    Repeated("createUsers", {"users": [NEW]}, [("disableUser", {"by": {"userId": "new"}})]),
    Repeated(
        "registerUser",
        {"user": NEW, "account": {**GOOGLE, "type": "oidc"}, "session": {}},
        [
            ("deleteSessions", {"user": {"userId": "new"}}),
            ("moveAccount", {"by": {"account": GOOGLE}, "to": ADAS, "force": True}),
        ],
    ),
    Repeated(
        "linkAccount",
        {"user": ADAS, **GOOGLE, "type": "oidc"},
        [
            ("unlinkAccount", {"by": {"account": GOOGLE}}),
            ("linkAccount", {"user": BOB, **GOOGLE, "type": "oidc"}),
        ],
    ),
    Repeated(
        "linkAccount",
        {"user": {"email": "ada@example.com"}, **GOOGLE, "type": "oidc"},
        [
            ("updateUser", {"by": ADAS, "email": "free@example.com"}),
            ("updateUser", {"by": BOB, "email": "ada@example.com"}),
        ],
    ),
    Repeated("createSession", {"user": ADAS}, [("deleteSessions", {"user": ADAS}), ("createSession", {"user": ADAS})]),
    Repeated(
        "createSession",
        {"user": {"email": "ada@example.com"}},
        [
            ("updateUser", {"by": ADAS, "email": "free@example.com"}),
            ("updateUser", {"by": BOB, "email": "ada@example.com"}),
        ],
    ),
    Repeated("createSession", {"user": ADAS, "sessionToken": "s-1"}, [("createSession", {"user": ADAS})] * 3),
    Repeated(
        "rotateSession",
        {"by": {"sessionToken": "s-old"}},
        [("createSession", {"user": BOB, "sessionToken": "s-old", "expires": LATER})],
        before=[("createSession", {"user": ADAS, "sessionToken": "s-old", "expires": EXPIRES})],
    ),
    Repeated("createVerificationToken", FIRST, [("createVerificationToken", {**FIRST, "expires": LATER})]),
    Repeated("createVerificationToken", FIRST, [("createVerificationToken", {**NEWER, "invalidateOlder": True})]),
    Repeated("createVerificationToken", {**FIRST, "invalidateOlder": True}, [("createVerificationToken", NEWER)]),
    Repeated(
        "createVerificationToken",
        {**FIRST, "invalidateOlder": True},
        [("createVerificationToken", NEWER)],
        before=[("createVerificationToken", {**TOKEN, "expires": EXPIRES})],
    ),
    Repeated(
        "createVerificationToken",
        {**FIRST, "invalidateOlder": True},
        [("createVerificationToken", {**NEWER, "invalidateOlder": True, "idempotencyKey": "another-key-than-that"})],
        before=[("createVerificationToken", {**TOKEN, "expires": EXPIRES})],
    ),
    Repeated(
        "useVerificationToken",
        {"identifier": FIRST["identifier"], "token": FIRST["token"]},
        [("createVerificationToken", {**FIRST, "expires": LATER})],
        before=[("createVerificationToken", FIRST)],
    ),
    Repeated(
        "createAuthenticator",
        passkey_input("ada", CREDENTIAL),
        [
            ("deleteAuthenticator", {"by": {"credentialId": CREDENTIAL}}),
            ("createAuthenticator", passkey_input("bob", CREDENTIAL)),
        ],
    ),
    Repeated("createApiKey", {"name": "deploy", "scopes": ["USERS_READ"]}, [("updateUser", {"by": ADAS, "name": "A"})]),
]


def test_every_mutation_with_a_key_is_tried() -> None:
    taking = {name for name, field in walk.roots("Mutation").items() if "idempotencyKey" in str(walk.given(field))}
    assert {case.mutation for case in CASES} == taking


@pytest.mark.parametrize("recorded", [True, False], ids=["with the audit log", "without"])
async def test_what_was_written_since_stays(raw: RawTable, table_settings: TableSettings, recorded: bool) -> None:
    api = make_api(table_settings if recorded else table_settings.model_copy(update={"audit_days": 0}), max_sessions=3)
    for name in ("ada", "bob"):
        await sign_up(api, name)
    stored = raw.everything()
    for place, case in enumerate(CASES):
        if not recorded and case.mutation not in DELETING:
            continue
        restore(raw, stored)
        # DynamoDB remembers the tokens of transactions, so each case has a key of its own.
        whole = with_key(case.whole, f"{KEY}-{place}")
        await make(api, case.before)
        first = await api.changed(case.mutation, "__typename", **whole)
        await make(api, case.newer)
        now = raw.items()
        await api.change(case.mutation, "__typename", **whole)
        assert raw.items() == now, str(case)
        assert first
    await assert_clean(api.table)


def with_key(given: Any, key: str) -> Any:
    """An input with another key."""
    match given:
        case dict():
            return {name: key if name == "idempotencyKey" else with_key(value, key) for name, value in given.items()}
        case list():
            return [with_key(value, key) for value in given]
    return given


async def test_a_create_that_replaces_tokens_is_one_transaction(
    counted_api: Api, proxy: CountingProxy, raw: RawTable, ada: Person
) -> None:
    await make(
        counted_api, [("createVerificationToken", {**TOKEN, "expires": EXPIRES}), ("createVerificationToken", NEWER)]
    )
    for given in (
        {**FIRST, "invalidateOlder": True},
        {**FIRST, "token": "t-2", "invalidateOlder": True, "idempotencyKey": KEY},
    ):
        proxy.reset()
        await counted_api.changed("createVerificationToken", "__typename", **given)
        assert proxy.operations == ["Query", "TransactWriteItems"]
        assert tokens(raw) == [given["token"]]


async def test_a_repetition_of_what_was_cut_deletes_all_older_tokens_and_none_that_is_newer(
    api: Api, proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if there are more than fit into one transaction."""
    monkeypatch.setattr(verification_tokens, "MOST_REPLACED", 2)
    cut_short = make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
    wanted = {**FIRST, "invalidateOlder": True}
    document = "mutation($i: CreateVerificationTokenInput!) { createVerificationToken(input: $i) { __typename } }"
    for cut in range(6):
        await make(api, [("deleteVerificationTokens", {"identifier": FIRST["identifier"]})])
        older = [("createVerificationToken", {**FIRST, "token": f"t-{number}"}) for number in range(5)]
        await make(api, older)
        whole = {**wanted, "idempotencyKey": f"{KEY}-{cut}"}
        proxy.reset()
        proxy.cut_after(cut)
        answer = await cut_short.answer(document, {"i": whole})
        proxy.reset()
        await api.changed("createVerificationToken", "__typename", **whole)
        assert tokens(raw) == [FIRST["token"]], cut
        await make(api, [("createVerificationToken", {**NEWER, "token": f"n-{number}"}) for number in range(4)])
        await api.changed("createVerificationToken", "__typename", **whole)
        assert len(tokens(raw)) == 5, (cut, answer)


async def test_a_deletion_that_was_cut_is_finished_by_the_same_call_whoever_has_the_key_by_then(
    api: Api, proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    cut_short = make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
    document = "mutation($i: DeleteUserInput!) { deleteUser(input: $i) { deletedUserId } }"
    for cut, key in zip(range(14), cycle(NAMING), strict=False):
        ada = await sign_up(api, "ada")
        whole = {"by": NAMING[key], "idempotencyKey": f"{KEY}-{cut}"}
        proxy.reset()
        proxy.cut_after(cut)
        await cut_short.answer(document, {"i": whole})
        proxy.reset()
        for _ in range(2):
            again = await api.changed("deleteUser", "deletedUserId", **whole)
            assert again["deletedUserId"] == ada.id, cut
            assert await api.data('{ user(by: {userId: "ada"}) { id } }') == {"user": None}
        await api.changed("registerUser", "user { id }", **(AGAIN if cut % 2 else ANOTHER))
        stored = raw.items()
        again = await api.changed("deleteUser", "deletedUserId user { id }", **whole)
        assert again == {"deletedUserId": ada.id, "user": None, "userErrors": []}
        assert raw.items() == stored, cut
        await assert_clean(api.table)
        for item in raw.everything():
            raw.delete({name: item[name] for name in ("pk", "sk")})


@pytest.mark.parametrize("by", [*NAMING.values(), {"sessionToken": "s-1"}], ids=[*NAMING, "sessionToken"])
async def test_a_deletion_that_found_nobody_answers_the_same_when_it_is_sent_again(
    api: Api, by: Mapping[str, Any]
) -> None:
    whole = {"by": by, "idempotencyKey": KEY}
    first = await api.changed("deleteUser", "deletedUserId user { id }", **whole)
    await api.changed("registerUser", "user { id }", **{**AGAIN, "session": {"sessionToken": "s-1"}})
    assert await api.changed("deleteUser", "deletedUserId user { id }", **whole) == first
    assert await api.data('{ user(by: {userId: "ada"}) { userId } }') == {"user": {"userId": "ada"}}


async def test_the_key_of_a_deletion_is_for_one_user_however_named(api: Api, raw: RawTable) -> None:
    for name in ("ada", "bob"):
        await sign_up(api, name)
    await api.changed("deleteUser", "deletedUserId", by={"email": "ada@example.com"}, idempotencyKey=KEY)
    stored = raw.items()
    for by in (BOB, ADAS):
        payload = await api.change("deleteUser", "deletedUserId", by=by, idempotencyKey=KEY)
        assert refusals(payload) == [("INVALID", ["idempotencyKey"])]
    rows = [{"by": BOB, "idempotencyKey": "short"}, {"by": BOB, "idempotencyKey": KEY}]
    many = await api.change("deleteUsers", "results { userErrors { code path } }", users=rows)
    assert [code for code, _ in refusals(many)] == ["INVALID", "INVALID"]
    assert raw.items() == stored


async def test_a_key_makes_a_deletion_no_longer_and_has_one_entry(
    counted_api: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    taken = []
    for given in ({}, {"idempotencyKey": KEY}):
        await sign_up(counted_api, "ada")
        before = positions(raw)
        proxy.reset()
        await counted_api.changed("deleteUser", "deletedUserId", by=ADAS, **given)
        taken.append(proxy.operations)
        for _ in range(2 if given else 0):
            await counted_api.changed("deleteUser", "deletedUserId", by=ADAS, **given)
        assert len(positions(raw) - before) == 1
    assert taken[0] == taken[1]


def tokens(raw: RawTable) -> list[str]:
    """The verification tokens that are stored."""
    return sorted(item["token"]["S"] for item in raw.items() if item.get("type") == {"S": "VT"})
