"""Users looked up, listed, created, registered, changed, disabled and deleted."""

import sys
import unicodedata
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from dynamo.settings import TableSettings
from resolvers import user_lists
from resolvers.global_ids import GlobalIds
from tests.api import Api, make_api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, refusals, sign_up
from tests.tables import directory, with_and_without_directory

USER = "id userId name email emailVerified image attributes disabled { at until reason }"
LATER = "2037-01-01T00:00:00.000Z"
NAMES = "nodes { userId } pageInfo { hasNextPage endCursor }"


def not_found(characters: list[str]) -> list[str]:
    """The characters that are not found by each of their spellings. Many are tried together, separated by a neutral
    character, and one by one if that fails."""
    spellings = ["/".join(characters)]
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spellings.append("/".join(unicodedata.normalize(form, character) for character in characters))
    assert max(map(len, spellings)) <= user_lists.LONGEST_NORMALIZED
    once = {user_lists.folded(spelling) for spelling in spellings}
    if len(once) == 1 and set(map(user_lists.folded, once)) == once:
        return []
    return characters if len(characters) == 1 else [c for c in characters if not_found([c])]


class TestLookup:
    """The query `user(by:)` with each of its keys."""

    @pytest.mark.parametrize("key", ["id", "userId", "email", "account", "sessionToken"])
    async def test_a_user_is_found_by_any_of_their_keys(self, api: Api, ada: Person, key: str) -> None:
        keys = {
            "id": ada.id,
            "userId": ada.name,
            "email": ada.email,
            "account": ada.account,
            "sessionToken": ada.token,
        }
        data = await api.data("query($by: UserBy!) { user(by: $by) { userId } }", {"by": {key: keys[key]}})
        assert data == {"user": {"userId": "ada"}}

    @pytest.mark.parametrize(
        "by",
        [
            {"id": "ada"},
            {"id": "bm90IHNlYWxlZCBieSB1cw"},
            {"id": ""},
            {"userId": "eve"},
            {"userId": ""},
            {"email": "eve@example.com"},
            {"email": "no address"},
            {"email": "null"},
            {"account": {"provider": "github", "providerAccountId": "eve"}},
            {"account": {"provider": "", "providerAccountId": ""}},
            {"sessionToken": "made up"},
        ],
    )
    async def test_an_unknown_user_is_null(self, api: Api, ada: Person, by: dict[str, Any]) -> None:
        assert await api.data("query($by: UserBy!) { user(by: $by) { userId } }", {"by": by}) == {"user": None}

    async def test_an_id_of_another_type_is_null(self, api: Api, ada: Person) -> None:
        data = await api.data("query($id: ID!) { user(by: {id: $id}) { userId } }", {"id": ada.account_id})
        assert data == {"user": None}

    async def test_an_id_sealed_with_another_key_is_null(self, api: Api, ada: Person) -> None:
        forged = GlobalIds(["another secret"])._seal("User", ada.name)
        assert await api.data("query($id: ID!) { user(by: {id: $id}) { id } }", {"id": forged}) == {"user": None}

    async def test_an_email_is_found_in_any_spelling(self, api: Api, ada: Person) -> None:
        data = await api.data('{ user(by: {email: "  ADA@Example.COM "}) { userId } }')
        assert data["user"]["userId"] == "ada"

    @pytest.mark.parametrize(
        "by", ["{}", '{userId: "ada", email: "ada@example.com"}', "{id: null}", '{id: null, userId: "ada"}']
    )
    async def test_exactly_one_key_is_given_in_a_literal(self, api: Api, by: str) -> None:
        assert await api.codes(f"{{ user(by: {by}) {{ id }} }}") == ["GRAPHQL_VALIDATION_FAILED"]

    @pytest.mark.parametrize("by", [{}, {"userId": "ada", "email": "ada@example.com"}, {"id": None}])
    async def test_exactly_one_key_is_given_in_a_variable(self, api: Api, by: dict[str, Any]) -> None:
        assert await api.codes("query($by: UserBy!) { user(by: $by) { id } }", {"by": by}) == ["BAD_USER_INPUT"]

    async def test_a_session_that_has_ended_finds_nobody(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        odd_rows.session(raw, "ada", "old", odd_rows.whole_seconds(datetime(2020, 1, 1, tzinfo=UTC)))
        assert await api.data('{ user(by: {sessionToken: "old"}) { id } }') == {"user": None}


class TestList:
    """The query `users`, with its pages and filter."""

    @with_and_without_directory
    async def test_pages_hold_every_user_once(self, api: Api, raw: RawTable) -> None:
        for number in range(7):
            odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
        found, after = [], None
        for _ in range(3):
            document = f"query($after: String) {{ users(first: 3, after: $after) {{ {NAMES} }} }}"
            page = (await api.data(document, {"after": after}))["users"]
            found += [user["userId"] for user in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert sorted(found) == [f"u{number}" for number in range(7)]
        assert page["pageInfo"]["hasNextPage"] is False

    @with_and_without_directory
    async def test_the_cursor_of_an_edge_goes_on_right_after_it(self, api: Api, raw: RawTable) -> None:
        for number in range(4):
            odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
        page = (await api.data("{ users { edges { cursor node { userId } } } }"))["users"]["edges"]
        document = "query($after: String) { users(after: $after) { nodes { userId } } }"
        rest = (await api.data(document, {"after": page[1]["cursor"]}))["users"]["nodes"]
        assert rest == [edge["node"] for edge in page[2:]]

    async def test_a_page_says_where_it_lies(self, api: Api, ada: Person, bob: Person) -> None:
        document = """query($after: String) {
          users(first: 1, after: $after) {
            edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          }
        }"""
        first = (await api.data(document))["users"]
        cursor = first["edges"][0]["cursor"]
        expected = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": cursor, "endCursor": cursor}
        assert first["pageInfo"] == expected
        last = (await api.data(document, {"after": cursor}))["users"]["pageInfo"]
        assert (last["hasNextPage"], last["hasPreviousPage"]) == (False, True)

    async def test_an_empty_list_has_no_cursors(self, api: Api) -> None:
        data = await api.data("{ users { nodes { id } pageInfo { hasNextPage startCursor endCursor } } }")
        nothing = {"hasNextPage": False, "startCursor": None, "endCursor": None}
        assert data == {"users": {"nodes": [], "pageInfo": nothing}}

    @pytest.mark.parametrize(
        ("filter", "found"),
        [
            ("{}", ["ada", "bob", "eve"]),
            ("null", ["ada", "bob", "eve"]),
            ('{contains: "AD"}', ["ada"]),
            ('{contains: "bob@"}', ["bob"]),
            ('{contains: "eve"}', ["eve"]),
            ('{contains: "nobody"}', []),
            ('{contains: "  lovelace "}', ["ada"]),
            ('{contains: "ＡＤＡ"}', ["ada"]),
            ('{contains: "zoë"}', ["bob"]),
            ('{contains: "STRASSE"}', ["bob"]),
            ('{contains: ""}', ["ada", "bob", "eve"]),
            ("{contains: null}", ["ada", "bob", "eve"]),
            ("{emailVerified: true}", ["bob"]),
            ("{emailVerified: false}", ["ada", "eve"]),
            ("{disabled: true}", ["eve"]),
            ("{disabled: false}", ["ada", "bob"]),
            ('{contains: "e", disabled: false, emailVerified: true}', ["bob"]),
        ],
    )
    async def test_a_filter_leaves_those_for_whom_all_of_it_holds(
        self, api: Api, filter: str, found: list[str]
    ) -> None:
        await api.changed("createUser", "user { id }", userId="ada", name="Ada Lovelace")
        await api.changed(
            "createUser",
            "user { id }",
            userId="bob",
            name="ZOE\u0308 Straße",
            email="bob@example.com",
            emailVerified="2020-01-01T00:00:00Z",
        )
        await api.changed("createUser", "user { id }", userId="eve")
        await api.changed("disableUser", "user { id }", by={"userId": "eve"})
        users = (await api.data(f"{{ users(filter: {filter}) {{ nodes {{ userId }} }} }}"))["users"]["nodes"]
        assert sorted(user["userId"] for user in users) == found

    def test_every_spelling_of_a_character_is_found_by_every_other(self) -> None:
        # Not assigned, for private use, or half of one: they are their own form.
        assigned = (c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) not in ("Cn", "Co", "Cs"))
        while characters := list(islice(assigned, 10)):
            assert not_found(characters) == []

    async def test_a_list_with_children_says_the_same_as_each_user_alone(self, api: Api) -> None:
        for name in ("ada", "bob", "eve"):
            await sign_up(api, name)
        children = "id accounts { nodes { id } } sessions { nodes { id } } authenticators { nodes { id } }"
        for user in (await api.data(f"{{ users {{ nodes {{ {children} }} }} }}"))["users"]["nodes"]:
            alone = await api.data(f"query($id: ID!) {{ user(by: {{id: $id}}) {{ {children} }} }}", {"id": user["id"]})
            assert alone == {"user": user}


class TestCreation:
    """The mutations `createUser` and `registerUser`."""

    async def test_a_user_is_stored_as_given(self, api: Api) -> None:
        given = {
            "userId": "ada",
            "email": "ada@example.com",
            "emailVerified": LATER,
            "name": "Ada",
            "image": "https://example.com/ada.png",
            "attributes": {"plan": "pro", "seats": 3, "tags": ["a", {"b": None}], "not-before.policy": 0.5},
        }
        made = (await api.changed("createUser", f"user {{ {USER} }}", **given))["user"]
        del made["id"]
        assert made == given | {"disabled": None}
        read = await api.data(f'{{ user(by: {{userId: "ada"}}) {{ {USER.removeprefix("id ")} }} }}')
        assert read == {"user": made}

    async def test_a_user_who_is_given_nothing_has_a_random_id_and_the_time_of_their_creation(
        self, api: Api, raw: RawTable
    ) -> None:
        made = (await api.changed("createUser", "user { userId email name attributes }"))["user"]
        assert made == {"userId": made["userId"], "email": None, "name": None, "attributes": {}}
        assert len(made["userId"]) == 36
        assert sorted(raw.items()[0]) == ["createdAt", "id", "pk", "sk", "type"]

    async def test_null_is_stored_where_absent_is_not(self, api: Api, raw: RawTable) -> None:
        await api.changed("createUser", "user { id }", userId="ada", name=None, image="", emailVerified=None)
        (item,) = raw.items()
        assert [item[name] for name in ("name", "image", "emailVerified")] == [{"NULL": True}] * 3
        assert "email" not in item

    async def test_an_email_is_stored_in_the_form_it_is_compared_in(self, api: Api) -> None:
        made = await api.changed("createUser", "user { email }", email="  Ada@EXAMPLE.com ")
        assert made["user"]["email"] == "ada@example.com"

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"email": "ADA@example.com"}, "TAKEN", ["email"]),
            ({"userId": "ada"}, "TAKEN", ["userId"]),
            ({"userId": "ada", "email": "new@example.com"}, "TAKEN", ["userId"]),
            ({"userId": "a#b"}, "INVALID", ["userId"]),
            ({"userId": ""}, "INVALID", ["userId"]),
            ({"userId": "a\0b"}, "INVALID", ["userId"]),
            ({"userId": "x" * 801}, "INVALID", ["userId"]),
            ({"email": "not an address"}, "INVALID", ["email"]),
            ({"email": "\ud800@example.com"}, "INVALID", ["email"]),
            ({"email": "x" * 320 + "@example.com"}, "INVALID", ["email"]),
            ({"name": "x" * 2049}, "INVALID", ["name"]),
            ({"name": "\udfff"}, "INVALID", ["name"]),
            ({"image": "x" * 2049}, "INVALID", ["image"]),
        ],
    )
    async def test_what_cannot_be_stored_is_refused_at_its_place(
        self, api: Api, ada: Person, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        refused = await api.change("createUser", "user { id }", **given)
        assert refused["user"] is None
        assert refusals(refused) == [(code, path)]

    async def test_a_registration_stores_user_account_and_session(self, api: Api) -> None:
        made = await api.changed(
            "registerUser",
            "user { userId email } account { provider expiresAt tokens { accessToken } } session { token expires }",
            user={"userId": "ada", "email": "ada@example.com"},
            account={
                "provider": "google",
                "providerAccountId": "g1",
                "type": "oidc",
                "accessToken": "secret",
                "expiresAt": 4_000_000_000,
            },
            session={"sessionToken": "s1", "expires": LATER},
        )
        assert made["user"] == {"userId": "ada", "email": "ada@example.com"}
        assert made["account"] == {
            "provider": "google",
            "expiresAt": 4_000_000_000,
            "tokens": {"accessToken": "secret"},
        }
        assert made["session"] == {"token": "s1", "expires": LATER}
        assert (await api.acting_as("s1").data("{ viewer { user { userId } } }"))["viewer"]["user"]["userId"] == "ada"

    async def test_a_registration_without_a_session_has_none(self, api: Api) -> None:
        account = {"provider": "google", "providerAccountId": "g1", "type": "oidc"}
        made = await api.changed(
            "registerUser", "user { email sessions { nodes { id } } } session { id }", user={}, account=account
        )
        assert made["session"] is None
        assert made["user"] == {"email": None, "sessions": {"nodes": []}}

    @pytest.mark.parametrize(
        ("part", "given", "code", "path"),
        [
            ("user", {"email": "ada@example.com"}, "TAKEN", ["user", "email"]),
            ("user", {"userId": "ada"}, "TAKEN", ["user", "userId"]),
            ("user", {"userId": "#"}, "INVALID", ["user", "userId"]),
            ("user", {"email": "x"}, "INVALID", ["user", "email"]),
            ("user", {"name": "x" * 3000}, "INVALID", ["user", "name"]),
            ("user", {"attributes": {"type": "x"}}, "INVALID", ["user", "attributes", "type"]),
            (
                "account",
                {"provider": "github", "providerAccountId": "ada-at-github"},
                "TAKEN",
                ["account", "providerAccountId"],
            ),
            ("account", {"provider": "a#b"}, "INVALID", ["account", "provider"]),
            ("account", {"providerAccountId": ""}, "INVALID", ["account", "providerAccountId"]),
            ("account", {"type": ""}, "INVALID", ["account", "type"]),
            ("account", {"expiresAt": -1}, "INVALID", ["account", "expiresAt"]),
            ("account", {"attributes": {"userId": "x"}}, "INVALID", ["account", "attributes", "userId"]),
            ("session", {"sessionToken": ""}, "INVALID", ["session", "sessionToken"]),
            ("session", {"expires": "2020-01-01T00:00:00Z"}, "INVALID", ["session", "expires"]),
            ("session", {"attributes": {"expires": 1}}, "INVALID", ["session", "attributes", "expires"]),
        ],
    )
    async def test_a_registration_that_is_refused_leaves_nothing(
        self,
        api: Api,
        ada: Person,
        raw: RawTable,
        part: str,
        given: dict[str, Any],
        code: str,
        path: list[str],
    ) -> None:
        before = raw.items()
        whole: dict[str, dict[str, Any]] = {
            "user": {"email": "eve@example.com"},
            "account": {"provider": "google", "providerAccountId": "g1", "type": "oauth"},
            "session": {},
        }
        whole[part] |= given
        refused = await api.change("registerUser", "user { id } account { id } session { id }", **whole)
        assert refusals(refused) == [(code, path)]
        assert refused["user"] is refused["account"] is refused["session"] is None
        assert raw.items() == before


class TestChange:
    """The mutation `updateUser` by global and raw id."""

    async def test_a_user_is_named_by_any_key(self, api: Api, ada: Person) -> None:
        keys: list[dict[str, Any]] = [
            {"id": ada.id},
            {"userId": ada.name},
            {"email": ada.email},
            {"account": ada.account},
            {"sessionToken": ada.token},
        ]
        for number, by in enumerate(keys):
            made = await api.changed("updateUser", "user { userId name }", by=by, name=f"Ada {number}")
            assert made["user"] == {"userId": "ada", "name": f"Ada {number}"}
        made = await api.changed("updateUser", "user { userId name }", by={"id": ada.id}, name="Lady Ada")
        assert made["user"] == {"userId": "ada", "name": "Lady Ada"}

    async def test_what_is_absent_stays_and_null_clears(self, api: Api) -> None:
        given = {"name": "Ada", "image": "https://a.example/i.png", "attributes": {"plan": "pro", "seats": 1}}
        await api.changed(
            "createUser", "user { id }", userId="ada", email="ada@example.com", emailVerified=LATER, **given
        )
        made = await api.changed(
            "updateUser", f"user {{ {USER} }}", by={"userId": "ada"}, image=None, attributes={"plan": None, "new": True}
        )
        user = made["user"]
        assert (user["name"], user["image"], user["email"]) == ("Ada", None, "ada@example.com")
        assert user["emailVerified"] == LATER
        assert user["attributes"] == {"plan": None, "seats": 1, "new": True}

    async def test_a_change_of_nothing_answers_the_user_as_they_are(self, api: Api, ada: Person) -> None:
        made = await api.changed("updateUser", "user { userId name }", by={"userId": "ada"}, attributes=None)
        assert made["user"] == {"userId": "ada", "name": "Ada"}

    async def test_a_new_email_counts_as_not_verified(self, api: Api, ada: Person) -> None:
        await api.changed("updateUser", "user { id }", by={"userId": "ada"}, emailVerified=LATER)
        made = await api.changed(
            "updateUser", "user { email emailVerified }", by={"userId": "ada"}, email="New@example.com"
        )
        assert made["user"] == {"email": "new@example.com", "emailVerified": None}
        found = await api.data(
            '{ new: user(by: {email: "new@example.com"}) { userId } '
            'old: user(by: {email: "ada@example.com"}) { userId } }'
        )
        assert found == {"new": {"userId": "ada"}, "old": None}

    async def test_a_new_email_may_be_verified_in_the_same_change(self, api: Api, ada: Person) -> None:
        made = await api.changed(
            "updateUser", "user { emailVerified }", by={"userId": "ada"}, email="new@example.com", emailVerified=LATER
        )
        assert made["user"]["emailVerified"] == LATER

    @pytest.mark.parametrize("blank", ["", " ", "\u3000"])
    @pytest.mark.parametrize("mutation", ["createUser", "registerUser", "updateUser"])
    async def test_an_empty_email_is_no_email(self, api: Api, ada: Person, mutation: str, blank: str) -> None:
        cases: dict[str, dict[str, Any]] = {
            "createUser": {"userId": "eve", "email": blank},
            "registerUser": {
                "user": {"userId": "eve", "email": blank},
                "account": {"provider": "github", "providerAccountId": "1", "type": "oauth"},
            },
            "updateUser": {"by": {"userId": "ada"}, "email": blank},
        }
        refused = await api.change(mutation, "user { id }", **cases[mutation])
        assert refusals(refused) == [("INVALID", ["user", "email"] if mutation == "registerUser" else ["email"])]
        assert "null" in refused["userErrors"][0]["message"]
        kept = await api.data('{ ada: user(by: {userId: "ada"}) { email } eve: user(by: {userId: "eve"}) { id } }')
        assert kept == {"ada": {"email": ada.email}, "eve": None}

    async def test_an_email_can_be_taken_off(self, api: Api, ada: Person) -> None:
        made = await api.changed("updateUser", "user { email }", by={"userId": "ada"}, email=None)
        assert made["user"]["email"] is None
        assert await api.data('{ user(by: {email: "ada@example.com"}) { id } }') == {"user": None}
        await api.changed("createUser", "user { id }", email="ada@example.com")

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"by": {"userId": "eve"}, "name": "x"}, "NOT_FOUND", ["by", "userId"]),
            ({"by": {"userId": "eve"}, "email": "x@example.com"}, "NOT_FOUND", ["by", "userId"]),
            ({"by": {"userId": "eve"}}, "NOT_FOUND", ["by", "userId"]),
            ({"by": {"userId": ""}, "name": "x"}, "INVALID", ["by", "userId"]),
            ({"by": {"userId": "ada"}, "email": "bob@example.com"}, "TAKEN", ["email"]),
            ({"by": {"userId": "ada"}, "email": "x"}, "INVALID", ["email"]),
            ({"by": {"userId": "ada"}, "name": "x" * 3000}, "INVALID", ["name"]),
            ({"by": {"userId": "ada"}, "attributes": {"deletingAt": "x"}}, "INVALID", ["attributes", "deletingAt"]),
        ],
    )
    async def test_a_change_that_cannot_be_made_is_refused(
        self, api: Api, ada: Person, bob: Person, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        refused = await api.change("updateUser", "user { id }", **given)
        assert refused["user"] is None
        assert refusals(refused) == [(code, path)]

    async def test_the_id_of_something_else_is_refused(self, api: Api, ada: Person) -> None:
        refused = await api.change("updateUser", "user { id }", by={"id": ada.session_id}, name="x")
        assert refusals(refused) == [("INVALID", ["by", "id"])]


class TestDisablement:
    """The mutations `disableUser` and `enableUser`."""

    async def test_a_disabled_user_is_signed_out_and_stays_out(self, api: Api, ada: Person) -> None:
        made = await api.changed(
            "disableUser",
            "user { disabled { until reason } sessions { nodes { id } } }",
            by={"id": ada.id},
            reason="spam",
        )
        assert made["user"] == {"disabled": {"until": None, "reason": "spam"}, "sessions": {"nodes": []}}
        assert await api.acting_as(ada.token).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
        refused = await api.change("createSession", "session { id }", user={"id": ada.id})
        assert refusals(refused) == [("DISABLED", ["user", "id"])]

    async def test_an_enabled_user_may_sign_in_again(self, api: Api, ada: Person) -> None:
        await api.changed("disableUser", "user { id }", by={"id": ada.id})
        made = await api.changed("enableUser", "user { disabled { at } }", by={"id": ada.id})
        assert made["user"]["disabled"] is None
        await api.changed("createSession", "session { id }", user={"id": ada.id})

    async def test_a_bar_until_a_date_says_so(self, api: Api, ada: Person) -> None:
        made = await api.changed("disableUser", "user { disabled { at until } }", by={"id": ada.id}, until=LATER)
        assert made["user"]["disabled"]["until"] == LATER

    async def test_a_bar_that_is_over_is_none(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(
            raw,
            "ada",
            "ada@example.com",
            disabledAt=text("2020-01-01T00:00:00.000Z"),
            disabledUntil=text("2020-01-02T00:00:00.000Z"),
        )
        assert await api.data('{ user(by: {userId: "ada"}) { disabled { at } } }') == {"user": {"disabled": None}}

    @pytest.mark.parametrize(
        ("stored", "shown"),
        [
            (text("2026-01-01T00:00:00.000Z"), "2026-01-01T00:00:00.000Z"),
            (text("soon"), "1970-01-01T00:00:00.000Z"),
            ({"NULL": True}, None),
        ],
    )
    async def test_a_deletion_that_is_not_finished_is_shown(
        self, api: Api, raw: RawTable, stored: dict[str, Any], shown: str | None
    ) -> None:
        odd_rows.user(raw, "ada", "ada@example.com", deletingAt=stored)
        assert await api.data('{ user(by: {userId: "ada"}) { deletingAt } }') == {"user": {"deletingAt": shown}}

    @pytest.mark.parametrize(
        ("mutation", "given", "code", "path"),
        [
            ("disableUser", {"by": {"userId": "eve"}}, "NOT_FOUND", ["by", "userId"]),
            ("enableUser", {"by": {"userId": "eve"}}, "NOT_FOUND", ["by", "userId"]),
            ("disableUser", {"by": {"userId": "#\0"}}, "INVALID", ["by", "userId"]),
            ("disableUser", {"by": {"userId": "ada"}, "until": "2020-01-01T00:00:00Z"}, "INVALID", ["until"]),
            ("disableUser", {"by": {"userId": "ada"}, "reason": "x" * 2049}, "INVALID", ["reason"]),
        ],
    )
    async def test_what_cannot_be_meant_is_refused(
        self, api: Api, ada: Person, mutation: str, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        refused = await api.change(mutation, "user { id }", **given)
        assert refusals(refused) == [(code, path)]


class TestDeletion:
    """The mutation `deleteUser` and what it deletes."""

    async def test_a_deleted_user_is_gone_with_everything_of_theirs(self, api: Api, ada: Person, raw: RawTable) -> None:
        deleted = await api.changed("deleteUser", "user { id userId email }", by={"id": ada.id})
        assert deleted["user"] == {"id": ada.id, "userId": "ada", "email": ada.email}
        assert raw.items() == []

    @pytest.mark.parametrize("user", ["ada", "#"])
    async def test_deleting_who_is_not_there_is_no_error(self, api: Api, user: str) -> None:
        assert (await api.changed("deleteUser", "user { id }", by={"userId": user}))["user"] is None

    async def test_the_email_of_a_deleted_user_is_free(self, api: Api, ada: Person) -> None:
        await api.changed("deleteUser", "user { id }", by={"id": ada.id})
        await sign_up(api, "ada")


async def test_more_than_dynamodb_keeps_of_one_object_is_refused(api: Api, ada: Person) -> None:
    """Each value is short enough, but all of them together are too long."""
    half = "x" * 220_000
    token = "x" * 64 * 1024
    tokens = dict.fromkeys(("accessToken", "refreshToken", "idToken", "scope"), token)
    new = {"user": {"userId": "ada"}, "provider": "g", "providerAccountId": "1", "type": "oauth"}
    for mutation, by in (
        ("updateUser", {"by": {"userId": "ada"}}),
        ("updateSession", {"by": {"id": ada.session_id}}),
        ("updateAccountTokens", {"by": {"id": ada.account_id}}),
    ):
        await api.changed(mutation, "__typename", **by, attributes={"story": half})
    changes: list[tuple[str, dict[str, Any]]] = [
        ("updateUser", {"by": {"userId": "ada"}}),
        ("updateUser", {"by": {"userId": "ada"}, "email": "new@example.com"}),
        ("updateSession", {"by": {"id": ada.session_id}}),
        ("updateAccountTokens", {"by": {"id": ada.account_id}}),
        ("linkAccount", new | tokens),
        ("registerUser", {"user": {}, "account": {**new, **tokens}, "session": {}}),
    ]
    for mutation, given in changes:
        holder = given
        if mutation == "registerUser":
            holder = given["account"]
            del holder["user"]
        holder["attributes"] = {"sequel": half}
        payload = await api.change(mutation, "__typename", **given)
        (error,) = payload["userErrors"]
        assert error["code"] == "INVALID", mutation
        assert "400 KB" in error["message"]


@directory
async def test_a_cursor_of_the_directory_index_is_refused_once_the_index_is_off(
    table_settings: TableSettings, api: Api, ada: Person, bob: Person
) -> None:
    page = await api.data("{ users(first: 1) { pageInfo { endCursor } } }")
    after = page["users"]["pageInfo"]["endCursor"]
    without = make_api(table_settings.model_copy(update={"directory_index_name": None}))
    query = "query($after: String!) { users(after: $after) { nodes { id } } }"
    assert await without.codes(query, {"after": after}) == ["INVALID_CURSOR"]
    assert await api.codes(query, {"after": after}) == []
