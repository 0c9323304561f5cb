"""The attributes that each method of the adapter writes, which our code has to read."""

import re
from datetime import UTC, datetime

import pytest

from tests.interop.javascript import UNDEFINED, JavaScriptAdapter, JavaScriptError
from tests.interop.odd_rows import user
from tests.interop.raw import NULL, Item, RawTable, number, text
from tests.tables import custom_names

EXPIRES = datetime(2038, 1, 19, 3, 14, 8, 123_000, tzinfo=UTC)
VERIFIED = datetime(2024, 2, 29, 12, 0, 0, 5000, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

ACCOUNT = {
    "userId": "u1",
    "type": "oidc",
    "provider": "google",
    "providerAccountId": "g1",
    "access_token": "at",
    "refresh_token": "",
    "id_token": None,
    "expires_at": 2_147_483_649,
    "not-before-policy": 0,
}
SESSION = {"sessionToken": "s1", "userId": "u1", "expires": EXPIRES}
TOKEN = {"identifier": "ada@example.com", "token": "t1", "expires": EXPIRES}


class TestUser:
    """The items that `createUser` and `updateUser` write."""

    def test_a_user_has_its_email_as_index_key(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        id = adapter.create_user({"email": "ada@example.com", "emailVerified": VERIFIED, "name": "Ada"})["id"]
        assert raw.items() == [
            {
                "pk": text(f"USER#{id}"),
                "sk": text(f"USER#{id}"),
                "GSI1PK": text("USER#ada@example.com"),
                "GSI1SK": text("USER#ada@example.com"),
                "type": text("USER"),
                "id": text(id),
                "email": text("ada@example.com"),
                "emailVerified": text("2024-02-29T12:00:00.005Z"),
                "name": text("Ada"),
            }
        ]

    def test_the_id_is_a_random_uuid_whatever_was_asked_for(self, adapter: JavaScriptAdapter) -> None:
        assert UUID.fullmatch(adapter.create_user({"id": "mine", "email": "a@example.com"})["id"])

    def test_an_email_is_stored_as_it_comes(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_user({"email": " Ada@Example.COM "})
        assert only(raw)["email"] == text(" Ada@Example.COM ")

    @pytest.mark.parametrize(
        ("email", "attribute", "index_key"),
        [(None, NULL, "USER#null"), ("", NULL, "USER#"), (UNDEFINED, None, "USER#undefined")],
    )
    def test_a_user_without_email_is_in_the_index_all_the_same(
        self, adapter: JavaScriptAdapter, raw: RawTable, email: object, attribute: Item | None, index_key: str
    ) -> None:
        adapter.create_user({"email": email})
        item = only(raw)
        assert (item.get("email"), item["GSI1PK"], item["GSI1SK"]) == (attribute, text(index_key), text(index_key))

    def test_empty_strings_and_null_are_stored_as_null(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_user({"email": "a@example.com", "name": "", "image": None, "custom": {"a": ["", None]}})
        item = only(raw)
        assert (item["name"], item["image"]) == (NULL, NULL)
        assert item["custom"] == {"M": {"a": {"L": [NULL, NULL]}}}

    def test_a_custom_model_is_stored_verbatim(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_user({"email": "a@example.com", "age": 36, "score": 0.1, "admin": True, "tags": {"x"}, "l": [1]})
        item = only(raw)
        assert [item[name] for name in ("age", "score", "admin", "tags", "l")] == [
            number(36),
            number(0.1),
            {"BOOL": True},
            {"SS": ["x"]},
            {"L": [number(1)]},
        ]

    def test_updating_an_unknown_user_makes_a_ghost(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.update_user({"id": "u1", "name": "Boo"})
        assert raw.items() == [{"pk": text("USER#u1"), "sk": text("USER#u1"), "id": text("u1"), "name": text("Boo")}]


class TestAccount:
    """The items that `linkAccount` writes."""

    def test_an_account_is_written_with_all_its_attributes(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.link_account(ACCOUNT)
        item = only(raw)
        assert UUID.fullmatch(item.pop("id")["S"])
        assert item == {
            "pk": text("USER#u1"),
            "sk": text("ACCOUNT#google#g1"),
            "GSI1PK": text("ACCOUNT#google"),
            "GSI1SK": text("ACCOUNT#g1"),
            "type": text("oidc"),
            "userId": text("u1"),
            "provider": text("google"),
            "providerAccountId": text("g1"),
            "access_token": text("at"),
            "refresh_token": NULL,
            "id_token": NULL,
            "expires_at": number(2_147_483_649),
            "not-before-policy": number(0),
        }

    def test_what_is_answered_has_no_id(self, adapter: JavaScriptAdapter) -> None:
        assert adapter.link_account(ACCOUNT) == ACCOUNT


class TestSession:
    """The items that `createSession` writes."""

    def test_a_session_has_no_id_and_expires_with_decimals(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_session(SESSION)
        assert raw.items() == [
            {
                "pk": text("USER#u1"),
                "sk": text("SESSION#s1"),
                "GSI1PK": text("SESSION#s1"),
                "GSI1SK": text("SESSION#s1"),
                "type": text("SESSION"),
                "sessionToken": text("s1"),
                "userId": text("u1"),
                "expires": number("2147483648.123"),
            }
        ]

    def test_what_is_answered_has_an_id_that_is_nowhere_stored(self, adapter: JavaScriptAdapter) -> None:
        answered = adapter.create_session(SESSION)
        assert UUID.fullmatch(answered.pop("id"))
        assert answered == SESSION


class TestVerificationToken:
    """The items that `createVerificationToken` writes."""

    def test_a_token_has_no_index_keys(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_verification_token(TOKEN)
        assert raw.items() == [
            {
                "pk": text("VT#ada@example.com"),
                "sk": text("VT#t1"),
                "type": text("VT"),
                "identifier": text("ada@example.com"),
                "token": text("t1"),
                "expires": number("2147483648.123"),
            }
        ]


@custom_names
class TestCustomNames:
    """A table in which all key names are custom."""

    def test_items_have_the_configured_keys_only(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_session(SESSION)
        assert raw.items() == [
            raw.keys("USER#u1", "SESSION#s1", ("SESSION#s1", "SESSION#s1"))
            | {
                "type": text("SESSION"),
                "sessionToken": text("s1"),
                "userId": text("u1"),
                "expires": number("2147483648.123"),
            }
        ]

    def test_the_key_attributes_leak_into_the_user(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        id = adapter.create_user({"email": "ada@example.com"})["id"]
        keys = {name: value["S"] for name, value in only(raw).items() if value["S"].startswith("USER#")}
        assert len(keys) == 4
        assert adapter.get_user(id) == {"id": id, "email": "ada@example.com"} | keys

    def test_sessions_are_found_under_the_configured_names(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        user(raw, "u1", "ada@example.com")
        adapter.create_session(SESSION)
        assert adapter.get_session_and_user("s1") is not None

    def test_deleting_a_user_deletes_nothing(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        id = adapter.create_user({"email": "ada@example.com"})["id"]
        with pytest.raises(JavaScriptError):
            adapter.delete_user(id)
        assert len(raw.items()) == 1


def only(raw: RawTable) -> Item:
    """The one item of the table."""
    [item] = raw.items()
    return item
