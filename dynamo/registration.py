"""Signing up: user, account and session in one transaction, so that no half-made user is ever left behind."""

from dataclasses import dataclass

from dynamo import accounts, locks, models, sessions, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.sessions import NewSession
from dynamo.users import NewUser


@dataclass(frozen=True, slots=True)
class Registration:
    """What a sign-up made."""

    user: models.User
    account: models.Account
    session: models.Session | None


async def register(table: Table, new: NewUser, account: NewAccount, session: NewSession | None) -> Registration:
    """Store all of it or none. Raises `AlreadyExists` with the field that is taken, `Rejected`."""
    user = users.user_item(table, new)
    user_id: str = user["id"]
    items = [user, accounts.account_item(table, user_id, account)]
    if session is not None:
        items.append(sessions.session_item(table, user_id, session))
        await sessions.check_token(table, session.token)
    claims = [await accounts.claim_account(table, user_id, account.provider, account.provider_account_id)]
    if new.email is not None:
        claims.append(await users.claim_email(table, user_id, new.email))
    taken = [users.taken_id(), accounts.linked_already(), sessions.taken_token()]
    put = await users.new_user(table, user, chosen=new.user_id is not None)
    writes = [put, *(users.new_item(table, item) for item in items[1:])]
    await locks.claim_and_write(table, claims, writes, lambda position: taken[position])
    return Registration(
        models.user(table, items[0]),
        models.account(table, items[1]),
        models.session(table, items[2]) if session is not None else None,
    )
