"""S35: what the JavaScript adapter wrote, and every odd row, is read correctly through GraphQL."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.interop import odd_rows
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable, text
from tests.tables import any_names, with_and_without_directory

LATER = datetime(2037, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)
ISO = "2037-01-01T00:00:00.123Z"
USER = "id userId name email emailVerified image attributes disabled { at }"
ACCOUNT = "id provider providerAccountId type scope tokenType expiresAt sessionState attributes"
SESSION = "id token expires expired attributes"
EVERYTHING = f"""{USER}
  accounts {{ nodes {{ {ACCOUNT} tokens {{ accessToken refreshToken idToken }} user {{ id }} }} }}
  sessions(includeExpired: true) {{ nodes {{ {SESSION} user {{ id }} }} }}
  authenticators {{ nodes {{ id }} }}"""


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the adapter's table."""
    return make_api(table_settings)


async def one(api: Api, by: dict[str, Any], selection: str) -> Any:
    """A user, looked up by one of their keys."""
    return (await api.data(f"query($by: UserBy!) {{ user(by: $by) {{ {selection} }} }}", {"by": by}))["user"]


@any_names
class TestAsWritten:
    """Items written by the adapter, under any names."""

    async def test_a_user(self, adapter: JavaScriptAdapter, api: Api) -> None:
        given = {
            "email": "ada@example.com",
            "emailVerified": LATER,
            "name": "Ada",
            "image": None,
            "role": "admin",
            "seen": LATER,
            "settings": {"theme": "dark", "tags": ["a", 1, None]},
        }
        created = adapter.create_user(given)
        for by in ({"userId": created["id"]}, {"email": "ADA@example.com"}):
            found = await one(api, by, USER.removeprefix("id "))
            assert found == {
                "userId": created["id"],
                "name": "Ada",
                "email": "ada@example.com",
                "emailVerified": ISO,
                "image": None,
                "attributes": {"role": "admin", "seen": ISO, "settings": given["settings"]},
                "disabled": None,
            }

    async def test_an_account_with_its_tokens(self, adapter: JavaScriptAdapter, api: Api) -> None:
        user_id = adapter.create_user({"email": "ada@example.com"})["id"]
        adapter.link_account(
            {
                "userId": user_id,
                "provider": "keycloak",
                "providerAccountId": "k1",
                "type": "oidc",
                "access_token": "access",
                "refresh_token": "refresh",
                "id_token": "id",
                "expires_at": 4_000_000_000,
                "scope": "openid",
                "token_type": "bearer",
                "session_state": "state",
                "not-before-policy": 0,
                "refresh_token_expires_in": 3600,
            }
        )
        selection = "accounts { nodes { provider providerAccountId type scope tokenType expiresAt sessionState "
        selection += "attributes secretAttributes tokens { accessToken refreshToken idToken } } }"
        by = {"account": {"provider": "keycloak", "providerAccountId": "k1"}}
        assert (await one(api, by, selection))["accounts"]["nodes"] == [
            {
                "provider": "keycloak",
                "providerAccountId": "k1",
                "type": "oidc",
                "scope": "openid",
                "tokenType": "bearer",
                "expiresAt": 4_000_000_000,
                "sessionState": "state",
                "attributes": {"not-before-policy": 0, "refresh_token_expires_in": 3600},
                "tokens": {
                    "accessToken": "access",
                    "refreshToken": "refresh",
                    "idToken": "id",
                },
                "secretAttributes": {},
            }
        ]

    async def test_a_session_signs_its_user_in(self, adapter: JavaScriptAdapter, api: Api) -> None:
        user_id = adapter.create_user({"email": "ada@example.com"})["id"]
        adapter.create_session({"sessionToken": "s1", "userId": user_id, "expires": LATER, "device": "phone"})
        viewer = await api.acting_as(session_cookie="s1").data(
            "{ viewer { user { userId } session { expires current } } }"
        )
        assert viewer["viewer"] == {"user": {"userId": user_id}, "session": {"expires": ISO, "current": True}}
        session = await api.data('{ session(by: {sessionToken: "s1"}) { attributes } }')
        assert session["session"] == {"attributes": {"device": "phone"}}

    async def test_a_verification_token(self, adapter: JavaScriptAdapter, api: Api) -> None:
        adapter.create_verification_token({"identifier": "ada@example.com", "token": "hash", "expires": LATER})
        data = await api.data('{ verificationTokens(identifier: "ada@example.com") { identifier token expires } }')
        stored = {"identifier": "ada@example.com", "token": "hash", "expires": ISO}
        assert data == {"verificationTokens": [stored]}
        used = await api.changed(
            "useVerificationToken", "verificationToken { token }", identifier="ada@example.com", token="hash"
        )
        assert used["verificationToken"] == {"token": "hash"}
        assert adapter.use_verification_token("ada@example.com", "hash") is None


