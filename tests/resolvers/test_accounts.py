"""Accounts looked up, listed, linked, unlinked and given new tokens."""

from typing import Any

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, key_with, passkey, refusals

ACCOUNT = "provider providerAccountId type scope tokenType expiresAt sessionState attributes"
TOKENS = "tokens { accessToken refreshToken idToken }"
GOOGLE = {"provider": "google", "providerAccountId": "g1", "type": "oidc"}


class TestLookup:
    """The query `account(by:)` with each of its keys."""

    async def test_an_account_is_found_by_either_key(self, api: Api, ada: Person) -> None:
        document = """query($id: ID!, $key: AccountKey!) {
          byId: account(by: {id: $id}) { id user { userId } } byKey: account(by: {account: $key}) { id user { userId } }
        }"""
        found = {"id": ada.account_id, "user": {"userId": "ada"}}
        data = await api.data(document, {"id": ada.account_id, "key": ada.account})
        assert data == {"byId": found, "byKey": found}

    async def test_an_unknown_account_is_null(self, api: Api, ada: Person) -> None:
        document = """query($id: ID!) {
          garbage: account(by: {id: "garbage"}) { id }
          foreign: account(by: {id: $id}) { id }
          nobodys: account(by: {account: {provider: "github", providerAccountId: "x"}}) { id }
        }"""
        data = await api.data(document, {"id": ada.id})
        assert data == {"garbage": None, "foreign": None, "nobodys": None}

    async def test_the_user_of_an_orphan_is_null(self, api: Api, raw: RawTable) -> None:
        odd_rows.account(raw, "gone", "google", "g1")
        data = await api.data(
            '{ account(by: {account: {provider: "google", providerAccountId: "g1"}}) { user { id } } }'
        )
        assert data == {"account": {"user": None}}

    async def test_two_keys_that_share_a_place_in_the_table_are_kept_apart(self, api: Api, raw: RawTable) -> None:
        """The adapter separates provider and account id with a `#`, which either may contain."""
        document = "query($key: AccountKey!) { account(by: {account: $key}) { id } }"
        ids = []
        for provider, provider_account_id in (("a", "b#c"), ("a#b", "c")):
            odd_rows.account(raw, "ada", provider, provider_account_id)
            key = {"provider": provider, "providerAccountId": provider_account_id}
            ids.append((await api.data(document, {"key": key}))["account"]["id"])
        found = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
        assert found == {"nodes": [None, {"id": ids[1]}]}

    async def test_a_date_in_the_far_future_is_a_number_still(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        odd_rows.account(raw, "ada", "google", "g1", expires_at=number(2**40))
        odd_rows.account(raw, "ada", "apple", "a1", expires_at=number(2**60))
        data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { expiresAt } } } }')
        assert data["user"]["accounts"]["nodes"] == [{"expiresAt": str(2**60)}, {"expiresAt": 2**40}]


