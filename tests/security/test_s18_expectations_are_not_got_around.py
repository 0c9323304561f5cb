"""S18: unexpected tokens give `STALE`, whatever else the input contains, so the response reveals nothing about the
rest.

Otherwise a change to the stored value would differ from any other, and a token could be guessed beside a false
expectation.
"""

from itertools import product
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from schema.build import GRAPHQL_SCHEMA
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import key_with, refusals

ACCOUNT = {"provider": "github", "providerAccountId": "1"}
STORED: dict[str, Any] = {
    "accessToken": "4711-0815",
    "refreshToken": "r",
    "idToken": "i",
    "scope": "s",
    "tokenType": "bearer",
    "expiresAt": "77",
    "sessionState": "st",
    "attributes": {"plan": "free"},
    "removeAttributes": ["theme"],
}
OTHER: dict[str, Any] = {name: "78" if name == "expiresAt" else "other" for name in STORED}
OTHER |= {"attributes": {"plan": "paid"}, "removeAttributes": ["other"]}


def fields(name: str) -> set[str]:
    """The fields of an input type."""
    type_ = GRAPHQL_SCHEMA.get_type(name)
    assert isinstance(type_, GraphQLInputObjectType)
    return set(type_.fields)


EXPECTED = sorted(fields("ExpectedTokensInput"))


def put(raw: RawTable) -> None:
    odd_rows.user(raw, "u1", "ada@example.com")
    tokens = {"access_token": "4711-0815", "refresh_token": "r", "id_token": "i", "scope": "s", "token_type": "bearer"}
    stored = {
        name: text(value) for name, value in {**tokens, "session_state": "st", "plan": "free", "theme": "x"}.items()
    }
    odd_rows.account(raw, "u1", "github", "1", **stored, expires_at=number(77))


def test_s18_every_input_is_tried() -> None:
    assert set(STORED) == fields("UpdateAccountTokensInput") - {"by", "expected"}


@pytest.mark.parametrize(("guessed", "wrong"), list(product(STORED, EXPECTED)))
async def test_s18_a_right_guess_is_answered_as_a_wrong_one(
    counted_api: Api, api: Api, raw: RawTable, proxy: CountingProxy, guessed: str, wrong: str
) -> None:
    """Alone, beside stored values of everything else, and with the rest of the expectation being right."""
    put(raw)
    before = raw.items()
    key = await key_with(api, "ACCOUNTS_WRITE")
    program = counted_api.acting_as(key)
    right = {name: STORED[name] for name in EXPECTED if name not in (wrong, guessed)}
    for expected, given in product(({}, right), ({}, {name: STORED[name] for name in STORED if name != guessed})):
        answers = []
        for value in (STORED[guessed], OTHER[guessed]):
            await program.data("{ caller { kind } }")
            proxy.reset()
            payload = await program.change(
                "updateAccountTokens",
                "account { id }",
                by={"account": ACCOUNT},
                expected={**expected, wrong: OTHER[wrong]},
                **{**given, guessed: value},
            )
            answers.append((refusals(payload), proxy.operations))
        assert answers[0] == answers[1]
        assert answers[0][0] == [("STALE", ["expected"])]
    stored = [item for item in raw.items() if item["pk"] == text("USER#u1")]
    assert stored == [item for item in before if item["pk"] == text("USER#u1")]
