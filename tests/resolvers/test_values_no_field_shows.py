"""A stored value that its field cannot show is in `attributes` under its stored name, unless it may be a secret."""

from typing import Any

import pytest

from dynamo import format, models
from dynamo.client import Table
from dynamo.item import Item
from dynamo.models import ACCOUNT_ATTRIBUTES, SESSION_ATTRIBUTES, USER_ATTRIBUTES
from dynamo.settings import TableSettings
from dynamo.wire.attribute_values import AttributeValue, item_of
from resolvers.attributes import TOKENS_OF_ACCOUNTS, TOKENS_OF_SESSIONS
from tests.api import Api, make_api
from tests.every_kind import EVERY_KIND
from tests.interop import odd_rows
from tests.interop.raw import NULL, RawTable, number, text
from tests.resolvers.people import Person, key_with, refusals

READ = ("USERS_READ", "ACCOUNTS_READ", "SESSIONS_READ")
EMPTY = {"null", "empty text"}
NUMBERS = {kind for kind, value in EVERY_KIND.items() if "N" in value}
TEXTS = {kind for kind, value in EVERY_KIND.items() if "S" in value}
DATES = {"emailVerified", "disabledAt", "disabledUntil", "deletingAt", "createdAt", "lastSignInAt", "lastSeenAt"}
ENTITIES: dict[str, tuple[Any, frozenset[str], str]] = {
    "user": (models.user, USER_ATTRIBUTES, "USER#u1"),
    "account": (models.account, ACCOUNT_ATTRIBUTES, "ACCOUNT#github#1"),
    "session": (models.session, SESSION_ATTRIBUTES, "SESSION#s1"),
}


def shown_by_the_field(name: str) -> set[str]:
    """The kinds of values that the field behind a stored name shows, or of which there is nothing to show."""
    if name in DATES:
        return EMPTY | {"a date"}
    if name == "expires":
        # A date of the years 1 to 9999.
        return EMPTY | {"a date"} | NUMBERS - {"the largest exact number", "a long number", "a huge number"}
    if name == "userAgent":
        return EMPTY | TEXTS
    if name == "ipAddress":
        return EMPTY
    if name == "expires_at":
        return EMPTY | {"digits"} | NUMBERS
    return EMPTY | TEXTS | NUMBERS


def stored(kind: str) -> object:
    """A kind of value as the client of the table reads it."""
    return item_of({"value": read(EVERY_KIND[kind])})["value"]


def read(value: dict[str, Any]) -> AttributeValue:
    """A value of DynamoDB's JSON as the wire client decodes it."""
    ((type_, content),) = value.items()
    match type_:
        case "L":
            content = [read(member) for member in content]
        case "M":
            content = {name: read(member) for name, member in content.items()}
        case "B":
            content = format.to_json(content)
        case "BS":
            content = [format.to_json(member) for member in content]
    return AttributeValue(**{type_: content})


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_value_of_any_type_is_shown_by_its_field_or_in_attributes(table_settings: TableSettings, entity: str) -> None:
    table = Table.connect(table_settings)
    record, names, sort = ENTITIES[entity]
    for name in sorted(names):
        for kind in EVERY_KIND:
            item: Item = table.key("USER#u1", sort) | {name: stored(kind)}
            is_shown = kind in shown_by_the_field(name)
            expected = {} if is_shown else {name: format.to_json(item[name])}
            assert record(table, item).attributes == expected, (name, kind)


@pytest.fixture
def odd(raw: RawTable) -> None:
    """A user, an account and a session with values that no field shows."""
    odd_rows.user(
        raw,
        "ada",
        "ada@example.com",
        name={"L": [text("Ada")]},
        emailVerified={"BOOL": True},
        disabledUntil=number(1),
        plan=text("pro"),
    )
    odd_rows.account(raw, "ada", "github", "1", scope={"L": [text("read"), text("user")]}, expires_at=text("soon"))
    odd_rows.session(raw, "ada", "s1", text("later"))


SHOWN = """user(by: {userId: "ada"}) {
  name emailVerified attributes
  accounts { nodes { scope expiresAt attributes } }
  sessions(includeExpired: true) { nodes { expired attributes } }
}"""


@pytest.mark.usefixtures("odd")
async def test_they_are_shown_under_their_stored_names(api: Api) -> None:
    program = api.acting_as(await key_with(api, *READ))
    listed = (await program.data("{ users { nodes { attributes } } }"))["users"]["nodes"]
    user = (await program.data(f"{{ {SHOWN} }}"))["user"]
    assert user == {
        "name": None,
        "emailVerified": None,
        "attributes": {"disabledUntil": 1, "emailVerified": True, "name": ["Ada"], "plan": "pro"},
        "accounts": {
            "nodes": [
                {"scope": None, "expiresAt": None, "attributes": {"expires_at": "soon", "scope": ["read", "user"]}}
            ]
        },
        "sessions": {"nodes": [{"expired": True, "attributes": {"expires": "later"}}]},
    }
    assert listed == [{"attributes": user["attributes"]}]


