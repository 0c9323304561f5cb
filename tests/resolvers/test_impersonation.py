"""Sessions in which somebody else acts as the user: who may create them, and when they end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import format, models
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, key_with, refusals

LATER = "2037-01-01T00:00:00.000Z"
HOUR = timedelta(hours=1)
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
SHOWN = "session { id token createdAt expires impersonator attributes }"


async def acting_as_ada(api: Api, **given: Any) -> dict[str, Any]:
    """Create a session in which support acts as Ada, and return it."""
    whole = {"user": {"userId": "ada"}, "impersonator": "support-7", **given}
    session: dict[str, Any] = (await api.changed("createSession", SHOWN, **whole))["session"]
    return session


def end_of(session: dict[str, Any]) -> datetime:
    """The end of the hour after a session was created, in whole seconds."""
    return datetime.fromisoformat(session["createdAt"]).replace(microsecond=0) + HOUR


@pytest.mark.parametrize("expires", [None, LATER])
async def test_s56_it_ends_after_an_hour_whatever_was_asked_for(api: Api, ada: Person, expires: str | None) -> None:
    made = await acting_as_ada(api, expires=expires)
    assert datetime.fromisoformat(made["expires"]) == end_of(made)
    assert (made["impersonator"], made["attributes"]) == ("support-7", {})


async def test_it_ends_earlier_if_that_was_asked_for(api: Api, ada: Person) -> None:
    soon = (datetime.now(UTC) + HOUR / 2).replace(microsecond=0)
    made = await acting_as_ada(api, expires=format.iso(soon))
    assert datetime.fromisoformat(made["expires"]) == soon


async def test_a_reader_of_sessions_sees_who_it_is(api: Api, ada: Person) -> None:
    made = await acting_as_ada(api)
    reader = api.acting_as(await key_with(api, "SESSIONS_READ"))
    document = "query($token: String!) { session(by: {sessionToken: $token}) { impersonator } }"
    for token, who in ((made["token"], "support-7"), (ada.token, None)):
        assert await reader.data(document, {"token": token}) == {"session": {"impersonator": who}}


async def test_s56_it_takes_a_scope_of_its_own_beside_that_for_sessions(api: Api, ada: Person, raw: RawTable) -> None:
    app = api.acting_as(await key_with(api, "ADAPTER"))
    impersonating = api.acting_as(await key_with(api, "USERS_IMPERSONATE"))
    support = api.acting_as(await key_with(api, "USERS_IMPERSONATE", "SESSIONS_WRITE"))
    given = {"user": {"userId": "ada"}, "impersonator": "support-7"}
    assert refusals(await app.change("createSession", SHOWN, **given)) == [("FORBIDDEN", ["impersonator"])]
    create = "mutation($input: CreateSessionInput!) { createSession(input: $input) { userErrors { code } } }"
    assert await impersonating.codes(create, {"input": given}) == ["FORBIDDEN"]
    assert sum("sessionToken" in item for item in raw.items()) == 1
    made = await support.changed("createSession", "session { token }", **given)
    found = await api.acting_as(made["session"]["token"]).data("{ viewer { session { impersonator } } }")
    assert found == {"viewer": {"session": {"impersonator": "support-7"}}}


@pytest.mark.parametrize("name", ["", " ", "\ud800", "é" * 129])
async def test_a_session_that_cannot_be_marked_is_not_created(api: Api, ada: Person, raw: RawTable, name: str) -> None:
    before = raw.items()
    refused = await api.change("createSession", SHOWN, user={"userId": "ada"}, impersonator=name)
    assert refusals(refused) == [("INVALID", ["impersonator"])]
    assert raw.items() == before


async def test_it_is_extended_up_to_the_hour_and_an_app_that_tries_writes_nothing(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    """Auth.js extends a session each time that it is used."""
    odd_rows.user(raw, "ada", "ada@example.com")
    api = make_api(proxied_settings)
    soon = datetime.now(UTC).replace(microsecond=0) + HOUR / 2
    made = await acting_as_ada(api, expires=format.iso(soon))
    assert proxy.operations == ["TransactWriteItems"]
    by = {"sessionToken": made["token"]}
    written = []
    for expires in (soon + timedelta(minutes=1), LATER, LATER):
        proxy.reset()
        end = expires if isinstance(expires, str) else format.iso(expires)
        extended = await api.changed("updateSession", "session { expires }", by=by, expires=end)
        assert datetime.fromisoformat(extended["session"]["expires"]) == min(datetime.fromisoformat(end), end_of(made))
        written.append("UpdateItem" in proxy.operations)
    assert written == [True, True, False]
    changed = await api.changed(
        "updateSession", "session { expires attributes }", by=by, expires=LATER, attributes={"tab": 1}
    )
    assert datetime.fromisoformat(changed["session"]["expires"]) == end_of(made)
    assert changed["session"]["attributes"] == {"tab": 1}


async def test_s56_no_change_takes_the_mark_away(api: Api, ada: Person) -> None:
    made = await acting_as_ada(api)
    for change, path in (
        ({"attributes": {"impersonator": None}}, ["attributes", "impersonator"]),
        ({"attributes": {"createdAt": None}}, ["attributes", "createdAt"]),
        ({"removeAttributes": ["impersonator"]}, ["removeAttributes", "impersonator"]),
        ({"removeAttributes": ["createdAt"]}, ["removeAttributes", "createdAt"]),
    ):
        refused = await api.change("updateSession", SHOWN, by={"id": made["id"]}, **change)
        assert [code for code, _ in refusals(refused)] == ["INVALID"], path
    for name in ("impersonator", "lastSeenAt"):
        refused = await api.change("createSession", SHOWN, user={"userId": "ada"}, attributes={name: "x"})
        assert refusals(refused) == [("INVALID", ["attributes", name])]


async def test_a_rotation_keeps_the_mark_and_the_end(api: Api, ada: Person) -> None:
    made = await acting_as_ada(api)
    rotated = (await api.changed("rotateSession", SHOWN, by={"id": made["id"]}))["session"]
    kept = {name: made[name] for name in ("createdAt", "expires", "impersonator")}
    assert {name: rotated[name] for name in kept} == kept
    extended = await api.changed("updateSession", SHOWN, by={"id": rotated["id"]}, expires=LATER)
    assert extended["session"]["expires"] == made["expires"]


@pytest.mark.parametrize("created", ["2026-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"])
async def test_s56_it_ends_although_another_extends_it(api: Api, ada: Person, raw: RawTable, created: str) -> None:
    """The official adapter extends whatever session an app uses."""
    made = await acting_as_ada(api)
    stored = raw.get("USER#ada", f"SESSION#{made['token']}") or {}
    raw.put(stored | {"createdAt": text(created), "expires": number(4_000_000_000)})
    document = "query($id: ID!) { session(by: {id: $id}) { expires expired } }"
    end = format.iso(datetime.fromisoformat(created) + HOUR)
    assert await api.data(document, {"id": made["id"]}) == {"session": {"expires": end, "expired": True}}
    assert await api.acting_as(made["token"]).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    refused = await api.change("updateSession", SHOWN, by={"sessionToken": made["token"]}, expires=LATER)
    assert refusals(refused) == [("EXPIRED", ["by", "sessionToken"])]
    listed = await api.data("{ users { nodes { sessions { nodes { token } } } } }")
    assert listed["users"]["nodes"][0]["sessions"]["nodes"] == [{"token": ada.token}]


async def test_one_that_does_not_say_when_it_was_created_is_never_extended(
    api: Api, ada: Person, raw: RawTable
) -> None:
    """It is not one of ours, but says that somebody else acts as the user."""
    odd_rows.session(raw, "ada", "s1", number(4_000_000_000))
    raw.put((raw.get("USER#ada", "SESSION#s1") or {}) | {"impersonator": text("somebody")})
    by = {"sessionToken": "s1"}
    kept = await api.changed("updateSession", "session { expires }", by=by, expires="2100-01-01T00:00:00Z")
    assert kept["session"]["expires"] == "2096-10-02T07:06:40.000Z"


@pytest.mark.parametrize("created", ["9999-12-31T23:59:59.999Z", "yesterday"])
async def test_an_odd_time_of_creation_is_no_error(api: Api, ada: Person, raw: RawTable, created: str) -> None:
    made = await acting_as_ada(api)
    stored = raw.get("USER#ada", f"SESSION#{made['token']}") or {}
    raw.put(stored | {"createdAt": text(created), "expires": number(4_000_000_000)})
    found = await api.data("query($id: ID!) { session(by: {id: $id}) { expired } }", {"id": made["id"]})
    assert found == {"session": {"expired": False}}


async def test_it_ends_no_session_of_the_user_and_counts_for_no_limit(
    table_settings: TableSettings, raw: RawTable
) -> None:
    api = make_api(table_settings, max_sessions=1)
    odd_rows.user(raw, "ada", "ada@example.com")

    async def sessions() -> set[str]:
        listed = await api.data('{ user(by: {userId: "ada"}) { sessions { nodes { token } } } }')
        return {node["token"] for node in listed["user"]["sessions"]["nodes"]}

    for token in ("first", "second"):
        await api.changed("createSession", "__typename", user={"userId": "ada"}, sessionToken=token)
        await acting_as_ada(api, sessionToken=f"support-{token}")
    assert await sessions() == {"second", "support-first", "support-second"}


async def test_a_repetition_is_known_although_the_hour_has_moved(
    api: Api, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await acting_as_ada(api, idempotencyKey=KEY, expires=LATER)
    monkeypatch.setattr(models, "IMPERSONATION", 2 * HOUR)
    again = await acting_as_ada(api, idempotencyKey=KEY, expires=LATER)
    assert again == made
    whole = {"user": {"userId": "ada"}, "idempotencyKey": KEY, "expires": LATER}
    for other in ({"impersonator": "support-8"}, {}):
        refused = await api.change("createSession", SHOWN, **whole, **other)
        assert refusals(refused) == [("INVALID", ["idempotencyKey"])]


async def test_nobody_acts_as_somebody_who_may_not_sign_in(api: Api, ada: Person) -> None:
    await api.changed("disableUser", "__typename", by={"userId": "ada"})
    refused = await api.change("createSession", SHOWN, user={"userId": "ada"}, impersonator="support-7")
    assert refusals(refused) == [("DISABLED", ["user", "userId"])]


@pytest.mark.parametrize(
    "table_settings",
    [{"directory_index": True, "directory_lists": ("SIGNED_IN",)}],
    indirect=True,
    ids=["signed-in"],
)
async def test_it_is_no_sign_in_of_the_user_and_the_audit_log_says_who_it_is(api: Api) -> None:
    await api.changed("createUser", "__typename", userId="ada")
    made = await acting_as_ada(api)
    asked = await api.data(
        '{ user(by: {userId: "ada"}) { lastSignInAt '
        "auditEvents(first: 1) { nodes { action actor { impersonator } } } } }"
    )
    event = {"action": "createSession", "actor": {"impersonator": made["impersonator"]}}
    assert asked == {"user": {"lastSignInAt": None, "auditEvents": {"nodes": [event]}}}
    await api.changed("createSession", "__typename", user={"userId": "ada"})
    assert (await api.data('{ user(by: {userId: "ada"}) { lastSignInAt } }'))["user"]["lastSignInAt"] is not None
