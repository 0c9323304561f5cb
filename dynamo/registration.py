"""Registration: a user, an account and a session in one transaction, so that no incomplete user is ever stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dynamo import accounts, audit, entries, keys, locks, models, repetition, sessions, users
from dynamo.accounts import NewAccount
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import AlreadyExists
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed
from dynamo.sessions import NewSession
from dynamo.users import NewUser


@dataclass(frozen=True, slots=True)
class Registration:
    """The user, account and session that a registration stored."""

    user: models.User
    account: models.Account
    session: models.Session | None


async def register(
    table: Table, new: NewUser, account: NewAccount, session: NewSession | None, seed: Seed | None = None
) -> Registration:
    """Store everything or nothing. Raises `AlreadyExists` with the field that is taken, `Repetition`, `Rejected`."""
    seed = seed or random_seed()
    user = users.user_item(table, new, seed)
    user_id: str = user["id"]
    items = [user, accounts.account_item(table, user_id, account)]
    timed = users.TIMED
    if session is not None:
        items.append(sessions.session_item(table, user_id, session, seed))
        timed |= session.timed
        user |= _signed_in(table, user_id, [session])
    items[1] |= repetition.proof("account", items, seed, timed)

    def made(stored: Sequence[Item]) -> Registration:
        return Registration(
            models.user(table, stored[0]),
            models.account(table, stored[1]),
            models.session(table, stored[2]) if session is not None else None,
        )

    try:
        if session is not None:
            await sessions.check_token(table, user_id, session.token)
        claims = [await accounts.claim_account(table, user_id, account.provider, account.provider_account_id)]
        if new.email is not None:
            claims.append(await users.claim_email(table, user_id, new.email))
        taken = (users.taken_id, accounts.linked_already, sessions.taken_token)
        chosen = new.user_id is not None
        put = await users.new_user(table, user, seed, chosen=chosen)
        writes = [put, *(users.new_item(table, item) for item in items[1:])]
        writes += entries.of_new_user(table, user, chosen=chosen)
        changed = [name for item in items for name in (sessions.told(item) if item["type"] == "SESSION" else item)]
        recorded = audit.entries(table, user_id, changed)
        await locks.claim_and_write(table, claims, writes, lambda position: taken[position](), seed, recorded)
    except repetition.REFUSALS as met:
        raise await repetition.explained(
            table, seed, items, met, made, derived=new.user_id is None, ignored={"id", *timed}, proof=1
        ) from None
    return made(items)


def writes(
    table: Table, new: NewUser, linked: Sequence[NewAccount], signed_in: Sequence[NewSession]
) -> Iterator[TransactWriteItem]:
    """The operations that store a user with any number of accounts and sessions, locks included.

    Nothing is checked before: it is for users that cannot exist in the table yet.
    """
    user = users.user_item(table, new, random_seed())
    owner: str = user["id"]
    user |= _signed_in(table, owner, signed_in)
    yield users.new_item(table, user)
    yield from entries.of_new_user(table, user, chosen=False)
    yield _lock(table, keys.email_lock(user["email"]), owner)
    for account in linked:
        yield users.new_item(table, accounts.account_item(table, owner, account))
        yield _lock(table, keys.account_lock(account.provider, account.provider_account_id), owner)
    for session in signed_in:
        yield users.new_item(table, sessions.session_item(table, owner, session, random_seed()))


def _signed_in(table: Table, user_id: str, new: Sequence[NewSession]) -> Item:
    """What the sessions of a new user tell of their last sign-in."""
    times = [session.created_at or datetime.now(UTC) for session in new]
    return entries.of_sign_in(table, user_id, max(times))[0] if times else {}


def _lock(table: Table, key: str, owner: str) -> TransactWriteItem:
    async def holds(_: str) -> bool:
        return True

    return locks.claim_operation(table, locks.Claim(key, owner, AlreadyExists("It is taken."), holds))