@pytest.mark.usefixtures("odd")
async def test_they_can_be_written_back_and_nothing_else_can_be_written_there(api: Api, raw: RawTable) -> None:
    before = raw.get("USER#ada", "USER#ada")
    program = api.acting_as(await key_with(api, *READ, "USERS_WRITE"))
    read = (await program.data("{ users { nodes { attributes } } }"))["users"]["nodes"][0]["attributes"]
    await program.changed("updateUser", "__typename", by={"userId": "ada"}, attributes=read)
    assert raw.get("USER#ada", "USER#ada") == before
    for name, value in (
        ("name", ["Eve"]),
        ("name", None),
        ("name", "Ada"),
        ("image", ["x"]),
        ("pk", "x"),
        ("id", "ada"),
    ):
        refused = await program.change(
            "updateUser", "__typename", by={"userId": "ada"}, attributes={**read, name: value}
        )
        assert refusals(refused) == [("INVALID", ["attributes", name])], (name, value)
    assert raw.get("USER#ada", "USER#ada") == before
    await program.changed(
        "updateUser", "__typename", by={"userId": "ada"}, attributes={**read, "plan": "free"}, name="Ada"
    )
    after = raw.get("USER#ada", "USER#ada")
    assert after == {**(before or {}), "name": text("Ada"), "plan": text("free")}


@pytest.mark.usefixtures("odd")
async def test_people_see_what_the_operator_lists(table_settings: TableSettings, raw: RawTable) -> None:
    odd_rows.session(raw, "ada", "s2", number(4_000_000_000))
    raw.put((raw.get("USER#ada", "USER#ada") or {}) | {"disabledUntil": NULL})
    document = "{ viewer { user { attributes accounts { nodes { attributes } } } } }"
    for visible, expected in (((), {}), (("plan", "emailVerified"), {"emailVerified": True, "plan": "pro"})):
        api = make_api(table_settings, viewer_attributes=visible)
        user = (await api.acting_as("s2").data(document))["viewer"]["user"]
        assert user == {"attributes": expected, "accounts": {"nodes": [{"attributes": {}}]}}


SECRET = "opaque-0123456789-of-ada"
ODD_TOKENS: dict[str, dict[str, Any]] = {
    "yes": {"BOOL": True},
    "a list": {"L": [text(SECRET)]},
    "an empty list": {"L": []},
    "a map": {"M": {"value": text(SECRET)}},
    "a map in a list": {"L": [{"M": {"v": {"L": [text(SECRET)]}}}]},
    "an empty map": {"M": {}},
    "a set": {"SS": [SECRET]},
    "bytes": {"B": SECRET.encode()},
    "a set of bytes": {"BS": [SECRET.encode()]},
    "a set of numbers": {"NS": ["123456789012"]},
}
"""Values that the field of a token cannot show."""


@pytest.mark.parametrize("name", TOKENS_OF_ACCOUNTS)
@pytest.mark.parametrize("kind", ODD_TOKENS)
async def test_a_token_of_an_odd_type_is_a_secret(api: Api, raw: RawTable, name: str, kind: str) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.account(
        raw, "ada", "github", "1", **{name: ODD_TOKENS[kind]}, note=text(f"see {SECRET}"), plan=text("pro")
    )
    program = api.acting_as(await key_with(api, *READ, "ACCOUNTS_WRITE"))
    document = '{{ user(by: {{userId: "ada"}}) {{ accounts {{ nodes {{ {0} }} }} }} }}'
    (account,) = (await program.data(document.format("attributes")))["user"]["accounts"]["nodes"]
    assert name not in account["attributes"]
    assert account["attributes"]["plan"] == "pro"
    # Texts are searched for in the other attributes.
    assert ("note" in account["attributes"]) is not any(word in ("S", "SS") for word in types(ODD_TOKENS[kind]))
    (account,) = (await api.data(document.format("attributes secretAttributes tokens { accessToken }")))["user"][
        "accounts"
    ]["nodes"]
    assert name in account["secretAttributes"]
    assert name not in account["attributes"]
    # A guess of it is not told from any other value.
    for guess in (account["secretAttributes"][name], "x"):
        by = {"account": {"provider": "github", "providerAccountId": "1"}}
        refused = await program.change("updateAccountTokens", "__typename", by=by, attributes={name: guess})
        assert refusals(refused) == [("INVALID", ["attributes", name])]


def types(value: dict[str, Any]) -> set[str]:
    """The types of DynamoDB within a value."""
    ((type_, content),) = value.items()
    members = content if type_ == "L" else content.values() if type_ == "M" else ()
    return {type_}.union(*map(types, members))


@pytest.mark.parametrize("kind", ODD_TOKENS)
async def test_so_is_a_session_token_of_an_odd_type(table_settings: TableSettings, raw: RawTable, kind: str) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.session(raw, "ada", "s1", number(4_000_000_000))
    item = raw.get("USER#ada", "SESSION#s1")
    assert item is not None
    raw.put(item | {"sessionToken": ODD_TOKENS[kind]})
    api = make_api(table_settings, viewer_session_attributes=TOKENS_OF_SESSIONS)
    document = '{ user(by: {userId: "ada"}) { sessions { nodes { attributes } } } }'
    for caller in (api, api.acting_as(await key_with(api, *READ)), api.acting_as("s1")):
        assert (await caller.data(document))["user"]["sessions"]["nodes"] == [{"attributes": {}}]


async def test_nothing_of_a_person_is_odd(api: Api, ada: Person) -> None:
    """What this API stores itself is shown by its fields."""
    user = (await api.data(f"{{ {SHOWN} }}"))["user"]
    assert [user["attributes"], *(one["attributes"] for one in user["accounts"]["nodes"])] == [{}, {}]
