"""One table with people, read by two executors: with compiled plans and without."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from dynamo.settings import TableSettings
from execution.executor import Policy
from execution.plans.plan import Plan
from execution.settings import Limits
from tests.api import Api, make_api
from tests.documents import Drawn
from tests.plans import noted_plans
from tests.resolvers.people import Person, passkey, sign_up

WIDE = Limits(
    _env_file=None, max_aliases=1000, max_root_fields=1000, max_depth=100, max_cost=10**9, max_directives=1000
)
"""Limits that do not reject random documents for their size."""


@dataclass(frozen=True, slots=True)
class Executors:
    """The same operation with plans and without."""

    planned: Api
    plain: Api
    people: list[Person]
    pool: dict[str, list[Any]]
    runs: list[Plan]
    """One entry for each response of a plan."""

    def acting_as(self, bearer: str | None) -> "Executors":
        """The same executors, both with other credentials."""
        return replace(self, planned=self.planned.acting_as(bearer), plain=self.plain.acting_as(bearer))

    async def agree(self, drawn: Drawn) -> None:
        """Send a document until it is planned, and compare the response with that of the plain executor."""
        expected = comparable((await self.plain.send(drawn.text, drawn.variables)).body)
        for _ in range(3):
            assert comparable((await self.planned.send(drawn.text, drawn.variables)).body) == expected, drawn


def comparable(body: bytes) -> bytes:
    """A response without what batching may change; everything else must be the same byte for byte.

    Left out are the DynamoDB requests and, if the operation failed, the order of errors, how far other fields got, and
    which error came first if `data` is null.
    """
    answer = orjson.loads(body)
    cost = answer.get("extensions", {}).get("cost", {})
    cost.pop("dynamodb", None)
    if "errors" in answer:
        cost.pop("actual", None)
        answer["errors"].sort(key=lambda error: orjson.dumps(error.get("path")))
        if answer.get("data", answer) is None:
            answer["errors"] = bool(answer["errors"])
    return orjson.dumps(answer)


@pytest.fixture
def executors(table_settings: TableSettings, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> Executors:
    """Two executors over a table with three people."""
    return make_executors(table_settings, table_settings, runner, monkeypatch)


def make_executors(
    settings: TableSettings, filled_through: TableSettings, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> Executors:
    """Fill a table and make both executors. Plans that respond are noted."""
    people, pool = runner.run(_fill(make_api(filled_through)))
    runs = noted_plans(monkeypatch)
    planned = make_api(settings, Policy(WIDE))
    plain = make_api(settings, Policy(WIDE.model_copy(update={"plans": False})))
    return Executors(planned, plain, people, pool, runs)


async def _fill(api: Api) -> tuple[list[Person], dict[str, list[Any]]]:
    people = [await sign_up(api, name) for name in ("ada", "bob", "cyd")]
    await passkey(api, people[0], "cGFzc2tleQ==")
    await api.changed(
        "updateUser",
        "user { id }",
        by={"userId": "bob"},
        emailVerified="2030-01-01T00:00:00Z",
        attributes={"role": ["x", 1]},
    )
    await api.changed("disableUser", "user { id }", by={"userId": "cyd"}, reason="a test")
    key = await api.changed("createApiKey", "apiKey { id }", name="a program", scopes=["USERS_READ"])
    await api.changed(
        "createVerificationToken",
        "verificationToken { identifier }",
        identifier="ada@example.com",
        token="hashed",
        expires="2033-05-18T03:33:20Z",
    )
    ids = [one for person in people for one in (person.id, person.account_id, person.session_id)]
    return people, {
        "id": [*ids, key["apiKey"]["id"]],
        "ids": ids,
        "userId": [person.name for person in people],
        "email": [person.email for person in people],
        "provider": ["github"],
        "providerAccountId": [person.provider_account_id for person in people],
        "sessionToken": [person.token for person in people],
        "credentialId": ["cGFzc2tleQ=="],
        "identifier": ["ada@example.com"],
    }
