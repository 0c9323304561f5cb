"""Looks in a copy of the project whether what a guide of CONTRIBUTING.md adds is there; `test_contributing` runs it.

`python -m tests.guide_checks NAME ENDPOINT_URL TABLE`, where the name is that of a function below. Exits with 1 if not.
"""

import asyncio
import sys

from docs import generated
from dynamo.settings import TableSettings
from schema.build import GRAPHQL_SCHEMA
from soak.recipes import require_every_mutation
from tests.api import Api, make_api

ACCOUNT = {"provider": "github", "type": "oauth"}
LOCALE = '{ user(by: {userId: "ada"}) { locale attributes } }'


async def field(api: Api) -> None:
    """A user's `locale` is registered, or left out; it is created, cleared, changed and listed."""
    registered = await api.changed(
        "registerUser", "user { locale }", user={"userId": "bob", "locale": "fr"}, account=ACCOUNT | _key("1")
    )
    assert registered["user"]["locale"] == "fr"
    without = await api.changed("registerUser", "user { locale }", user={"userId": "eve"}, account=ACCOUNT | _key("2"))
    assert without["user"]["locale"] is None
    await api.changed("createUser", "user { id }", userId="ada", locale="de")
    assert (await api.data(LOCALE))["user"] == {"locale": "de", "attributes": {}}
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, locale=None)
    assert (await api.data(LOCALE))["user"] == {"locale": None, "attributes": {}}
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, locale="en")
    listed = (await api.data("{ users { nodes { userId locale } } }"))["users"]["nodes"]
    assert {each["userId"]: each["locale"] for each in listed} == {"ada": "en", "bob": "fr", "eve": None}


async def mutation(api: Api) -> None:
    """`removeEmail` does what it says, and has a recipe for the long experiments."""
    require_every_mutation(GRAPHQL_SCHEMA)
    await api.changed("createUser", "user { id }", userId="ada", email="ada@example.com")
    assert (await api.changed("removeEmail", "user { email }", by={"userId": "ada"}))["user"] == {"email": None}


def _key(provider_account_id: str) -> dict[str, str]:
    return {"providerAccountId": provider_account_id}


async def _run(name: str, endpoint_url: str, table_name: str) -> None:
    api = make_api(TableSettings(table_name=table_name, dynamodb_endpoint_url=endpoint_url))
    try:
        await {"field": field, "mutation": mutation}[name](api)
    finally:
        await api.table.close()


if __name__ == "__main__":
    assert generated.main([]) == 0
    asyncio.run(_run(*sys.argv[1:]))
