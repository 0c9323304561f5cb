"""The page on costs: the units that the engine reports, and the arithmetic."""

import re
from typing import Any, Final

import pytest

from dynamo.settings import TableSettings
from tests.api import make_api
from tests.processes import ROOT
from tests.resolvers.people import sign_up
from tests.tables import directory

PAGE: Final = (ROOT / "docs/operations/costs.md").read_text()
ROW: Final = re.compile(r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)
PRICE: Final = re.compile(r"\*\*([\d.]+)\s+dollars per million write units, ([\d.]+) dollars per million read units")
ROWS: Final = {name: (float(read), float(write), float(dollars)) for name, read, write, dollars in ROW.findall(PAGE)}
VIEWER: Final = "{ viewer { user { id name email } session { id expires } } }"
IN_THE_BACKGROUND: Final = "storing that a session was used, once an hour"
"""It happens after the response, and reads nothing."""


@pytest.mark.parametrize("name", ROWS)
def test_dollars_are_units_times_their_price(name: str) -> None:
    found = PRICE.search(PAGE)
    assert found
    write_price, read_price = float(found[1]), float(found[2])
    read, write, dollars = ROWS[name]
    assert dollars == pytest.approx(read * read_price + write * write_price, abs=0.0051)


def _documents(user_id: str, token: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The operations of each row, by an API key unless it is the person's."""
    account = {"provider": "github", "providerAccountId": "new", "type": "oauth"}
    by_account = "query($a: AccountKey!) { user(by: {account: $a}) { userId name email } }"
    create = "mutation($u: String!) { createSession(input: {user: {userId: $u}}) { session { token } } }"
    register = """mutation($input: RegisterUserInput!) {
      registerUser(input: $input) { user { id } session { token } userErrors { message } }
    }"""
    extend = """mutation($t: String!) {
      updateSession(input: {by: {sessionToken: $t}, expires: "2037-01-01T00:00:00Z"}) { session { id } }
    }"""
    rename = 'mutation($u: ID!) { updateUser(input: {by: {userId: $u}, name: "Grace"}) { user { id } } }'
    by_token = "query($t: String!) { session(by: {sessionToken: $t}) { expires user { userId name email } } }"
    sign_out = "mutation($t: String!) { deleteSession(input: {by: {sessionToken: $t}}) { deletedSessionId } }"
    by_email = '{ user(by: {email: "ada@example.com"}) { userId name } }'
    return {
        "session check with the cookie": [(VIEWER, {})],
        "session check by the adapter, with an API key": [(by_token, {"t": token})],
        "sign-in of a known user, by the adapter": [
            (by_account, {"a": {"provider": "github", "providerAccountId": "ada-at-github"}}),
            (create.replace("$u: String!", "$u: ID!"), {"u": user_id}),
        ],
        "sign-up with a session, in one call": [
            (register, {"input": {"user": {"email": "eve@example.com"}, "account": account, "session": {}}})
        ],
        "extending a session": [(extend, {"t": token})],
        "change of a user's name": [(rename, {"u": user_id})],
        "user by id, with an API key": [("query($u: ID!) { user(by: {userId: $u}) { name } }", {"u": user_id})],
        "user by e-mail, with an API key": [(by_email, {})],
        "sign-out": [(sign_out, {"t": token})],
    }


@directory
async def test_read_units_are_those_that_the_engine_reports(table_settings: TableSettings) -> None:
    """DynamoDB Local counts read units as AWS does. Its write units are others, and are taken from AWS's pages."""
    api = make_api(table_settings)
    ada = await sign_up(api, "ada")
    made = await api.changed("createApiKey", "secret", name="app", scopes=["ADMIN"])
    program, person = api.acting_as(made["secret"]), api.acting_as(session_cookie=ada.token)
    reported = {}
    for name, operations in _documents("ada", ada.token).items():
        units = 0.0
        for document, variables in operations:
            answer = await (person if document == VIEWER else program).answer(document, variables)
            assert "errors" not in answer, answer
            units += answer["extensions"]["cost"]["dynamodb"]["readUnits"]
        reported[name] = units
    assert reported == {name: read for name, (read, _, _) in ROWS.items() if name != IN_THE_BACKGROUND}
