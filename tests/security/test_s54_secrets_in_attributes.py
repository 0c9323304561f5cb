"""S54: people see the custom attributes that the operator lists; keys see those without secrets, at any depth."""

from typing import Any

import pytest
from graphql import parse

from dynamo.settings import TableSettings
from execution.analysis import operations
from resolvers.settings import Visibility
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api, make_api
from tests.interop.raw import RawTable, text
from tests.planted_secrets import FORMS, holding
from tests.resolvers.people import Person, key_with, sign_up

SECRET = "s3cr3t-9f1c-5a2b77d0"
HARMLESS: dict[str, Any] = {"theme": "dark", "settings": {"tags": ["a"], "level": 3}}
STORED = HARMLESS | holding(SECRET)
ATTRIBUTES = """user { attributes accounts { nodes { attributes } } } session { attributes }"""
READ = ("USERS_READ", "ACCOUNTS_READ", "SESSIONS_READ")


@pytest.fixture
async def filled(api: Api, ada: Person) -> Person:
    """A person whose user, account and session contain secrets in every shape, besides harmless values."""
    await api.changed("updateUser", "user { id }", by={"id": ada.id}, attributes=STORED)
    await api.changed("updateSession", "session { id }", by={"id": ada.session_id}, attributes=STORED)
    await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, attributes=STORED)
    return ada


async def attributes(api: Api, field: str) -> list[dict[str, Any]]:
    """The field `attributes` of the user, the account and the session."""
    data = await api.data(
        f'{{ user(by: {{userId: "ada"}}) {{ {field} accounts {{ nodes {{ {field} }} }} '
        f"sessions {{ nodes {{ {field} }} }} }} }}"
    )
    user = data["user"]
    return [user[field], user["accounts"]["nodes"][0][field], user["sessions"]["nodes"][0][field]]


async def test_s54_a_key_without_the_scope_for_secrets_sees_none_at_any_depth(api: Api, filled: Person) -> None:
    program = api.acting_as(await key_with(api, *READ))
    for shown in await attributes(program, "attributes"):
        assert SECRET not in str(shown)
        assert {name: shown[name] for name in HARMLESS} == HARMLESS
        assert shown.keys() == {*HARMLESS, "names", "shapes", "forms"}


async def test_s54_an_administrator_asks_for_secrets_by_their_own_field(api: Api, filled: Person) -> None:
    assert all(SECRET not in str(shown) for shown in await attributes(api, "attributes"))


async def test_s54_the_scope_for_secrets_sees_all_of_what_was_hidden(api: Api, filled: Person) -> None:
    program = api.acting_as(await key_with(api, *READ, "SECRETS_READ"))
    for shown in await attributes(program, "secretAttributes"):
        assert shown == holding(SECRET)


@pytest.mark.parametrize("scopes", [READ, ("ADAPTER",)])
async def test_s54_secret_attributes_require_it(api: Api, filled: Person, scopes: tuple[str, ...]) -> None:
    program = api.acting_as(await key_with(api, *scopes))
    for selection in (
        "secretAttributes",
        "accounts { nodes { secretAttributes } }",
        "sessions { nodes { secretAttributes } }",
    ):
        assert await program.codes(f'{{ user(by: {{userId: "ada"}}) {{ {selection} }} }}') == ["FORBIDDEN"]


async def test_s54_a_list_shows_the_same_as_a_lookup(api: Api, filled: Person) -> None:
    """Even if no other attribute of the item is read."""
    program = api.acting_as(await key_with(api, *READ))
    for query in (
        "{ users { nodes { attributes } } }",
        '{ users(filter: {contains: "ada"}) { nodes { attributes } } }',
    ):
        (user,) = (await program.data(query))["users"]["nodes"]
        assert user["attributes"] == (await attributes(program, "attributes"))[0]


@pytest.mark.parametrize(
    ("mutation", "entity", "given"),
    [
        ("createUser", "user", {"attributes": STORED}),
        ("updateUser", "user", {"by": {"userId": "ada"}, "attributes": STORED}),
        ("createSession", "session", {"user": {"userId": "ada"}, "attributes": STORED}),
        (
            "linkAccount",
            "account",
            {
                "user": {"userId": "ada"},
                "provider": "x",
                "providerAccountId": "1",
                "type": "oauth",
                "attributes": STORED,
            },
        ),
    ],
)
async def test_s54_the_answer_to_a_change_shows_no_more(
    api: Api, ada: Person, mutation: str, entity: str, given: dict[str, Any]
) -> None:
    program = api.acting_as(await key_with(api, "ADAPTER"))
    made = await program.changed(mutation, f"{entity} {{ attributes }}", **given)
    assert SECRET not in str(made)
    assert made[entity]["attributes"]["theme"] == "dark"


async def test_s54_a_key_of_another_index_is_hidden_by_its_name_and_by_what_it_holds(
    api: Api, ada: Person, raw: RawTable
) -> None:
    """An app with a second index stores the bearer token of a session in it."""
    item = raw.get("USER#ada", f"SESSION#{ada.token}")
    assert item is not None
    held = {"GSI2PK": f"SESSION#{ada.token}", "by_device": f"phone#{ada.token}", "log": f"t={ada.token}", "device": "p"}
    raw.put(item | {name: text(value) for name, value in held.items()})
    for scopes in (READ, ("ADAPTER",), ("ADMIN",)):
        program = api.acting_as(await key_with(api, *scopes))
        assert (await attributes(program, "attributes"))[2] == {"device": "p"}
    del held["device"]
    assert (await attributes(api, "secretAttributes"))[2] == held


