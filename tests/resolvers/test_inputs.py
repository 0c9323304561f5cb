"""Which custom attributes are accepted, and what is returned of them."""

import math
from typing import Any

import pytest

from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.resolvers.people import Person, refusals
from tests.tables import CUSTOM_NAMES, custom_names

DEEP: dict[str, Any] = {"leaf": True}
for _ in range(30):
    DEEP = {"in": DEEP}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**53 - 1,
        -(2**53 - 1),
        0.1,
        1e-130,
        "text",
        "2020-01-01T00:00:00.000Z",
        "null",
        "\0",
        "😀",
        [],
        {},
        [1, "a", None, [True]],
        {"a": {"b-c.d": [1]}, "#": ":"},
        DEEP,
    ],
)
async def test_a_value_comes_back_as_it_went(api: Api, value: object) -> None:
    made = await api.changed("createUser", "user { attributes }", attributes={"value": value})
    assert made["user"]["attributes"] == {"value": value}


async def test_an_empty_string_comes_back_as_null(api: Api) -> None:
    """Auth.js stores an empty string as null."""
    made = await api.changed("createUser", "user { attributes }", attributes={"a": "", "b": {"c": [""]}})
    assert made["user"]["attributes"] == {"a": None, "b": {"c": [None]}}


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        -(2**53),
        math.nan,
        math.inf,
        -math.inf,
        1e-131,
        "\ud800",
        {"": 1},
        {"\ud800": 1},
        [["\ud800"]],
        {"a": DEEP},
    ],
)
async def test_a_value_that_auth_js_could_not_read_back_is_refused(api: Api, value: object) -> None:
    refused = await api.change("createUser", "user { id }", attributes={"value": value})
    assert refusals(refused) == [("INVALID", ["attributes", "value"])]


@pytest.mark.parametrize("name", ["", "\ud800", "type\udfff"])
async def test_a_name_that_is_no_text_is_refused(api: Api, name: str) -> None:
    assert refusals(await api.change("createUser", "user { id }", attributes={name: 1})) == [
        ("INVALID", ["attributes"])
    ]


@pytest.mark.parametrize("attributes", ["text", 1, True, ["a"], [["a", 1]]])
async def test_attributes_are_an_object(api: Api, attributes: object) -> None:
    refused = await api.change("createUser", "user { id }", attributes=attributes)
    assert refusals(refused) == [("INVALID", ["attributes"])]


@pytest.mark.parametrize(
    "name", ["#", ":v0", "a.b", "a-b", "a b", "SET", "__proto__", "Type", "GSI1PK ", "x" * 255, "ß" * 127]
)
async def test_any_other_name_is_a_name(api: Api, name: str) -> None:
    """No name becomes part of an expression."""
    shown = "attributes" if not name.startswith("GSI") else "secretAttributes"
    made = await api.changed("createUser", f"user {{ {shown} }}", userId="ada", attributes={name: 1})
    assert made["user"][shown] == {name: 1}
    changed = await api.changed("updateUser", f"user {{ {shown} }}", by={"userId": "ada"}, attributes={name: 2})
    assert changed["user"][shown] == {name: 2}


RESERVED = ["pk", "sk", "GSI1PK", "GSI1SK", "type", "id", "expires", "userId", "sessionToken"]
OF_USERS = ["email", "emailVerified", "name", "image", "disabledAt", "disabledUntil", "disabledReason", "deletingAt"]
OF_ACCOUNTS = ["provider", "providerAccountId", "access_token", "refresh_token", "id_token", "expires_at", "scope"]


async def test_no_attribute_takes_the_place_of_a_field(api: Api, ada: Person) -> None:
    inputs: list[tuple[str, dict[str, Any], list[str]]] = [
        ("createUser", {}, RESERVED + OF_USERS),
        ("updateUser", {"by": {"userId": "ada"}}, RESERVED + OF_USERS),
        (
            "linkAccount",
            {"user": {"userId": "ada"}, "provider": "g", "providerAccountId": "1", "type": "oauth"},
            RESERVED + OF_ACCOUNTS,
        ),
        ("updateAccountTokens", {"by": {"id": ada.account_id}}, RESERVED + OF_ACCOUNTS),
        ("createSession", {"user": {"userId": "ada"}}, RESERVED),
        ("updateSession", {"by": {"id": ada.session_id}}, RESERVED),
    ]
    for mutation, given, names in inputs:
        for name in names:
            refused = await api.change(mutation, "__typename", **given, attributes={name: "x"})
            assert refusals(refused) == [("INVALID", ["attributes", name])], (mutation, name)


@custom_names
async def test_the_keys_that_are_reserved_are_the_configured_ones(table_settings: TableSettings) -> None:
    api = make_api(table_settings)
    keys = [CUSTOM_NAMES[name] for name in CUSTOM_NAMES if name.endswith("key")]
    for key in keys:
        refused = await api.change("createUser", "user { id }", attributes={key: "x"})
        assert refusals(refused) == [("INVALID", ["attributes", key])]
    made = await api.changed("createUser", "user { secretAttributes }", attributes={"pk": "free", "GSI1SK": "free"})
    assert made["user"]["secretAttributes"] == {"pk": "free", "GSI1SK": "free"}
