"""If DynamoDB is slow, callers get 503 and the time after which to retry, whatever it was slow with."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from dynamo.settings import TableSettings
from tests.api import ADMIN_KEY, make_api
from tests.counting_proxy import ANY, CountingProxy, Swallow
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from web.app import create_app
from web.settings import ServerSettings

QUERIES = {
    "by key": '{ user(by: {userId: "ada"}) { name } }',
    "by e-mail": '{ user(by: {email: "ada@example.com"}) { name } }',
    "several at once": '{ a: user(by: {userId: "ada"}) { name } b: user(by: {userId: "bob"}) { name } }',
    "a list": "{ users { nodes { name } } }",
    "children": '{ user(by: {userId: "ada"}) { accounts { nodes { provider } } sessions { nodes { expires } } } }',
}
CHANGES = {
    "create": 'mutation { createUser(input: {email: "eve@example.com"}) { user { id } } }',
    "update": 'mutation { updateUser(input: {by: {userId: "ada"}, name: "A"}) { user { id } } }',
    "delete": 'mutation { deleteUser(input: {by: {userId: "ada"}}) { user { userId } } }',
    "disable": 'mutation { disableUser(input: {by: {userId: "ada"}}) { user { userId } } }',
}


@pytest.fixture
async def client(proxied_settings: TableSettings, raw: RawTable) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a server whose time limit for operations is shorter than that for DynamoDB."""
    odd_rows.user(raw, "ada", "ada@example.com")
    api = make_api(proxied_settings)
    app = create_app(api.executor, ServerSettings(_env_file=None, timeout_seconds=0.5), ready=asyncio.Event().wait)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://auth.example", headers=headers) as client:
        yield client


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_a_query_is_told_to_come_back(client: httpx2.AsyncClient, proxy: CountingProxy, query: str) -> None:
    proxy.plan(ANY, Swallow(), times=100)
    response = await client.post("/graphql", json={"query": query})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert "less data" not in error["message"]
    assert "change" not in error["message"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_is_told_that_sending_it_again_finishes_it(
    client: httpx2.AsyncClient, proxy: CountingProxy, raw: RawTable, change: str
) -> None:
    proxy.plan(ANY, Swallow(), times=100)
    response = await client.post("/graphql", json={"query": change})
    assert response.status_code == 503
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert "Send it again" in error["message"]


async def test_a_delete_that_was_cut_off_half_done_is_finished_by_the_next(
    client: httpx2.AsyncClient, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.account(raw, "ada", "github", "1")
    proxy.stall_next("TransactWriteItems", times=100)
    delete = {"query": CHANGES["delete"]}
    assert (await client.post("/graphql", json=delete)).status_code == 503
    proxy.reset()
    async with asyncio.timeout(60):
        while (await client.post("/graphql", json=delete)).status_code == 503:
            # On a busy machine, the server itself may be slow.
            pass
    assert raw.items() == []


async def test_a_failure_without_a_deadline_says_so_too(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    app = create_app(make_api(proxied_settings).executor, ServerSettings(_env_file=None), ready=asyncio.Event().wait)
    proxy.fail_next("TransactWriteItems", "InternalServerError", times=100)
    proxy.fail_next("UpdateItem", "InternalServerError", times=100)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example") as client:
        for change in CHANGES.values():
            response = await client.post(
                "/graphql", json={"query": change}, headers={"Authorization": f"Bearer {ADMIN_KEY}"}
            )
            (error,) = response.json()["errors"]
            assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
            assert "Send it again" in error["message"]
