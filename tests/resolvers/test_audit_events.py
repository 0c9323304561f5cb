"""The audit log: every mutation has its entry, in its transaction, and callers see what they may of it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from dynamo import audit, audit_log
from dynamo.client import Table
from dynamo.last_seen import LastSeen
from dynamo.settings import TableSettings
from execution.request import Credentials
from execution.request_id import REQUEST_ID
from resolvers.bulk import MOST_ROWS
from resolvers.errors import graphql_name
from schema.build import GRAPHQL_SCHEMA
from schema.lookups import UserBy
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.faults.changes import CHANGES, EXPIRES, make, populate
from tests.interop.raw import Item, RawTable
from tests.resolvers.people import api_key, key_with, sign_up
from tests.resolvers.recorded import ends_something, entries, positions, restore, with_key

ADDRESS = "203.0.113.9"
FIELDS = """
    at action changed userId requestId ipAddress
    actor { kind apiKeyId name userId impersonator }
"""
LIST = (
    "query($first: Int, $after: String, $filter: AuditEventFilter) { "
    f"auditEvents(first: $first, after: $after, filter: $filter) {{ nodes {{ {FIELDS} }} "
    "pageInfo { hasNextPage endCursor } } }"
)
OWN = f"{{ viewer {{ user {{ auditEvents(first: 100) {{ nodes {{ {FIELDS} }} }} }} }} }}"

ACCOUNT = ["provider", "providerAccountId"]
PASSKEY = [
    *("backedUp", "counter", "credentialId", "credentialPublicKey", "deviceType"),
    *("providerAccountId", "transports"),
]
SESSION = ["expires", "sessionToken"]
TOKEN = ["expires", "identifier", "token"]
DISABLED = ["disabledAt", "disabledReason", "disabledUntil"]

Expected = Sequence[tuple[str | None, Sequence[str]]]
EXPECTED: Mapping[str, Expected] = {
    "registerUser-account-session": [("bob", sorted(["email", *ACCOUNT, *SESSION]))],
    "createUser-userId-email": [("bob", ["email"])],
    "createUser-userId": [("bob", [])],
    "updateUser-name": [("ada", ["name"])],
    "updateUser-attributes": [("ada", ["plan"])],
    "updateUser-email-name": [("ada", ["email", "emailVerified", "name"])],
    "deleteUser-": [("ada", [])],
    "disableUser-reason": [("ada", DISABLED)],
    "enableUser-": [("ada", DISABLED)],
    "linkAccount-provider-providerAccountId-type": [("ada", ACCOUNT)],
    "unlinkAccount-": [("ada", [])],
    "unlinkAccount-force": [("ada", [])],
    "mergeUsers-keep-lose": [("ada", []), ("eve", [])],
    "moveAccount-to": [("ada", []), ("eve", [])],
    "updateAccountTokens-accessToken": [("ada", ["accessToken"])],
    "updateAccountTokens-accessToken-expected": [("ada", ["accessToken"])],
    "createSession-sessionToken-expires": [("ada", SESSION)],
    "updateSession-expires": [],
    "updateSession-attributes": [("ada", ["device"])],
    "updateSession-expires-attributes": [("ada", ["device", "expires"])],
    "rotateSession-": [("ada", ["sessionToken"])],
    "deleteSession-": [("ada", [])],
    "deleteSessions-": [("ada", [])],
    "createVerificationToken-identifier-token-expires": [(None, TOKEN)],
    "createVerificationToken-identifier-token-expires-invalidateOlder": [(None, TOKEN)],
    "useVerificationToken-identifier-token": [(None, [])],
    "deleteVerificationTokens-identifier": [(None, [])],
    "createAuthenticator-credentialId-providerAccountId-credentialPublicKey-counter-deviceType-backedUp-transports": [
        ("ada", PASSKEY)
    ],
    "updateAuthenticatorCounter-counter": [("ada", ["counter"])],
    "deleteAuthenticator-": [("ada", [])],
    "createUsers-users": [("bob", ["email"])],
    "deleteUsers-users": [("ada", [])],
    "disableUsers-users": [("ada", DISABLED), ("eve", DISABLED)],
    "enableUsers-users": [("ada", DISABLED), ("eve", DISABLED)],
    "deleteSessionsOfUsers-users": [("ada", [])],
    "createApiKey-name-scopes": [(None, ["expiresAt", "name", "scopes"])],
    "revokeApiKey-": [(None, ["revokedAt"])],
}
"""What each change records: the users whom it concerns, and the names of what was changed of each."""


def test_every_mutation_is_tried() -> None:
    mutation = GRAPHQL_SCHEMA.mutation_type
    assert mutation is not None
    assert {change.mutation for change in CHANGES} == set(mutation.fields)
    assert {change.name for change in CHANGES} == set(EXPECTED)


@pytest.mark.parametrize("notes_use", [False, True], ids=["", "with the last use of sessions"])
async def test_every_mutation_has_an_entry_that_says_who_did_what_to_whom(
    table_settings: TableSettings, raw: RawTable, notes_use: bool
) -> None:
    api = make_api(table_settings, last_seen=LastSeen(Table.connect(table_settings)) if notes_use else None)
    key_id = await populate(api)
    back_office = calling(api, *await api_key(api, ["ADMIN"], name="back office"))
    stored = raw.everything()
    secrets = set(values_of(stored)) | {"s2", "t2", "new", "abuse", "phone", "bob-at-github", "bob@example.com", "free"}
    for change in CHANGES:
        restore(raw, stored)
        await make(api, change.before)
        before, items = positions(raw), raw.items()
        await back_office.changed(change.mutation, "__typename", **with_key(change, key_id))
        new = [item for item in entries(raw) if item["sk"]["S"] not in before]
        said = sorted((target(item), names(item)) for item in new)
        assert said == sorted((user, list(changed)) for user, changed in EXPECTED[change.name]), change.name
        assert new or not ends_something(items, raw.items()), change.name
        for item in new:
            assert item["action"] == {"S": change.mutation}
            assert item["actorName"] == {"S": "back office"}
            assert item["actor"]["S"].startswith("key:")
            assert (item["requestId"], item["address"]) == ({"S": "request-1"}, {"S": ADDRESS})
            told = {name: value for name, value in item.items() if name not in ("pk", "GSI1PK", "target", "actorName")}
            assert not secrets & set(texts(told)), change.name
            assert "id" not in item
            assert 89 < int(item["expires"]["N"]) / 86400 - datetime.now(UTC).timestamp() / 86400 < 91
    await assert_clean(api.table)


async def test_nothing_more_is_written_if_the_log_is_switched_off(raw: RawTable, table_settings: TableSettings) -> None:
    off = make_api(table_settings.model_copy(update={"audit_days": 0}))
    key_id = await populate(off)
    stored = raw.everything()
    for change in CHANGES:
        restore(raw, stored)
        await make(off, change.before)
        await off.changed(change.mutation, "__typename", **with_key(change, key_id))
        assert raw.everything() == raw.items(), change.name


async def test_a_rejected_mutation_and_one_that_changes_nothing_have_no_entry(api: Api, raw: RawTable) -> None:
    await sign_up(api, "ada")
    before = positions(raw)
    for mutation, given in (
        ("updateUser", {"by": {"userId": "nobody"}, "name": "Ada"}),
        ("createUser", {"userId": "ada"}),
        ("createUser", {"email": "ada@example.com"}),
        ("enableUsers", {"users": [{"by": {"userId": "nobody"}}]}),
        ("deleteUser", {"by": {"userId": "nobody"}}),
        ("deleteSession", {"by": {"sessionToken": "nobody's"}}),
        ("deleteVerificationTokens", {"identifier": "nobody@example.com"}),
        ("updateUser", {"by": {"userId": "ada"}}),
    ):
        await api.change(mutation, "__typename", **given)
        assert positions(raw) == before, mutation


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("createUser", {"email": "new@example.com"}),
        ("createSession", {"user": {"userId": "ada"}}),
        ("createVerificationToken", {"identifier": "ada@example.com", "token": "t1", "expires": EXPIRES}),
        ("createApiKey", {"name": "deploy", "scopes": ["USERS_READ"]}),
    ],
)
async def test_a_repetition_has_no_entry_of_its_own(
    api: Api, raw: RawTable, mutation: str, given: Mapping[str, Any]
) -> None:
    await sign_up(api, "ada")
    before = positions(raw)
    repeated = {**given, "idempotencyKey": "a-key-that-is-repeated"}
    await api.changed(mutation, "__typename", **repeated)
    after = positions(raw)
    assert len(after - before) == 1
    await asyncio.gather(*(api.changed(mutation, "__typename", **repeated) for _ in range(3)))
    assert positions(raw) == after


async def test_a_full_bulk_mutation_has_an_entry_for_each_row(api: Api, raw: RawTable) -> None:
    with raw.together():
        for number in range(MOST_ROWS):
            user = {"id": {"S": f"u{number}"}, "type": {"S": "USER"}}
            raw.put(raw.keys(f"USER#u{number}", f"USER#u{number}") | user)
    rows = [{"by": {"userId": f"u{number}"}} for number in range(MOST_ROWS)]
    answer = await api.changed("disableUsers", "results { userErrors { code } }", users=rows)
    assert answer["results"] == [{"userErrors": []}] * MOST_ROWS
    assert sorted(str(target(item)) for item in entries(raw)) == sorted(f"u{number}" for number in range(MOST_ROWS))


async def test_people_and_their_impersonators_are_named(api: Api, raw: RawTable) -> None:
    ada = await sign_up(api, "ada")
    person = api.acting_as(session_cookie=ada.token)
    await person.changed("updateUser", "user { id }", by={"id": ada.id}, name="Ada L.")
    session = next(item for item in raw.items() if item.get("type") == {"S": "SESSION"})
    raw.put(session | {"impersonator": {"S": "eve"}})
    await person.changed("deleteSession", "__typename", by={"sessionToken": ada.token})
    found = await listed(api, filter={"user": {"userId": "ada"}})
    assert [(event["action"], event["actor"]) for event in found[:2]] == [
        (action, {"kind": "PERSON", "apiKeyId": None, "name": None, "userId": "ada", "impersonator": impersonator})
        for action, impersonator in (("deleteSession", "eve"), ("updateUser", None))
    ]


async def test_people_see_their_sign_ins_and_what_they_did_and_nothing_of_others(api: Api, raw: RawTable) -> None:
    ada = await sign_up(api, "ada")
    await sign_up(api, "bob")
    support = calling(api, *await api_key(api, ["ADMIN"], name="support"))
    await support.changed("createSession", "session { id }", user={"id": ada.id})
    await support.changed("updateUser", "user { id }", by={"id": ada.id}, attributes={"risk": 9})
    person = Api(api.table, api.executor, Credentials(session_cookies=(ada.token,), address="198.51.100.4"))
    await person.changed("updateUser", "user { id }", by={"id": ada.id}, name="Ada L.")
    data = await person.data(OWN)
    found = data["viewer"]["user"]["auditEvents"]["nodes"]
    assert [event["action"] for event in found] == ["updateUser", "createSession", "registerUser"]
    assert [event["ipAddress"] for event in found] == ["198.51.100.4", None, None]
    assert [event["actor"] and event["actor"]["userId"] for event in found] == ["ada", None, None]
    assert [event["requestId"] is None for event in found] == [False, True, True]
    assert found[0]["changed"] == ["name"]
    assert "support" not in str(data)
    assert "risk" not in str(data)


async def test_nothing_tells_people_that_others_changed_their_user(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    """Neither the pages nor what it takes to read them."""
    ada = await sign_up(counted_api, "ada")
    person = counted_api.acting_as(session_cookie=ada.token)
    for name in ("Ada L.", "Ada"):
        await person.changed("updateUser", "user { id }", by={"id": ada.id}, name=name)
    document = "query($first: Int) { viewer { user { auditEvents(first: $first) { nodes { action } "
    document += "pageInfo { hasNextPage endCursor } } } } }"

    async def seen(first: int) -> tuple[object, ...]:
        proxy.reset()
        answer = await person.answer(document, {"first": first})
        assert answer.get("errors") is None
        return answer["data"], answer.get("extensions"), proxy.operations

    alone = [await seen(first) for first in (1, 2, 3, 100)]
    for number in range(20):
        await counted_api.changed("updateUser", "user { id }", by={"id": ada.id}, attributes={"risk": number})
    assert [await seen(first) for first in (1, 2, 3, 100)] == alone


async def test_entries_from_before_there_was_a_list_for_people_are_listed_for_administrators(
    api: Api, raw: RawTable
) -> None:
    await sign_up(api, "ada")
    old = entry(raw, datetime(2020, 1, 1, tzinfo=UTC), 0, user="ada", actor="user:ada", action="old")
    raw.put(old)
    for wanted in ({}, {"user": {"userId": "ada"}}, {"actor": {"userId": "ada"}}):
        assert "old" in [event["action"] for event in await listed(api, filter=wanted)], wanted


async def test_the_log_needs_its_own_scope(api: Api) -> None:
    await sign_up(api, "ada")
    reader = api.acting_as(await key_with(api, "AUDIT_READ"))
    assert await listed(reader)
    of_user = '{ user(by: {userId: "ada"}) { auditEvents { nodes { action } } } }'
    others = api.acting_as(await key_with(api, "USERS_READ", "SECRETS_READ", "ADAPTER"))
    assert await others.codes(LIST) == ["FORBIDDEN"]
    assert await others.codes(of_user) == ["FORBIDDEN"]
    both = api.acting_as(await key_with(api, "USERS_READ", "AUDIT_READ"))
    assert (await both.data(of_user))["user"]["auditEvents"]["nodes"] == [{"action": "registerUser"}]


async def test_the_entries_of_a_deleted_user_stay_and_name_nobody_who_is_there(api: Api) -> None:
    ada = await sign_up(api, "ada")
    await api.changed("deleteUser", "deletedUserId", by={"id": ada.id})
    for user in ({"id": ada.id}, {"userId": "ada"}):
        found = await listed(api, filter={"user": user})
        assert [event["action"] for event in found] == ["deleteUser", "registerUser"]
    data = await api.data("{ auditEvents { nodes { userId user { id } } } }")
    assert data["auditEvents"]["nodes"] == [{"userId": "ada", "user": None}] * 2


@pytest.mark.parametrize("of_user", [True, False])
async def test_pages_have_every_entry_once_newest_first_while_new_ones_arrive(
    api: Api, raw: RawTable, of_user: bool
) -> None:
    ada, times = await sign_up(api, "ada"), [datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(40)]
    with raw.together():
        for number, at in enumerate(times):
            raw.put(entry(raw, at, number % audit.SHARDS, user="ada", action=f"action{number}"))
    seen: list[str] = []
    after: str | None = None
    while True:
        wanted = {"user": {"id": ada.id}} if of_user else None
        data = await api.data(LIST, {"first": 7, "after": after, "filter": wanted})
        page = data["auditEvents"]
        seen += [event["action"] for event in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        newer = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=len(seen))
        raw.put(entry(raw, newer, len(seen) % audit.SHARDS, user="ada", action="later"))
    assert seen == [f"action{number}" for number in reversed(range(40))] + ["registerUser"]


async def test_conditions_are_combined(api: Api, raw: RawTable) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    key_id = "0123456789abcdef"
    actors = ("user:ada", "user:bob", f"key:{key_id}", "key:bootstrap")
    actions = ("createUser", "updateUser")
    cases = [(user, actor, action) for user in ("ada", "bob") for actor in actors for action in actions]
    with raw.together():
        for number, (user, actor, action) in enumerate(cases):
            at = start + timedelta(minutes=number)
            raw.put(entry(raw, at, number % audit.SHARDS, user=user, actor=actor, action=action))
    sealed = ids_of(api).id_of_api_key(key_id)
    for either in (sealed, key_id):
        found = await listed(api, filter={"actor": {"apiKeyId": either}})
        assert [(one["userId"], one["action"]) for one in found] == [
            (user, action) for user in ("bob", "ada") for action in reversed(actions)
        ]
        assert {one["actor"]["apiKeyId"] for one in found} == {sealed}
    assert await listed(api, filter={"actor": {"apiKeyId": key_id[::-1]}}) == []
    administrator = {"actor": {"administratorKey": True}}
    found = await listed(api, filter={**administrator, "user": {"userId": "ada"}, "action": "createUser"})
    assert [one["actor"] for one in found] == [
        {"kind": "API_KEY", "apiKeyId": None, "name": None, "userId": None, "impersonator": None}
    ]
    # People change only themselves, so what a person did is among their own entries.
    found = await listed(api, filter={"actor": {"userId": "ada"}})
    assert [one["userId"] for one in found] == ["ada", "ada"]
    assert await listed(api, filter={"actor": {"userId": "ada"}, "user": {"email": "nobody@example.com"}}) == []
    assert await listed(api, filter={"actor": {"userId": "no\0body"}}) == []
    minutes = {"from": "2030-01-01T00:03:00Z", "to": "2030-01-01T00:06:00Z"}
    for one_user in ({}, {"user": {"userId": "ada"}}):
        found = await listed(api, filter={**minutes, **one_user})
        assert [one["at"][14:16] for one in found] == ["05", "04", "03"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"filter": {"from": "2030-01-02T00:00:00Z", "to": "2030-01-01T00:00:00Z"}}, "BAD_USER_INPUT"),
        ({"filter": {"from": "2030-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z"}}, "BAD_USER_INPUT"),
        ({"filter": {"user": {"id": "no id"}}}, "BAD_USER_INPUT"),
        ({"filter": {"actor": {"apiKeyId": "no id"}}}, "BAD_USER_INPUT"),
        ({"filter": {"actor": {"apiKeyId": "bootstrap"}}}, "BAD_USER_INPUT"),
        ({"filter": {"actor": {"apiKeyId": "ag_0123456789abcdef_secret"}}}, "BAD_USER_INPUT"),
        ({"filter": {"actor": {"administratorKey": False}}}, "BAD_USER_INPUT"),
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"after": "no cursor"}, "INVALID_CURSOR"),
    ],
)
async def test_what_cannot_be_listed_is_refused(api: Api, given: Mapping[str, Any], code: str) -> None:
    assert await api.codes(LIST, given) == [code]


async def test_a_cursor_is_valid_for_its_conditions_only(api: Api) -> None:
    for name in ("ada", "bob"):
        await sign_up(api, name)
    page = (await api.data(LIST, {"first": 1}))["auditEvents"]["pageInfo"]
    assert page["hasNextPage"]
    for wanted in ({"action": "registerUser"}, {"user": {"userId": "ada"}}, {"to": EXPIRES}):
        assert await api.codes(LIST, {"after": page["endCursor"], "filter": wanted}) == ["INVALID_CURSOR"]


async def test_a_page_takes_one_query_for_each_partition(counted_api: Api, proxy: CountingProxy) -> None:
    for name in ("ada", "bob"):
        await sign_up(counted_api, name)
    proxy.reset()
    await counted_api.data(LIST)
    assert proxy.operations == ["Query"] * audit.SHARDS
    proxy.reset()
    await counted_api.data(LIST, {"filter": {"user": {"userId": "ada"}}})
    assert proxy.operations == ["Query"] * 2
    proxy.reset()
    both = '{ a: user(by: {userId: "ada"}) { ...of } b: user(by: {userId: "bob"}) { ...of } } '
    await counted_api.data(both + "fragment of on User { auditEvents { nodes { action user { name } } } }")
    assert sorted(proxy.operations) == ["BatchGetItem", *["Query"] * 4]


async def test_a_search_ends_with_a_cursor_when_it_has_read_enough(
    api: Api, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "SEARCHED", 3)
    start = datetime(2030, 1, 1, tzinfo=UTC)
    with raw.together():
        raw.put(entry(raw, start, 0, user="ada", action="unlinkAccount"))
        for number in range(1, 80):
            raw.put(entry(raw, start + timedelta(minutes=number), number % audit.SHARDS, user="ada"))
    found, after, pages = [], None, 0
    while pages == 0 or after is not None:
        data = await api.data(LIST, {"first": 2, "after": after, "filter": {"action": "unlinkAccount"}})
        found += data["auditEvents"]["nodes"]
        info = data["auditEvents"]["pageInfo"]
        after, pages = info["endCursor"] if info["hasNextPage"] else None, pages + 1
    assert [event["action"] for event in found] == ["unlinkAccount"]
    assert pages == 2


async def test_items_of_other_apps_are_no_entries(api: Api, raw: RawTable) -> None:
    own = entry(raw, datetime(2030, 1, 1, tzinfo=UTC), 0, user="ada", action="own")
    raw.put(own)
    raw.put(own | raw.keys("AUDIT#0", "2031"))
    raw.put(own | raw.keys("AUDIT#0", "2030-13-45T00:00:00.000Z#0000000000000000"))
    raw.put(own | raw.keys("NOTE#1", "NOTE#1"))
    raw.put(own | raw.keys("AUDIT#1", own["sk"]["S"], ("AUDIT#ada", "2032")))
    for wanted in ({}, {"user": {"userId": "ada"}}):
        found = await listed(api, filter=wanted)
        assert {event["action"] for event in found} == {"own"}
    assert len(found) == 1


async def test_entries_that_are_over_are_not_shown(api: Api, raw: RawTable) -> None:
    old = entry(raw, datetime.now(UTC), 0, user="ada", action="old")
    raw.put(old | {"expires": {"N": "1"}})
    assert await listed(api) == []


async def test_a_name_that_is_a_secret_itself_is_neither_stored_nor_shown(api: Api, raw: RawTable) -> None:
    await sign_up(api, "ada")
    given = {"sk_live_0123456789abcdef": 1, "plan": "pro"}
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, attributes=given)
    (event,) = await listed(api, filter={"action": "updateUser"})
    assert event["changed"] == ["plan"]
    (stored,) = (item for item in entries(raw) if item["action"] == {"S": "updateUser"})
    assert stored["changed"] == {"L": [{"S": "plan"}]}
    raw.put(stored | {"changed": {"L": [{"S": name} for name in given]}})
    (event,) = await listed(api, filter={"action": "updateUser"})
    assert event["changed"] == ["plan"], "an entry that was written before"


@pytest.mark.parametrize("notes_use", [False, True], ids=["", "with the last use of sessions"])
async def test_an_attribute_of_an_app_is_named_even_if_a_session_has_one_of_that_name(
    table_settings: TableSettings, notes_use: bool
) -> None:
    api = make_api(table_settings, last_seen=LastSeen(Table.connect(table_settings)) if notes_use else None)
    seen = {"attributes": {"lastSeenAt": "2030-01-01T00:00:00.000Z"}}
    await api.changed("createUser", "__typename", userId="ada", **seen)
    await api.changed("updateUser", "__typename", by={"userId": "ada"}, attributes={"lastSeenAt": None})
    linked = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
    await api.changed("linkAccount", "__typename", user={"userId": "ada"}, **linked, **seen)
    session = {"expires": "2037-01-01T00:00:00.000Z"}
    other = {**linked, "providerAccountId": "2"}
    await api.changed("registerUser", "__typename", user={"userId": "bob", **seen}, account=other, session=session)
    await api.changed("createSession", "__typename", user={"userId": "ada"}, **session)
    created, *others = await listed(api)
    assert "lastSeenAt" not in created["changed"]
    assert [event["action"] for event in others if "lastSeenAt" in event["changed"]] == [
        "registerUser",
        "linkAccount",
        "updateUser",
        "createUser",
    ]


async def test_an_entry_stays_small_however_many_attributes_are_changed(api: Api, raw: RawTable) -> None:
    await sign_up(api, "ada")
    given = {f"attribute{number:04}" * 5: 1 for number in range(60)}
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, attributes=given)
    assert all(len(orjson.dumps(item)) < 1500 for item in entries(raw))
    (event,) = await listed(api, filter={"action": "updateUser"})
    assert event["changed"][-1] == audit.MORE


def calling(api: Api, _: str, bearer: str) -> Api:
    """The API as a program with a key uses it, from an address of its own."""
    REQUEST_ID.set("request-1")
    return Api(api.table, api.executor, Credentials(bearer, address=ADDRESS))


def ids_of(api: Api) -> Any:
    """What makes the global ids of an API."""
    return api.executor._service.ids


async def listed(api: Api, **given: Any) -> list[dict[str, Any]]:
    """All events of the first page."""
    data = await api.data(LIST, {"first": 100, **given})
    nodes: list[dict[str, Any]] = data["auditEvents"]["nodes"]
    return nodes


def target(item: Item) -> str | None:
    """The raw id of the user whom an entry concerns."""
    found: str | None = item["target"]["S"] if "target" in item else None
    assert ("GSI1PK" in item) == (found is not None)
    return found


def names(item: Item) -> list[str]:
    """What was changed, as the API spells it."""
    return sorted(audit_log.api_name(name["S"]) for name in item["changed"]["L"])


def entry(
    raw: RawTable, at: datetime, shard: int, *, user: str, actor: str = "key:bootstrap", action: str = "other"
) -> Item:
    """An entry as it is stored."""
    place = f"{at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}#{shard:016x}"
    return raw.keys(f"AUDIT#{shard}", place, (f"AUDIT#{user}", place)) | {
        "type": {"S": "AUDIT"},
        "action": {"S": action},
        "actor": {"S": actor},
        "target": {"S": user},
        "changed": {"L": []},
        "expires": {"N": "2000000000000"},
    }


def texts(value: Any) -> Iterator[str]:
    """Every text in an item."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def values_of(items: Sequence[Item]) -> Iterator[str]:
    """What is stored in users, accounts, sessions, tokens and passkeys, except for what says what they are."""
    for item in items:
        if item.get("type") == {"S": "AUDIT"}:
            continue
        for name, value in item.items():
            if name not in ("type", "expires", "owner", "userId"):
                yield from (text for text in texts(value) if text not in ("ada", "eve"))


