"""S53: a row of an index is only accepted if its own keys match, whatever its attributes say."""

from typing import Any

import pytest

from dynamo import keys
from tests.api import Api, make_api
from tests.conftest import MakeTable
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number, text
from tests.resolvers.people import Person, key_with, passkey, passkey_input, refusals, sign_up

TOKEN, EMAIL, CREDENTIAL = "foreign-token", "foreign@example.com", "Zm9yZWlnbg=="
ACCOUNT = {"provider": "github", "providerAccountId": "foreign"}
LINK = {**ACCOUNT, "type": "oauth"}

CLAIMS: dict[str, tuple[tuple[str, str], str, Item]] = {
    "a user": ((f"USER#{EMAIL}", f"USER#{EMAIL}"), "USER#mallory", {"email": text(EMAIL), "type": text("USER")}),
    "an account": (
        ("ACCOUNT#github", "ACCOUNT#foreign"),
        "ACCOUNT#github#foreign",
        {"provider": text("github"), "providerAccountId": text("foreign"), "type": text("oauth")},
    ),
    "a session": (
        (f"SESSION#{TOKEN}", f"SESSION#{TOKEN}"),
        f"SESSION#{TOKEN}",
        {"sessionToken": text(TOKEN), "expires": number(4_000_000_000), "type": text("SESSION")},
    ),
    "a passkey": (
        (f"AUTHENTICATOR#{CREDENTIAL}", f"AUTHENTICATOR#{CREDENTIAL}"),
        f"AUTHENTICATOR#{CREDENTIAL}",
        {"credentialID": text(CREDENTIAL), "credentialPublicKey": text("x"), "type": text("AUTHENTICATOR")},
    ),
    "an API key": (("APIKEY", "APIKEY#0000"), "APIKEY#0000", {"name": text("spoofed"), "type": text("APIKEY")}),
}
"""What an item claims to be: its index keys, the sort key that it should have, and its attributes."""

LOOKUPS: dict[str, list[str]] = {
    "a user": [f'user(by: {{email: "{EMAIL}"}}) {{ id }}'],
    "an account": [
        'user(by: {account: {provider: "github", providerAccountId: "foreign"}}) { id }',
        'account(by: {account: {provider: "github", providerAccountId: "foreign"}}) { id }',
    ],
    "a session": [
        f'user(by: {{sessionToken: "{TOKEN}"}}) {{ id }}',
        f'user(by: {{sessionToken: "{TOKEN}"}}) {{ id accounts {{ nodes {{ id }} }} }}',
        f'session(by: {{sessionToken: "{TOKEN}"}}) {{ id }}',
    ],
    "a passkey": [f'authenticator(by: {{credentialId: "{CREDENTIAL}"}}) {{ id }}'],
}
"""Every lookup that begins in the index, by what it looks for."""

FOREIGN = {
    "something else of a user": ("USER#mallory", "PROFILE#1"),
    "something else of the same kind": ("USER#mallory", "{0}#more"),
    "a user in the partition of another": ("USER#mallory", "USER#ada"),
    "a session": ("USER#mallory", "SESSION#other"),
    "an account": ("USER#mallory", "ACCOUNT#google#other"),
    "a passkey": ("USER#mallory", "AUTHENTICATOR#other"),
    "an item of another app": ("APP#1", "{0}"),
    "an item at the head of another app's partition": ("APP#1", "APP#1"),
    "a verification token": ("VT#mallory", "VT#token"),
    "a lock": ("LOCK#EMAIL#x", "LOCK#EMAIL#x"),
    "an API key": ("APIKEY#1", "APIKEY#2"),
    "an item without a user's id": ("USER#", "{0}"),
    "nobody": ("USER#", "USER#"),
}
"""Where such an item really is; `{0}` is the right sort key."""

every_claim = pytest.mark.parametrize("claim", CLAIMS)


@pytest.fixture(autouse=True)
def _mallory(raw: RawTable) -> None:
    """A user whom items of other apps may name."""
    odd_rows.user(raw, "mallory", "mallory@example.com")


def put_all(raw: RawTable, *claims: str, **more: dict[str, Any]) -> None:
    """Store items that claim to be something, each in another place."""
    for claim in claims or LOOKUPS:
        places, right, attributes = CLAIMS[claim]
        for partition, sort in FOREIGN.values():
            plain: Item = {
                "id": text("mallory"),
                "userId": text("mallory"),
                "name": text(f"spoofed {partition} {sort}"),
            }
            raw.put(raw.keys(partition, sort.format(right), places) | plain | attributes | more)


