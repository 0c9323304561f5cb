"""S31: `updateUser` with the e-mail that a user already has makes it unique, as `docs/auth-js.md` says, or rejects
it."""

import asyncio

import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import refusals

EMAIL = "ada@example.com"
LOCK = f"LOCK#EMAIL#{EMAIL}"
GIVEN = {"by": {"userId": "u1"}, "email": EMAIL, "name": "Ada"}
LOCKS: dict[str, tuple[str | None, bool]] = {
    "nobody": (None, True),
    "the user": ("u1", True),
    "another user who has it too": ("u2", False),
    "another user who has left it": ("left", True),
    "a user who is gone": ("gone", True),
}
"""Who holds the lock, and whether the user gets it."""


def lock(raw: RawTable, owner: str | None) -> None:
    if owner is not None:
        raw.put(raw.keys(LOCK, LOCK) | {"type": text("LOCK"), "owner": text(owner), "claim": text("c")})


def fill(raw: RawTable, owner: str | None) -> None:
    odd_rows.user(raw, "u1", EMAIL)
    odd_rows.user(raw, "left", "left@example.com")
    if owner == "u2":
        odd_rows.user(raw, "u2", EMAIL)
    lock(raw, owner)


@pytest.mark.parametrize("holder", LOCKS)
async def test_s31_the_lock_is_the_users_afterwards_or_the_change_is_refused(
    api: Api, raw: RawTable, holder: str
) -> None:
    owner, gets_it = LOCKS[holder]
    fill(raw, owner)
    before = raw.items()
    payload = await api.change("updateUser", "user { name }", **GIVEN)
    if not gets_it:
        assert refusals(payload) == [("TAKEN", ["email"])]
        assert raw.items() == before
        return
    assert payload["user"] == {"name": "Ada"}
    held = raw.get(LOCK, LOCK)
    assert held is not None
    assert held["owner"] == text("u1")
    assert refusals(await api.change("createUser", "user { id }", email=EMAIL)) == [("TAKEN", ["email"])]


@pytest.mark.parametrize("owner", [None, "u1", "u2"])
async def test_s31_of_two_users_with_one_email_it_is_kept_by_the_one_who_has_the_lock(
    api: Api, raw: RawTable, owner: str | None
) -> None:
    odd_rows.users_sharing_email(raw, EMAIL, "u1", "u2")
    lock(raw, owner)
    for user in ("u1", "u2"):
        before = raw.items()
        payload = await api.change("updateUser", "user { name }", by={"userId": user}, email=EMAIL, name=user)
        if user == owner:
            assert payload["user"] == {"name": user}
        else:
            assert refusals(payload) == [("TAKEN", ["email"])]
            assert raw.items() == before


async def test_s31_of_many_who_claim_and_sign_up_at_once_one_has_it(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", EMAIL)
    payloads = await asyncio.gather(
        api.change("updateUser", "user { userId }", **GIVEN),
        *(api.change("createUser", "user { userId }", email=EMAIL) for _ in range(4)),
    )
    assert [payload["user"] for payload in payloads] == [{"userId": "u1"}, None, None, None, None]


@pytest.mark.parametrize(
    ("owner", "requests"),
    [
        ("u1", ["BatchGetItem", "TransactWriteItems", "GetItem"]),
        (None, ["BatchGetItem", "Query", "TransactWriteItems", "GetItem"]),
    ],
)
async def test_s31_the_lock_is_read_with_the_user_and_only_one_that_is_missing_costs_a_check(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, owner: str | None, requests: list[str]
) -> None:
    fill(raw, owner)
    await counted_api.changed("updateUser", "user { name }", **GIVEN)
    assert proxy.operations == requests
