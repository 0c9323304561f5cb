"""The DynamoDB requests of each operation, counted on the wire.

The administrator key of the settings causes no request, so only those of the operation are counted.
"""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with, passkey
from tests.tables import directory

LATER = datetime(2037, 1, 1, tzinfo=UTC)
IDS = ("user", "accountId", "session")
ACCOUNTS_AND_SESSIONS = "accounts { nodes { provider } } sessions { nodes { expires } }"


async def test_a_user_by_global_id_costs_one_read(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    await counted_api.data("query($id: ID!) { user(by: {id: $id}) { id userId name email } }", {"id": ada.id})
    assert proxy.operations == ["GetItem"]


async def test_a_user_by_raw_id_costs_one_read(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    await counted_api.data('{ user(by: {userId: "ada"}) { attributes disabled { at } } }')
    assert proxy.operations == ["GetItem"]


async def test_a_user_by_email_costs_one_query_of_the_index(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    await counted_api.data('{ user(by: {email: "ada@example.com"}) { id name email } }')
    assert [(request.operation, request.index) for request in proxy.requests] == [("Query", "GSI1")]


async def test_several_users_with_an_email_cost_a_read_of_its_lock(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    odd_rows.users_sharing_email(raw, "ada@example.com", "a", "b")
    await counted_api.data('{ user(by: {email: "ada@example.com"}) { id } }')
    assert proxy.operations == ["Query", "GetItem"]


async def test_an_email_in_another_spelling_costs_a_query_for_each_of_the_two(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    """The adapter stores an address as it was typed."""
    await counted_api.data('{ user(by: {email: "Ada@Example.com"}) { id } }')
    assert proxy.operations == ["Query", "Query"]


async def test_a_user_by_account_costs_two_reads(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    data = await counted_api.data(
        "query($account: AccountKey!) { user(by: {account: $account}) { id name } }", {"account": ada.account}
    )
    assert data["user"]["id"] == ada.id
    assert proxy.operations == ["Query", "GetItem"]


async def test_a_user_by_session_token_costs_two_reads(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    await counted_api.data("query($t: String!) { user(by: {sessionToken: $t}) { id name } }", {"t": ada.token})
    assert proxy.operations == ["Query", "BatchGetItem"]


async def test_a_user_by_session_token_with_children_costs_two_reads(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    document = f"query($t: String!) {{ user(by: {{sessionToken: $t}}) {{ id {ACCOUNTS_AND_SESSIONS} }} }}"
    await counted_api.data(document, {"t": ada.token})
    assert proxy.operations == ["Query", "Query"]


async def test_the_viewer_costs_two_reads_the_caller_included(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    await counted_api.acting_as(ada.token).data("{ viewer { user { id name email } session { id expires } } }")
    assert proxy.operations == ["Query", "BatchGetItem"]
    assert proxy.requests[0].index == "GSI1"
    assert proxy.requests[1].body["RequestItems"][proxy.requests[0].table]["ConsistentRead"] is True


async def test_the_viewer_with_accounts_and_sessions_costs_two_reads(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    await counted_api.acting_as(ada.token).data(f"{{ viewer {{ user {{ id {ACCOUNTS_AND_SESSIONS} }} }} }}")
    assert proxy.operations == ["Query", "Query"]
    assert proxy.requests[1].index is None
    assert proxy.requests[1].body["ConsistentRead"] is True


async def test_a_viewer_who_is_asked_for_all_ways_round_costs_two_reads(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    document = """query($id: ID!, $email: String!) {
      viewer { user { id } session { user { accounts { nodes { user { id } } } authenticators { nodes { id } } } } }
      node(id: $id) { id }
      user(by: {email: $email}) { sessions { nodes { current } } }
    }"""
    given = {"id": ada.id, "email": ada.email}
    await counted_api.acting_as(session_cookie=ada.token).data(document, given)
    assert proxy.operations == ["Query", "Query"]


async def test_a_hundred_users_by_id_cost_one_batch(
    counted_api: Api, api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    with raw.together():
        for number in range(100):
            odd_rows.user(raw, f"u{number:03}", f"u{number}@example.com")
    listed = await api.data("{ users(first: 100) { nodes { id } } }")
    ids = [user["id"] for user in listed["users"]["nodes"]]
    proxy.reset()
    data = await counted_api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { email } } }", {"ids": ids})
    assert [node["id"] for node in data["nodes"]] == ids
    assert proxy.operations == ["BatchGetItem"]


async def test_a_mixed_bag_of_ids_costs_one_batch_and_one_query_for_sessions(
    counted_api: Api, api: Api, ada: Person, bob: Person, proxy: CountingProxy
) -> None:
    key = await passkey(api, ada, "key1")
    ids = [ada.id, bob.account_id, key, ada.session_id, bob.id, ada.id]
    proxy.reset()
    data = await counted_api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert [node["id"] for node in data["nodes"]] == ids
    assert sorted(proxy.operations) == ["BatchGetItem", "Query"]


async def test_a_list_of_users_costs_one_page(counted_api: Api, raw: RawTable, proxy: CountingProxy) -> None:
    fill(raw, users=30)
    data = await counted_api.data("{ users(first: 100) { nodes { name email attributes } } }")
    assert len(data["users"]["nodes"]) == 30
    assert proxy.operations == ["Scan"]


@directory
async def test_a_list_of_users_costs_one_query_of_the_directory(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    fill(raw, users=30)
    data = await counted_api.data("{ users(first: 20) { nodes { name } pageInfo { hasNextPage } } }")
    assert (len(data["users"]["nodes"]), data["users"]["pageInfo"]["hasNextPage"]) == (20, True)
    assert [(request.operation, request.index) for request in proxy.requests] == [("Query", "GSI2")]


async def test_a_hundred_users_with_accounts_and_sessions_cost_at_most_two_requests(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    fill(raw, users=150, accounts=2, sessions=3)
    children = "accounts(first: 5) { nodes { provider } } sessions(first: 5) { nodes { id } }"
    data = await counted_api.data(f"{{ users(first: 100) {{ nodes {{ {children} }} }} }}")
    nodes = data["users"]["nodes"]
    assert [(len(user["accounts"]["nodes"]), len(user["sessions"]["nodes"])) for user in nodes] == [(2, 3)] * 100
    assert proxy.operations in (["Scan"], ["Scan", "Query"])


@directory
async def test_children_in_the_order_of_a_directory_cost_a_query_for_each_user(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    fill(raw, users=10, accounts=1, sessions=1)
    await counted_api.data(f"{{ users(first: 5) {{ nodes {{ {ACCOUNTS_AND_SESSIONS} }} }} }}")
    assert [(request.operation, request.index) for request in proxy.requests] == [
        ("Query", "GSI2"),
        *[("Query", None)] * 5,
    ]


async def test_one_kind_of_children_costs_one_query(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    await counted_api.data("query($id: ID!) { user(by: {id: $id}) { accounts { nodes { id } } } }", {"id": ada.id})
    assert proxy.operations == ["GetItem", "Query"]


async def test_all_kinds_of_children_cost_one_query(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    document = (
        f"query($id: ID!) {{ user(by: {{id: $id}}) {{ {ACCOUNTS_AND_SESSIONS} authenticators {{ nodes {{ id }} }} }} }}"
    )
    await counted_api.data(document, {"id": ada.id})
    assert proxy.operations == ["GetItem", "Query"]


@pytest.mark.parametrize(
    ("field", "requests"),
    [
        ("user(by: {id: $user}) { name }", ["GetItem"]),
        ("user(by: {email: $email}) { name }", ["Query"]),
        ("user(by: {account: {provider: $provider, providerAccountId: $account}}) { name }", ["Query", "GetItem"]),
        ("user(by: {sessionToken: $token}) { name }", ["Query", "BatchGetItem"]),
        ("account(by: {id: $accountId}) { provider }", ["GetItem"]),
        (
            "account(by: {account: {provider: $provider, providerAccountId: $account}}) { user { name } }",
            ["Query", "GetItem"],
        ),
        ("session(by: {id: $session}) { expires user { name } }", ["Query", "GetItem"]),
        ("session(by: {sessionToken: $token}) { expires user { name } }", ["Query", "BatchGetItem"]),
        ("user(by: {id: $user}) { sessions { nodes { user { name } } } }", ["GetItem", "Query"]),
        ("verificationTokens(identifier: $email) { expires }", ["Query"]),
        ("authenticator(by: {credentialId: $account}) { id }", ["Query"]),
    ],
)
@pytest.mark.parametrize("times", [1, 5])
async def test_the_same_thing_asked_for_often_costs_as_much_as_once(
    counted_api: Api, ada: Person, proxy: CountingProxy, field: str, requests: list[str], times: int
) -> None:
    given = {
        "user": ada.id,
        "email": ada.email,
        "provider": "github",
        "account": ada.provider_account_id,
        "accountId": ada.account_id,
        "session": ada.session_id,
        "token": ada.token,
    }
    used = {name: given[name] for name in re.findall(r"\$(\w+)", field)}
    declared = ", ".join(f"${name}: {'ID' if name in IDS else 'String'}!" for name in used)
    aliases = " ".join(f"a{number}: {field}" for number in range(times))
    await counted_api.data(f"query({declared}) {{ {aliases} }}", used)
    assert proxy.operations == requests


async def test_creating_a_user_with_an_email_costs_a_check_and_a_transaction(
    counted_api: Api, proxy: CountingProxy
) -> None:
    await counted_api.changed("createUser", "user { id email name }", email="ada@example.com", name="Ada")
    assert proxy.operations == ["Query", "TransactWriteItems"]


async def test_creating_a_user_without_an_email_costs_one_write(counted_api: Api, proxy: CountingProxy) -> None:
    await counted_api.changed("createUser", "user { id }", name="Ada")
    assert proxy.operations == ["TransactWriteItems"]


async def test_an_id_that_was_chosen_costs_a_read_of_what_lies_under_it(counted_api: Api, proxy: CountingProxy) -> None:
    await counted_api.changed("createUser", "user { id }", userId="ada")
    account = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
    await counted_api.changed("registerUser", "user { id }", user={"userId": "bob"}, account=account)
    assert [(request.operation, request.index) for request in proxy.requests] == [
        ("Query", None),
        ("TransactWriteItems", None),
        ("Query", "GSI1"),
        ("Query", None),
        ("TransactWriteItems", None),
    ]
    assert proxy.requests[0].body["ConsistentRead"] is True
    assert proxy.requests[0].body["Limit"] == 2


async def test_a_session_costs_a_transaction_and_a_check_of_its_token_where_one_was_chosen(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    proxy.reset()
    await counted_api.changed("createSession", "session { id }", user={"userId": "ada"})
    assert proxy.operations == ["TransactWriteItems"]
    proxy.reset()
    await counted_api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken="chosen")
    assert [(request.operation, request.index) for request in proxy.requests] == [
        ("Query", "GSI1"),
        ("TransactWriteItems", None),
    ]


async def test_a_sign_up_costs_a_check_for_whatever_must_be_free_and_a_transaction(
    counted_api: Api, proxy: CountingProxy
) -> None:
    account = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
    for session, checks in ((None, 1), ({}, 1), ({"sessionToken": "chosen"}, 2)):
        proxy.reset()
        account["providerAccountId"] += "1"
        await counted_api.changed("registerUser", "user { id }", user={}, account=account, session=session)
        assert proxy.operations == ["Query"] * checks + ["TransactWriteItems"]


ONCE = ["TransactWriteItems", "GetItem"]
"""Mutations that no late attempt may undo, each with what its payload shows."""
BY_ACCOUNT = {"by": {"account": {"provider": "github", "providerAccountId": "ada-at-github"}}}
GITLAB = {"provider": "gitlab", "providerAccountId": "1"}
TOKEN = {"identifier": "ada@example.com", "token": "t1"}


@pytest.mark.parametrize(
    ("mutation", "given", "requests"),
    [
        ("updateUser", {"by": {"userId": "ada"}, "name": "Ada"}, ONCE),
        ("updateUser", {"by": {"email": "ada@example.com"}, "name": "Ada"}, ["Query", "GetItem", *ONCE]),
        ("updateUser", {**BY_ACCOUNT, "name": "Ada"}, ["Query", "GetItem", *ONCE]),
        ("updateUser", {"by": {"sessionToken": "$TOKEN"}, "name": "Ada"}, ["Query", "BatchGetItem", *ONCE]),
        ("disableUser", {"by": {"userId": "ada"}}, [*ONCE, "Query", "TransactWriteItems"]),
        ("enableUser", {"by": {"userId": "ada"}}, ONCE),
        ("updateAccountTokens", {**BY_ACCOUNT, "accessToken": "new"}, ["Query", *ONCE]),
        ("updateAuthenticatorCounter", {"by": {"credentialId": "key1"}, "counter": 1}, ["Query", *ONCE]),
        ("updateAuthenticatorCounter", {"by": {"id": "$PASSKEY"}, "counter": 1}, ["GetItem", *ONCE]),
        ("unlinkAccount", {"by": {"account": GITLAB}}, ["Query", "Query", "Query", "TransactWriteItems"]),
        ("deleteAuthenticator", {"by": {"credentialId": "key1"}}, ["Query", "Query", "Query", "TransactWriteItems"]),
        (
            "updateSession",
            {"by": {"sessionToken": "$TOKEN"}, "expires": "2037-01-01T00:00:00Z"},
            ["Query", "UpdateItem"],
        ),
        ("updateSession", {"by": {"sessionToken": "$TOKEN"}, "attributes": {"device": "phone"}}, ["Query", *ONCE]),
        ("rotateSession", {"by": {"sessionToken": "$TOKEN"}}, ["Query", "TransactWriteItems"]),
        (
            "rotateSession",
            {"by": {"sessionToken": "$TOKEN"}, "idempotencyKey": "rotation-of-session-1"},
            ["Query", "TransactWriteItems"],
        ),
        ("deleteSession", {"by": {"sessionToken": "$TOKEN"}}, ["Query", "TransactWriteItems"]),
        ("deleteSessions", {"user": {"userId": "ada"}}, ["Query", "TransactWriteItems"]),
        ("createVerificationToken", {**TOKEN, "expires": "2037-01-01T00:00:00Z"}, ["TransactWriteItems"]),
        ("useVerificationToken", TOKEN, ["GetItem", "TransactWriteItems"]),
        ("useVerificationToken", {**TOKEN, "token": "wrong"}, ["GetItem"]),
        ("deleteVerificationTokens", {"identifier": "ada@example.com"}, ["Query", "TransactWriteItems"]),
        ("deleteUser", {"by": {"userId": "nobody"}}, ["GetItem", "GetItem", "Query"]),
        (
            "deleteUser",
            {"by": {"userId": "ada"}},
            [
                *("GetItem", "TransactWriteItems"),
                *("Query", "TransactWriteItems"),
                *("Query", "TransactWriteItems"),
                *("TransactWriteItems", "Query", "TransactWriteItems"),
            ],
        ),
    ],
)
async def test_a_change_costs_these_requests(
    counted_api: Api,
    api: Api,
    ada: Person,
    raw: RawTable,
    proxy: CountingProxy,
    mutation: str,
    given: dict[str, Any],
    requests: list[str],
) -> None:
    key = await passkey(api, ada, "key1")
    if given.get("by") == {"account": GITLAB}:
        odd_rows.account(raw, "ada", "gitlab", "1")
    odd_rows.verification_token(raw, "ada@example.com", "t1", odd_rows.whole_seconds(LATER))
    if given.get("by") == {"sessionToken": "$TOKEN"}:
        given = given | {"by": {"sessionToken": ada.token}}
    if given.get("by") == {"id": "$PASSKEY"}:
        given = given | {"by": {"id": key}}
    await counted_api.changed(mutation, "__typename", **given)
    assert proxy.operations == requests


async def test_an_api_key_costs_one_consistent_read_and_at_first_a_note_of_its_use(
    counted_api: Api, api: Api, proxy: CountingProxy
) -> None:
    program = counted_api.acting_as(await key_with(api, "USERS_READ"))
    proxy.reset()
    await program.data("{ caller { kind } }")
    assert proxy.operations == ["GetItem", "UpdateItem"]
    assert proxy.requests[0].body["ConsistentRead"] is True


async def test_an_api_key_that_was_used_within_the_hour_costs_one_read(
    counted_api: Api, api: Api, proxy: CountingProxy
) -> None:
    program = counted_api.acting_as(await key_with(api, "USERS_READ"))
    await program.data("{ caller { kind } }")
    proxy.reset()
    for _ in range(3):
        await program.data("{ caller { kind } }")
    assert proxy.operations == ["GetItem"] * 3


async def test_an_operation_the_caller_may_not_run_costs_nothing_beyond_the_caller(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    assert await counted_api.acting_as().codes("{ users { nodes { id } } }") == ["UNAUTHENTICATED"]
    assert proxy.operations == []
    assert await counted_api.acting_as(ada.token).codes("{ users { nodes { id } } }") == ["FORBIDDEN"]
    assert proxy.operations == ["Query", "BatchGetItem"]


def fill(raw: RawTable, *, users: int, accounts: int = 0, sessions: int = 0) -> None:
    """Store users with so many accounts and sessions each."""
    with raw.together():
        for number in range(users):
            user_id = f"user-{number:04}"
            odd_rows.user(raw, user_id, f"{user_id}@example.com")
            for account in range(accounts):
                odd_rows.account(raw, user_id, f"provider-{account}", user_id)
            for session in range(sessions):
                odd_rows.session(raw, user_id, f"{user_id}-{session}", odd_rows.whole_seconds(LATER))