class TestLinking:
    """The mutation `linkAccount`, for administrators and people."""

    async def test_an_account_is_stored_as_given(self, api: Api, ada: Person) -> None:
        given = GOOGLE | {
            "scope": "openid",
            "tokenType": "bearer",
            "expiresAt": 2**53 - 1,
            "sessionState": "state",
            "attributes": {"not-before-policy": 0},
        }
        secrets = {"accessToken": "a" * 5000, "refreshToken": "r", "idToken": "i"}
        made = await api.changed(
            "linkAccount", f"account {{ id {ACCOUNT} {TOKENS} }}", user={"id": ada.id}, **given, **secrets
        )
        id = made["account"].pop("id")
        assert made["account"] == given | {"tokens": secrets}
        read = await api.data(f"query($id: ID!) {{ account(by: {{id: $id}}) {{ {ACCOUNT} {TOKENS} }} }}", {"id": id})
        assert read["account"] == made["account"]

    async def test_an_attribute_whose_name_sounds_secret_is_shown_among_the_secret_ones_only(
        self, api: Api, ada: Person
    ) -> None:
        attributes = {"refresh_token_expires_in": 3600, "Client_Secret": "s", "plan": "pro"}
        made = await api.changed(
            "linkAccount",
            "account { attributes secretAttributes }",
            user={"id": ada.id},
            **GOOGLE,
            attributes=attributes,
        )
        # A duration is no secret.
        shown = {"plan": "pro", "refresh_token_expires_in": 3600}
        assert made["account"] == {"attributes": shown, "secretAttributes": {"Client_Secret": "s"}}

    async def test_what_is_left_out_is_absent_and_null_is_null(self, api: Api, ada: Person, raw: RawTable) -> None:
        await api.changed(
            "linkAccount", "account { id }", user={"userId": "ada"}, **GOOGLE, scope=None, idToken="", expiresAt=None
        )
        item = raw.get("USER#ada", "ACCOUNT#google#g1")
        assert item is not None
        assert [item[name] for name in ("scope", "id_token", "expires_at")] == [{"NULL": True}] * 3
        assert "access_token" not in item

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"provider": "github", "providerAccountId": "bob-at-github"}, "TAKEN", ["providerAccountId"]),
            ({"provider": "github", "providerAccountId": "ada-at-github"}, "TAKEN", ["providerAccountId"]),
            ({"user": {"userId": "eve"}}, "NOT_FOUND", ["user", "userId"]),
            ({"user": {"userId": "\ud800"}}, "INVALID", ["user", "userId"]),
            ({"provider": ""}, "INVALID", ["provider"]),
            ({"provider": "a#b"}, "INVALID", ["provider"]),
            ({"providerAccountId": "\0"}, "INVALID", ["providerAccountId"]),
            ({"type": ""}, "INVALID", ["type"]),
            ({"type": "x" * 3000}, "INVALID", ["type"]),
            ({"accessToken": "\ud800"}, "INVALID", ["accessToken"]),
            ({"scope": "\ud800"}, "INVALID", ["scope"]),
            ({"expiresAt": -1}, "INVALID", ["expiresAt"]),
            ({"expiresAt": 2**53}, "INVALID", ["expiresAt"]),
            ({"attributes": {"access_token": "x"}}, "INVALID", ["attributes", "access_token"]),
            ({"attributes": {"pk": "x"}}, "INVALID", ["attributes", "pk"]),
            ({"attributes": "x"}, "INVALID", ["attributes"]),
        ],
    )
    async def test_what_cannot_be_linked_is_refused_at_its_place(
        self, api: Api, ada: Person, bob: Person, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        refused = await api.change("linkAccount", "account { id }", **{"user": {"userId": "ada"}, **GOOGLE, **given})
        assert refused["account"] is None
        assert refusals(refused) == [(code, path)]


class TestUnlinking:
    """The mutation `unlinkAccount`, for administrators and people."""

    @pytest.mark.parametrize("key", ["id", "account"])
    async def test_one_of_several_accounts_is_unlinked(self, api: Api, ada: Person, key: str) -> None:
        await api.changed("linkAccount", "account { id }", user={"id": ada.id}, **GOOGLE)
        by = {"id": ada.account_id} if key == "id" else {"account": ada.account}
        made = await api.changed("unlinkAccount", "account { id user { userId } }", by=by)
        assert made["account"] == {"id": ada.account_id, "user": {"userId": "ada"}}
        data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { provider } } } }')
        assert data["user"]["accounts"]["nodes"] == [{"provider": "google"}]

    async def test_an_account_that_was_unlinked_is_free(self, api: Api, ada: Person, bob: Person) -> None:
        await api.changed("unlinkAccount", "account { id }", by={"id": ada.account_id}, force=True)
        await api.changed("linkAccount", "account { id }", user={"id": bob.id}, **ada.account, type="oauth")

    async def test_the_last_way_to_sign_in_stays(self, api: Api, ada: Person) -> None:
        refused = await api.change("unlinkAccount", "account { id }", by={"id": ada.account_id})
        assert refusals(refused) == [("LAST_SIGN_IN", [])]

    async def test_a_passkey_is_a_way_to_sign_in(self, api: Api, ada: Person) -> None:
        await passkey(api, ada, "key1", linked=True)
        await api.changed("unlinkAccount", "account { id }", by={"id": ada.account_id})

    @pytest.mark.parametrize("scope", ["ACCOUNTS_WRITE", "ADAPTER"])
    async def test_a_program_forces_it(self, api: Api, ada: Person, scope: str) -> None:
        program = api.acting_as(await key_with(api, scope))
        refused = await program.change("unlinkAccount", "account { __typename }", by={"id": ada.account_id})
        assert refusals(refused) == [("LAST_SIGN_IN", [])]
        await program.changed("unlinkAccount", "account { __typename }", by={"id": ada.account_id}, force=True)

    async def test_a_person_cannot_force_it(self, api: Api, ada: Person) -> None:
        refused = await api.acting_as(ada.token).change(
            "unlinkAccount", "account { __typename }", by={"id": ada.account_id}, force=True
        )
        assert refusals(refused) == [("FORBIDDEN", ["force"])]
        data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } } }')
        assert data["user"]["accounts"]["nodes"] == [{"id": ada.account_id}]

    async def test_an_unknown_account_is_not_found(self, api: Api, ada: Person) -> None:
        by = {"account": {"provider": "github", "providerAccountId": "eve"}}
        for mutation in ("unlinkAccount", "updateAccountTokens"):
            assert refusals(await api.change(mutation, "account { id }", by=by)) == [("NOT_FOUND", ["by", "account"])]

    async def test_the_id_of_something_else_is_not_valid(self, api: Api, ada: Person) -> None:
        for id in (ada.session_id, "garbage", ""):
            refused = await api.change("unlinkAccount", "account { id }", by={"id": id})
            assert refusals(refused) == [("INVALID", ["by", "id"])]


