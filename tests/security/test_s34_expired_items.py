"""S34: an expired item that is still stored signs nobody in, is not listed as active and cannot be extended."""

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import refusals

ENDED = [number(1_577_836_800), number("1577836800.123"), text("2020-01-01T00:00:00.000Z"), text("odd"), number(0)]


@pytest.mark.parametrize("expires", ENDED)
async def test_a_session_that_has_ended_is_good_for_nothing(api: Api, raw: RawTable, expires: dict[str, str]) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.session(raw, "ada", "old", expires)
    assert await api.acting_as("old").codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    data = await api.data("""{
      session(by: {sessionToken: "old"}) { id }
      user(by: {userId: "ada"}) { active: sessions { nodes { id } } all: sessions(includeExpired: true) { nodes {
        expired
      } } }
    }""")
    assert data == {"session": None, "user": {"active": {"nodes": []}, "all": {"nodes": [{"expired": True}]}}}
    for change in ({"expires": "2037-01-01T00:00:00Z"}, {"attributes": {"a": 1}}):
        refused = await api.change("updateSession", "session { id }", by={"sessionToken": "old"}, **change)
        assert refusals(refused) == [("EXPIRED", ["by", "sessionToken"])]


async def test_an_ended_session_can_still_be_revoked(api: Api, raw: RawTable) -> None:
    odd_rows.session(raw, "ada", "old", ENDED[0])
    await api.changed("deleteSession", "session { id }", by={"sessionToken": "old"})
    assert raw.items() == []


@pytest.mark.parametrize("expires", ENDED)
async def test_a_verification_token_that_has_ended_says_so(api: Api, raw: RawTable, expires: dict[str, str]) -> None:
    odd_rows.verification_token(raw, "ada", "old", expires)
    data = await api.data('{ verificationTokens(identifier: "ada") { expired } }')
    assert data == {"verificationTokens": [{"expired": True}]}
