"""What another writer does between the examination and the mending stays: every write checks that the item is as it
was read."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from dynamo import accounts, deletion, doctor, email, expressions, sessions, users
from dynamo.client import Table
from tests.clean_table import assert_clean
from tests.dynamo import samples
from tests.dynamo.doctor import rows
from tests.dynamo.doctor.interludes import before_the_next_write
from tests.dynamo.doctor.rows import ADA, LIVE, with_user
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number, text

REPAIR = doctor.Options(repair=True, orphan_age=timedelta(0))
NEW = "new@example.com"


@dataclass(frozen=True, slots=True)
class Race:
    """A row, what another writer does to it at the worst moment, and the items that must exist after the repair."""

    name: str
    put: Callable[[RawTable], None]
    meanwhile: Callable[[RawTable, Table], Awaitable[object] | None]
    stays: tuple[tuple[str, str], ...] = ()
    """The keys of items that must be exactly as the other writer left them."""
    is_gone: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name


def _registered_anew(raw: RawTable, _: Table) -> None:
    """The deletion is finished by its caller, and the id is used again by a registration."""
    rows.user(raw, "u1", ADA, name=text("new"))
    rows.account(raw, "u1", "google", "g1", id=text("new"))


async def _user_deleted(_: RawTable, table: Table) -> None:
    await deletion.delete(table, "u1")


def _session_ended(raw: RawTable, table: Table) -> Awaitable[object]:
    return _delete(table, "USER#u1", "SESSION#s1")


async def _delete(table: Table, partition: str, sort: str) -> None:
    await table.delete(table.key(partition, sort))


USER = ("USER#u1", "USER#u1")
SESSION = ("USER#u1", "SESSION#s1")
ACCOUNT = ("USER#u1", "ACCOUNT#google#g1")

RACES = [
    Race(
        "the e-mail is changed",
        lambda raw: odd_rows.user_with_stale_index(raw, "u1", ADA, "old@example.com"),
        lambda raw, _: odd_rows.user_with_stale_index(raw, "u1", NEW, "old@example.com"),
    ),
    Race(
        "the user is deleted",
        lambda raw: odd_rows.user(raw, "u1", ADA),
        _user_deleted,
        is_gone=(USER, (f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}")),
    ),
    Race(
        "the user with a mixed-case e-mail is deleted",
        lambda raw: odd_rows.user(raw, "u1", "Ada@Example.com"),
        _user_deleted,
        is_gone=(USER, (f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}")),
    ),
    Race(
        "the ghost becomes a user",
        lambda raw: odd_rows.ghost_user(raw, "u1"),
        lambda raw, _: rows.user(raw, "u1", ADA),
        stays=(USER,),
    ),
    Race(
        "the zombie becomes a session",
        with_user(lambda raw: odd_rows.zombie_session(raw, "u1", "s1", samples.FUTURE)),
        lambda raw, _: odd_rows.session(raw, "u1", "s1", LIVE),
        stays=(SESSION,),
    ),
    Race(
        "the orphan's user appears",
        lambda raw: rows.account(raw, "u1", "google", "g1"),
        lambda raw, _: rows.user(raw, "u1", ADA),
        stays=(USER, ACCOUNT, ("LOCK#ACCOUNT#6#google#g1", "LOCK#ACCOUNT#6#google#g1")),
    ),
    Race(
        "the stale lock is claimed",
        lambda raw: rows.lock(raw, f"LOCK#EMAIL#{ADA}", "gone"),
        lambda _, table: samples.user(table, "u1", ADA),
        stays=(USER, (f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}")),
    ),
    Race(
        "the expired session is extended",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", number(1))),
        lambda raw, _: odd_rows.session(raw, "u1", "s1", LIVE),
        stays=(SESSION,),
    ),
    Race(
        "the session whose expiry is text is ended",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", odd_rows.iso_string(samples.FUTURE))),
        _session_ended,
        is_gone=(SESSION,),
    ),
    Race(
        "the account with other index keys is unlinked",
        rows.misplaced_account,
        lambda _, table: _delete(table, "USER#u1", "ACCOUNT#github#1"),
        is_gone=(("USER#u1", "ACCOUNT#github#1"),),
    ),
    Race(
        "the account without a lock is unlinked",
        with_user(lambda raw: odd_rows.account(raw, "u1", "google", "g1")),
        lambda _, table: _delete(table, *ACCOUNT),
        is_gone=(ACCOUNT, ("LOCK#ACCOUNT#6#google#g1", "LOCK#ACCOUNT#6#google#g1")),
    ),
    Race(
        "the broken-off delete is finished and the id used again", rows.begun_delete, _registered_anew, (USER, ACCOUNT)
    ),
    Race(
        "the user with another id gets it back",
        lambda raw: rows.user(raw, "u1", ADA, id=text("u2")),
        lambda raw, _: rows.user(raw, "u1", ADA, name=text("Ada")),
        stays=(USER,),
    ),
    Race(
        "the user without an e-mail gets one",
        lambda raw: odd_rows.user_without_email(raw, "u1", "USER#null"),
        lambda raw, _: rows.user(raw, "u1", ADA),
        stays=(USER, (f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}")),
    ),
]


@pytest.mark.parametrize("race", RACES, ids=str)
async def test_what_another_writer_does_meanwhile_stays(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, race: Race
) -> None:
    race.put(raw)
    left: dict[tuple[str, str], Item | None] = {}

    async def interlude() -> None:
        done = race.meanwhile(raw, table)
        if done is not None:
            await done
        left.update({key: raw.get(*key) for key in race.stays})

    interrupted = before_the_next_write(monkeypatch, interlude)
    await doctor.examine(table, REPAIR)

    assert interrupted
    assert {key: raw.get(*key) for key in race.stays} == left
    assert [key for key in race.is_gone if raw.get(*key)] == []
    await doctor.examine(table, REPAIR)
    await assert_clean(table)


async def test_what_was_changed_meanwhile_is_mended_as_it_stands(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd_rows.user_with_stale_index(raw, "u1", ADA, "old@example.com")

    def interlude() -> None:
        odd_rows.user_with_stale_index(raw, "u1", NEW, "old@example.com")

    before_the_next_write(monkeypatch, interlude)
    report = await doctor.examine(table, REPAIR)
    assert report.tallies["index-disagrees"].mended == 1
    assert [user.user_id for user in await users.find_by_email(table, NEW)] == ["u1"]
    assert await users.find_by_email(table, ADA) == []


async def test_what_is_taken_meanwhile_is_a_duplicate(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd_rows.user_with_stale_index(raw, "u1", ADA, "old@example.com")
    before_the_next_write(monkeypatch, lambda: rows.user(raw, "u2", ADA))
    report = await doctor.examine(table, REPAIR)
    assert report.found["duplicate-email"] == 1
    assert report.tallies["duplicate-email"].examples[0]["other"] == "u2"
    assert {owner["owner"]["S"] for owner in [raw.get(f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}") or {}]} == {"u2"}


class Person:
    """A caller with users of its own, which remembers what was acknowledged."""

    def __init__(self, table: Table, raw: RawTable, name: str, chance: random.Random) -> None:
        self.table, self.raw, self.name, self.chance = table, raw, name, chance
        self.users: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []

    async def live(self, steps: int) -> None:
        """Do some steps, one after the other."""
        for step in range(steps):
            doings = (
                [self.create]
                if len(self.users) < 2
                else [self.change, self.mislay, self.link, self.sign_in, self.leave]
            )
            await self.chance.choice(doings)(f"{self.name}-{step}")

    async def create(self, new: str) -> None:
        await users.create(self.table, users.NewUser({}, f"{new}@example.com", new))
        self.users[new] = {"email": f"{new}@example.com", "accounts": [], "sessions": []}

    async def change(self, new: str) -> None:
        user_id = self.anybody()
        await users.update(self.table, user_id, {"email": f"{new}@example.com"})
        self.users[user_id]["email"] = f"{new}@example.com"

    async def mislay(self, new: str) -> None:
        """Change an e-mail address as the adapter does, which changes neither index keys nor lock."""
        user_id = self.anybody()
        key = self.table.key(f"USER#{user_id}", f"USER#{user_id}")
        await self.table.update(key, expressions.update_of({"email": f"{new}@Example.com"}))
        self.users[user_id]["email"] = f"{new}@example.com"

    async def link(self, new: str) -> None:
        user_id = self.anybody()
        await samples.account(self.table, user_id, "github", new)
        self.users[user_id]["accounts"].append(new)

    async def sign_in(self, new: str) -> None:
        user_id = self.anybody()
        await samples.session(self.table, user_id, new)
        self.users[user_id]["sessions"].append(new)

    async def leave(self, _: str) -> None:
        user_id = self.anybody()
        await deletion.delete(self.table, user_id)
        del self.users[user_id]
        self.deleted.append(user_id)

    def anybody(self) -> str:
        return self.chance.choice(sorted(self.users))


async def test_a_repair_beside_writers_loses_nothing(table: Table, raw: RawTable) -> None:
    """Callers create, change, link, sign in and delete, some as the adapter does, while repairs run."""
    people = [Person(table, raw, f"p{number}", random.Random(number)) for number in range(6)]
    living = asyncio.gather(*(person.live(25) for person in people))

    rounds = 0
    while not living.done() or rounds < 3:
        await doctor.examine(table, replace(REPAIR, page=20))
        rounds += 1
    await living

    for person in people:
        for user_id, expected in person.users.items():
            user = await users.get(table, user_id, consistent=True)
            assert user is not None, user_id
            assert email.normalise(user.email or "") == expected["email"]
            for account in expected["accounts"]:
                assert [a.user_id for a in await accounts.find(table, "github", account)] == [user_id]
            for token in expected["sessions"]:
                assert await sessions.sign_in(table, token), token
        for user_id in person.deleted:
            assert await users.get(table, user_id, consistent=True) is None
    await doctor.examine(table, REPAIR)
    await assert_clean(table)