@pytest.mark.parametrize("lookup", [(claim, field) for claim, fields in LOOKUPS.items() for field in fields])
async def test_s53_no_lookup_takes_a_foreign_item_for_what_it_claims_to_be(
    api: Api, raw: RawTable, lookup: tuple[str, str]
) -> None:
    claim, field = lookup
    put_all(raw, claim)
    assert await api.data(f"{{ found: {field} }}") == {"found": None}


async def test_s53_no_foreign_item_signs_anybody_in(api: Api, raw: RawTable) -> None:
    put_all(raw, "a session")
    assert await api.acting_as(TOKEN).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    by_cookie = await api.acting_as(session_cookie=TOKEN).data("{ caller { kind } }")
    assert by_cookie["caller"]["kind"] == "ANONYMOUS"


async def test_s53_foreign_items_take_no_email_account_token_or_credential(
    api: Api, ada: Person, raw: RawTable
) -> None:
    put_all(raw)
    await api.changed("createUser", "user { id }", email=EMAIL)
    await api.changed("linkAccount", "account { id }", user={"id": ada.id}, **LINK)
    await api.changed("createSession", "session { id }", user={"id": ada.id}, sessionToken=TOKEN)
    await api.changed("createAuthenticator", "authenticator { id }", **passkey_input(ada.name, CREDENTIAL))


async def test_s53_the_real_one_is_found_beside_foreign_items(api: Api, ada: Person, raw: RawTable) -> None:
    await api.changed("updateUser", "user { id }", by={"id": ada.id}, email=EMAIL)
    await api.changed("linkAccount", "account { id }", user={"id": ada.id}, **LINK)
    await api.changed("createSession", "session { id }", user={"id": ada.id}, sessionToken=TOKEN)
    await passkey(api, ada, CREDENTIAL)
    put_all(raw)
    fields = {
        f"a{place}": field.replace("{ id", "{ userId", 1)
        for place, field in enumerate(field for fields in LOOKUPS.values() for field in fields)
    }
    data = await api.data(f"{{ {' '.join(f'{alias}: {field}' for alias, field in fields.items())} }}")
    assert {found["userId"] for found in data.values()} == {"ada"}
    assert (await api.acting_as(TOKEN).data("{ caller { kind } }"))["caller"]["kind"] == "PERSON"


async def test_s53_no_foreign_item_is_changed_or_removed_as_what_it_claims_to_be(api: Api, raw: RawTable) -> None:
    put_all(raw)
    before = raw.items()
    by = {"account": ACCOUNT}
    await api.changed("deleteSession", "session { id }", by={"sessionToken": TOKEN})
    changes: dict[str, dict[str, Any]] = {
        "updateSession": {"by": {"sessionToken": TOKEN}, "attributes": {"a": 1}},
        "unlinkAccount": {"by": by, "force": True},
        "updateAccountTokens": {"by": by, "accessToken": "x"},
        "deleteAuthenticator": {"by": {"credentialId": CREDENTIAL}, "force": True},
        "updateAuthenticatorCounter": {"by": {"credentialId": CREDENTIAL}, "counter": 9},
    }
    for mutation, given in changes.items():
        refused = await api.change(mutation, "userErrors { code }", **given)
        assert [code for code, _ in refusals(refused)] == ["NOT_FOUND"], mutation
    assert raw.items() == before


