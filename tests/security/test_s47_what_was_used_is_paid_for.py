"""S47: what an operation reads and writes beyond its cost is charged to its caller afterwards."""

import asyncio
from typing import Any

import orjson
import pytest

from dynamo import directory
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import BYTES_OF_ONE, USUAL_USE, Executor, Policy
from execution.rate_limit import ProcessRateLimit, RateLimit, SharedRateLimit
from execution.request import GraphQLRequest
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy, Delay
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with

LIMIT = 100_000
IMAGE = "data:image/png;base64," + "A" * 98_000
FIFTEEN = " ".join(f"i{n}: image" for n in range(15))


class Paid:
    """A rate limit that records what is charged before and after an operation, and does not refill."""

    def __init__(self) -> None:
        self.limit = ProcessRateLimit(LIMIT, lambda: 0)
        self.taken: list[int] = []
        self.settled: list[int] = []

    async def take(self, caller: str, cost: int) -> Any:
        """Charge a cost, and record it."""
        self.taken.append(cost)
        return await self.limit.take(caller, cost)

    async def settle(self, caller: str, cost: int) -> None:
        """Record what was charged afterwards."""
        self.settled.append(cost)
        await self.limit.settle(caller, cost)


def limited(settings: TableSettings, limit: RateLimit, **limits: Any) -> Api:
    """An API with this rate limit."""
    table = Table.connect(settings)
    policy = Policy(Limits(_env_file=None, **limits), rate_limit=limit)
    return Api(
        table, Executor(GRAPHQL_SCHEMA, Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)), policy)
    )


@pytest.fixture
def paid() -> Paid:
    """A rate limit that records what it charges."""
    return Paid()


@pytest.fixture
def api_paid(table_settings: TableSettings, paid: Paid) -> Api:
    """An API with the rate limit that records."""
    return limited(table_settings, paid)


@pytest.fixture
def fat(raw: RawTable) -> None:
    """Users of whom three fill a page of a megabyte."""
    for number in range(30):
        odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com", bio=text("x" * 390_000))


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
@pytest.mark.parametrize(
    "document",
    [
        "{ users(first: 1) { nodes { name } } }",
        "{ " + " ".join(f"a{n}: users(first: {n + 1}) {{ nodes {{ name }} }}" for n in range(15)) + " }",
        '{ user(by: {userId: "user-03"}) { name } }',
        "{ " + " ".join(f'a{n}: user(by: {{userId: "user-{n:02}"}}) {{ name }}' for n in range(15)) + " }",
        '{ users(first: 1, filter: {contains: "nobody"}) { nodes { name } } }',
    ],
    ids=["a list", "lists", "a lookup", "lookups", "a search"],
)
async def test_s47_whatever_is_read_is_paid_for_in_the_end(
    table_settings: TableSettings, paid: Paid, fat: None, document: str, plans: bool
) -> None:
    api = limited(table_settings, paid, plans=plans)
    for _ in range(2):
        paid.taken.clear()
        paid.settled.clear()
        outcome = await api.send(document)
        cost = orjson.loads(outcome.body)["extensions"]["cost"]
        used = cost["dynamodb"]["readUnits"] + len(outcome.body) / BYTES_OF_ONE
        assert used > USUAL_USE
        assert paid.taken == [cost["requested"]]
        assert cost["requested"] >= cost["actual"]
        assert sum(paid.taken + paid.settled) + USUAL_USE >= used
        if not paid.settled:
            assert cost["requested"] >= used