def put_every_odd_row(raw: RawTable) -> set[str]:
    """Store rows of every kind. Returns the ids of the users among them."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    ids = odd_rows.users_without_email(raw)
    ids.append(odd_rows.user_with_hex_id(raw, "hex@example.com"))
    odd_rows.user_with_stale_index(raw, "stale", "new@example.com", "old@example.com")
    odd_rows.users_sharing_email(raw, "shared@example.com", "first", "second")
    odd_rows.account_of_several_users(raw, "google", "g1", "first", "second", "nobody")
    odd_rows.ghost_user(raw, "ghost", image=text("i"))
    odd_rows.zombie_session(raw, "first", "zombie", LATER)
    odd_rows.session(raw, "first", "iso", odd_rows.iso_string(LATER))
    odd_rows.session(raw, "first", "milliseconds", odd_rows.with_milliseconds(LATER))
    odd_rows.session(raw, "first", "ended", odd_rows.whole_seconds(long_ago))
    odd_rows.session(raw, "nobody", "orphan", odd_rows.whole_seconds(LATER))
    odd_rows.account(raw, "second", "a#b", "c#d", expires_at=text("4000000000"), access_token={"NULL": True})
    return {*ids, "stale", "first", "second", "ghost"}


class TestOddRows:
    """Rows that no method writes today."""

    async def test_every_user_is_listed(self, api: Api, raw: RawTable) -> None:
        expected = put_every_odd_row(raw)
        users = (await api.data(f"{{ users(first: 50) {{ nodes {{ {EVERYTHING} }} }} }}"))["users"]["nodes"]
        assert {user["userId"] for user in users} == expected
        assert len(users) == len(expected)

    async def test_every_user_and_all_of_theirs_is_found_by_id(self, api: Api, raw: RawTable) -> None:
        for user_id in put_every_odd_row(raw):
            user = await one(api, {"userId": user_id}, EVERYTHING)
            owned = [node for kind in ("accounts", "sessions") for node in user[kind]["nodes"]]
            ids = [user["id"], *(node["id"] for node in owned)]
            nodes = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
            assert nodes == {"nodes": [{"id": id} for id in ids]}
            assert all(node["user"] == {"id": user["id"]} for node in owned)

    async def test_sessions_are_read_however_their_expiry_is_written(self, api: Api, raw: RawTable) -> None:
        put_every_odd_row(raw)
        user = await one(api, {"userId": "first"}, "sessions(includeExpired: true) { nodes { token expires expired } }")
        assert {
            session["token"]: (session["expires"], session["expired"]) for session in user["sessions"]["nodes"]
        } == {
            "ended": ("2020-01-01T00:00:00.000Z", True),
            "iso": (ISO, False),
            "milliseconds": (ISO, False),
            "zombie": (ISO, False),
        }

    @pytest.mark.parametrize("email", ["null", "undefined", "", "old@example.com"])
    async def test_nobody_is_found_by_what_the_index_alone_says(self, api: Api, raw: RawTable, email: str) -> None:
        put_every_odd_row(raw)
        assert await one(api, {"email": email}, "id") is None

    async def test_one_of_several_with_an_email_or_an_account_is_found(self, api: Api, raw: RawTable) -> None:
        put_every_odd_row(raw)
        assert (await one(api, {"email": "shared@example.com"}, "userId"))["userId"] in ("first", "second")
        by = {"account": {"provider": "google", "providerAccountId": "g1"}}
        assert (await one(api, by, "userId"))["userId"] in ("first", "second")

    @pytest.mark.parametrize("token", ["zombie", "orphan", "ended"])
    async def test_a_session_without_a_whole_sign_in_behind_it_signs_nobody_in(
        self, api: Api, raw: RawTable, token: str
    ) -> None:
        put_every_odd_row(raw)
        assert await api.acting_as(token).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
        assert await one(api, {"sessionToken": token}, "id") is None

    async def test_a_number_that_was_stored_as_text_is_a_number(self, api: Api, raw: RawTable) -> None:
        put_every_odd_row(raw)
        selection = "accounts { nodes { provider providerAccountId expiresAt tokens { accessToken } } }"
        assert (await one(api, {"userId": "second"}, selection))["accounts"]["nodes"][0] == {
            "provider": "a#b",
            "providerAccountId": "c#d",
            "expiresAt": 4_000_000_000,
            "tokens": {"accessToken": None},
        }

    @with_and_without_directory
    async def test_users_whom_the_adapter_typed_are_listed_with_either_index(
        self, adapter: JavaScriptAdapter, api: Api
    ) -> None:
        ids = {adapter.create_user({"email": f"u{number}@example.com"})["id"] for number in range(3)}
        users = (await api.data("{ users { nodes { userId } } }"))["users"]["nodes"]
        assert {user["userId"] for user in users} == ids
