"""S47: an id that is requested again causes no more reads, and finds a session without comparing all sessions of its
user."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamo.settings import TableSettings
from resolvers import global_ids
from resolvers.global_ids import GlobalIds
from tests.api import SECRET, Api, make_api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, api_key, passkey

SESSIONS = 60
ALIASES = 15
SECRETS = [SECRET, "a-secret-before-it-that-only-tests-know"]
MANY = "query($ids: [ID!]!) { " + " ".join(f"n{n}: nodes(ids: $ids) {{ __typename id }}" for n in range(ALIASES)) + " }"


@pytest.fixture
def crowded(table_settings: TableSettings, raw: RawTable, ada: Person) -> Api:
    """Ada has many sessions, and ids may have been made with an older key."""
    for number in range(SESSIONS):
        odd_rows.session(raw, "ada", f"token-{number:02}", {"N": "4000000000"})
    return make_api(table_settings, ids=GlobalIds(SECRETS))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was hashed with a key."""
    found: list[bytes] = []
    of: Callable[[Any, bytes], bytes] = global_ids._Tags.of

    def noted(self: Any, data: bytes) -> bytes:
        found.append(data)
        return of(self, data)

    monkeypatch.setattr(global_ids._Tags, "of", noted)
    return found


async def test_s47_every_session_is_hashed_once_for_a_request_under_each_key(
    crowded: Api, ada: Person, hashed: list[bytes]
) -> None:
    document = '{ user(by: {userId: "ada"}) { sessions(first: 100) { nodes { id } } } }'
    sessions = (await crowded.data(document))["user"]["sessions"]["nodes"]
    ids = [session["id"] for session in sessions]
    assert len(ids) == SESSIONS + 1
    for caller in (crowded, crowded.acting_as(ada.token)):
        for asked in (ids, [ids[0]] * 100, [ids[-1]] * 100):
            hashed.clear()
            data = await caller.data(MANY, {"ids": asked})
            assert all([node["id"] for node in nodes] == asked for nodes in data.values())
            of_tokens = [data for data in hashed if data.startswith(b"token-")]
            # To find them by their hash, and to make the id of each that is shown.
            shown = ALIASES * len(asked)
            assert len(of_tokens) <= SESSIONS * len(SECRETS) + shown


@pytest.mark.parametrize("kind", ["User", "Account", "Session", "Authenticator", "ApiKey", "a forged one"])
async def test_s47_an_id_that_is_repeated_is_opened_as_often_as_one(
    crowded: Api, ada: Person, hashed: list[bytes], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": await passkey(crowded, ada, "Y3JlZGVudGlhbA=="),
        "ApiKey": (await api_key(crowded, ["USERS_READ"]))[0],
        "a forged one": "x" * 32_000,
    }
    opened = 0
    open_id = GlobalIds.open_id

    def noted(self: GlobalIds, sealed: str) -> Any:
        nonlocal opened
        opened += 1
        return open_id(self, sealed)

    monkeypatch.setattr(GlobalIds, "open_id", noted)
    counts = []
    for asked in ([ids[kind]], [ids[kind]] * 30):
        opened = 0
        data = await crowded.data(MANY, {"ids": asked})
        assert all(nodes == data["n0"] and len(nodes) == len(asked) for nodes in data.values())
        counts.append(opened)
    assert counts[0] == counts[1] <= 3 * ALIASES


async def test_s47_a_session_is_found_by_an_id_under_every_key_and_by_no_other(
    table_settings: TableSettings, ada: Person, bob: Person
) -> None:
    old, new = GlobalIds(SECRETS[1:]), GlobalIds(SECRETS[::-1][:1] + SECRETS[:1])
    document = '{ user(by: {userId: "ada"}) { sessions { nodes { id } } } }'
    made = (await make_api(table_settings, ids=old).data(document))["user"]["sessions"]["nodes"][0]["id"]
    find = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { user { userId } } } }"
    found = await make_api(table_settings, ids=new).data(find, {"ids": [made, ada.session_id, bob.session_id, made]})
    assert [node and node["user"]["userId"] for node in found["nodes"]] == ["ada", "ada", "bob", "ada"]
    foreign = GlobalIds(["another-secret-that-only-tests-know"])
    assert await make_api(table_settings, ids=foreign).data(find, {"ids": [made]}) == {"nodes": [None]}