async def test_s47_the_lists_of_a_request_read_no_more_than_is_promised(
    api_paid: Api, fat: None, raw: RawTable
) -> None:
    for number in range(30, 60):
        odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com", bio=text("x" * 390_000))
    search = " ".join(
        f'a{n}: users(first: {n + 1}, filter: {{contains: "nobody"}}) {{ nodes {{ id }} }}' for n in range(5)
    )
    plain = " ".join(f"b{n}: users(first: {n + 5}) {{ nodes {{ id }} }}" for n in range(5))
    for document in (f"{{ {search} }}", f"{{ {plain} }}", f"{{ {search} {plain} }}"):
        units = (await api_paid.answer(document))["extensions"]["cost"]["dynamodb"]["readUnits"]
        assert 3 * 128 < units <= directory.SEARCH_UNITS


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s47_every_byte_of_the_response_is_paid_for_in_the_end(
    table_settings: TableSettings, paid: Paid, ada: Person, plans: bool
) -> None:
    person = limited(table_settings, paid, plans=plans).acting_as(ada.token)
    await person.changed("updateUser", "user { id }", by={"userId": "ada"}, image=IMAGE)
    document = f"{{ viewer {{ user {{ sessions(first: 10) {{ nodes {{ user {{ {FIFTEEN} }} }} }} }} }} }}"
    for _ in range(3):
        paid.settled.clear()
        outcome = await person.send(document)
        price = orjson.loads(outcome.body)["extensions"]["cost"]["requested"]
        assert len(outcome.body) > 1_000_000
        assert sum(paid.settled) + price >= len(outcome.body) / BYTES_OF_ONE > 10 * price


LONG_TOKEN = "t" * 60_000
CHANGES: dict[str, dict[str, Any]] = {
    "updateUser": {"by": {"userId": "ada"}, "image": IMAGE},
    "createUser": {"email": "eve@example.com", "attributes": {"bio": "x" * 90_000}},
    "linkAccount": {
        "user": {"userId": "ada"},
        "provider": "gitlab",
        "providerAccountId": "ada",
        "type": "oidc",
        "idToken": LONG_TOKEN,
    },
    "createSession": {"user": {"userId": "ada"}, "attributes": {"device": "x" * 90_000}},
    "deleteUser": {"by": {"userId": "ada"}},
}
"""Mutations that write much, by name, with their inputs."""


@pytest.mark.parametrize("name", CHANGES)
async def test_s47_whatever_dynamodb_writes_is_paid_for_in_the_end(
    api_paid: Api, paid: Paid, ada: Person, name: str
) -> None:
    if name == "deleteUser":
        await api_paid.changed("updateUser", "user { id }", by={"userId": "ada"}, image=IMAGE)
    paid.taken.clear()
    paid.settled.clear()
    type_ = name[0].upper() + name[1:]
    document = f"mutation($input: {type_}Input!) {{ {name}(input: $input) {{ userErrors {{ message }} }} }}"
    answer = await api_paid.answer(document, {"input": CHANGES[name]})
    assert answer["data"][name] == {"userErrors": []}
    used = answer["extensions"]["cost"]["dynamodb"]
    assert used["writeUnits"] > 5 * USUAL_USE
    assert sum(paid.taken + paid.settled) >= used["readUnits"] + used["writeUnits"]


async def test_s47_an_answer_that_is_given_up_is_paid_for_as_if_it_had_been_written(
    table_settings: TableSettings, paid: Paid, ada: Person
) -> None:
    most = 1024 * 1024
    person = limited(table_settings, paid, max_response_bytes=most).acting_as(ada.token)
    await person.changed("updateUser", "user { id }", by={"userId": "ada"}, image=IMAGE)
    paid.settled.clear()
    assert await person.codes(f"{{ viewer {{ user {{ {FIFTEEN} }} }} }}") == ["RESPONSE_TOO_LARGE"]
    assert sum(paid.settled) >= most / BYTES_OF_ONE - USUAL_USE


async def test_s47_whoever_hangs_up_pays_for_what_was_read(
    proxied_settings: TableSettings, proxy: CountingProxy, paid: Paid, fat: None
) -> None:
    api = limited(proxied_settings, paid)
    proxy.plan("Query", Delay(30), holding="ACCOUNT#")
    document = '{ user(by: {userId: "user-03"}) { name accounts { nodes { id } } } }'
    asked = asyncio.ensure_future(api.executor(GraphQLRequest(document), api.credentials))
    while not any("ACCOUNT#" in str(request.body) for request in proxy.requests):  # noqa: ASYNC110 - nobody is told
        await asyncio.sleep(0.001)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert sum(paid.taken + paid.settled) >= 45