def test_a_table_has_no_act_of_its_own(table_settings: TableSettings) -> None:
    table = Table.connect(table_settings)
    assert table.act is None
    assert audit.entries(table, "ada", ["name"]) == []


async def test_whoever_has_the_id_of_a_deleted_user_sees_nothing_of_them(api: Api) -> None:
    await sign_up(api, "ada")
    await api.changed("deleteUser", "__typename", by={"userId": "ada"})
    ada = await sign_up(api, "ada")
    own = await api.acting_as(session_cookie=ada.token).data(OWN)
    actions = [event["action"] for event in own["viewer"]["user"]["auditEvents"]["nodes"]]
    assert actions == ["registerUser"]
    everything = [event["action"] for event in await listed(api, filter={"user": {"userId": "ada"}})]
    assert everything == ["registerUser", "deleteUser", "registerUser"]


async def test_attributes_of_an_app_crowd_out_no_field(api: Api) -> None:
    await sign_up(api, "ada")
    crowd = {f"{sign}{number:0200}": 1 for number, sign in enumerate("!#%&*+,-./")}
    await api.changed(
        "updateUser", "__typename", by={"userId": "ada"}, email="eve@example.com", name="Eve", attributes=crowd
    )
    (event, *_) = await listed(api, filter={"user": {"userId": "ada"}})
    assert {"email", "emailVerified", "name"} <= set(event["changed"])
    assert len(event["changed"]) < 3 + len(crowd)


