"""S31: if many callers take one e-mail or one account at the same time, exactly one succeeds."""

import asyncio
from typing import Any

from tests.api import Api
from tests.resolvers.people import Person, refusals, sign_up

AT_ONCE = 6


def winners(payloads: list[dict[str, Any]], path: list[str]) -> int:
    """How many succeeded. All others must be told that it is taken."""
    lost = [payload for payload in payloads if payload["userErrors"]]
    assert all(refusals(payload) == [("TAKEN", path)] for payload in lost)
    return len(payloads) - len(lost)


async def test_one_of_many_creates_gets_the_email(api: Api) -> None:
    spellings = ["ada@example.com", "ADA@example.com", " Ada@Example.com "] * (AT_ONCE // 3)
    payloads = await asyncio.gather(*(api.change("createUser", "user { id }", email=email) for email in spellings))
    assert winners(payloads, ["email"]) == 1
    assert len((await api.data("{ users { nodes { id } } }"))["users"]["nodes"]) == 1


async def test_one_of_many_changes_gets_the_email(api: Api) -> None:
    for number in range(AT_ONCE):
        await sign_up(api, f"u{number}")
    payloads = await asyncio.gather(
        *(
            api.change("updateUser", "user { id }", by={"userId": f"u{n}"}, email="one@example.com")
            for n in range(AT_ONCE)
        )
    )
    assert winners(payloads, ["email"]) == 1


async def test_one_of_many_registrations_gets_email_and_account(api: Api) -> None:
    account = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
    payloads = await asyncio.gather(
        *(
            api.change("registerUser", "user { id }", user={"email": f"{n}@example.com"}, account=account)
            for n in range(AT_ONCE)
        )
    )
    assert winners(payloads, ["account", "providerAccountId"]) == 1
    assert len((await api.data("{ users { nodes { id } } }"))["users"]["nodes"]) == 1


async def test_one_of_many_links_gets_the_account(api: Api, ada: Person, bob: Person) -> None:
    account = {"provider": "google", "providerAccountId": "1", "type": "oauth"}
    users = [ada.name, bob.name] * (AT_ONCE // 2)
    payloads = await asyncio.gather(
        *(api.change("linkAccount", "account { userId }", user={"userId": u}, **account) for u in users)
    )
    # One of the two gets it. Their other links are repetitions.
    assert winners(payloads, ["providerAccountId"]) == AT_ONCE // 2
    assert len({payload["account"]["userId"] for payload in payloads if payload["account"]}) == 1
