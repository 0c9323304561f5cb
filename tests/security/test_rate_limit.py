"""The rate limit: by cost, by caller, in one process and shared by many."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.rate_limit import WINDOW_SECONDS, ProcessRateLimit, RateLimit, SharedRateLimit, make_rate_limit
from execution.request import Credentials, Outcome
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with

LIMITS = Limits(_env_file=None)
ROOMY = LIMITS.model_copy(update={"max_aliases": 1000, "max_root_fields": 1000, "max_tokens": 10_000})
LEFT = "{ caller { rateLimit { limit remaining resetAt } } }"


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_020.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still within a minute."""
    return Clock()


def limited(settings: TableSettings, limit: RateLimit | None, *, attempts: RateLimit | None = None) -> Api:
    """An API with a rate limit of its own, or with a limit on attempts."""
    table = Table.connect(settings)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), attempts)
    return Api(table, Executor(GRAPHQL_SCHEMA, service, Policy(ROOMY, limit)))


def from_address(api: Api, address: str, bearer: str | None = None) -> Api:
    """The same API, called from an IP address."""
    return replace(api, credentials=Credentials(bearer, (), address))


def codes(outcome: Outcome) -> list[str]:
    """The codes of the errors in an outcome."""
    return [error["extensions"]["code"] for error in orjson.loads(outcome.body).get("errors", [])]


async def remaining(api: Api) -> int:
    """What is left of the limit after the query for it, which costs 1."""
    left: int = (await api.data(LEFT))["caller"]["rateLimit"]["remaining"]
    return left


# S18: sensitive fields

SENSITIVE = {
    "user by e-mail": 'user(by: {email: "a@example.com"}) { id }',
    "user by token": 'user(by: {sessionToken: "t"}) { id }',
    "user by account": 'user(by: {account: {provider: "p", providerAccountId: "1"}}) { id }',
    "account": 'account(by: {account: {provider: "p", providerAccountId: "1"}}) { id }',
    "session": 'session(by: {sessionToken: "t"}) { id }',
    "passkey": 'authenticator(by: {credentialId: "c"}) { id }',
    "tokens": 'verificationTokens(identifier: "i") { expires }',
}
SENSITIVE_CHANGES = {
    "using a token": 'useVerificationToken(input: {identifier: "i", token: "t"}) { verificationToken { expires } }',
    "revoking a session": 'deleteSession(input: {by: {sessionToken: "t"}}) { session { id } }',
    "revoking sessions": 'deleteSessions(input: {user: {userId: "u"}}) { deletedCount }',
}


async def adapter(api: Api) -> Api:
    """A program with the scope `adapter`, which is no administrator."""
    return api.acting_as(await key_with(api, "ADAPTER"))


@pytest.mark.parametrize(
    "field", [*SENSITIVE.values(), *SENSITIVE_CHANGES.values()], ids=[*SENSITIVE, *SENSITIVE_CHANGES]
)
async def test_s18_a_sensitive_field_is_allowed_once_in_an_operation(
    counted_api: Api, proxy: CountingProxy, field: str
) -> None:
    program = await adapter(counted_api)
    kind = "mutation" if field in SENSITIVE_CHANGES.values() else "query"
    assert await program.codes(f"{kind} {{ {field} }}") == []
    proxy.reset()
    assert await program.codes(f"{kind} {{ a: {field} b: {field} }}") == ["LIMIT_EXCEEDED"]
    assert proxy.operations == ["GetItem"], "only the program's own key is read"
    assert await counted_api.codes(f"{kind} {{ a: {field} b: {field} }}") == []


@pytest.mark.parametrize(
    "document",
    [
        'query($by: UserBy!) { a: user(by: $by) { id } b: user(by: {email: "b@example.com"}) { id } }',
        "query($by: UserBy!) { ...A ... { user(by: $by) { id } } } fragment A on Query "
        '{ session(by: {sessionToken: "t"}) { id } }',
        "query($by: UserBy!) { ...A user(by: $by) { id } } fragment A on Query { ...B } fragment B on Query { "
        'authenticator(by: {credentialId: "c"}) { id } }',
    ],
    ids=["variables", "fragments", "fragments in fragments"],
)
async def test_s18_sensitive_fields_are_counted_wherever_they_are(api: Api, document: str) -> None:
    program = await adapter(api)
    assert await program.codes(document, {"by": {"email": "a@example.com"}}) == ["LIMIT_EXCEEDED"]
    assert await program.codes(document, {"by": {"userId": "a"}}) == []


async def test_s18_lookups_by_id_are_not_sensitive(api: Api) -> None:
    program = await adapter(api)
    assert await program.codes('{ a: user(by: {userId: "a"}) { id } b: user(by: {id: "b"}) { id } }') == []
    assert await program.codes('{ a: session(by: {id: "a"}) { id } b: session(by: {id: "b"}) { id } }') == []


