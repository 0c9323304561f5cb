"""S49: made-up credentials are charged to their IP address, and cause no read once its allowance is used up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.authentication import Authentication
from execution.executor import Executor, Policy, make_policy
from execution.rate_limit import ProcessRateLimit, address_name
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.jwt_cookies import JwtCookie
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, api_key, key_with
from tests.session_jwts import COOKIE, FOREIGN_SECRET, claims_of, jwt_cookie, make_jwt, session_jwts

LIMIT = 5
ADDRESS = "192.0.2.1"
KIND = GraphQLRequest("{ caller { kind } }")


def with_cookie(cookie: JwtCookie) -> Credentials:
    """The credentials of a request with one JWT session."""
    return Credentials(session_cookies=(cookie,), address=ADDRESS)


def forged(version: str, number: int) -> JwtCookie:
    """A JWT that was encrypted with a secret that is not ours."""
    return JwtCookie(COOKIE, make_jwt(version, claims_of(f"{number}"), secret=FOREIGN_SECRET))


GUESSES: dict[str, Callable[[int], Credentials]] = {
    "an API key": lambda n: Credentials(bearer=f"ag_{n:016x}_guess", address=ADDRESS),
    "a session token": lambda n: Credentials(bearer=f"guess-{n}", address=ADDRESS),
    "a cookie": lambda n: Credentials(session_cookies=(f"guess-{n}",), address=ADDRESS),
    "four cookies": lambda n: Credentials(session_cookies=tuple(f"{n}-{i}" for i in range(4)), address=ADDRESS),
    "a JWT of Auth.js 5": lambda n: with_cookie(forged("Auth.js 5", n)),
    "a JWT of next-auth 4": lambda n: with_cookie(forged("next-auth 4", n)),
    "a JWT of nobody": lambda n: with_cookie(jwt_cookie(f"nobody-{n}")),
    "nothing a table could hold": lambda n: Credentials(bearer=f"{n}" + "\ud800", address=ADDRESS),
}


@pytest.fixture
def guarded(proxied_settings: TableSettings) -> Api:
    """An API over the counted table with five failures per minute and address. Its clock stands still."""
    return make_guarded(proxied_settings, ProcessRateLimit(LIMIT, lambda: 0))


def make_guarded(settings: TableSettings, failures: ProcessRateLimit) -> Api:
    """Makes an API with this limit on failures."""
    table = Table.connect(settings)
    policy = Policy(Limits(_env_file=None), failures=failures)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), session_jwts=session_jwts())
    return Api(table, Executor(GRAPHQL_SCHEMA, service, policy))


async def kind(api: Api, credentials: Credentials) -> str:
    """The kind of the caller, or the code of the error."""
    answer = orjson.loads((await api.executor(KIND, credentials)).body)
    found: str = answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["caller"]["kind"]
    return found


@pytest.mark.parametrize("guess", ["an API key", "a session token", "a cookie", "a JWT of nobody"])
async def test_s49_a_thousand_guesses_at_once_read_as_often_as_the_address_may_fail(
    guarded: Api, proxy: CountingProxy, guess: str
) -> None:
    outcomes = await asyncio.gather(*(guarded.executor(KIND, GUESSES[guess](n)) for n in range(1000)))
    assert proxy.total <= LIMIT
    refused = [outcome for outcome in outcomes if outcome.codes == ("THROTTLED",)]
    assert len(refused) == 1000 - LIMIT
    for outcome in refused:
        (error,) = orjson.loads(outcome.body)["errors"]
        seconds = error["extensions"]["retryAfter"]
        assert (outcome.status, dict(outcome.headers)) == (429, {"Retry-After": str(seconds)})
        assert 1 <= seconds <= 60


@pytest.mark.parametrize("guess", GUESSES)
async def test_s49_over_its_allowance_an_address_causes_no_read(guarded: Api, proxy: CountingProxy, guess: str) -> None:
    for number in range(LIMIT + 1):
        await kind(guarded, GUESSES[guess](number))
    proxy.reset()
    for number in range(100, 120):
        assert await kind(guarded, GUESSES[guess](number)) == "THROTTLED"
    assert proxy.total == 0


async def test_s49_every_cookie_of_a_request_is_paid_for(guarded: Api, proxy: CountingProxy) -> None:
    assert await kind(guarded, GUESSES["four cookies"](1)) == "ANONYMOUS"
    assert await kind(guarded, GUESSES["four cookies"](2)) == "THROTTLED"
    assert proxy.total == LIMIT


async def test_s49_the_administrator_key_reads_nothing_and_is_never_held_up(guarded: Api, proxy: CountingProxy) -> None:
    for number in range(LIMIT + 1):
        await kind(guarded, GUESSES["an API key"](number))
    proxy.reset()
    assert await kind(guarded, Credentials(ADMIN_KEY, address=ADDRESS)) == "API_KEY"
    assert proxy.total == 0


async def test_s49_valid_credentials_use_nothing_up(guarded: Api, api: Api, ada: Person) -> None:
    program = await key_with(api, "USERS_READ")
    for _ in range(LIMIT + 1):
        assert await kind(guarded, Credentials(program, address=ADDRESS)) == "API_KEY"
        assert await kind(guarded, Credentials(ada.token, address=ADDRESS)) == "PERSON"
        assert await kind(guarded, Credentials(None, (ada.token,), ADDRESS)) == "PERSON"
        assert await kind(guarded, with_cookie(jwt_cookie("ada"))) == "PERSON"
    for number in range(LIMIT):
        assert await kind(guarded, GUESSES["a session token"](number)) == "UNAUTHENTICATED"


async def test_s49_a_hundred_valid_requests_at_once_pass_once_their_caller_is_known(
    guarded: Api, api: Api, ada: Person
) -> None:
    assert await kind(guarded, Credentials(ada.token, address=ADDRESS)) == "PERSON"
    asked = await asyncio.gather(*(kind(guarded, Credentials(ada.token, address=ADDRESS)) for _ in range(100)))
    assert set(asked) == {"PERSON"}


async def test_s49_a_stranger_behind_the_same_address_does_not_lock_known_callers_out(
    guarded: Api, api: Api, ada: Person
) -> None:
    program = await key_with(api, "USERS_READ")
    for bearer in (ada.token, program):
        await kind(guarded, Credentials(bearer, address=ADDRESS))
    for number in range(LIMIT + 1):
        await kind(guarded, GUESSES["an API key"](number))
    assert await kind(guarded, Credentials(None, (ada.token,), ADDRESS)) == "PERSON"
    assert await kind(guarded, Credentials(program, address=ADDRESS)) == "API_KEY"


async def test_s49_a_key_that_was_valid_and_is_revoked_counts_from_then_on(
    guarded: Api, api: Api, proxy: CountingProxy
) -> None:
    id, program = await api_key(api, ["USERS_READ"])
    shown = Credentials(program, address=ADDRESS)
    assert await kind(guarded, shown) == "API_KEY"
    await api.changed("revokeApiKey", "apiKey { id }", by={"id": id})
    proxy.reset()
    assert {await kind(guarded, shown) for _ in range(LIMIT + 1)} == {"UNAUTHENTICATED"}
    assert await kind(guarded, shown) == "THROTTLED"
    assert proxy.total == LIMIT + 1


async def test_s49_an_outage_of_the_table_uses_nothing_up(
    guarded: Api, api: Api, ada: Person, proxy: CountingProxy
) -> None:
    proxy.fail_next("*", "InternalServerError", times=1000)
    for _ in range(LIMIT + 1):
        assert await kind(guarded, Credentials(ada.token, address=ADDRESS)) == "SERVICE_UNAVAILABLE"
    proxy.reset()
    assert await kind(guarded, Credentials(ada.token, address=ADDRESS)) == "PERSON"


async def test_s49_a_guess_that_is_cancelled_half_way_is_paid_for(guarded: Api, proxy: CountingProxy) -> None:
    proxy.delay_next("*", 30, times=1000)
    for number in range(LIMIT):
        asked = asyncio.ensure_future(guarded.executor(KIND, GUESSES["an API key"](number)))
        while proxy.total == number:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.001)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    proxy.reset()
    assert await kind(guarded, GUESSES["an API key"](99)) == "THROTTLED"
    assert proxy.total == 0


async def test_s49_the_allowance_comes_back_within_a_minute(proxied_settings: TableSettings) -> None:
    now = [0.0]
    guarded = make_guarded(proxied_settings, ProcessRateLimit(LIMIT, lambda: now[0]))
    for number in range(LIMIT):
        assert await kind(guarded, GUESSES["an API key"](number)) == "UNAUTHENTICATED"
    assert await kind(guarded, GUESSES["an API key"](98)) == "THROTTLED"
    now[0] = 60 / LIMIT
    assert await kind(guarded, GUESSES["an API key"](99)) == "UNAUTHENTICATED"
    assert await kind(guarded, GUESSES["an API key"](100)) == "THROTTLED"


async def test_s49_a_jwt_counts_for_its_caller_from_its_second_use(guarded: Api, ada: Person) -> None:
    shown = with_cookie(jwt_cookie("ada"))
    assert await kind(guarded, shown) == "PERSON"
    for number in range(LIMIT + 1):
        await kind(guarded, GUESSES["a JWT of nobody"](number))
    assert await kind(guarded, shown) == "PERSON"
    assert await kind(guarded, with_cookie(jwt_cookie("ada"))) == "THROTTLED"


async def test_s49_a_forged_jwt_is_not_decrypted_once_the_allowance_is_used_up(
    guarded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess = GUESSES["a JWT of next-auth 4"]
    for number in range(LIMIT):
        assert await kind(guarded, guess(number)) == "ANONYMOUS"
    monkeypatch.setattr("resolvers.session_jwts.jwt.decode", None)
    for number in range(LIMIT):
        assert await kind(guarded, guess(number)) == "THROTTLED"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "", True),
        ("not:an:address", "192.0.2.1", False),
    ],
)
def test_s49_who_has_a_whole_ipv6_network_is_counted_as_one(one: str, other: str, together: bool) -> None:
    assert (address_name(one) == address_name(other)) is together


async def test_s49_no_credential_is_kept(table_settings: TableSettings, api: Api, ada: Person) -> None:
    authentication = Authentication((ADMIN_KEY,), ProcessRateLimit(LIMIT))
    table = Table.connect(table_settings).metered()
    await authentication.principal(table, Credentials(ada.token))
    (kept,) = authentication._valid
    assert len(kept) == 16
    assert ada.token.encode() not in kept


def test_s49_the_limit_is_a_setting(table_settings: TableSettings) -> None:
    table = Table.connect(table_settings)
    for limits, is_limited in ((Limits(_env_file=None), True), (Limits(_env_file=None, failed_credentials=0), False)):
        policy = make_policy(limits, table, anonymous_introspection=False)
        assert (policy.failures is not None) is is_limited


async def test_s49_without_a_limit_every_guess_is_looked_up(proxied_settings: TableSettings, api: Api) -> None:
    guarded = make_guarded(proxied_settings, ProcessRateLimit(LIMIT))
    unlimited = replace(
        guarded,
        executor=Executor(GRAPHQL_SCHEMA, Service(guarded.table, GlobalIds([SECRET]), Cursors([SECRET])), policy()),
    )
    for number in range(LIMIT + 1):
        assert await kind(unlimited, GUESSES["an API key"](number)) == "UNAUTHENTICATED"


def policy() -> Policy:
    """A policy without a limit on failures."""
    return Policy(Limits(_env_file=None))


async def test_s49_too_many_attempts_at_a_token_are_answered_like_every_limit(table_settings: TableSettings) -> None:
    table = Table.connect(table_settings)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), ProcessRateLimit(1, lambda: 0))
    api = Api(table, Executor(GRAPHQL_SCHEMA, service, policy()))
    use = 'mutation { useVerificationToken(input: {identifier: "i", token: "t"}) { verificationToken { expires } } }'
    first: Outcome = await api.send(use)
    assert (first.status, first.codes) == (None, ())
    second = await api.send(use)
    (error,) = orjson.loads(second.body)["errors"]
    assert error["extensions"] == {"code": "THROTTLED", "retryAfter": 61}
    assert (second.status, dict(second.headers)) == (429, {"Retry-After": "61"})
