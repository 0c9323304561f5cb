"""S56: a JWT session cookie signs in the user whom it names if the table says that they may, and nobody else."""

from collections.abc import AsyncIterator, Callable
from itertools import permutations
from typing import Any

import httpx2
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.authentication import NO_SECRET
from execution.executor import Executor, Policy
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.jwt_cookies import MOST_CHARACTERS
from schema.build import GRAPHQL_SCHEMA, sdl
from tests.api import ADMIN_KEY, SECRET, Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, refusals
from tests.session_jwts import (
    AUTH_SECRET,
    COOKIE,
    FOREIGN_SECRET,
    OLD_SECRET,
    VERSIONS,
    claims_of,
    jwt_cookie,
    make_jwt,
    session_jwts,
)
from tests.web.conftest import always_ready, settings_of
from web.app import create_app
from web.settings import SESSION_COOKIES

OURS = {"Origin": "http://auth.example"}
WHO = {"query": "{ caller { kind scopes } viewer { user { userId name email image } session { id } } }"}
KIND = "{ caller { kind } }"
each_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture
async def http(proxied_settings: TableSettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole server in process, over the counted table."""
    service = Service(
        Table.connect(proxied_settings),
        GlobalIds([SECRET]),
        Cursors([SECRET]),
        (ADMIN_KEY,),
        session_jwts=session_jwts(),
    )
    executor = Executor(GRAPHQL_SCHEMA, service, Policy(Limits(_env_file=None)))
    app = create_app(executor, settings_of(), ready=always_ready, sdl=sdl())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example") as client:
        yield client


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API that also reads JWT sessions."""
    return make_api(table_settings, session_jwts=session_jwts())


@pytest.fixture
def herself(api: Api, ada: Person) -> Api:
    """Ada with a JWT session, beside the database session that she has too."""
    return api.acting_as(session_cookie=jwt_cookie("ada"))


async def who(http: httpx2.AsyncClient, cookie: str) -> str | None:
    """The user that a Cookie header signs in; None for nobody."""
    asked = {"query": "{ caller { kind } viewer { user { userId } } }"}
    response = await http.post("/graphql", json=asked, headers={"Cookie": cookie} | OURS)
    viewer = (response.json().get("data") or {}).get("viewer")
    return viewer["user"]["userId"] if viewer is not None else None


def crumbs(jwt: str, name: str = COOKIE, size: int = MOST_CHARACTERS) -> str:
    """A Cookie header with a JWT, in parts of this size if it is longer."""
    parts = [jwt[start : start + size] for start in range(0, len(jwt), size)]
    if len(parts) == 1:
        return f"{name}={jwt}"
    return "; ".join(f"{name}.{number}={part}" for number, part in enumerate(parts))


@each_version
@pytest.mark.parametrize("name", SESSION_COOKIES)
async def test_s56_a_jwt_session_is_its_user_as_the_table_has_them(
    http: httpx2.AsyncClient, ada: Person, proxy: CountingProxy, version: str, name: str
) -> None:
    lies = {"name": "Mallory", "email": "mallory@example.com", "picture": "https://example.com/m.png", "id": "bob"}
    for secret, size in ((AUTH_SECRET, MOST_CHARACTERS), (OLD_SECRET, 200)):
        jwt = make_jwt(version, claims_of("ada", **lies), secret=secret, cookie=name)
        proxy.reset()
        response = await http.post("/graphql", json=WHO, headers={"Cookie": crumbs(jwt, name, size)} | OURS)
        assert response.json()["data"] == {
            "caller": {"kind": "PERSON", "scopes": []},
            "viewer": {
                "user": {"userId": "ada", "name": "Ada", "email": "ada@example.com", "image": None},
                "session": None,
            },
        }
        assert proxy.operations == ["GetItem"]
        assert proxy.requests[0].body["ConsistentRead"] is True


def stored(**values: Any) -> Callable[[RawTable, Person], None]:
    """Changes what the table has of a user."""

    def change(raw: RawTable, person: Person) -> None:
        (item,) = [item for item in raw.items() if item["sk"] == text(f"USER#{person.name}")]
        raw.put(item | {name: text(value) for name, value in values.items()})

    return change


def without_type(raw: RawTable, person: Person) -> None:
    """Leaves what the official adapter's update stores of a user who was deleted before."""
    (item,) = [item for item in raw.items() if item["sk"] == text(f"USER#{person.name}")]
    raw.put({name: value for name, value in item.items() if name != "type"})


BARRED: dict[str, Callable[[RawTable, Person], None]] = {
    "is disabled": stored(disabledAt="2020-01-01T00:00:00.000Z"),
    "is disabled for a while": stored(disabledAt="2020-01-01T00:00:00.000Z", disabledUntil="2200-01-01T00:00:00.000Z"),
    "is disabled in some other way": stored(disabledAt="yes"),
    "is being deleted": stored(deletingAt="2020-01-01T00:00:00.000Z"),
    "is a ghost": without_type,
}


@each_version
@pytest.mark.parametrize("bar", BARRED.values(), ids=BARRED)
async def test_s56_a_jwt_of_a_user_who_may_not_sign_in_is_nobodys(
    http: httpx2.AsyncClient, ada: Person, raw: RawTable, version: str, bar: Callable[[RawTable, Person], None]
) -> None:
    cookie = crumbs(make_jwt(version, claims_of("ada")))
    assert await who(http, cookie) == "ada"
    bar(raw, ada)
    assert await who(http, cookie) is None


async def test_s56_disabling_holds_from_the_next_request_and_ends_when_it_ends(
    http: httpx2.AsyncClient, api: Api, ada: Person
) -> None:
    cookie = crumbs(jwt_cookie("ada").jwt)
    assert await who(http, cookie) == "ada"
    await api.changed("disableUser", "user { id }", by={"id": ada.id})
    assert await who(http, cookie) is None
    await api.changed("enableUser", "user { id }", by={"id": ada.id})
    assert await who(http, cookie) == "ada"
    await api.changed("deleteUser", "__typename", by={"id": ada.id})
    assert await who(http, cookie) is None


@pytest.mark.parametrize(
    "user_id", ["nobody", "ada ", "ADA", "#", "ada#", "\0", "\ud800", "x" * 801, "x" * 5000, "USER#ada"]
)
async def test_s56_a_jwt_of_a_user_who_does_not_exist_is_nobodys(
    http: httpx2.AsyncClient, ada: Person, proxy: CountingProxy, user_id: str
) -> None:
    proxy.reset()
    assert await who(http, crumbs(jwt_cookie(user_id).jwt)) is None
    assert proxy.total <= 1


@each_version
async def test_s56_a_jwt_of_others_is_nobodys_and_reads_nothing(
    http: httpx2.AsyncClient, ada: Person, proxy: CountingProxy, version: str
) -> None:
    valid = make_jwt(version, claims_of("ada"))
    proxy.reset()
    for jwt in (
        make_jwt(version, claims_of("ada"), secret=FOREIGN_SECRET),
        make_jwt(version, claims_of("ada", exp=1)),
        make_jwt(version, {"sub": "ada"}),
        make_jwt(version, claims_of("ada", sub=None)),
        make_jwt(version, claims_of("ada", padding="x" * MOST_CHARACTERS)),
        f"{valid[:-5]}AAAAA",
        f"eyJhbGciOiJub25lIn0{valid[valid.index('.') :]}",
    ):
        assert await who(http, crumbs(jwt)) is None
    assert await who(http, crumbs(valid, size=len(valid) // 7)) is None
    assert proxy.total == 0


async def test_s56_without_a_secret_a_jwt_is_ignored_and_the_operator_is_told_once(
    counted_api: Api, ada: Person, proxy: CountingProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.reset()
    for cookie in (jwt_cookie("ada"), jwt_cookie("ada", version="next-auth 4")):
        assert await counted_api.acting_as(session_cookie=cookie).data(KIND) == {"caller": {"kind": "ANONYMOUS"}}
        assert cookie.jwt not in caplog.text
    assert proxy.total == 0
    assert caplog.messages.count(NO_SECRET) == 1


async def test_s56_a_jwt_is_no_bearer(http: httpx2.AsyncClient, ada: Person) -> None:
    response = await http.post("/graphql", json=WHO, headers={"Authorization": f"Bearer {jwt_cookie('ada').jwt}"})
    assert response.status_code == 401


STALE = {
    "a database session": "ended",
    "a JWT": make_jwt("Auth.js 5", claims_of("bob", exp=1)),
    "a JWT with another secret": make_jwt("next-auth 4", claims_of("bob"), secret=FOREIGN_SECRET),
}


@pytest.mark.parametrize("stale", STALE.values(), ids=STALE)
async def test_s56_a_stale_cookie_hides_no_valid_jwt_and_the_other_way_round(
    http: httpx2.AsyncClient, ada: Person, bob: Person, stale: str
) -> None:
    for name, other in permutations((COOKIE, "authjs.session-token")):
        valid = make_jwt("next-auth 4", claims_of("ada"), cookie=other)
        for pairs in permutations((f"{name}={stale}", f"{other}={valid}")):
            assert await who(http, "; ".join(pairs)) == "ada"
        assert await who(http, f"{name}={stale}; {other}={ada.token}") == "ada"


async def test_s56_the_cookie_that_only_tls_can_set_counts_whatever_it_is(
    http: httpx2.AsyncClient, ada: Person, bob: Person
) -> None:
    secure, plain = "__Secure-authjs.session-token", "authjs.session-token"
    sealed = {name: make_jwt("Auth.js 5", claims_of("bob"), cookie=name) for name in (secure, plain)}
    assert await who(http, f"{plain}={ada.token}; {secure}={sealed[secure]}") == "bob"
    assert await who(http, f"{plain}={sealed[plain]}; {secure}={ada.token}") == "ada"
    assert await who(http, f"{plain}={ada.token}; {crumbs(sealed[secure], secure, 200)}") == "bob"


class TestAPersonWithoutAStoredSession:
    """What concerns the session of the request, for somebody who has none in the table."""

    async def test_s56_no_session_is_the_current_one(self, herself: Api, ada: Person) -> None:
        document = "{ viewer { session { id } user { sessions { nodes { id current } } } } }"
        viewer = (await herself.data(document))["viewer"]
        assert viewer["session"] is None
        assert viewer["user"]["sessions"]["nodes"] == [{"id": ada.session_id, "current": False}]

    async def test_s56_a_session_of_theirs_is_found_by_id_and_none_by_token(
        self, herself: Api, ada: Person, bob: Person
    ) -> None:
        by_id = "query($id: ID!) { session(by: {id: $id}) { id } }"
        assert await herself.data(by_id, {"id": ada.session_id}) == {"session": {"id": ada.session_id}}
        assert await herself.data(by_id, {"id": bob.session_id}) == {"session": None}
        by_token = "query($t: String!) { session(by: {sessionToken: $t}) { id } }"
        user = "query($t: String!) { user(by: {sessionToken: $t}) { id } }"
        for token in (ada.token, bob.token, "unknown", jwt_cookie("ada").jwt):
            assert await herself.data(by_token, {"t": token}) == {"session": None}
            assert await herself.data(user, {"t": token}) == {"user": None}

    async def test_s56_they_revoke_their_sessions_and_nobody_elses(
        self, api: Api, herself: Api, ada: Person, bob: Person
    ) -> None:
        await herself.change("deleteSession", "__typename", by={"id": bob.session_id})
        await herself.changed("deleteSession", "__typename", by={"sessionToken": ada.token})
        for person in (ada, bob):
            assert await api.acting_as(person.token).data(KIND) == {"caller": {"kind": "PERSON"}}
        await herself.changed("deleteSession", "__typename", by={"id": ada.session_id})
        assert await api.acting_as(ada.token).codes(KIND) == ["UNAUTHENTICATED"]

    async def test_s56_revoking_all_sessions_keeps_one_that_is_stored_and_does_not_end_the_jwt(
        self, api: Api, herself: Api, ada: Person, bob: Person
    ) -> None:
        for _ in range(2):
            await api.changed("createSession", "session { id }", user={"id": ada.id})
        kept = await herself.changed("deleteSessions", "deletedCount", user={"id": ada.id}, keep={"id": ada.session_id})
        assert kept["deletedCount"] == 2
        foreign = await herself.change(
            "deleteSessions", "deletedCount", user={"id": ada.id}, keep={"id": bob.session_id}
        )
        assert refusals(foreign) == [("NOT_FOUND", ["keep", "id"])]
        everything = await herself.changed("deleteSessions", "deletedCount", user={"id": ada.id})
        assert everything["deletedCount"] == 1
        assert await herself.data(KIND) == {"caller": {"kind": "PERSON"}}

    async def test_s56_they_change_what_is_theirs(self, herself: Api, ada: Person, bob: Person) -> None:
        changed = await herself.changed("updateUser", "user { name }", by={"id": ada.id}, name="Countess")
        assert changed["user"] == {"name": "Countess"}
        for given in (
            {"by": {"id": bob.id}, "name": "x"},
            {"by": {"id": ada.id}, "emailVerified": "2030-01-01T00:00:00Z"},
        ):
            refused = await herself.change("updateUser", "user { name }", **given)
            assert [code for code, _ in refusals(refused)] in (["NOT_FOUND"], ["FORBIDDEN"])
        assert await herself.codes("{ users { nodes { id } } }") == ["FORBIDDEN"]
        assert await herself.data("query($id: ID!) { node(id: $id) { id } }", {"id": bob.id}) == {"node": None}


async def test_s56_with_accounts_and_sessions_one_consistent_query_reads_the_caller_too(
    proxied_settings: TableSettings, ada: Person, proxy: CountingProxy
) -> None:
    counted = make_api(proxied_settings, session_jwts=session_jwts()).acting_as(session_cookie=jwt_cookie("ada"))
    document = "{ viewer { user { id accounts { nodes { provider } } sessions { nodes { id } } } } }"
    proxy.reset()
    await counted.data(document)
    assert proxy.operations == ["Query"]
    assert proxy.requests[0].body["ConsistentRead"] is True


async def test_s56_who_has_too_many_items_for_that_is_read_alone(
    proxied_settings: TableSettings, ada: Person, raw: RawTable, proxy: CountingProxy
) -> None:
    with raw.together():
        for number in range(250):
            odd_rows.session(raw, "ada", f"s{number}", {"N": "4000000000"})
    counted = make_api(proxied_settings, session_jwts=session_jwts()).acting_as(session_cookie=jwt_cookie("ada"))
    proxy.reset()
    data = await counted.data("{ viewer { user { userId sessions(first: 1) { nodes { current } } } } }")
    assert data["viewer"]["user"] == {"userId": "ada", "sessions": {"nodes": [{"current": False}]}}
    assert proxy.operations[:2] == ["Query", "GetItem"]
