"""S16: what one request reads is never shown to another, because each has loaders of its own."""

import asyncio

from resolvers.context import Context, Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person


async def test_a_second_request_reads_anew(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    document = '{ user(by: {userId: "ada"}) { name } }'
    await counted_api.data(document)
    await counted_api.changed("updateUser", "user { id }", by={"userId": "ada"}, name="Changed")
    assert await counted_api.data(document) == {"user": {"name": "Changed"}}
    # One for each query, and one by the mutation itself.
    assert proxy.count("GetItem") == 3


async def test_requests_at_once_share_nothing(counted_api: Api, ada: Person, bob: Person, proxy: CountingProxy) -> None:
    document = '{ user(by: {userId: "ada"}) { userId } }'
    as_ada, as_bob = (counted_api.acting_as(person.token) for person in (ada, bob))
    answers = await asyncio.gather(*(api.data(document) for api in (as_ada, as_bob) * 5))
    assert answers == [{"user": {"userId": "ada"}}, {"user": None}] * 5
    assert proxy.count("BatchGetItem") == 10


async def test_each_context_has_loaders_and_a_count_of_its_own(api: Api) -> None:
    service = Service(api.table, GlobalIds(["a secret"]), Cursors(["a secret"]))
    one, other = Context(service), Context(service)
    assert one.loaders is not other.loaders
    assert one.table.usage is not other.table.usage
    assert one.table.transport is other.table.transport
