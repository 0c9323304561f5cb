"""What the adapter's methods do, and the defects that our own code must not share."""

from datetime import UTC, datetime

import pytest

from tests.interop import odd_rows
from tests.interop.javascript import UNDEFINED, Interlude, JavaScriptAdapter, JavaScriptError
from tests.interop.odd_rows import account, session, user, whole_seconds
from tests.interop.raw import RawTable, text

LATER = datetime(2037, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""More than five years ago. Time to live does not delete such items, so it does not interfere with tests."""


class TestMissingItems:
    """What each method does if the item does not exist."""

    def test_reads_give_null(self, adapter: JavaScriptAdapter) -> None:
        assert adapter.get_user("u1") is None
        assert adapter.get_user_by_email("ada@example.com") is None
        assert adapter.get_user_by_account("google", "g1") is None
        assert adapter.get_session_and_user("s1") is None

    def test_updates_and_deletes_of_sessions_and_accounts_give_null(self, adapter: JavaScriptAdapter) -> None:
        assert adapter.update_session({"sessionToken": "s1", "expires": LATER}) is None
        assert adapter.delete_session("s1") is None
        assert adapter.unlink_account("google", "g1") is None
        assert adapter.use_verification_token("ada@example.com", "t1") is None

    def test_deleting_an_unknown_user_throws(self, adapter: JavaScriptAdapter) -> None:
        with pytest.raises(JavaScriptError):
            adapter.delete_user("u1")

    def test_an_account_of_a_missing_user_gives_null(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        account(raw, "nobody", "google", "g1")
        assert adapter.get_user_by_account("google", "g1") is None

    def test_a_session_of_a_missing_user_gives_null(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        session(raw, "nobody", "s1", whole_seconds(LATER))
        assert adapter.get_session_and_user("s1") is None


class TestCalls:
    """The DynamoDB calls of each method."""

    @pytest.mark.parametrize(
        ("method", "argument", "calls"),
        [
            ("createUser", {"email": "new@example.com"}, ["put"]),
            ("linkAccount", {"userId": "u1", "provider": "github", "providerAccountId": "h1"}, ["put"]),
            ("createSession", {"userId": "u1", "sessionToken": "s2", "expires": LATER}, ["put"]),
            ("createVerificationToken", {"identifier": "a", "token": "t", "expires": LATER}, ["put"]),
            ("getUser", "u1", ["get"]),
            ("getUserByEmail", "ada@example.com", ["query"]),
            ("getUserByAccount", {"provider": "google", "providerAccountId": "g1"}, ["query", "get"]),
            ("getSessionAndUser", "s1", ["query", "get"]),
            ("updateUser", {"id": "u1", "name": "Ada"}, ["update"]),
            ("updateSession", {"sessionToken": "s1", "expires": LATER}, ["query", "update"]),
            ("deleteSession", "s1", ["query", "delete"]),
            ("unlinkAccount", {"provider": "google", "providerAccountId": "g1"}, ["query", "delete"]),
            ("useVerificationToken", {"identifier": "a", "token": "t"}, ["delete"]),
            ("deleteUser", "u1", ["query", "batchWrite"]),
        ],
    )
    def test_a_method_makes_these_calls(
        self, adapter: JavaScriptAdapter, raw: RawTable, method: str, argument: object, calls: list[str]
    ) -> None:
        user(raw, "u1", "ada@example.com")
        account(raw, "u1", "google", "g1")
        session(raw, "u1", "s1", whole_seconds(LATER))
        adapter.call(method, argument)
        assert adapter.calls == calls


class TestDefects:
    """Defects of the adapter that our code must not have."""

    def test_an_email_change_leaves_the_index_keys(self, adapter: JavaScriptAdapter) -> None:
        id = adapter.create_user({"email": "old@example.com"})["id"]
        adapter.update_user({"id": id, "email": "new@example.com"})
        found = adapter.get_user_by_email("old@example.com")
        assert found is not None
        assert found["email"] == "new@example.com"
        assert adapter.get_user_by_email("new@example.com") is None

    def test_two_users_may_have_one_email(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_user({"email": "ada@example.com"})
        adapter.create_user({"email": "ada@example.com"})
        assert len(raw.items()) == 2

    def test_two_users_may_have_one_account(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        for user_id in ("u1", "u2"):
            adapter.link_account({"userId": user_id, "provider": "google", "providerAccountId": "g1"})
        assert len(raw.items()) == 2

    def test_the_separator_in_a_provider_makes_two_accounts_one(
        self, adapter: JavaScriptAdapter, raw: RawTable
    ) -> None:
        adapter.link_account({"userId": "u1", "provider": "a#b", "providerAccountId": "c"})
        adapter.link_account({"userId": "u1", "provider": "a", "providerAccountId": "b#c"})
        [survivor] = raw.items()
        assert survivor["providerAccountId"] == text("b#c")

    def test_deleting_a_user_leaves_what_comes_after_25_items(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        user(raw, "u1", "ada@example.com")
        for number in range(25):
            session(raw, "u1", f"s{number:02}", whole_seconds(LATER))
        adapter.delete_user("u1")
        assert [item["sk"] for item in raw.items()] == [text("USER#u1")]

    def test_deleting_a_user_leaves_live_sessions(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        user(raw, "u1", "ada@example.com")
        for number in range(27):
            session(raw, "u1", f"s{number:02}", whole_seconds(LATER))
        adapter.delete_user("u1")
        assert adapter.get_session_and_user("s26") is not None

    def test_deleting_a_user_of_more_than_one_megabyte_leaves_the_user(
        self, adapter: JavaScriptAdapter, raw: RawTable
    ) -> None:
        """The user item is sorted last, so the only page that is read does not contain it."""
        user(raw, "u1", "ada@example.com")
        for number in range(4):
            account(raw, "u1", "google", f"g{number}", id_token=text("x" * 390_000))
        assert adapter.delete_user("u1") is None
        assert [item["sk"] for item in raw.items()] == [text("ACCOUNT#google#g3"), text("USER#u1")]

    def test_a_delete_between_the_steps_of_an_update_makes_a_zombie_session(
        self, adapter: JavaScriptAdapter, raw: RawTable
    ) -> None:
        session(raw, "u1", "s1", whole_seconds(LATER))
        overtaking = Interlude("update", "deleteSession", ("s1",))
        adapter.update_session({"sessionToken": "s1", "expires": LATER}, interlude=overtaking)
        assert raw.items() == [
            raw.keys("USER#u1", "SESSION#s1") | {"sessionToken": text("s1"), "expires": whole_seconds(LATER)}
        ]

    def test_undefined_in_an_update_is_refused(self, adapter: JavaScriptAdapter) -> None:
        with pytest.raises(JavaScriptError, match="ValidationException"):
            adapter.update_user({"id": "u1", "name": UNDEFINED})

    @pytest.mark.parametrize("name", ["not-before-policy", "a.b"])
    def test_a_hyphen_or_dot_in_the_name_of_an_updated_attribute_is_refused(
        self, adapter: JavaScriptAdapter, name: str
    ) -> None:
        with pytest.raises(JavaScriptError, match="ValidationException"):
            adapter.update_user({"id": "u1", name: "x"})

    def test_an_expired_session_signs_in(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        user(raw, "u1", "ada@example.com")
        session(raw, "u1", "s1", whole_seconds(LONG_AGO))
        found = adapter.get_session_and_user("s1")
        assert found is not None
        assert found["session"]["expires"] == LONG_AGO

    def test_an_expired_verification_token_is_used(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        odd_rows.verification_token(raw, "ada@example.com", "t1", whole_seconds(LONG_AGO))
        assert adapter.use_verification_token("ada@example.com", "t1") == {
            "identifier": "ada@example.com",
            "token": "t1",
            "expires": LONG_AGO,
        }
        assert raw.items() == []

    @pytest.mark.parametrize(("stored", "asked"), [(None, "null"), (UNDEFINED, "undefined"), ("", "")])
    def test_the_email_null_finds_a_user_without_one(
        self, adapter: JavaScriptAdapter, stored: object, asked: str
    ) -> None:
        id = adapter.create_user({"email": stored})["id"]
        found = adapter.get_user_by_email(asked)
        assert found is not None
        assert found["id"] == id

    def test_a_second_put_overwrites_silently(self, adapter: JavaScriptAdapter, raw: RawTable) -> None:
        adapter.create_session({"userId": "u1", "sessionToken": "s1", "expires": LATER, "device": "phone"})
        adapter.create_session({"userId": "u1", "sessionToken": "s1", "expires": LATER})
        [item] = raw.items()
        assert "device" not in item

    def test_an_integer_beyond_javascripts_comes_back_as_a_big_integer(
        self, adapter: JavaScriptAdapter, raw: RawTable
    ) -> None:
        """`JSON.stringify` rejects it, so items that Auth.js reads must not contain such numbers."""
        user(raw, "u1", "ada@example.com", points={"N": "9007199254740993"})
        found = adapter.get_user("u1")
        assert found is not None
        assert found["points"] == 9007199254740993
