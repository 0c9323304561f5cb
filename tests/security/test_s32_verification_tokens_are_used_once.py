"""S32: if many callers use a verification token at the same time, one succeeds, and none after it expires. S19: all
others get the same result."""

import asyncio

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text

LONG_AGO = 1_577_836_800
USE = """mutation($identifier: String!, $token: String!) {
  useVerificationToken(input: {identifier: $identifier, token: $token}) {
    verificationToken { identifier } userErrors { code }
  }
}"""


async def test_one_of_many_gets_the_token(api: Api) -> None:
    given = {"identifier": "ada@example.com", "token": "t1"}
    await api.changed(
        "createVerificationToken", "verificationToken { expires }", **given, expires="2037-01-01T00:00:00Z"
    )
    answers = await asyncio.gather(*(api.data(USE, given) for _ in range(8)))
    used = [answer["useVerificationToken"]["verificationToken"] for answer in answers]
    assert sorted(used, key=str) == [None] * 7 + [{"identifier": "ada@example.com"}]


@pytest.mark.parametrize("expires", [number(LONG_AGO), text("2020-01-01T00:00:00.000Z"), text("never")])
async def test_wrong_unknown_and_ended_are_answered_with_the_same_bytes(
    api: Api, raw: RawTable, expires: dict[str, str]
) -> None:
    odd_rows.verification_token(raw, "ada@example.com", "ended", expires)
    odd_rows.verification_token(raw, "ada@example.com", "right", number(4_000_000_000))
    given = [("ada@example.com", "ended"), ("ada@example.com", "wrong"), ("eve@example.com", "right")]
    bodies = {(await api.send(USE, {"identifier": identifier, "token": token})).body for identifier, token in given}
    assert len(bodies) == 1, bodies
    assert bodies.pop().startswith(b'{"data":{"useVerificationToken":{"verificationToken":null,"userErrors":[]}}')


@pytest.mark.parametrize("expires", [number("4000000000.123"), text("2037-01-01T00:00:00.000Z")])
async def test_a_token_is_used_however_its_expiry_is_written(api: Api, raw: RawTable, expires: dict[str, str]) -> None:
    odd_rows.verification_token(raw, "ada@example.com", "t1", expires)
    data = await api.data(USE, {"identifier": "ada@example.com", "token": "t1"})
    assert data["useVerificationToken"]["verificationToken"] == {"identifier": "ada@example.com"}
    assert raw.items() == []
