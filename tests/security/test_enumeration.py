"""Nobody finds out which users exist: neither from a response, nor from the DynamoDB requests, nor from the time."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy, Request
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with, passkey

SAMPLES = 300
INDISTINGUISHABLE = (0.4, 0.6)
"""How often one of two times may be the longer one; 0.5 means that they cannot be distinguished."""

USE = """mutation($i: String!, $t: String!) { useVerificationToken(input: {identifier: $i, token: $t}) {
  verificationToken { identifier expires expired } userErrors { code message path } } }"""
PASSKEY = "cGFzc2tleQ=="


# S19


async def store(raw: RawTable, identifier: str, token: str, expires: datetime) -> None:
    """Store a verification token with this expiry."""
    odd_rows.verification_token(raw, identifier, token, odd_rows.whole_seconds(expires))


async def test_s19_a_wrong_token_a_wrong_identifier_and_an_expired_token_are_answered_byte_for_byte_alike(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    now = datetime.now(UTC)
    await store(raw, "ada@example.com", "right", now + timedelta(hours=1))
    await store(raw, "eve@example.com", "over", now - timedelta(hours=1))
    odd_rows.verification_token(raw, "old@example.com", "over", odd_rows.iso_string(now - timedelta(hours=1)))
    wrong = [
        ("ada@example.com", "wrong"),
        ("nobody@example.com", "right"),
        ("eve@example.com", "over"),
        ("old@example.com", "over"),
    ]
    bodies, requests = set(), set()
    for identifier, token in wrong:
        proxy.reset()
        bodies.add((await counted_api.send(USE, {"i": identifier, "t": token})).body)
        requests.add(tuple(proxy.operations))
    assert len(bodies) == 1
    assert requests == {("GetItem",)}
    assert orjson.loads(bodies.pop())["data"]["useVerificationToken"] == {"verificationToken": None, "userErrors": []}
    # The right token gives another result; otherwise the comparison would prove nothing.
    used = await counted_api.data(USE, {"i": "ada@example.com", "t": "right"})
    assert used["useVerificationToken"]["verificationToken"]["identifier"] == "ada@example.com"


async def test_s19_a_used_token_is_answered_like_one_that_never_was(api: Api, raw: RawTable) -> None:
    await store(raw, "ada@example.com", "right", datetime.now(UTC) + timedelta(hours=1))
    await api.data(USE, {"i": "ada@example.com", "t": "right"})
    again = await api.send(USE, {"i": "ada@example.com", "t": "right"})
    assert again.body == (await api.send(USE, {"i": "ada@example.com", "t": "never was"})).body


# S20

PROBES: dict[str, tuple[str, str, str]] = {
    "user by e-mail": ("query($x: String!) { user(by: {email: $x}) { id } }", "bob@example.com", "no@example.com"),
    "user by raw id": ("query($x: ID!) { user(by: {userId: $x}) { id } }", "bob", "nob"),
    "user by account": (
        'query($x: String!) { user(by: {account: {provider: "github", providerAccountId: $x}}) { id } }',
        "bob-at-github",
        "nob-at-github",
    ),
    "account": (
        'query($x: String!) { account(by: {account: {provider: "github", providerAccountId: $x}}) { id } }',
        "bob-at-github",
        "nob-at-github",
    ),
    "passkey": ("query($x: String!) { authenticator(by: {credentialId: $x}) { id } }", PASSKEY, "bm9wYXNza2V5"),
    "change a user": (
        """mutation($x: ID!) { updateUser(input: {by: {userId: $x}, name: "x"}) {
          user { id } userErrors { code message path } } }""",
        "bob",
        "nob",
    ),
    "change a user by e-mail": (
        """mutation($x: String!) { updateUser(input: {by: {email: $x}, name: "x"}) {
          user { id } userErrors { code message path } } }""",
        "bob@example.com",
        "no@example.com",
    ),
    "change a user by account": (
        """mutation($x: String!) {
          updateUser(input: {by: {account: {provider: "github", providerAccountId: $x}}, name: "x"}) {
            user { id } userErrors { code message path } } }""",
        "bob-at-github",
        "nob-at-github",
    ),
    "sign a user out": (
        """mutation($x: ID!) { deleteSessions(input: {user: {userId: $x}}) {
          deletedCount deletedSessionIds user { id } userErrors { code message path } } }""",
        "bob",
        "nob",
    ),
    "sign a user out by e-mail": (
        """mutation($x: String!) { deleteSessions(input: {user: {email: $x}}) {
          deletedCount deletedSessionIds user { id } userErrors { code message path } } }""",
        "bob@example.com",
        "no@example.com",
    ),
    "unlink an account": (
        """mutation($x: String!) { unlinkAccount(input: {by: {account: {provider: "github", providerAccountId: $x}}}) {
          deletedAccountId user { id } account { id } userErrors { code message path } } }""",
        "bob-at-github",
        "nob-at-github",
    ),
    "remove a passkey": (
        """mutation($x: String!) { deleteAuthenticator(input: {by: {credentialId: $x}}) {
          deletedAuthenticatorId user { id } authenticator { id } userErrors { code message path } } }""",
        PASSKEY,
        "bm9wYXNza2V5",
    ),
}
BY_ID = "query($x: ID!) { node(id: $x) { id } }"


@pytest.fixture
async def somebody(api: Api, ada: Person, bob: Person) -> Person:
    """The user who is looked up, who has a passkey. Ada looks them up."""
    await passkey(api, bob, PASSKEY)
    return bob


@pytest.fixture
async def callers(counted_api: Api, api: Api, ada: Person, somebody: Person) -> list[Api]:
    """All callers who may not look: anonymous, another person, a program without the scope."""
    program = await key_with(api, "TOKENS_WRITE")
    await api.acting_as(program).data("{ caller { kind } }")
    return [counted_api.acting_as(), counted_api.acting_as(ada.token), counted_api.acting_as(program)]


def shape(requests: list[Request], *probes: str) -> list[tuple[str, bytes]]:
    """What DynamoDB was asked, without the looked-up value itself."""
    asked = [(request.operation, orjson.dumps(request.body, option=orjson.OPT_SORT_KEYS)) for request in requests]
    return [(operation, _without(body, probes)) for operation, body in asked]


def _without(body: bytes, probes: tuple[str, ...]) -> bytes:
    for probe in probes:
        body = body.replace(probe.encode(), b"?")
    return body


@pytest.mark.parametrize("probe", PROBES)
async def test_s20_an_answer_and_what_is_read_for_it_do_not_tell_who_is_there(
    callers: list[Api], proxy: CountingProxy, probe: str
) -> None:
    document, there, unknown = PROBES[probe]
    for caller in callers:
        seen = []
        for value in (there, unknown):
            proxy.reset()
            body = (await caller.send(document, {"x": value})).body
            seen.append((_without(body, (there, unknown)), shape(proxy.requests, there, unknown)))
        assert seen[0] == seen[1]


async def test_s20_a_foreign_id_is_answered_like_a_forged_one_without_a_read(
    callers: list[Api], somebody: Person, proxy: CountingProxy
) -> None:
    for caller in callers:
        seen = []
        for value in (somebody.id, somebody.account_id, somebody.session_id, "bm90LWFuLWlk", somebody.id[:-1]):
            proxy.reset()
            seen.append(((await caller.send(BY_ID, {"x": value})).body, shape(proxy.requests)))
        assert [one == seen[0] for one in seen] == [True] * len(seen)


async def test_s20_whoever_may_look_does_find_them(api: Api, somebody: Person) -> None:
    """Otherwise the tests above would compare nothing with nothing."""
    for document, there, unknown in [*PROBES.values()][:5]:
        found, missing = [await api.data(document, {"x": value}) for value in (there, unknown)]
        assert found != missing


@pytest.mark.parametrize("probe", ["user by e-mail", "user by raw id", "change a user"])
async def test_s20_the_time_of_an_answer_does_not_tell_who_is_there(
    api: Api, ada: Person, somebody: Person, probe: str
) -> None:
    """Samples alternate, so that other work on the machine affects both alike."""
    document, there, unknown = PROBES[probe]
    caller = api.acting_as(ada.token)
    times: dict[str, list[float]] = {there: [], unknown: []}
    with _no_collections():
        for number in range(SAMPLES + 20):
            for value in (there, unknown) if number % 2 else (unknown, there):
                seconds = await _seconds(caller, document, value)
                if number >= 20:
                    times[value].append(seconds)
    low, high = INDISTINGUISHABLE
    assert low < longer_how_often(times[there], times[unknown]) < high


async def _seconds(caller: Api, document: str, value: str) -> float:
    started = time.perf_counter()
    await caller.send(document, {"x": value})
    return time.perf_counter() - started


@contextmanager
def _no_collections() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def longer_how_often(one: list[float], other: list[float]) -> float:
    """The probability that a value of one sample is above a value of the other: Mann and Whitney's U, over all
    pairs."""
    pairs = [(a > b) + (a == b) / 2 for a in one for b in other]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize(("more", "tells"), [(0.0, False), (0.5, True)])
def test_s20_the_comparison_of_times_would_notice_a_difference(more: float, tells: bool) -> None:
    """A difference of half the usual variation is enough to be noticed."""
    noise: list[Any] = [(number * 7919 % 1000) / 1000 for number in range(SAMPLES)]
    low, high = INDISTINGUISHABLE
    assert (not low < longer_how_often([value + more for value in noise], noise[::-1]) < high) == tells
