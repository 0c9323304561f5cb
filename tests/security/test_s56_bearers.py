"""S56: an invalid bearer token is rejected, and never anonymous. An expired cookie does not hide a valid one."""

from collections.abc import AsyncIterator, Callable
from itertools import permutations

import httpx2
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA, sdl
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, api_key, key_with
from tests.web.conftest import always_ready, settings_of
from web.app import create_app
from web.settings import SESSION_COOKIES

KEY_REFUSED = "The API key is unknown, expired or revoked."
TOKEN_REFUSED = (
    "The bearer token is unknown, expired or revoked. It is neither a valid API key nor the token of a valid session."
)
KIND = {"query": "{ caller { kind } }"}
OURS = {"Origin": "http://auth.example"}


@pytest.fixture
async def http(proxied_settings: TableSettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole server in process, over the counted table."""
    table = Table.connect(proxied_settings)
    executor = Executor(
        GRAPHQL_SCHEMA,
        Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)),
        Policy(Limits(_env_file=None)),
    )
    app = create_app(executor, settings_of(), ready=always_ready, sdl=sdl())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example") as client:
        yield client


def bearing(bearer: str) -> dict[str, str]:
    """The Authorization header with a bearer token."""
    return {"Authorization": f"Bearer {bearer}"}


def seen(response: httpx2.Response) -> tuple[int, str, str, str | None]:
    """Status, code, message and challenge of a rejection, which must have no data."""
    body = response.json()
    assert set(body) == {"errors"}
    (error,) = body["errors"]
    challenge = response.headers.get("www-authenticate")
    return response.status_code, error["extensions"]["code"], error["message"], challenge


REFUSED_KEY = (401, "UNAUTHENTICATED", KEY_REFUSED, 'Bearer error="invalid_token"')
REFUSED_TOKEN = (401, "UNAUTHENTICATED", TOKEN_REFUSED, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("bearer", ["ag_", "ag__", "ag_0_x", f"ag_{'0' * 16}_{'0' * 64}", "ag_#_x", "ag_" + "x" * 3000])
async def test_s56_an_api_key_that_is_not_known_is_refused(http: httpx2.AsyncClient, bearer: str) -> None:
    assert seen(await http.post("/graphql", json=KIND, headers=bearing(bearer))) == REFUSED_KEY


@pytest.mark.parametrize("bearer", ["x", "guess", ADMIN_KEY + "x", ADMIN_KEY[:-1], "e" * 3000, "00000000-0000"])
async def test_s56_any_other_bearer_that_is_not_known_is_refused(http: httpx2.AsyncClient, bearer: str) -> None:
    assert seen(await http.post("/graphql", json=KIND, headers=bearing(bearer))) == REFUSED_TOKEN


async def test_s56_a_key_that_is_revoked_or_has_ended_is_refused(
    http: httpx2.AsyncClient, api: Api, raw: RawTable
) -> None:
    id, revoked = await api_key(api, ["ADMIN"])
    await api.changed("revokeApiKey", "apiKey { id }", by={"id": id})
    assert seen(await http.post("/graphql", json=KIND, headers=bearing(revoked))) == REFUSED_KEY
    raw.put({name: value for name, value in raw.items()[0].items() if name != "revokedAt"})
    assert (await http.post("/graphql", json=KIND, headers=bearing(revoked))).status_code == 200
    raw.put(raw.items()[0] | {"expiresAt": text("2020-01-01T00:00:00.000Z")})
    assert seen(await http.post("/graphql", json=KIND, headers=bearing(revoked))) == REFUSED_KEY


async def test_s56_a_session_that_has_ended_or_whose_user_is_disabled_is_refused_as_a_bearer(
    http: httpx2.AsyncClient, api: Api, raw: RawTable, ada: Person
) -> None:
    odd_rows.user(raw, "bob", "bob@example.com")
    odd_rows.session(raw, "bob", "ended", {"N": "1"})
    odd_rows.session(raw, "gone", "orphan", {"N": "4000000000"})
    await api.changed("disableUser", "user { id }", by={"id": ada.id})
    for token in ("ended", "orphan", ada.token):
        assert seen(await http.post("/graphql", json=KIND, headers=bearing(token))) == REFUSED_TOKEN


@pytest.mark.parametrize("query", ["{ __typename }", "{ viewer { user { id } } }", "{ caller { kind } }"])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_s56_whatever_is_asked_in_either_media_type(http: httpx2.AsyncClient, query: str, accept: str) -> None:
    headers = bearing("ag_0_x") | {"Accept": accept}
    assert seen(await http.post("/graphql", json={"query": query}, headers=headers)) == REFUSED_KEY
    assert seen(await http.get("/graphql", params={"query": query}, headers=headers)) == REFUSED_KEY


async def test_s56_a_valid_cookie_beside_an_invalid_bearer_does_not_count(
    http: httpx2.AsyncClient, ada: Person
) -> None:
    cookie = {"Cookie": f"authjs.session-token={ada.token}"} | OURS
    assert seen(await http.post("/graphql", json=KIND, headers=bearing("guess") | cookie)) == REFUSED_TOKEN


async def test_s56_a_malformed_authorization_header_is_refused_as_such(http: httpx2.AsyncClient) -> None:
    response = await http.post("/graphql", json=KIND, headers={"Authorization": "Basic dXNlcjpwdw=="})
    status, code, message, challenge = seen(response)
    assert (status, code, challenge) == (401, "UNAUTHENTICATED", "Bearer")
    assert "must have the form `Bearer <token>`" in message


async def test_s56_a_cookie_that_has_ended_is_nobody(http: httpx2.AsyncClient) -> None:
    response = await http.post("/graphql", json=KIND, headers={"Cookie": "authjs.session-token=ended"} | OURS)
    assert response.json()["data"] == {"caller": {"kind": "ANONYMOUS"}}
    viewer = await http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Cookie": "authjs.session-token=ended"} | OURS
    )
    assert viewer.status_code == 200


@pytest.mark.parametrize(("stale", "valid"), [*permutations(SESSION_COOKIES, 2)])
async def test_s56_a_stale_cookie_hides_no_valid_one(
    http: httpx2.AsyncClient, ada: Person, stale: str, valid: str
) -> None:
    for pairs in ((f"{stale}=ended", f"{valid}={ada.token}"), (f"{valid}={ada.token}", f"{stale}=ended")):
        response = await http.post("/graphql", json=KIND, headers={"Cookie": "; ".join(pairs)} | OURS)
        assert response.json()["data"] == {"caller": {"kind": "PERSON"}}


async def test_s56_a_stale_cookie_of_the_same_name_hides_no_valid_one_and_the_tries_are_bounded(
    http: httpx2.AsyncClient, ada: Person, proxy: CountingProxy
) -> None:
    name = SESSION_COOKIES[0]
    stale = [f"{name}=ended-{number}" for number in range(3)]
    cookie = "; ".join([*stale, f"{name}={ada.token}"])
    response = await http.post("/graphql", json=KIND, headers={"Cookie": cookie} | OURS)
    assert response.json()["data"] == {"caller": {"kind": "PERSON"}}
    proxy.reset()
    many = "; ".join(f"{name}=ended-{number}" for number in range(500))
    await http.post("/graphql", json=KIND, headers={"Cookie": many} | OURS)
    assert proxy.total == 4


async def test_s56_of_two_valid_cookies_the_one_that_only_tls_can_set_counts(
    http: httpx2.AsyncClient, ada: Person, bob: Person
) -> None:
    who = {"query": "{ viewer { user { userId } } }"}
    cookie = f"authjs.session-token={bob.token}; __Secure-authjs.session-token={ada.token}"
    response = await http.post("/graphql", json=who, headers={"Cookie": cookie} | OURS)
    assert response.json()["data"]["viewer"]["user"]["userId"] == "ada"


WRONG_KEYS: dict[str, Callable[[str, str], str]] = {
    "a wrong secret": lambda id, _: f"ag_{id}_{'0' * 64}",
    "an unknown id": lambda _, secret: f"ag_{'0' * 16}_{secret}",
    "both": lambda _, __: f"ag_{'0' * 16}_{'0' * 64}",
    "no secret": lambda id, _: f"ag_{id}_",
    "no secret of an unknown id": lambda _, __: f"ag_{'0' * 16}_",
}


async def test_s20_s56_bytes_and_requests_do_not_tell_an_unknown_key_from_a_wrong_secret(
    http: httpx2.AsyncClient, api: Api, proxy: CountingProxy
) -> None:
    _, key_id, secret = (await key_with(api, "USERS_READ")).split("_")
    answers = set()
    for make in WRONG_KEYS.values():
        proxy.reset()
        response = await http.post("/graphql", json=KIND, headers=bearing(make(key_id, secret)))
        headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
        answers.add((response.status_code, response.content, str(sorted(headers.items())), tuple(proxy.operations)))
    assert len(answers) == 1
    assert answers.pop()[3] == ("GetItem",)
