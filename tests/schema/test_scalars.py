"""Dates, big integers and JSON, as literals and variables, in input and output."""

import math
from typing import Any

import pytest
from graphql import GraphQLScalarType

from schema.build import GRAPHQL_SCHEMA
from tests.api import Api


def scalar(name: str) -> GraphQLScalarType:
    """A scalar of the schema."""
    found = GRAPHQL_SCHEMA.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2030-01-31T12:00:00.000Z", "2030-01-31T12:00:00.000Z"),
        ("2030-01-31T12:00Z", "2030-01-31T12:00:00.000Z"),
        ("2030-01-31T12:00:00.1239Z", "2030-01-31T12:00:00.123Z"),
        ("2030-01-31T12:00:00+05:30", "2030-01-31T06:30:00.000Z"),
        ("+002030-01-31T12:00:00Z", "2030-01-31T12:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_date_comes_back_in_one_form(written: str, read: str) -> None:
    assert scalar("DateTime").serialize(scalar("DateTime").parse_value(written)) == read


@pytest.mark.parametrize(
    "value",
    ["", "x", "2030-01-31", "2030-01-31T12:00:00", "2030-13-01T00:00:00Z", "2030-01-31T25:00:00Z", "10000-01-01T00:00Z"]
    + ["+010000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", 0, 1.5, True, None, [], {}, "\ud800"],
)
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="DateTime cannot represent"):
        scalar("DateTime").parse_value(value)


def test_only_dates_are_written_as_dates() -> None:
    with pytest.raises(TypeError, match="DateTime cannot represent a value of type str"):
        scalar("DateTime").serialize("2030")


@pytest.mark.parametrize(
    ("given", "read", "written"),
    [
        (0, 0, 0),
        (-1, -1, -1),
        (2**53 - 1, 2**53 - 1, 2**53 - 1),
        (2**53, 2**53, str(2**53)),
        (str(2**63 - 1), 2**63 - 1, str(2**63 - 1)),
        (str(1 - 2**63), 1 - 2**63, str(1 - 2**63)),
        ("007", 7, 7),
        (5.0, 5, 5),
        (-(2.0**53) + 1, 1 - 2**53, 1 - 2**53),
    ],
)
def test_an_integer_is_exact_in_every_client(given: object, read: int, written: object) -> None:
    assert scalar("BigInt").parse_value(given) == read
    assert scalar("BigInt").serialize(read) == written


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63),
        str(2**63),
        pytest.param(10**5000, id="huge"),
        "9" * 5000,
        "",
        " 1",
        "1 ",
        "1_000",
        "+1",
        "1.0",
        "0x1",
        "١",
        "one",
    ]
    + [1.5, 2.0**53, 1e300, math.nan, math.inf, True, None, [], {}],
)
def test_what_is_no_integer_of_64_bits_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"BigInt cannot represent|digit"):
        scalar("BigInt").parse_value(value)


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_only_integers_are_written_as_integers(value: object) -> None:
    with pytest.raises(TypeError, match="BigInt cannot represent"):
        scalar("BigInt").serialize(value)


class TestOnTheWay:
    """Scalars as literals and variables of an operation."""

    async def test_literals_are_read_as_variables_are(self, api: Api) -> None:
        await api.changed("createUser", "user { id }", userId="ada")
        literal = await api.data("""mutation { linkAccount(input: {
          user: {userId: "ada"}, provider: "a", providerAccountId: "1", type: "oauth", expiresAt: 9007199254740991,
          attributes: {list: [1, 1.5, true, null, "text", WORD], object: {a: {}}}
        }) { account { expiresAt attributes } userErrors { message } } }""")
        attributes = {"list": [1, 1.5, True, None, "text", "WORD"], "object": {"a": {}}}
        account = {"expiresAt": 2**53 - 1, "attributes": attributes}
        assert literal["linkAccount"] == {"account": account, "userErrors": []}
        given: dict[str, Any] = {"user": {"userId": "ada"}, "provider": "b", "providerAccountId": "1", "type": "oauth"}
        variable = await api.changed(
            "linkAccount", "account { expiresAt attributes }", **given, expiresAt=str(2**53 - 1), attributes=attributes
        )
        assert variable["account"] == account

    async def test_a_json_literal_may_hold_variables(self, api: Api) -> None:
        document = """mutation($name: String) {
          createUser(input: {attributes: {nick: $name, list: [$name]}}) { user { attributes } }
        }"""
        data = await api.data(document, {"name": "Ada"})
        assert data["createUser"]["user"]["attributes"] == {"nick": "Ada", "list": ["Ada"]}

    async def test_a_variable_that_is_absent_is_left_out_of_a_json_literal(self, api: Api) -> None:
        document = """mutation($name: String) {
          createUser(input: {attributes: {nick: $name, other: 1, in: {nick: $name}}}) {
            user { attributes } userErrors { message }
          }
        }"""
        data = await api.data(document)
        assert data["createUser"] == {"user": {"attributes": {"other": 1, "in": {}}}, "userErrors": []}

    @pytest.mark.parametrize("date", ['"tomorrow"', "1", "{}", "TODAY"])
    async def test_a_literal_that_is_no_date_fails_validation(self, api: Api, date: str) -> None:
        document = (
            f'mutation {{ disableUser(input: {{by: {{userId: "ada"}}, until: {date}}}) {{ userErrors {{ code }} }} }}'
        )
        answer = await api.answer(document)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
        assert "DateTime" in answer["errors"][0]["message"]

    @pytest.mark.parametrize("number", ["9223372036854775808", "1.5", '"1_000"', "9" * 5000])
    async def test_a_literal_that_is_no_integer_fails_validation(self, api: Api, number: str) -> None:
        document = f"""mutation {{
          updateAuthenticatorCounter(input: {{by: {{credentialId: "c"}}, counter: {number}}}) {{ __typename }}
        }}"""
        assert await api.codes(document) == ["GRAPHQL_VALIDATION_FAILED"]

    @pytest.mark.parametrize("until", ["tomorrow", 1, {}, "\ud800"])
    async def test_a_variable_that_is_no_date_is_bad_input(self, api: Api, until: object) -> None:
        document = "mutation($input: DisableUserInput!) { disableUser(input: $input) { userErrors { code } } }"
        answer = await api.answer(document, {"input": {"by": {"userId": "ada"}, "until": until}})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
        assert "DateTime cannot represent" in answer["errors"][0]["message"]
        assert "data" not in answer
