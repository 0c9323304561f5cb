"""Deletions, registrations and additions that meet on one id: what was acknowledged is complete, or was deleted
completely."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from dynamo import accounts, deletion, format, registration, sessions, tombstones, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.errors import AlreadyExists
from dynamo.sessions import NewSession
from dynamo.users import NewUser
from tests.dynamo import samples
from tests.faults.turns import Call, Turns
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number, text

ID = "u1"
EMAIL = "u1@example.com"
MARK = "deletingAt"
ROUNDS = 60
SEEDS = range(60)
AT_ONCE = 6


async def register(table: Table, name: str) -> object:
    """Register the same person again, with the same account and the same token."""
    account = NewAccount("github", "1", "oauth", {"scope": name})
    session = NewSession("token", samples.FUTURE, {"by": name})
    return await registration.register(table, NewUser({"name": name}, EMAIL, ID), account, session)


def call(table: Table, raw: RawTable, turns: Turns, kind: str, name: str) -> Awaitable[object]:
    """A call of a kind. What it writes contains its name."""
    match kind:
        case "register":
            return register(table, name)
        case "create":
            return users.create(table, NewUser({"name": name}, EMAIL, ID))
        case "link":
            return accounts.link(table, ID, NewAccount("google", name, "oauth", {}))
        case "session":
            return sessions.create(table, ID, NewSession(name, samples.FUTURE, {}))
        case "adapter":
            return turns.take(lambda: _linked_by_the_adapter(raw, name))
    return deletion.delete(table, ID)


async def _linked_by_the_adapter(raw: RawTable, name: str) -> None:
    odd_rows.account(raw, ID, "adapter", name)
    odd_rows.session(raw, ID, f"adapter-{name}", number(samples.FUTURE_SECONDS))


class Left:
    """What is left in the table."""

    def __init__(self, items: list[Item]) -> None:
        own = {item["sk"]["S"]: item for item in items if item["pk"]["S"] == f"USER#{ID}"}
        self.user = own.pop(f"USER#{ID}", None)
        self.children = own
        self.locks = {item["pk"]["S"] for item in items if item["pk"]["S"].startswith("LOCK#")}

    @property
    def stands(self) -> bool:
        """Whether a complete user exists."""
        return self.user is not None and MARK not in self.user

    def ours(self) -> list[str]:
        """The children that were not written by the adapter."""
        return [sort for sort in self.children if "adapter" not in sort]


def violations(left: Left, calls: list[Call]) -> list[str]:
    """What was acknowledged and is not true."""
    found = []
    made = [call for call in calls if call.name.startswith(("register", "create")) and not call.refused]
    if left.stands:
        assert left.user is not None
        (maker,) = [call for call in made if call.name == left.user["name"]["S"]]
        wanted = {f"LOCK#EMAIL#{EMAIL}"}
        if maker.name.startswith("register"):
            wanted |= {"ACCOUNT#github#1", "SESSION#token", "LOCK#ACCOUNT#6#github#1"}
        for call in calls:
            if call.acknowledged and call.last > maker.last:
                if call.name.startswith("link"):
                    wanted |= {f"ACCOUNT#google#{call.name}", f"LOCK#ACCOUNT#6#google#{call.name}"}
                if call.name.startswith("session"):
                    wanted.add(f"SESSION#{call.name}")
        found += [f"{maker.name} lost {key}" for key in wanted - left.children.keys() - left.locks]
        found += [
            f"{maker.name} has inherited {sort}"
            for sort in left.children
            for call in calls
            if call.acknowledged and call.last < maker.first and sort.endswith(f"#{call.name}")
        ]
    else:
        deletes = [call for call in calls if call.name.startswith("delete")]
        found += [
            f"{call.name} is gone, and nobody has deleted it"
            for call in made
            if call.acknowledged and not any(delete.last > call.last for delete in deletes)
        ]
    if left.user is None:
        found += [f"{key} was left" for key in (*left.ours(), *left.locks)]
    return found


@pytest.mark.parametrize("seed", SEEDS)
async def test_s33_whatever_meets_a_delete_in_whatever_order_is_whole_or_gone(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    drawn = Random(seed)
    kinds = ["delete", "delete", "register", *drawn.choices(("delete", "register", "create", "link", "session"), k=3)]
    if seed % 3 == 0:
        kinds.append("adapter")
    turns = Turns(seed, monkeypatch, crashes=0.08 if seed % 2 else 0)
    first = await turns.run({"register-first": register(table, "register-first")})
    names = [f"{kind}-{number}" for number, kind in enumerate(kinds)]
    calls = await turns.run(
        {name: call(table, raw, turns, kind, name) for name, kind in zip(names, kinds, strict=True)}
    )
    unexpected = [call for call in calls if isinstance(call.error, AssertionError | TypeError | KeyError)]
    assert unexpected == []
    left = Left(raw.items())
    assert violations(left, first + calls) == []
    under = [item for item in raw.items() if item["pk"]["S"] == f"USER#{ID}"]
    if left.user is not None and not left.stands and "type" not in left.user and len(under) == 1:
        # The tombstone of an interrupted deletion blocks the id only for a while. What the adapter stored beside it
        # blocks the id until somebody deletes it.
        monkeypatch.setattr(tombstones, "LAST", timedelta(seconds=-1))
        await users.create(table, NewUser({"name": "later"}, user_id=ID))
    await deletion.delete(table, ID)
    assert raw.items() == []
    await register(table, "afterwards")
    assert Left(raw.items()).stands


@pytest.mark.parametrize("before", [True, False])
async def test_s33_sixty_sign_ups_beside_two_deletes_of_the_same_id_are_whole_or_gone(
    table: Table, raw: RawTable, before: bool
) -> None:
    halves = []
    for _ in range(ROUNDS):
        await deletion.delete(table, ID)
        if before:
            await register(table, "before")
        ended = await asyncio.gather(
            deletion.delete(table, ID), register(table, "new"), deletion.delete(table, ID), return_exceptions=True
        )
        assert all(not isinstance(end, BaseException) or isinstance(end, AlreadyExists) for end in ended)
        left = Left(raw.items())
        if sorted(left.children) != (["ACCOUNT#github#1", "SESSION#token"] if left.stands else []):
            halves.append(left)
        # The first user existed when the deletions began.
        assert not left.stands or (left.user or {})["name"] == text("new")
    assert halves == []


async def test_s33_items_without_a_user_are_deleted_while_somebody_takes_the_id(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(20):
        odd_rows.account(raw, ID, "google", "orphan")
        turns = Turns(seed, monkeypatch, crashes=0)
        calls = await turns.run({"delete": deletion.delete(table, ID), "register-1": register(table, "register-1")})
        left = Left(raw.items())
        assert calls[0].acknowledged
        assert violations(left, calls) == []
        # A rejected registration met the account or the tombstone. A user who was created stays or is gone completely.
        assert left.stands or left.children == {}
        assert "ACCOUNT#google#orphan" not in left.children
        await deletion.delete(table, ID)
        assert raw.items() == []
        monkeypatch.undo()


async def test_s33_a_tombstone_keeps_its_id_only_as_long_as_a_delete_may_last(table: Table, raw: RawTable) -> None:
    fresh: dict[str, Any] = {"id": text(ID), MARK: text(format.iso(samples.soon()))}
    raw.put(raw.keys(f"USER#{ID}", f"USER#{ID}") | fresh)
    with pytest.raises(AlreadyExists):
        await register(table, "new")
    raw.put(raw.keys(f"USER#{ID}", f"USER#{ID}") | fresh | {MARK: text("2020-01-01T00:00:00.000Z")})
    await register(table, "new")
    assert Left(raw.items()).stands


async def test_s33_a_user_who_is_being_deleted_does_not_give_way_however_long_ago_it_began(
    table: Table, raw: RawTable
) -> None:
    odd_rows.user(raw, ID, EMAIL, **{MARK: text("2020-01-01T00:00:00.000Z")})
    before = raw.items()
    with pytest.raises(AlreadyExists):
        await users.create(table, NewUser(user_id=ID))
    assert raw.items() == before
