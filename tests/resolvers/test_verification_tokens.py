"""Verification tokens are stored, listed, used and deleted."""

from typing import Any

import pytest

from tests.api import Api
from tests.resolvers.people import refusals

LATER = "2037-01-01T00:00:00.000Z"
TOKEN = "identifier token expires expired"
ADA = "ada@example.com"


async def store(api: Api, token: str, **given: object) -> dict[str, Any]:
    """Store a token for Ada's identifier."""
    whole = {"identifier": ADA, "token": token, "expires": LATER} | given
    return await api.changed("createVerificationToken", f"verificationToken {{ {TOKEN} }}", **whole)


async def tokens(api: Api) -> list[str]:
    """The tokens that are listed for Ada's identifier."""
    document = "query($of: String!) { verificationTokens(identifier: $of) { token } }"
    return [token["token"] for token in (await api.data(document, {"of": ADA}))["verificationTokens"]]


async def test_a_token_is_stored_as_given_and_looked_at_without_using_it(api: Api) -> None:
    made = await store(api, "t1", expires="2037-01-01T01:00:00.999+01:00")
    stored = {"identifier": ADA, "token": "t1", "expires": LATER, "expired": False}
    assert made["verificationToken"] == stored
    document = f"query($of: String!) {{ verificationTokens(identifier: $of) {{ {TOKEN} }} }}"
    for _ in range(2):
        assert await api.data(document, {"of": ADA}) == {"verificationTokens": [stored]}


async def test_a_token_is_used_once(api: Api) -> None:
    await store(api, "t1")
    used = await api.changed("useVerificationToken", "verificationToken { identifier }", identifier=ADA, token="t1")
    assert used["verificationToken"] == {"identifier": ADA}
    again = await api.changed("useVerificationToken", "verificationToken { identifier }", identifier=ADA, token="t1")
    assert again["verificationToken"] is None


async def test_older_tokens_are_kept_unless_told_otherwise(api: Api) -> None:
    await store(api, "t1")
    await store(api, "t2", invalidateOlder=False)
    assert sorted(await tokens(api)) == ["t1", "t2"]
    await store(api, "t3", invalidateOlder=True)
    assert await tokens(api) == ["t3"]


async def test_all_tokens_of_an_identifier_are_withdrawn(api: Api) -> None:
    await store(api, "t1")
    await store(api, "t2")
    await store(api, "other", identifier="bob@example.com")
    gone = await api.changed("deleteVerificationTokens", "deletedCount", identifier=ADA)
    assert gone["deletedCount"] == 2
    assert await tokens(api) == []
    assert (await api.changed("deleteVerificationTokens", "deletedCount", identifier=ADA))["deletedCount"] == 0


@pytest.mark.parametrize("identifier", ["", "\ud800", "\0", "x" * 800])
async def test_an_identifier_that_cannot_be_has_no_tokens(api: Api, identifier: str) -> None:
    document = "query($of: String!) { verificationTokens(identifier: $of) { token } }"
    assert await api.data(document, {"of": identifier}) == {"verificationTokens": []}
    gone = await api.changed("deleteVerificationTokens", "deletedCount", identifier=identifier)
    assert gone["deletedCount"] == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"identifier": ""}, ["identifier"]),
        ({"identifier": "x" * 801}, ["identifier"]),
        ({"identifier": "\0"}, ["identifier"]),
        ({"token": ""}, ["token"]),
        ({"token": "\ud800"}, ["token"]),
        ({"expires": "2020-01-01T00:00:00Z"}, ["expires"]),
    ],
)
async def test_what_cannot_be_stored_is_refused_at_its_place(api: Api, given: dict[str, str], path: list[str]) -> None:
    whole = {"identifier": ADA, "token": "t1", "expires": LATER} | given
    refused = await api.change("createVerificationToken", "verificationToken { identifier }", **whole)
    assert refused["verificationToken"] is None
    assert refusals(refused) == [("INVALID", path)]
