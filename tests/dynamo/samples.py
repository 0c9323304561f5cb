"""Entities and dates that tests need but are not about."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from dynamo import accounts, models, sessions, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.sessions import NewSession
from dynamo.users import NewUser

FUTURE = datetime(2037, 1, 1, 12, 30, 15, 678_000, tzinfo=UTC)
FUTURE_SECONDS = 2_114_425_815
PAST = datetime(2020, 1, 1, tzinfo=UTC)
VERIFIED = datetime(2024, 2, 29, 12, 0, 0, 5000, tzinfo=UTC)

T = TypeVar("T")


def soon() -> datetime:
    """A time after now that is later than the end of any test."""
    return datetime.now(UTC) + timedelta(days=30)


async def user(table: Table, user_id: str | None = None, email: str | None = None, **attributes: Any) -> models.User:
    """Create a user with these stored attributes."""
    return await users.create(table, NewUser(attributes, email, user_id))


async def account(table: Table, user_id: str, provider: str = "github", account_id: str = "1") -> models.Account:
    """Link an OAuth account to a user."""
    return await accounts.link(table, user_id, NewAccount(provider, account_id, "oauth", {}))


async def session(table: Table, user_id: str, token: str = "token", **attributes: Any) -> models.Session:
    """Create a session that does not expire soon."""
    return await sessions.create(table, user_id, NewSession(token, FUTURE, attributes))


async def outcomes(calls: Iterable[Awaitable[T]]) -> tuple[list[T], list[BaseException]]:
    """What concurrent calls returned, or the errors that they raised."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    return [end for end in ended if not isinstance(end, BaseException)], [
        end for end in ended if isinstance(end, BaseException)
    ]