USUAL = {
    "who is asking": "{ caller { kind } }",
    "the signed-in person": "{ viewer { user { id name email } session { expires } } }",
    "with all that is theirs": "{ viewer { user { accounts { nodes { id } } sessions { nodes { id } } } } }",
    "oneself": '{ user(by: {userId: "ada"}) { name email attributes } }',
    "a list": "{ users(first: 100) { nodes { id name email accounts { nodes { id } } } } }",
    "a short list": "{ users(first: 1) { nodes { id name email } } }",
    "a change": 'mutation { updateUser(input: {by: {userId: "ada"}, name: "Ada"}) { user { name } } }',
    "a new user": 'mutation { createUser(input: {email: "eve@example.com"}) { user { id } } }',
    "a new session": 'mutation { createSession(input: {user: {userId: "ada"}}) { session { id } } }',
    "the schema": "{ __schema { types { name fields { name } } } }",
}


@pytest.mark.parametrize("document", USUAL.values(), ids=USUAL)
async def test_s47_what_is_usual_costs_its_price_and_no_more(
    api_paid: Api, paid: Paid, api: Api, ada: Person, raw: RawTable, document: str
) -> None:
    with raw.together():
        for number in range(100):
            odd_rows.user(raw, f"user-{number:03}", f"{number}@example.com")
    program = await key_with(api, "USERS_READ", "USERS_WRITE", "ACCOUNTS_READ", "SESSIONS_READ")
    for caller in (api_paid, api_paid.acting_as(program), api_paid.acting_as(ada.token)):
        for _ in range(3):
            await caller.send(document)
    assert paid.settled == []


async def test_s47_the_next_request_waits_for_what_the_last_one_owes(table_settings: TableSettings, fat: None) -> None:
    clock = [0.0]
    limit = ProcessRateLimit(60, lambda: clock[0])
    api = limited(table_settings, limit)
    assert await api.codes('{ user(by: {userId: "user-03"}) { name } }') == []
    assert await api.codes('{ user(by: {userId: "user-04"}) { name } }') == []
    outcome = await api.send("{ caller { kind rateLimit { remaining } } }")
    assert outcome.codes == ("THROTTLED",)
    seconds = int(dict(outcome.headers)["Retry-After"])
    assert 1 < seconds <= 120
    clock[0] = seconds
    assert await api.codes("{ caller { kind } }") == []


async def test_s47_nobody_owes_more_than_a_whole_allowance() -> None:
    clock = [0.0]
    limit = ProcessRateLimit(60, lambda: clock[0])
    await limit.settle("ada", 10**9)
    refused = await limit.take("ada", 1)
    assert (refused.remaining, refused.retry_after) == (0, 62)
    clock[0] = 120
    assert (await limit.take("ada", 60)).retry_after is None


async def test_s47_the_count_that_all_processes_share_takes_it_too(table_settings: TableSettings, fat: None) -> None:
    table = Table.connect(table_settings)
    apis = [limited(table_settings, SharedRateLimit(50, table, lambda: 60.0)) for _ in range(2)]
    assert await apis[0].codes('{ user(by: {userId: "user-03"}) { name } }') == []
    assert await apis[1].codes('{ user(by: {userId: "user-04"}) { name } }') == []
    assert await apis[1].codes("{ caller { kind } }") == ["THROTTLED"] == await apis[0].codes("{ caller { kind } }")


async def test_s47_an_outage_of_the_count_takes_back_no_answer(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    limit = SharedRateLimit(1000, Table.connect(proxied_settings), lambda: 60.0)
    proxy.fail_next("UpdateItem", "InternalServerError", times=100)
    await limit.settle("ada", 5)
    assert proxy.count("UpdateItem") > 0
    proxy.reset()
    assert (await limit.take("ada", 1000)).retry_after is None