async def test_an_action_that_does_not_exist_is_an_error_that_lists_all_and_each_of_them_is_accepted(
    counted_api: Api, proxy: CountingProxy
) -> None:
    mutations = GRAPHQL_SCHEMA.mutation_type
    assert mutations is not None
    for action in ("", "deleteuser", "viewer", "x" * 100):
        (error,) = (await counted_api.answer(LIST, {"filter": {"action": action}}))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["filter", "action"]}
        assert [name for name in mutations.fields if name not in error["message"]] == []
    assert proxy.total == 0
    for action in mutations.fields:
        assert await counted_api.codes(LIST, {"filter": {"action": action}}) == [], action


NATURAL_KEYS: list[dict[str, Any]] = [
    {"email": "ada@example.com"},
    {"account": {"provider": "github", "providerAccountId": "ada"}},
    {"sessionToken": "a" * 40},
]


async def test_naming_a_user_by_a_natural_key_takes_the_scope_that_a_lookup_takes(api: Api) -> None:
    names = {name for name in UserBy.__annotations__ if name not in ("id", "user_id")}
    assert {graphql_name(name) for name in names} == {name for key in NATURAL_KEYS for name in key}
    log = api.acting_as(await key_with(api, "AUDIT_READ"))
    both = api.acting_as(await key_with(api, "AUDIT_READ", "USERS_READ"))
    for by in NATURAL_KEYS:
        (error,) = (await log.answer(LIST, {"filter": {"user": by}}))["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN", by
        assert "`users:read`" in error["message"]
        assert await both.codes(LIST, {"filter": {"user": by}}) == []
    assert await log.codes(LIST, {"filter": {"user": {"userId": "ada"}}}) == []


@pytest.mark.parametrize("user_id", ["", "a\0b", "x" * 801])
async def test_a_user_who_cannot_exist_is_a_wrong_condition(api: Api, user_id: str) -> None:
    document = "query($id: ID!) { auditEvents(filter: {user: {userId: $id}}) { nodes { action } } }"
    assert await api.codes(document, {"id": user_id}) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("mutation", "given"),
    [("mergeUsers", {"keep": {"userId": "eve"}, "lose": {"userId": "ada"}}), ("deleteUser", {"by": {"userId": "ada"}})],
)
async def test_whoever_finishes_what_another_began_has_an_entry(
    api: Api, raw: RawTable, mutation: str, given: Mapping[str, Any]
) -> None:
    await sign_up(api, "ada")
    await sign_up(api, "eve")
    ada = raw.get("USER#ada", "USER#ada")
    assert ada is not None
    begun = {"deletingAt": {"S": "2026-01-01T00:00:00.000Z"}, "mergingInto": {"S": "eve"}}
    raw.put(ada | begun)
    await api.changed(mutation, "__typename", **given)
    found = [event["action"] for event in await listed(api, filter={"user": {"userId": "ada"}})]
    assert found == [mutation, "registerUser"]