class TestTokens:
    """The mutation `updateAccountTokens` with and without `expected`."""

    async def test_given_tokens_are_replaced_and_the_others_stay(self, api: Api, ada: Person) -> None:
        made = await api.changed(
            "updateAccountTokens",
            f"account {{ scope attributes {TOKENS} }}",
            by={"id": ada.account_id},
            accessToken="new",
            refreshToken=None,
            scope="more",
            attributes={"extra": 1},
        )
        assert made["account"] == {
            "scope": "more",
            "attributes": {"extra": 1},
            "tokens": {"accessToken": "new", "refreshToken": None, "idToken": "id-token-of-ada"},
        }

    async def test_a_change_of_nothing_answers_the_account_as_it_is(self, api: Api, ada: Person) -> None:
        made = await api.changed("updateAccountTokens", "account { id }", by={"account": ada.account})
        assert made["account"]["id"] == ada.account_id

    @pytest.mark.parametrize(
        ("expected", "errors"),
        [
            ({"accessToken": "access-token-of-ada"}, []),
            ({"accessToken": "access-token-of-ada", "refreshToken": "refresh-token-of-ada", "expiresAt": None}, []),
            ({}, []),
            (None, []),
            ({"accessToken": "older"}, [("STALE", ["expected"])]),
            ({"accessToken": None}, [("STALE", ["expected"])]),
            ({"accessToken": "access-token-of-ada", "expiresAt": 1}, [("STALE", ["expected"])]),
            ({"expiresAt": -1}, [("INVALID", ["expected", "expiresAt"])]),
            ({"accessToken": "\ud800"}, [("INVALID", ["expected", "accessToken"])]),
        ],
    )
    async def test_tokens_are_replaced_only_while_they_are_the_expected_ones(
        self, api: Api, ada: Person, expected: dict[str, Any] | None, errors: list[tuple[str, list[str]]]
    ) -> None:
        by = {"id": ada.account_id}
        payload = await api.change("updateAccountTokens", "account { id }", by=by, expected=expected, accessToken="new")
        assert refusals(payload) == errors
        data = await api.data(f"query($id: ID!) {{ account(by: {{id: $id}}) {{ {TOKENS} }} }}", by)
        assert data["account"]["tokens"]["accessToken"] == ("access-token-of-ada" if errors else "new")

    async def test_an_account_without_an_expiry_may_be_expected_so(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        odd_rows.account(raw, "ada", "google", "g1", access_token=text("old"))
        await api.changed(
            "updateAccountTokens",
            "account { id }",
            by={"account": {"provider": "google", "providerAccountId": "g1"}},
            expected={"expiresAt": None, "accessToken": "old"},
            expiresAt="4000000000",
        )
