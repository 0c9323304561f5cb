"""S49: a stranger who uses up an IP address's allowance for new documents does not delay callers with valid
credentials."""

from itertools import count

import orjson
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.rate_limit import ProcessRateLimit
from execution.request import Credentials, GraphQLRequest
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, key_with

ADDRESS = "192.0.2.1"
STRANGER = Credentials(address=ADDRESS)
FAILURES = 5
ALLOWANCE = 2_000
"""Characters of new documents: fewer than in production, so that they are used up soon."""
LONG = ALLOWANCE // 2

_numbers = count()


def make_limited(settings: TableSettings) -> Api:
    """An API with a rate limit whose clock stands still."""
    table = Table.connect(settings)
    policy = Policy(
        Limits(_env_file=None),
        rate_limit=ProcessRateLimit(10**9, lambda: 0),
        failures=ProcessRateLimit(FAILURES, lambda: 0),
    )
    executor = Executor(GRAPHQL_SCHEMA, Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)), policy)
    executor._new_documents = ProcessRateLimit(ALLOWANCE, lambda: 0)
    return Api(table, executor, Credentials(ADMIN_KEY, address=ADDRESS))


@pytest.fixture
def limited(proxied_settings: TableSettings) -> Api:
    """The limited API over the counted table."""
    return make_limited(proxied_settings)


def new_document(length: int = 0) -> str:
    """A document that was not sent before."""
    return f"query New{next(_numbers)} {{ caller {{ kind }} }} #" + "x" * length


async def kind(api: Api, credentials: Credentials, document: str | None = None) -> str:
    """The kind of a caller who sends a new document, or the code of the error."""
    outcome = await api.executor(GraphQLRequest(document or new_document()), credentials)
    answer = orjson.loads(outcome.body)
    found: str = answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["caller"]["kind"]
    return found


async def use_up(api: Api, credentials: Credentials = STRANGER) -> None:
    """Send as many new documents as the allowance holds."""
    while await kind(api, credentials, new_document(LONG)) != "THROTTLED":
        pass
    while await kind(api, credentials) != "THROTTLED":
        pass


CALLERS = {
    "the administrator": ("administrator", "API_KEY"),
    "a program": ("program", "API_KEY"),
    "a person": ("person", "PERSON"),
    "a person with a cookie": ("cookie", "PERSON"),
}


async def credentials_of(who: str, api: Api, ada: Person) -> Credentials:
    """The credentials that a kind of caller sends."""
    match who:
        case "administrator":
            return Credentials(ADMIN_KEY, address=ADDRESS)
        case "program":
            return Credentials(await key_with(api, "USERS_READ"), address=ADDRESS)
        case "person":
            return Credentials(ada.token, address=ADDRESS)
        case _:
            return Credentials(None, ("stale", ada.token), ADDRESS)


@pytest.mark.parametrize("seen", [True, False], ids=["seen lately", "seen never"])
@pytest.mark.parametrize("who", CALLERS)
async def test_s49_a_stranger_behind_the_same_address_holds_up_nobody_who_is_valid(
    limited: Api, api: Api, ada: Person, who: str, seen: bool
) -> None:
    name, expected = CALLERS[who]
    caller = await credentials_of(name, api, ada)
    if seen:
        assert await kind(limited, caller) == expected
    await use_up(limited)
    for _ in range(3):
        assert await kind(limited, caller) == expected
    assert await kind(limited, STRANGER) == "THROTTLED"


@pytest.mark.parametrize("who", CALLERS)
async def test_s49_whoever_is_valid_has_an_allowance_of_their_own_and_no_more(
    limited: Api, api: Api, ada: Person, who: str
) -> None:
    name, _ = CALLERS[who]
    caller = await credentials_of(name, api, ada)
    await kind(limited, caller)
    await use_up(limited, caller)
    assert await kind(limited, caller) == "THROTTLED"
    assert await kind(limited, STRANGER) == "ANONYMOUS"


async def test_s49_a_person_has_one_allowance_however_many_sessions(limited: Api, api: Api, ada: Person) -> None:
    made = await api.changed("createSession", "session { token }", user={"userId": "ada"})
    one, other = Credentials(ada.token, address=ADDRESS), Credentials(made["session"]["token"], address=ADDRESS)
    assert await kind(limited, one) == await kind(limited, other) == "PERSON"
    await use_up(limited, one)
    assert await kind(limited, other) == "THROTTLED"


async def test_s49_whoever_makes_credentials_up_reads_as_often_as_their_address_may_fail(
    limited: Api, proxy: CountingProxy
) -> None:
    await use_up(limited)
    proxy.reset()
    codes = [await kind(limited, Credentials(f"guess-{n}", address=ADDRESS)) for n in range(20)]
    assert codes == ["UNAUTHENTICATED"] * FAILURES + ["THROTTLED"] * 15
    assert proxy.total <= FAILURES


async def test_s49_a_cookie_that_is_not_valid_is_a_stranger(limited: Api) -> None:
    await use_up(limited)
    assert await kind(limited, Credentials(None, ("stale",), ADDRESS)) == "THROTTLED"


async def test_s49_a_credential_that_was_revoked_is_recognised_no_longer(limited: Api, api: Api, ada: Person) -> None:
    caller = Credentials(ada.token, address=ADDRESS)
    assert await kind(limited, caller) == "PERSON"
    await api.changed("deleteSession", "session { id }", by={"sessionToken": ada.token})
    assert await kind(limited, caller) == "UNAUTHENTICATED"
    assert limited.executor._authentication.recognised(caller) is None
