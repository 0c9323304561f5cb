"""Rows that exist in real tables and that no method writes today. Each function stores one kind."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from dynamo import format
from tests.interop.raw import NULL, RawTable, number, text

Attributes = dict[str, dict[str, Any]]


def user(table: RawTable, user_id: str, email: str, **attributes: dict[str, Any]) -> None:
    """An ordinary user, to whom odd rows can belong."""
    key, index = f"USER#{user_id}", f"USER#{email}"
    plain = {"id": text(user_id), "email": text(email), "type": text("USER")}
    table.put(table.keys(key, key, (index, index)) | plain | attributes)


def user_without_email(table: RawTable, user_id: str, index_value: str | None, email: Attributes | None = None) -> None:
    """A user without an e-mail, in the index as `USER#null`, `USER#undefined` or `USER#`, or not at all (`None`).

    `email` is the attribute, such as `{"email": {"NULL": True}}`, or by default no attribute.
    """
    key = f"USER#{user_id}"
    keys = table.keys(key, key, None if index_value is None else (index_value, index_value))
    table.put(keys | {"id": text(user_id), "type": text("USER")} | (email or {}))


def users_without_email(table: RawTable) -> list[str]:
    """One user of each kind without an e-mail. Returns their ids. Two of them have the same index keys."""
    user_without_email(table, "null-email", "USER#null", {"email": NULL})
    user_without_email(table, "another-null-email", "USER#null", {"email": NULL})
    user_without_email(table, "undefined-email", "USER#undefined")
    user_without_email(table, "empty-email", "USER#", {"email": NULL})
    user_without_email(table, "unindexed", None)
    return ["null-email", "another-null-email", "undefined-email", "empty-email", "unindexed"]


def ghost_user(table: RawTable, user_id: str, **attributes: dict[str, Any]) -> None:
    """What `updateUser` stores for an unknown id: no `type`, no e-mail, no index keys."""
    key = f"USER#{user_id}"
    table.put(table.keys(key, key) | {"id": text(user_id)} | attributes)


def user_with_hex_id(table: RawTable, email: str) -> str:
    """A user from before 2023, whose id has 32 hexadecimal digits without hyphens. Returns the id."""
    user_id = "9f1c2b7a4d5e4f60a1b2c3d4e5f60718"
    user(table, user_id, email)
    return user_id


def user_with_stale_index(table: RawTable, user_id: str, email: str, indexed_email: str) -> None:
    """A user whose e-mail was changed by the adapter, which does not change the index keys."""
    key, index = f"USER#{user_id}", f"USER#{indexed_email}"
    table.put(table.keys(key, key, (index, index)) | {"id": text(user_id), "email": text(email), "type": text("USER")})


def users_sharing_email(table: RawTable, email: str, *user_ids: str) -> None:
    """Several users with the same e-mail address."""
    for user_id in user_ids:
        user(table, user_id, email)


def account(
    table: RawTable, user_id: str, provider: str, provider_account_id: str, **attributes: dict[str, Any]
) -> None:
    """An account; an orphan if the user was not stored."""
    keys = table.keys(
        f"USER#{user_id}",
        f"ACCOUNT#{provider}#{provider_account_id}",
        (f"ACCOUNT#{provider}", f"ACCOUNT#{provider_account_id}"),
    )
    plain = {
        "id": text(f"account-of-{user_id}"),
        "userId": text(user_id),
        "provider": text(provider),
        "providerAccountId": text(provider_account_id),
        "type": text("oauth"),
    }
    table.put(keys | plain | attributes)


def account_of_several_users(table: RawTable, provider: str, provider_account_id: str, *user_ids: str) -> None:
    """One account at a provider that is linked to several users."""
    for user_id in user_ids:
        account(table, user_id, provider, provider_account_id)


def session(table: RawTable, user_id: str, session_token: str, expires: dict[str, Any]) -> None:
    """A session with the given `expires`; an orphan if the user was not stored."""
    key = f"SESSION#{session_token}"
    plain = {
        "sessionToken": text(session_token),
        "userId": text(user_id),
        "expires": expires,
        "type": text("SESSION"),
    }
    table.put(table.keys(f"USER#{user_id}", key, (key, key)) | plain)


def passkey(table: RawTable, user_id: str, credential_id: str, **attributes: dict[str, Any]) -> None:
    """A passkey, as this API stores it."""
    key = f"AUTHENTICATOR#{credential_id}"
    plain = {
        "credentialID": text(credential_id),
        "userId": text(user_id),
        "providerAccountId": text(credential_id),
        "credentialPublicKey": text("cHVibGlj"),
        "counter": number(0),
        "credentialDeviceType": text("singleDevice"),
        "credentialBackedUp": {"BOOL": False},
        "transports": NULL,
        "type": text("AUTHENTICATOR"),
    }
    table.put(table.keys(f"USER#{user_id}", key, (key, key)) | plain | attributes)


def zombie_session(table: RawTable, user_id: str, session_token: str, expires: datetime) -> None:
    """What `updateSession` stores after the session was deleted: no `type`, no `userId`, no index keys."""
    keys = table.keys(f"USER#{user_id}", f"SESSION#{session_token}")
    table.put(keys | {"sessionToken": text(session_token), "expires": with_milliseconds(expires)})


def verification_token(table: RawTable, identifier: str, token: str, expires: dict[str, Any]) -> None:
    """A verification token with the given `expires`."""
    plain = {"identifier": text(identifier), "token": text(token), "expires": expires, "type": text("VT")}
    table.put(table.keys(f"VT#{identifier}", f"VT#{token}") | plain)


def with_milliseconds(date: datetime) -> dict[str, Any]:
    """`expires` as the adapter writes it: seconds with up to three decimals."""
    milliseconds = format.epoch_seconds(date) * 1000 + date.microsecond // 1000
    return number(f"{Decimal(milliseconds) / 1000:f}")


def whole_seconds(date: datetime) -> dict[str, Any]:
    """`expires` as DynamoDB's time to live requires it: whole seconds."""
    return number(format.epoch_seconds(date))


def iso_string(date: datetime) -> dict[str, Any]:
    """`expires` as in rows from before 2022. Time to live never deletes them."""
    return text(format.iso(date))
