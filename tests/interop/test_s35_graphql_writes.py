"""S35: what is written through GraphQL is what the JavaScript adapter would have written, so it can read and change
it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable
from tests.tables import any_names

LATER = datetime(2037, 1, 1, tzinfo=UTC)
ISO = "2037-01-01T00:00:00.000Z"
ACCOUNT = {"provider": "github", "providerAccountId": "1", "type": "oauth"}


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the adapter's table."""
    return make_api(table_settings)


async def register(api: Api, who: str, **user: Any) -> None:
    """A user with an account and a session whose ids contain the name."""
    await api.changed(
        "registerUser",
        "user { id }",
        user={"userId": who, "email": f"{who}@example.com", **user},
        account={"provider": "github", "providerAccountId": who, "type": "oauth", "accessToken": "access"},
        session={"sessionToken": f"session-of-{who}", "expires": ISO},
    )


@any_names
class TestRead:
    """Items that the adapter reads, under any names."""

    async def test_a_user_is_found_by_every_key(self, api: Api, adapter: JavaScriptAdapter) -> None:
        custom = {"role": "admin", "nested": {"list": [1, "a"]}}
        await register(api, "ada", name="Ada", emailVerified=ISO, image=None, attributes=custom)
        user = {"id": "ada", "email": "ada@example.com", "name": "Ada", "emailVerified": LATER, "image": None, **custom}
        for found in (
            adapter.get_user("ada"),
            adapter.get_user_by_email("ada@example.com"),
            adapter.get_user_by_account("github", "ada"),
        ):
            assert found is not None
            # With custom key names, the adapter returns the key attributes too.
            assert {name: found[name] for name in user} == user

    async def test_a_session_signs_its_user_in(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        found = adapter.get_session_and_user("session-of-ada")
        assert found is not None
        assert found["user"]["id"] == "ada"
        session = {"sessionToken": "session-of-ada", "userId": "ada", "expires": LATER}
        assert {name: found["session"][name] for name in session} == session

    async def test_a_verification_token_is_used(self, api: Api, adapter: JavaScriptAdapter) -> None:
        given = {"identifier": "ada@example.com", "token": "hash"}
        await api.changed("createVerificationToken", "verificationToken { token }", **given, expires=ISO)
        used = adapter.use_verification_token("ada@example.com", "hash")
        assert used is not None
        assert {name: used[name] for name in ("identifier", "token", "expires")} == given | {"expires": LATER}
        assert await api.data('{ verificationTokens(identifier: "ada@example.com") { token } }') == {
            "verificationTokens": []
        }

    async def test_a_changed_email_is_found_under_the_new_one_only(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        await api.changed("updateUser", "user { id }", by={"userId": "ada"}, email="new@example.com")
        assert adapter.get_user_by_email("ada@example.com") is None
        found = adapter.get_user_by_email("new@example.com")
        assert found is not None
        assert found["id"] == "ada"

    async def test_what_is_removed_here_is_gone_there(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        await api.changed("deleteSession", "session { id }", by={"sessionToken": "session-of-ada"})
        assert adapter.get_session_and_user("session-of-ada") is None
        by = {"account": {"provider": "github", "providerAccountId": "ada"}}
        await api.changed("unlinkAccount", "account { id }", by=by, force=True)
        assert adapter.get_user_by_account("github", "ada") is None
        await api.changed("deleteUser", "user { id }", by={"userId": "ada"})
        assert adapter.get_user("ada") is None
        assert adapter.get_user_by_email("ada@example.com") is None


class TestChanged:
    """Items that were written here and that the adapter changes."""

    async def test_items_are_those_that_the_adapter_writes(
        self, api: Api, adapter: JavaScriptAdapter, raw: RawTable
    ) -> None:
        """Except for the locks beside them, and the time at which a session was created."""
        user = adapter.create_user({"email": "ada@example.com", "name": "Ada"})
        adapter.link_account({"userId": user["id"], **ACCOUNT, "access_token": "access"})
        adapter.create_session({"userId": user["id"], "sessionToken": "s1", "expires": LATER})
        written = comparable(raw)
        for item in raw.items():
            raw._client.delete_item(TableName=raw.settings.table_name, Key={"pk": item["pk"], "sk": item["sk"]})
        await api.changed(
            "registerUser",
            "user { id }",
            user={"userId": user["id"], "email": "ada@example.com", "name": "Ada"},
            account={**ACCOUNT, "accessToken": "access"},
            session={"sessionToken": "s1", "expires": ISO},
        )
        assert comparable(raw) == written

    async def test_the_adapters_changes_are_seen(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada", attributes={"kept": 1})
        adapter.update_user({"id": "ada", "name": "Lady Ada"})
        moved = datetime(2038, 1, 1, tzinfo=UTC)
        adapter.update_session({"sessionToken": "session-of-ada", "expires": moved})
        data = await api.data("""{
          user(by: {userId: "ada"}) { name email attributes }
          session(by: {sessionToken: "session-of-ada"}) { expires }
        }""")
        assert data == {
            "user": {"name": "Lady Ada", "email": "ada@example.com", "attributes": {"kept": 1}},
            "session": {"expires": "2038-01-01T00:00:00.000Z"},
        }

    async def test_the_adapters_removals_are_seen(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        adapter.delete_session("session-of-ada")
        adapter.unlink_account("github", "ada")
        assert await api.acting_as("session-of-ada").codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
        data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } sessions { nodes { id } } } }')
        assert data["user"] == {"accounts": {"nodes": []}, "sessions": {"nodes": []}}

    async def test_an_account_that_the_adapter_unlinked_is_free(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        await api.changed("createUser", "user { id }", userId="bob")
        adapter.unlink_account("github", "ada")
        given = {"provider": "github", "providerAccountId": "ada", "type": "oauth"}
        await api.changed("linkAccount", "account { id }", user={"userId": "bob"}, **given)

    async def test_the_email_of_a_user_whom_the_adapter_deleted_is_free(
        self, api: Api, adapter: JavaScriptAdapter
    ) -> None:
        await register(api, "ada")
        adapter.delete_user("ada")
        await register(api, "ada")
        found = adapter.get_user_by_email("ada@example.com")
        assert found is not None
        assert found["id"] == "ada"

    async def test_an_email_or_account_of_the_adapters_is_taken(self, api: Api, adapter: JavaScriptAdapter) -> None:
        user_id = adapter.create_user({"email": "ada@example.com"})["id"]
        adapter.link_account({"userId": user_id, **ACCOUNT})
        by_email = await api.change("createUser", "user { id }", email="ada@example.com")
        assert by_email["userErrors"][0]["code"] == "TAKEN"
        await api.changed("createUser", "user { id }", userId="bob")
        by_account = await api.change("linkAccount", "account { id }", user={"userId": "bob"}, **ACCOUNT)
        assert by_account["userErrors"][0]["code"] == "TAKEN"

    async def test_an_email_the_adapter_changed_is_mended_by_the_next_change_here(
        self, api: Api, adapter: JavaScriptAdapter
    ) -> None:
        await register(api, "ada")
        adapter.update_user({"id": "ada", "email": "new@example.com"})
        await api.changed("updateUser", "user { id }", by={"userId": "ada"}, email="new@example.com")
        found = adapter.get_user_by_email("new@example.com")
        assert found is not None
        assert found["id"] == "ada"
        assert adapter.get_user_by_email("ada@example.com") is None

    async def test_a_disabled_user_has_no_session_there_either(self, api: Api, adapter: JavaScriptAdapter) -> None:
        await register(api, "ada")
        await api.changed("disableUser", "user { id }", by={"userId": "ada"})
        assert adapter.get_session_and_user("session-of-ada") is None


def comparable(raw: RawTable) -> list[dict[str, Any]]:
    """The items without locks, the random ids of accounts, and when users and sessions were created."""
    differing = {"ACCOUNT": "id", "SESSION": "createdAt", "USER": "createdAt"}
    items = [item for item in raw.items() if not item["pk"]["S"].startswith("LOCK#")]
    return [
        {name: value for name, value in item.items() if name != differing.get(item["sk"]["S"].partition("#")[0])}
        for item in items
    ]
