"""The odd rows exist as described: the adapter reads them like its own."""

from datetime import UTC, datetime

import pytest

from tests.interop import odd_rows
from tests.interop.javascript import Interlude, JavaScriptAdapter
from tests.interop.raw import Item, RawTable

EXPIRES = datetime(2037, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (odd_rows.with_milliseconds(EXPIRES), EXPIRES),
        (odd_rows.iso_string(EXPIRES), EXPIRES),
        (odd_rows.whole_seconds(EXPIRES), EXPIRES.replace(microsecond=0)),
    ],
)
def test_a_session_is_read_however_its_expiry_is_written(
    adapter: JavaScriptAdapter, raw: RawTable, written: dict[str, str], read: datetime
) -> None:
    odd_rows.user(raw, "u1", "ada@example.com")
    odd_rows.session(raw, "u1", "s1", written)
    found = adapter.get_session_and_user("s1")
    assert found is not None
    assert found["session"] == {"sessionToken": "s1", "userId": "u1", "expires": read}


def test_a_plain_user_is_what_the_adapter_writes(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    id = adapter.create_user({"email": "ada@example.com"})["id"]
    written = raw.items()
    odd_rows.user(raw, id, "ada@example.com")
    assert raw.items() == written


def test_an_account_is_what_the_adapter_writes(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    account = {"userId": "u1", "provider": "google", "providerAccountId": "g1", "type": "oauth"}
    adapter.link_account(account)
    written = but_id(raw.items())
    odd_rows.account(raw, "u1", "google", "g1")
    assert but_id(raw.items()) == written


def test_a_session_is_what_the_adapter_writes(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    adapter.create_session({"sessionToken": "s1", "userId": "u1", "expires": EXPIRES})
    written = raw.items()
    odd_rows.session(raw, "u1", "s1", odd_rows.with_milliseconds(EXPIRES))
    assert raw.items() == written


def test_a_verification_token_is_what_the_adapter_writes(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    adapter.create_verification_token({"identifier": "a", "token": "t", "expires": EXPIRES})
    written = raw.items()
    odd_rows.verification_token(raw, "a", "t", odd_rows.with_milliseconds(EXPIRES))
    assert raw.items() == written


def test_a_ghost_is_what_the_adapter_leaves(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    adapter.update_user({"id": "u1"})
    written = raw.items()
    odd_rows.ghost_user(raw, "u1")
    assert raw.items() == written


def test_a_zombie_is_what_the_adapter_leaves(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    odd_rows.session(raw, "u1", "s1", odd_rows.whole_seconds(EXPIRES))
    overtaking = Interlude("update", "deleteSession", ("s1",))
    adapter.update_session({"sessionToken": "s1", "expires": EXPIRES}, interlude=overtaking)
    written = raw.items()
    odd_rows.zombie_session(raw, "u1", "s1", EXPIRES)
    assert raw.items() == written


def test_a_stale_index_is_what_the_adapter_leaves(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    id = adapter.create_user({"email": "old@example.com"})["id"]
    adapter.update_user({"id": id, "email": "new@example.com"})
    written = raw.items()
    odd_rows.user_with_stale_index(raw, id, "new@example.com", "old@example.com")
    assert raw.items() == written


def test_users_without_email_are_read(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    for user_id in odd_rows.users_without_email(raw):
        found = adapter.get_user(user_id)
        assert found is not None
        assert found.get("email") is None


def test_one_of_the_users_sharing_an_email_is_found(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    odd_rows.users_sharing_email(raw, "ada@example.com", "u1", "u2")
    found = adapter.get_user_by_email("ada@example.com")
    assert found is not None
    assert found["id"] in ("u1", "u2")


def test_one_of_the_users_sharing_an_account_is_found(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    odd_rows.users_sharing_email(raw, "ada@example.com", "u1", "u2")
    odd_rows.account_of_several_users(raw, "google", "g1", "u1", "u2")
    found = adapter.get_user_by_account("google", "g1")
    assert found is not None
    assert found["id"] in ("u1", "u2")


def test_a_hexadecimal_id_is_an_id(adapter: JavaScriptAdapter, raw: RawTable) -> None:
    user_id = odd_rows.user_with_hex_id(raw, "ada@example.com")
    assert adapter.get_user(user_id) == {"id": user_id, "email": "ada@example.com"}


def but_id(items: list[Item]) -> list[Item]:
    """The items without their random `id`."""
    return [{name: value for name, value in item.items() if name != "id"} for item in items]
