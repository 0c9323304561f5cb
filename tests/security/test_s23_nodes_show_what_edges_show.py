"""S23: a global id gives access to nothing that lists and lookups do not show. A forged, foreign or odd one is null."""

import pytest

from resolvers.global_ids import GlobalIds
from tests.api import Api
from tests.resolvers.people import Person, api_key, key_with, passkey

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
TYPES = ("User", "Account", "Session", "Authenticator", "ApiKey")


@pytest.fixture
async def ids(api: Api, ada: Person) -> dict[str, str]:
    """An id of each of Ada's objects, and of an API key."""
    return {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": await passkey(api, ada, "key1"),
        "ApiKey": (await api_key(api, ["USERS_READ"]))[0],
    }


async def seen(api: Api, ids: dict[str, str]) -> list[str]:
    """The types that the caller can read, by `nodes` and by `node` alike."""
    together = (await api.data(NODES, {"ids": list(ids.values())}))["nodes"]
    alone = [(await api.data("query($id: ID!) { node(id: $id) { id } }", {"id": id}))["node"] for id in ids.values()]
    assert together == alone
    return [type for type, node in zip(ids, together, strict=True) if node is not None]


async def test_an_owner_sees_all_but_api_keys(api: Api, ada: Person, ids: dict[str, str]) -> None:
    assert await seen(api.acting_as(ada.token), ids) == ["User", "Account", "Session", "Authenticator"]


async def test_another_person_sees_nothing(api: Api, bob: Person, ids: dict[str, str]) -> None:
    assert await seen(api.acting_as(bob.token), ids) == []


@pytest.mark.parametrize(
    ("scope", "types"),
    [
        ("USERS_READ", ["User"]),
        ("ACCOUNTS_READ", ["Account", "Authenticator"]),
        ("SESSIONS_READ", ["Session"]),
        ("USERS_WRITE", []),
        ("ACCOUNTS_WRITE", []),
        ("SESSIONS_WRITE", []),
        ("TOKENS_WRITE", []),
        ("SECRETS_READ", []),
        ("ADAPTER", ["User", "Account", "Session", "Authenticator"]),
        ("ADMIN", list(TYPES)),
    ],
)
async def test_a_program_sees_what_its_scope_is_for(
    api: Api, ids: dict[str, str], scope: str, types: list[str]
) -> None:
    assert await seen(api.acting_as(await key_with(api, scope)), ids) == types


async def test_a_forged_id_is_null(api: Api, ada: Person) -> None:
    forged = [GlobalIds(["another secret"])._seal(type, "ada", "github", "x") for type in TYPES]
    assert await api.data(NODES, {"ids": forged}) == {"nodes": [None] * len(TYPES)}


async def test_an_id_of_a_wrong_type_is_null_to_a_lookup(api: Api, ids: dict[str, str]) -> None:
    lookups = {"User": "user", "Account": "account", "Session": "session"}
    for type, lookup in lookups.items():
        for other, id in ids.items():
            data = await api.data(f"query($id: ID!) {{ {lookup}(by: {{id: $id}}) {{ id }} }}", {"id": id})
            assert (data[lookup] is not None) is (other == type), (lookup, other)
