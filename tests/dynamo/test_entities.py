"""Reads of entities by key: in the order of the keys, with as few requests as possible."""

from dynamo import api_keys, entities
from dynamo.client import Table
from dynamo.entities import AccountKey, ApiKeyKey, AuthenticatorKey, EntityKey, UserKey
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.tables import any_names


async def fill(table: Table) -> list[EntityKey]:
    await samples.user(table, "u1")
    await samples.account(table, "u1")
    await passkey(table, "u1")
    key = await api_keys.create(table, "deploy", ["a"], "hash", None)
    return [
        AccountKey("u1", "github", "1"),
        ApiKeyKey(key.key_id),
        UserKey("u1"),
        AuthenticatorKey("u1", "key1"),
    ]


@any_names
async def test_entities_of_all_kinds_come_in_the_order_asked_for(table: Table) -> None:
    wanted = await fill(table)
    for order in (wanted, wanted[::-1]):
        read = await entities.read(table, order)
        assert [type(entity).__name__ + "Key" for entity in read] == [type(key).__name__ for key in order]


@any_names
async def test_each_is_read_alone_as_well(table: Table) -> None:
    for key in await fill(table):
        (entity,) = await entities.read(table, [key])
        assert type(entity).__name__ + "Key" == type(key).__name__


async def test_what_is_not_there_or_cannot_be_is_none_in_its_place(table: Table) -> None:
    await samples.user(table, "u1")
    wanted: list[EntityKey] = [
        UserKey("nobody"),
        UserKey(""),
        UserKey("\ud800"),
        AccountKey("u1", "a\0", "1"),
        AccountKey("u1", "a" * 600, "b" * 600),
        AuthenticatorKey("u1", "none"),
        ApiKeyKey("a" * 801),
        UserKey("u1"),
    ]
    read = await entities.read(table, wanted)
    assert [entity is not None for entity in read] == [False] * 7 + [True]


async def test_an_account_under_the_same_key_as_another_is_not_taken_for_it(table: Table, raw: RawTable) -> None:
    odd_rows.account(raw, "u1", "a#b", "c")
    (mistaken,) = await entities.read(table, [AccountKey("u1", "a", "b#c")])
    (right,) = await entities.read(table, [AccountKey("u1", "a#b", "c")])
    assert mistaken is None
    assert right is not None


async def test_one_takes_a_get_and_a_hundred_one_batch(proxied: Table, proxy: CountingProxy) -> None:
    await entities.read(proxied, [UserKey("u1")])
    await entities.read(proxied, [UserKey(str(i)) for i in range(100)])
    assert proxy.operations == ["GetItem", "BatchGetItem"]


async def test_more_than_a_hundred_take_a_batch_for_each_hundred(proxied: Table, proxy: CountingProxy) -> None:
    ids = [(await samples.user(proxied)).user_id for _ in range(3)]
    wanted = [UserKey(str(i)) for i in range(120)] + [UserKey(user_id) for user_id in ids]
    proxy.reset()
    read = await entities.read(proxied, wanted)
    assert proxy.operations == ["BatchGetItem"] * 2
    assert read[:120] == [None] * 120
    assert all(read[120:])


async def test_nothing_takes_no_request(proxied: Table, proxy: CountingProxy) -> None:
    assert await entities.read(proxied, []) == []
    assert await entities.read(proxied, [UserKey("")]) == [None]
    assert proxy.total == 0