@pytest.mark.parametrize("count", [1, 100])
async def test_s18_every_instance_of_a_field_counts(table_settings: TableSettings, count: int) -> None:
    api = limited(table_settings, ProcessRateLimit(1000, lambda: 0))
    await api.data(
        "{ " + " ".join(f'a{n}: user(by: {{email: "a{n}@example.com"}}) {{ id }}' for n in range(count)) + " }"
    )
    assert await remaining(api) == 1000 - count - 1


# the limit itself


async def test_s18_over_the_limit_the_answer_is_429_and_says_when_to_come_back(
    proxied_settings: TableSettings, proxy: CountingProxy, clock: Clock
) -> None:
    api = limited(proxied_settings, ProcessRateLimit(60, clock))
    await api.data("{ " + " ".join(f"a{n}: caller {{ kind }}" for n in range(59)) + " }")
    outcome = await api.send('{ user(by: {userId: "a"}) { id } user2: user(by: {userId: "b"}) { id } }')
    assert (outcome.status, outcome.request_error, codes(outcome)) == (429, True, ["THROTTLED"])
    (error,) = orjson.loads(outcome.body)["errors"]
    assert outcome.headers == (("Retry-After", str(error["extensions"]["retryAfter"])),)
    assert error["extensions"]["retryAfter"] == 2
    assert proxy.total == 0
    clock.now += error["extensions"]["retryAfter"]
    assert not (
        await api.send('{ user(by: {userId: "a"}) { id } user2: user(by: {userId: "b"}) { id } }')
    ).request_error


async def test_s18_a_caller_sees_what_is_left(table_settings: TableSettings, clock: Clock) -> None:
    api = limited(table_settings, ProcessRateLimit(60, clock))
    assert (await api.data(LEFT))["caller"]["rateLimit"]["limit"] == 60
    assert await remaining(api) == 58
    clock.now += 10
    assert await remaining(api) == 59


async def test_s18_what_is_left_is_never_more_than_the_limit(clock: Clock) -> None:
    limit = ProcessRateLimit(60, clock)
    await limit.take("a", 1)
    clock.now += 10 * WINDOW_SECONDS
    assert (await limit.take("a", 1)).remaining == 59


async def test_s18_a_refused_operation_counts_too(table_settings: TableSettings, clock: Clock) -> None:
    api = from_address(limited(table_settings, ProcessRateLimit(60, clock)), "192.0.2.1")
    assert await api.codes("{ users(first: 20) { nodes { id } } }") == ["UNAUTHENTICATED"]
    assert await remaining(api) == 60 - 20 - 1


async def test_s18_without_a_limit_there_is_none(table_settings: TableSettings) -> None:
    assert make_rate_limit(0, Table.connect(table_settings), shared=False) is None
    assert make_rate_limit(0, Table.connect(table_settings), shared=True) is None
    assert (await limited(table_settings, None).data(LEFT))["caller"]["rateLimit"] is None


# S21: whose limit it is


async def test_s21_the_limit_is_each_callers_own_else_the_addresss(table_settings: TableSettings, ada: Person) -> None:
    api = limited(table_settings, ProcessRateLimit(1000, lambda: 0))
    key, other_key = await key_with(api, "USERS_READ"), await key_with(api, "USERS_READ")
    callers = [
        from_address(api, "192.0.2.1", key),
        from_address(api, "192.0.2.1", other_key),
        from_address(api, "192.0.2.1", ada.token),
        from_address(api, "192.0.2.1"),
        from_address(api, "192.0.2.2"),
    ]
    assert [await remaining(caller) for caller in callers] == [999] * 5
    assert await remaining(from_address(api, "192.0.2.9", key)) == 998, "a caller who is known is the same anywhere"
    assert await remaining(from_address(api, "192.0.2.9", ada.token)) == 998


async def test_s21_whoever_acts_as_a_person_uses_up_a_limit_of_their_own(
    table_settings: TableSettings, ada: Person
) -> None:
    api = limited(table_settings, ProcessRateLimit(1000, lambda: 0))
    others = [
        await make_api(table_settings).changed(
            "createSession", "session { token }", user={"id": ada.id}, impersonator=name
        )
        for name in ("support", "fraud", "support")
    ]
    cookies = [ada.token, *(made["session"]["token"] for made in others)]
    left = [await remaining(replace(api, credentials=Credentials(None, (one,), "192.0.2.1"))) for one in cookies]
    assert left == [999, 999, 999, 998]
    assert await remaining(from_address(api, "192.0.2.1", ada.token)) == 998


async def test_s21_cookies_that_are_not_valid_count_for_the_address(table_settings: TableSettings) -> None:
    api = limited(table_settings, ProcessRateLimit(1000, lambda: 0))
    shown = [Credentials(None, cookies, "192.0.2.1") for cookies in (("guess",), ("ag_0_guess", "another"), ())]
    assert [await remaining(replace(api, credentials=each)) for each in shown] == [999, 998, 997]


# shared through the table


async def test_two_processes_on_one_table_agree(table_settings: TableSettings, clock: Clock) -> None:
    one, two = (limited(table_settings, SharedRateLimit(10, Table.connect(table_settings), clock)) for _ in range(2))
    assert [await remaining(api) for api in (one, two) * 5] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    for api in (one, two):
        outcome = await api.send(LEFT)
        assert (outcome.status, codes(outcome)) == (429, ["THROTTLED"])
        assert dict(outcome.headers) == {"Retry-After": str(int(60 - clock.now % 60) + 1)}
    clock.now += 60
    assert await remaining(two) == 9