async def test_s54_tokens_of_an_account_are_in_none_of_its_attributes(api: Api, ada: Person) -> None:
    held = {"raw": "log access-token-of-ada 2024", "seen": ["refresh-token-of-ada"], "plan": "pro"}
    await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, attributes=held)
    program = api.acting_as(await key_with(api, *READ))
    assert (await attributes(program, "attributes"))[1] == {"seen": [], "plan": "pro"}


ANSWERED = "scope tokenType sessionState"


@pytest.mark.parametrize("form", ["a JWT", "a form", "JSON in base64"])
async def test_s54_what_a_provider_answered_for_a_field_is_shown_unless_it_is_a_secret(
    api: Api, ada: Person, form: str
) -> None:
    secret = FORMS[form](SECRET)
    for field, stored in (("scope", "scope"), ("sessionState", "session_state"), ("tokenType", "token_type")):
        usual = {"scope": "openid user:email", "tokenType": "bearer", "sessionState": "3f1c9a3e"}
        given = usual | {field: secret}
        made = await api.changed("updateAccountTokens", f"account {{ {ANSWERED} }}", by={"id": ada.account_id}, **given)
        assert made["account"] == usual | {field: None}
        assert (await attributes(api, "secretAttributes"))[1] == {stored: secret}
        for _ in range(3):  # by the executor, and by a plan
            (account,) = (
                await api.data(f'{{ user(by: {{userId: "ada"}}) {{ accounts {{ nodes {{ {ANSWERED} }} }} }} }}')
            )["user"]["accounts"]["nodes"]
            assert account == usual | {field: None}
        await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, **usual)


async def test_s54_a_list_shows_what_a_provider_answered_without_reading_more(api: Api, ada: Person) -> None:
    answered = {"scope": "openid", "tokenType": "bearer", "sessionState": "x1"}
    await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, **answered)
    document = f"{{ users {{ nodes {{ accounts {{ nodes {{ {ANSWERED} }} }} }} }} }}"
    (user,) = (await api.data(document))["users"]["nodes"]
    assert user["accounts"]["nodes"] == [answered]
    (operation,) = operations(GRAPHQL_SCHEMA, parse(document))
    stored = operation.select({}).stored
    assert stored is not None
    assert {"scope", "token_type", "session_state"} <= set(stored)


class TestPeople:
    """A browser is shown what the operator lists."""

    async def test_s54_people_see_nothing_of_the_custom_model_unless_it_is_listed(
        self, api: Api, filled: Person
    ) -> None:
        viewer = (await api.acting_as(filled.token).data(f"{{ viewer {{ {ATTRIBUTES} }} }}"))["viewer"]
        nothing: dict[str, Any] = {}
        assert viewer == {
            "user": {"attributes": nothing, "accounts": {"nodes": [{"attributes": nothing}]}},
            "session": {"attributes": nothing},
        }

    async def test_s54_people_see_what_is_listed_of_their_own_without_secrets_below_it(
        self, table_settings: TableSettings
    ) -> None:
        api = make_api(
            table_settings,
            viewer_attributes=("theme", "pin_hint", "raw", "gone"),
            viewer_session_attributes=("device",),
        )
        ada = await sign_up(api, "ada")
        raw = {"plan": "pro", "api_key": SECRET}
        stored = {"theme": "dark", "pin_hint": "a dog", "raw": raw, "device": "phone", "internal": 1}
        await api.changed("updateUser", "user { id }", by={"id": ada.id}, attributes=stored)
        await api.changed("updateSession", "session { id }", by={"id": ada.session_id}, attributes=stored)
        await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, attributes=stored)
        for _ in range(3):  # by the executor, and by a plan
            viewer = (await api.acting_as(ada.token).data(f"{{ viewer {{ {ATTRIBUTES} }} }}"))["viewer"]
            assert viewer["user"]["attributes"] == {"theme": "dark", "pin_hint": "a dog", "raw": {"plan": "pro"}}
            assert viewer["user"]["accounts"]["nodes"] == [{"attributes": {}}]
            assert viewer["session"]["attributes"] == {"device": "phone"}

    async def test_s54_people_ask_for_no_secret_attributes_of_their_own(self, api: Api, filled: Person) -> None:
        caller = api.acting_as(filled.token)
        assert await caller.codes("{ viewer { user { secretAttributes } } }") == ["FORBIDDEN"]
        assert await caller.codes("{ viewer { session { secretAttributes } } }") == ["FORBIDDEN"]

    async def test_s54_what_people_change_shows_them_no_more(self, api: Api, filled: Person) -> None:
        made = await api.acting_as(filled.token).changed(
            "updateUser", "user { attributes }", by={"id": filled.id}, name="A"
        )
        assert made["user"] == {"attributes": {}}


def test_s54_the_lists_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Visibility().viewer_attributes == Visibility().viewer_session_attributes == ()
    monkeypatch.setenv("AUTHGRAPH_VIEWER_ATTRIBUTES", "theme, locale,")
    monkeypatch.setenv("AUTHGRAPH_VIEWER_SESSION_ATTRIBUTES", "device")
    assert Visibility().viewer_attributes == ("theme", "locale")
    assert Visibility().viewer_session_attributes == ("device",)
