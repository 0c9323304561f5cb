"""`node` and `nodes`: any object by global id."""

import pytest

from tests.api import Api
from tests.resolvers.people import Person, api_key, passkey

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def test_an_id_finds_its_object_whatever_its_type(api: Api, ada: Person) -> None:
    ids = {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": await passkey(api, ada, "key1"),
        "ApiKey": (await api_key(api, ["USERS_READ"]))[0],
    }
    expected = [{"__typename": type, "id": id} for type, id in ids.items()]
    assert await api.data(NODES, {"ids": list(ids.values())}) == {"nodes": expected}
    for node in expected:
        one = await api.data("query($id: ID!) { node(id: $id) { __typename id } }", {"id": node["id"]})
        assert one == {"node": node}


async def test_ids_are_answered_in_order_with_null_for_what_is_not_there(api: Api, ada: Person, bob: Person) -> None:
    ids = [bob.id, "garbage", ada.id, bob.id, "", ada.id[:-1]]
    data = await api.data(NODES, {"ids": ids})
    assert [node and node["id"] for node in data["nodes"]] == [bob.id, None, ada.id, bob.id, None, None]


async def test_no_ids_are_no_objects(api: Api) -> None:
    assert await api.data(NODES, {"ids": []}) == {"nodes": []}


async def test_the_id_of_what_is_gone_is_null(api: Api, ada: Person) -> None:
    passkey_id = await passkey(api, ada, "key1")
    await api.changed("deleteUser", "user { id }", by={"id": ada.id})
    data = await api.data(NODES, {"ids": [ada.id, ada.account_id, ada.session_id, passkey_id]})
    assert data == {"nodes": [None] * 4}


@pytest.mark.parametrize(("count", "codes"), [(100, []), (101, ["BAD_USER_INPUT"])])
async def test_at_most_a_hundred_ids_are_looked_up_at_once(api: Api, count: int, codes: list[str]) -> None:
    assert await api.codes(NODES, {"ids": ["x"] * count}) == codes


async def test_an_id_may_be_written_as_a_number(api: Api) -> None:
    assert await api.data("{ node(id: 1) { id } }") == {"node": None}
