"""Every write keeps the entries of the directory in its own transaction, and writes none for lists that are off."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from dynamo import deletion, entries, registration, sessions, tombstones, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.directory_lists import TIMED, DirectoryList
from dynamo.doctor import merging
from dynamo.errors import Unavailable
from dynamo.expressions import REMOVE
from dynamo.seeds import Seed
from dynamo.sessions import NewSession
from dynamo.settings import TableSettings
from dynamo.transfer.storing import NewPerson, store
from dynamo.users import NewUser
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.directories import ALL, assert_exact, keeping, stored
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.tables import any_names

ADA = "ada@example.com"
NEW = "new@example.com"
NEW_USER = NewUser({"name": "Ada"}, ADA, "u1")
GITHUB = NewAccount("github", "1", "oauth", {})


async def _ada(table: Table) -> None:
    await users.create(table, NEW_USER)


async def _ada_and_bob(table: Table) -> None:
    await _ada(table)
    await users.create(table, NewUser({"name": "Bob"}, "bob@example.com", "u2"))
    await sessions.create(table, "u2", NewSession("t2", samples.FUTURE, {}))


async def _nobody(table: Table) -> None:
    pass


async def _deleted_by_the_adapter(table: Table) -> None:
    await _ada(table)
    await sessions.create(table, "u1", NewSession("t1", samples.FUTURE, {}))
    for sort in ("USER#u1", "SESSION#t1"):
        await table.delete(table.key("USER#u1", sort))
    await table.delete(table.key(f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}"))


async def _abandoned_tombstone(table: Table) -> None:
    await _deleted_by_the_adapter(table)
    await table.put(tombstones.make(table, "u1", "2020-01-01T00:00:00.000Z"))


Prepare = Callable[[Table], Awaitable[None]]
Write = Callable[[Table], Awaitable[object]]

WRITES: dict[str, tuple[Prepare, Write]] = {
    "a create": (_nobody, lambda table: users.create(table, NEW_USER)),
    "a create of a user with nothing": (_nobody, lambda table: users.create(table, NewUser())),
    "a create under the id of a user whom the adapter deleted": (
        _deleted_by_the_adapter,
        lambda table: users.create(table, NewUser(user_id="u1")),
    ),
    "a create in place of an abandoned tombstone": (
        _abandoned_tombstone,
        lambda table: users.create(table, NewUser(user_id="u1")),
    ),
    "a registration": (_nobody, lambda table: registration.register(table, NEW_USER, GITHUB, None)),
    "a registration with a session": (
        _nobody,
        lambda table: registration.register(table, NEW_USER, GITHUB, NewSession("t1", samples.FUTURE, {})),
    ),
    "an import": (
        _nobody,
        lambda table: store(table, [NewPerson(NEW_USER), NewPerson(NewUser({"name": "Bob"}, None, "u2"))]),
    ),
    "an import of a user with a date": (
        _nobody,
        lambda table: store(table, [NewPerson(NewUser({"createdAt": "2020-01-01T00:00:00.000Z"}, None, "u1"))]),
    ),
    "a sign-in": (_ada, lambda table: sessions.create(table, "u1", NewSession("t1", samples.FUTURE, {}))),
    "a second sign-in": (
        _ada_and_bob,
        lambda table: sessions.create(table, "u2", NewSession("t1", samples.FUTURE, {})),
    ),
    "a change of the name": (_ada, lambda table: users.update(table, "u1", {"name": "Grace"})),
    "a removal of the name": (_ada, lambda table: users.update(table, "u1", {"name": None})),
    "a removal of the attribute `name`": (_ada, lambda table: users.update(table, "u1", {"name": REMOVE})),
    "a name of spaces": (_ada, lambda table: users.update(table, "u1", {"name": None, "image": "x"})),
    "a change of another attribute": (_ada, lambda table: users.update(table, "u1", {"image": "x"})),
    "a change of the e-mail address": (_ada, lambda table: users.update(table, "u1", {"email": NEW})),
    "a change of name and e-mail address": (
        _ada,
        lambda table: users.update(table, "u1", {"email": NEW, "name": "Grace"}),
    ),
    "a removal of the e-mail address": (_ada, lambda table: users.update(table, "u1", {"email": None})),
    "a delete": (_ada_and_bob, lambda table: deletion.delete(table, "u2")),
    "a merge": (_ada_and_bob, lambda table: merging.merge(table, "u1", "u2")),
}

every_write = pytest.mark.parametrize(("prepare", "write"), WRITES.values(), ids=WRITES)


@every_write
async def test_after_every_write_the_entries_are_those_of_the_users(
    table: Table, raw: RawTable, prepare: Prepare, write: Write
) -> None:
    kept = keeping(table)
    await prepare(kept)
    await write(kept)
    await assert_exact(kept, raw)


@every_write
async def test_lists_cost_no_request_and_without_them_nothing_is_written(
    proxied: Table, table: Table, raw: RawTable, proxy: CountingProxy, prepare: Prepare, write: Write
) -> None:
    """The two run on one table: what the first has written is deleted by key."""
    counted = []
    for lists in (ALL, frozenset[DirectoryList]()):
        await prepare(keeping(table, lists))
        proxy.reset()
        await write(keeping(proxied, lists))
        counted.append(proxy.operations)
        if lists:
            for item in raw.items():
                await table.delete(table.key(item["pk"]["S"], item["sk"]["S"]))
    assert counted[0] == counted[1]
    assert stored(raw) == {}


@any_names
async def test_only_the_lists_that_are_kept_are_written(table: Table, raw: RawTable) -> None:
    for of in DirectoryList:
        kept = keeping(table, [of])
        user_id = f"u-{of.setting}"
        new = NewUser({"name": of.setting}, f"{of.setting}@example.com", user_id)
        await registration.register(
            kept, new, NewAccount("github", of.setting, "oauth", {}), NewSession(of.setting, samples.FUTURE, {})
        )
    assert sorted(type_ for type_, _, _ in stored(raw).values()) == sorted(of.value for of in DirectoryList)


async def test_a_sign_in_is_noted_on_the_user_only_if_the_list_is_kept(table: Table) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for user_id, lists in (("u1", ALL), ("u2", ALL - {DirectoryList.SIGNED_IN})):
        kept = keeping(table, lists)
        await users.create(kept, NewUser(user_id=user_id))
        await sessions.create(kept, user_id, NewSession(user_id, samples.FUTURE, {}, created_at=at))
        user = await users.get(kept, user_id, consistent=True)
        assert user is not None
        assert user.last_sign_in_at == (at if DirectoryList.SIGNED_IN in lists else None)
        assert user.attributes == {}


async def test_a_new_user_has_the_time_of_their_creation(table: Table) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    user = await users.create(table, NewUser())
    assert user.created_at is not None
    assert before <= user.created_at <= datetime.now(UTC)
    assert user.attributes == {}


async def test_a_user_whom_the_adapter_renamed_is_told_from_their_entry(table: Table, raw: RawTable) -> None:
    kept = keeping(table)
    await _ada(kept)
    item = raw.get("USER#u1", "USER#u1")
    assert item is not None
    raw.put(item | {"name": text("Grace"), "email": text(NEW)})
    user = await users.get(kept, "u1", consistent=True)
    assert user is not None
    for of, key in ((DirectoryList.NAME, "ENTRY#NAME#u1"), (DirectoryList.EMAIL, f"LOCK#EMAIL#{ADA}")):
        entry = await table.get(table.key(key, key), consistent=True)
        assert entry is not None
        assert entries.list_of(kept, entry) is of
        assert entries.owner_of(kept, entry) == "u1"
        assert not entries.agrees(of, entry, user)
    created = await table.get(table.key("ENTRY#CREATED#u1", "ENTRY#CREATED#u1"), consistent=True)
    assert created is not None
    assert entries.agrees(DirectoryList.CREATED, created, user)


async def test_a_create_that_is_repeated_after_a_change_is_the_same_create(
    proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    """Its time is another one, so it is another transaction until it is given the time that is stored."""
    kept, seed = keeping(proxied), Seed(uuid.uuid4().bytes, repeatable=True)
    made = await users.create(kept, NewUser({"name": "Ada"}, ADA), seed)
    await users.update(kept, made.user_id, {"name": "Grace"})
    proxy.reset()
    again = await users.create(kept, NewUser({"name": "Ada"}, ADA), seed)
    # The second transaction asks whether the first one was only rejected before.
    once = ["Query", "TransactWriteItems"]
    assert proxy.operations == [*once, "TransactWriteItems", "GetItem", *once]
    assert (again.user_id, again.name, again.created_at) == (made.user_id, "Ada", made.created_at)
    await assert_exact(kept, raw)


async def test_a_delete_that_is_cut_at_any_request_and_repeated_leaves_no_entry(
    table: Table, proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    crashing = keeping(Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1})))
    for requests in range(20):
        await registration.register(keeping(table), NEW_USER, GITHUB, NewSession("t1", samples.FUTURE, {}))
        proxy.reset()
        proxy.cut_after(requests)
        try:
            await deletion.delete(crashing, "u1")
        except Unavailable:
            await deletion.delete(keeping(table), "u1")
        else:
            break
        finally:
            proxy.reset()
        assert raw.items() == []
    assert raw.items() == []
    assert 5 < requests < 19


async def test_after_a_race_of_changes_sign_ins_and_a_delete_the_entries_are_those_of_the_users(
    table: Table, raw: RawTable
) -> None:
    kept = keeping(table)
    await _ada_and_bob(kept)
    await samples.outcomes(
        [
            *(users.update(kept, "u1", {"name": f"Ada {n}"}) for n in range(3)),
            *(users.update(kept, "u1", {"email": f"ada{n}@example.com"}) for n in range(3)),
            *(sessions.create(kept, "u1", NewSession(f"a{n}", samples.FUTURE, {})) for n in range(3)),
            *(sessions.create(kept, "u2", NewSession(f"b{n}", samples.FUTURE, {})) for n in range(3)),
            users.update(kept, "u2", {"name": "Eve"}),
            deletion.delete(kept, "u2"),
        ]
    )
    assert await users.get(kept, "u2", consistent=True) is None
    await assert_exact(kept, raw)


def test_names_are_folded_to_what_readers_take_for_the_same() -> None:
    for name, folded in (
        ("  Ada \t Lovelace ", "ada lovelace"),
        ("ＡDA", "ada"),
        ("Straße", "strasse"),
        ("ǰ", "ǰ"),
        ("Ａ\N{NO-BREAK SPACE}B", "a b"),
        ("\ud800", "?"),
        (" ", ""),
    ):
        assert entries.fold(name) == folded, name


def test_a_folded_name_has_at_most_200_bytes_and_ends_with_a_whole_character() -> None:
    for name in ("x" * 1000, "日" * 1000, "é" * 1000, "ﷺ" * 1000, "a " * 1000, "x" + "\u0301" * 100_000):
        folded = entries.fold(name)
        assert 190 < len(folded.encode()) <= entries.MAX_NAME_BYTES, name[:2]
        assert entries.fold(folded) == folded, name[:2]


def test_times_sort_as_text() -> None:
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=7 * n**4) for n in range(100)]
    texts = [entries.moment(time) for time in times]
    assert texts == sorted(texts)
    assert len({len(one) for one in texts}) == 1


def test_the_shards_of_a_list_share_its_users_and_other_lists_have_one(table: Table) -> None:
    for of in DirectoryList:
        kept = keeping(table, shards=4)
        found = {entries.type_of(kept, of, f"u{n}") for n in range(100)}
        assert found == set(entries.types(kept, of))
        assert len(found) == (4 if of in TIMED else 1)


async def test_items_are_entries_by_their_keys_and_not_by_their_type(table: Table, raw: RawTable) -> None:
    kept = keeping(table)
    odd_rows.account(raw, "u1", "github", "1", type=text("CREATED"), id=text("2026#u2"), owner=text("u2"))
    key = "ENTRY#CREATED#u2"
    raw.put(raw.keys(key, "other") | {"type": text("CREATED"), "id": text("2026#u2"), "owner": text("u2")})
    for place in (("USER#u1", "ACCOUNT#github#1"), (key, "other")):
        item = await table.get(table.key(*place), consistent=True)
        assert item is not None
        assert entries.list_of(kept, item) is None
        assert entries.owner_of(kept, item) is None