class TestLists:
    """Lists skip rows of other apps, page by page."""

    async def test_s53_a_users_partition_shows_nothing_that_is_not_of_its_kind(self, api: Api, raw: RawTable) -> None:
        """Sessions, accounts and passkeys in it belong to the user, whatever their index keys are."""
        put_all(raw, "a user")
        credentials = (
            "accounts { nodes { provider } } sessions { nodes { id } } authenticators { nodes { credentialId } }"
        )
        listed = await api.data(f"{{ users {{ nodes {{ userId name {credentials} }} }} }}")
        theirs = {
            "accounts": {"nodes": [{"provider": "google"}]},
            "sessions": {"nodes": []},
            "authenticators": {"nodes": [{"credentialId": "other"}]},
        }
        assert listed["users"]["nodes"] == [{"userId": "mallory", "name": None, **theirs}]

    @every_claim
    async def test_s53_the_directory_lists_no_item_that_says_it_is_a_user(
        self, make_table: MakeTable, claim: str
    ) -> None:
        settings = make_table(directory_index=True)
        raw, api = RawTable(settings), make_api(settings)
        for name in ("ada", "bob"):
            await sign_up(api, name)
        put_all(raw, claim, type=text("USER"), id=text("b"))
        listed = await api.data("{ users { nodes { userId } } }")
        assert [user["userId"] for user in listed["users"]["nodes"]] == ["ada", "bob"]

    async def test_s53_many_rows_that_are_nobody_are_paged_over_and_everybody_is_listed_once(
        self, make_table: MakeTable
    ) -> None:
        """The directory index uses the account's own `id` and `type`."""
        settings = make_table(directory_index=True)
        raw, api = RawTable(settings), make_api(settings)
        for name in ("ada", "zoe"):
            odd_rows.user(raw, name, f"{name}@example.com")
        for place in range(60):
            odd_rows.account(raw, "ada", "github", f"{place}", type=text("USER"), id=text(f"m{place:02}"))
        document = """query($after: String) { users(first: 1, after: $after) {
          nodes { userId } pageInfo { endCursor hasNextPage } } }"""
        found, after, pages, more = [], None, 0, True
        while more:
            answer = await api.answer(document, {"after": after})
            page = answer["data"]["users"]
            assert answer["extensions"]["cost"]["dynamodb"]["requests"] <= 10
            found += [user["userId"] for user in page["nodes"]]
            after, more, pages = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], pages + 1
            assert pages < 20
        assert found == ["ada", "zoe"]

    async def test_s53_api_keys_are_listed_without_foreign_rows(self, api: Api, raw: RawTable) -> None:
        put_all(raw, "an API key")
        await key_with(api, "USERS_READ")
        listed = await api.data("{ apiKeys { nodes { name } } }")
        assert [key["name"] for key in listed["apiKeys"]["nodes"]] == ["a program"]

    async def test_s53_many_foreign_rows_among_api_keys_are_paged_over(self, api: Api, raw: RawTable) -> None:
        for place in range(45):
            raw.put(raw.keys(f"APP#{place}", "x", ("APIKEY", f"APIKEY#{place:04}")))
        await key_with(api, "USERS_READ")
        await key_with(api, "USERS_READ")
        document = """query($after: String) { apiKeys(first: 1, after: $after) {
          nodes { name } pageInfo { endCursor hasNextPage } } }"""
        found, after, pages, more = 0, None, 0, True
        while more:
            page = (await api.data(document, {"after": after}))["apiKeys"]
            found += len(page["nodes"])
            after, more, pages = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], pages + 1
            assert pages < 20
        assert found == 2


async def test_s53_no_account_calls_itself_what_our_own_items_are_called(api: Api, ada: Person) -> None:
    """Items of the directory included, in each of their partitions."""
    attributes = {"name": "spoofed", "email": "spoofed@example.com"}
    for type_ in sorted(keys.ITEM_TYPES):
        given = {**ACCOUNT, "type": type_, "attributes": attributes}
        refused = await api.change("linkAccount", "account { id }", user={"id": ada.id}, **given)
        assert refusals(refused) == [("INVALID", ["type"])], type_
        refused = await api.change("registerUser", "user { id }", user={}, account=given)
        assert refusals(refused) == [("INVALID", ["account", "type"])], type_


@pytest.mark.parametrize("type_", ["oauth", "oidc", "email", "webauthn", "credentials", "user", "saml:2"])
async def test_s53_an_accounts_type_is_any_word_of_a_providers(api: Api, ada: Person, type_: str) -> None:
    made = await api.changed("linkAccount", "account { type }", user={"id": ada.id}, **ACCOUNT, type=type_)
    assert made["account"] == {"type": type_}


async def test_s53_whatever_is_written_says_a_type_of_the_one_list(api: Api, ada: Person, raw: RawTable) -> None:
    await passkey(api, ada, CREDENTIAL)
    await key_with(api, "USERS_READ")
    token = {"identifier": "i", "token": "t", "expires": "2037-01-01T00:00:00Z"}
    await api.changed("createVerificationToken", "verificationToken { expires }", **token)
    written = {item["type"]["S"] for item in raw.items() if not item["sk"]["S"].startswith("ACCOUNT#")}
    assert written == {"USER", "SESSION", "VT", "AUTHENTICATOR", "APIKEY", "LOCK"}
    assert written <= keys.ITEM_TYPES
