"""The caller of a request: valid keys and sessions, and everything that is not valid."""

from datetime import UTC, datetime, timedelta

import pytest

from dynamo import models
from resolvers.api_key_secrets import format_api_key, hash_secret
from resolvers.principal import BOOTSTRAP, NOBODY, Principal, in_force
from resolvers.scopes import ANYONE, READ_USERS, SIGNED_IN, Scope, expand
from tests.api import ADMIN_KEY, Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with

CALLER = "{ caller { kind } }"


async def kind(api: Api) -> str:
    """The kind of the caller, or the code of the error."""
    answer = await api.answer(CALLER)
    found: str = answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["caller"]["kind"]
    return found


async def test_a_session_is_accepted_as_cookie_and_as_bearer(api: Api, ada: Person) -> None:
    assert await kind(api.acting_as(ada.token)) == "PERSON"
    assert await kind(api.acting_as(session_cookie=ada.token)) == "PERSON"


async def test_a_bearer_goes_before_a_cookie(api: Api, ada: Person) -> None:
    assert await kind(api.acting_as(ADMIN_KEY, session_cookie=ada.token)) == "API_KEY"
    assert await kind(api.acting_as("made up", session_cookie=ada.token)) == "UNAUTHENTICATED"


async def test_a_request_without_a_credential_is_nobodys(api: Api) -> None:
    assert await kind(api.acting_as()) == "ANONYMOUS"


async def test_nobody_is_told_how_to_sign_in(api: Api) -> None:
    """Also somebody whose cookie does not count, because it came with GET or belongs to a session that ended."""
    for caller in (api.acting_as(), api.acting_as(session_cookie="ended")):
        (error,) = (await caller.answer("{ users { nodes { id } } }"))["errors"]
        assert "`Authorization: Bearer …`" in error["message"]
        assert "session cookie with POST" in error["message"]


@pytest.mark.parametrize("bearer", ["", "x", "ag_", "ag__", "ag_x_y", "ag_" + "x" * 3000, ADMIN_KEY + "x", "é"])
async def test_a_bearer_that_is_not_valid_is_refused(api: Api, bearer: str) -> None:
    assert await kind(api.acting_as(bearer)) == "UNAUTHENTICATED"


async def test_the_administrator_key_of_the_settings_may_do_everything(api: Api) -> None:
    data = await api.data("{ caller { kind scopes } }")
    assert data == {"caller": {"kind": "API_KEY", "scopes": [scope.name for scope in Scope]}}


async def test_an_administrator_key_does_not_sign_in_as_a_cookie(api: Api) -> None:
    assert await kind(api.acting_as(session_cookie=ADMIN_KEY)) == "ANONYMOUS"


async def test_an_api_key_does_not_sign_in_as_a_cookie(api: Api) -> None:
    assert await kind(api.acting_as(session_cookie=await key_with(api, "ADMIN"))) == "ANONYMOUS"


@pytest.mark.parametrize("mark", ["disabledAt", "deletingAt"])
async def test_the_session_of_a_user_who_is_disabled_or_being_deleted_is_nobodys(
    api: Api, raw: RawTable, mark: str
) -> None:
    odd_rows.user(raw, "ada", "ada@example.com", **{mark: text("2020-01-01T00:00:00.000Z")})
    odd_rows.session(raw, "ada", "s1", {"N": "4000000000"})
    assert await kind(api.acting_as("s1")) == "UNAUTHENTICATED"
    assert await kind(api.acting_as(session_cookie="s1")) == "ANONYMOUS"


async def test_the_session_of_an_orphan_is_nobodys(api: Api, raw: RawTable) -> None:
    odd_rows.session(raw, "gone", "s1", {"N": "4000000000"})
    assert await kind(api.acting_as("s1")) == "UNAUTHENTICATED"
    assert await kind(api.acting_as(session_cookie="s1")) == "ANONYMOUS"


@pytest.mark.parametrize(
    ("revoked_at", "expires_in", "holds"),
    [(None, None, True), (None, 60, True), (None, -60, False), (datetime(2020, 1, 1, tzinfo=UTC), None, False)],
)
def test_a_key_holds_until_it_is_revoked_or_ends(
    revoked_at: datetime | None, expires_in: int | None, holds: bool
) -> None:
    now = datetime.now(UTC)
    end = None if expires_in is None else now + timedelta(seconds=expires_in)
    key = models.ApiKey("k", "n", (), "", now, expires=end, last_used_at=None, revoked_at=revoked_at)
    assert in_force(key) is holds


def test_nobody_meets_only_what_anyone_may() -> None:
    assert [NOBODY.meets(requirement) for requirement in (ANYONE, SIGNED_IN, READ_USERS)] == [True, False, False]


def test_a_program_meets_what_its_scopes_hold() -> None:
    program = Principal(frozenset({Scope.USERS_READ}), key_id="k")
    assert [program.meets(requirement) for requirement in (ANYONE, SIGNED_IN, READ_USERS)] == [True, True, True]
    assert not Principal(frozenset({Scope.USERS_WRITE}), key_id="k").meets(READ_USERS)


def test_callers_are_told_apart_by_name() -> None:
    assert NOBODY.name is None
    assert BOOTSTRAP.name == "key:bootstrap"


def test_unknown_scopes_are_none() -> None:
    assert expand(["users:read", "planets:move"]) == {Scope.USERS_READ}
    assert expand([]) == frozenset()


def test_the_adapter_preset_shows_no_secret_and_administers_nothing() -> None:
    assert not expand(["adapter"]) & {Scope.SECRETS_READ, Scope.ADMIN}


def test_a_key_is_its_id_and_its_secret() -> None:
    assert format_api_key("id", "secret") == "ag_id_secret"


def test_the_hash_of_a_secret_is_not_the_secret() -> None:
    assert len(hash_secret("secret")) == 64
    assert hash_secret("secret") != hash_secret("Secret")
    assert hash_secret("\ud800")