async def test_of_many_requests_at_once_as_many_pass_as_fit(table_settings: TableSettings, clock: Clock) -> None:
    apis = [limited(table_settings, SharedRateLimit(10, Table.connect(table_settings), clock)) for _ in range(2)]
    outcomes = await asyncio.gather(*(api.send(LEFT) for api in apis * 12))
    assert Counter(outcome.status for outcome in outcomes) == {None: 10, 429: 14}


async def test_a_shared_count_costs_one_write_and_leaves_by_itself(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, clock: Clock
) -> None:
    api = limited(proxied_settings, SharedRateLimit(10, Table.connect(proxied_settings), clock))
    await api.data(LEFT)
    assert proxy.operations == ["UpdateItem"]
    (item,) = raw.items()
    assert int(item["expires"]["N"]) > clock.now + 60
    assert "bootstrap" not in str(item)


async def test_a_shared_count_that_is_used_up_is_not_asked_for_again_in_its_minute(
    proxied_settings: TableSettings, proxy: CountingProxy, clock: Clock
) -> None:
    """Smaller costs still cause a request, and so does the next minute."""
    limit = SharedRateLimit(10, Table.connect(proxied_settings), clock)
    assert [(await limit.take("ada", cost)).retry_after is None for cost in (8, 5, 5, 9, 3, 2, 3)] == [
        *(True, False, False, False),
        *(False, True, False),
    ]
    assert proxy.total == 4
    assert (await limit.take("eve", 5)).retry_after is None
    clock.now += 60
    assert (await limit.take("ada", 5)).retry_after is None
    assert proxy.total == 6


async def test_a_cost_beyond_the_whole_limit_is_refused_unwritten(table_settings: TableSettings, raw: RawTable) -> None:
    api = limited(table_settings, SharedRateLimit(10, Table.connect(table_settings)))
    assert codes(await api.send("{ users(first: 11) { nodes { id } } }")) == ["THROTTLED"]
    assert raw.items() == []


# S19: attempts

USE = """mutation($i: String!, $t: String!) {
  useVerificationToken(input: {identifier: $i, token: $t}) { verificationToken { expires } userErrors { code } } }"""


@pytest.mark.parametrize("shared", [False, True], ids=["one process", "two processes"])
async def test_s19_a_token_can_be_guessed_at_a_few_times_only(
    table_settings: TableSettings, shared: bool, clock: Clock
) -> None:
    def attempts() -> RateLimit:
        return SharedRateLimit(3, Table.connect(table_settings), clock) if shared else ProcessRateLimit(3, clock)

    apis = [limited(table_settings, None, attempts=attempts()) for _ in range(2 if shared else 1)] * 6
    await token(apis[0], "ada@example.com", "right")
    tried = [await api.codes(USE, {"i": "ada@example.com", "t": f"guess {n}"}) for n, api in enumerate(apis[:5])]
    assert tried == [[], [], [], ["THROTTLED"], ["THROTTLED"]]
    assert await apis[0].codes(USE, {"i": " ADA@example.com ", "t": "right"}) == ["THROTTLED"], "the right one too"
    assert await apis[0].codes(USE, {"i": "bob@example.com", "t": "x"}) == [], "others are not affected"
    clock.now += WINDOW_SECONDS
    data = await apis[0].data(USE, {"i": "ada@example.com", "t": "right"})
    assert data["useVerificationToken"]["verificationToken"] is not None


async def token(api: Api, identifier: str, value: str) -> None:
    """Store a verification token that does not expire soon."""
    given: dict[str, Any] = {"identifier": identifier, "token": value, "expires": "2037-01-01T00:00:00Z"}
    await api.changed("createVerificationToken", "verificationToken { expires }", **given)


async def test_s19_a_limit_on_attempts_is_on_unless_it_is_switched_off(table_settings: TableSettings) -> None:
    assert make_rate_limit(LIMITS.attempts, Table.connect(table_settings), shared=False) is not None


async def test_s21_documents_nobody_has_sent_lately_are_counted_by_address_and_length(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.executor.NEW_DOCUMENT_CHARACTERS", 100)
    api = from_address(limited(table_settings, ProcessRateLimit(1000, lambda: 0)), "192.0.2.1")
    wrong = "{ nothing }" + " " * 60
    assert codes(await api.send(wrong)) == ["GRAPHQL_VALIDATION_FAILED"]
    # The same document again costs nothing, because it is cached. A new one is too much, but not for another caller.
    assert codes(await api.send(wrong)) == ["GRAPHQL_VALIDATION_FAILED"]
    refused = await api.send(wrong + " ")
    assert (codes(refused), refused.status) == (["THROTTLED"], 429)
    assert codes(await from_address(api, "192.0.2.2").send(wrong + " ")) == ["GRAPHQL_VALIDATION_FAILED"]
