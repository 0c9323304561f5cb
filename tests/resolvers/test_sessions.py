"""Sessions looked up, listed, created, extended and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import format
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with, refusals

LATER = "2037-01-01T00:00:00.000Z"
LONG_AGO = odd_rows.whole_seconds(datetime(2020, 1, 1, tzinfo=UTC))


async def tokens_of(api: Api, size: int) -> list[str]:
    """The tokens of Ada's sessions in the order of the list, read in pages of a size."""
    document = """query($first: Int, $after: String) { user(by: {userId: "ada"}) {
      sessions(first: $first, after: $after) { nodes { token } pageInfo { hasNextPage endCursor } }
    } }"""
    found: list[str] = []
    after = None
    while True:
        page = (await api.data(document, {"first": size, "after": after}))["user"]["sessions"]
        found += [node["token"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


class TestLookup:
    """The query `session(by:)` with each of its keys."""

    async def test_a_session_is_found_by_either_key(self, api: Api, ada: Person) -> None:
        document = """query($id: ID!, $token: String!) {
          byId: session(by: {id: $id}) { id token user { userId } }
          byToken: session(by: {sessionToken: $token}) { id token user { userId } }
        }"""
        found = {"id": ada.session_id, "token": ada.token, "user": {"userId": "ada"}}
        data = await api.data(document, {"id": ada.session_id, "token": ada.token})
        assert data == {"byId": found, "byToken": found}

    async def test_an_unknown_session_is_null(self, api: Api, ada: Person) -> None:
        document = """query($id: ID!) {
          garbage: session(by: {id: "garbage"}) { id }
          foreign: session(by: {id: $id}) { id }
          nobodys: session(by: {sessionToken: "x"}) { id }
          impossible: session(by: {sessionToken: ""}) { id }
        }"""
        data = await api.data(document, {"id": ada.id})
        assert data == {"garbage": None, "foreign": None, "nobodys": None, "impossible": None}

    async def test_a_session_that_was_revoked_is_found_by_nothing(self, api: Api, ada: Person) -> None:
        await api.changed("deleteSession", "session { id }", by={"id": ada.session_id})
        document = """query($id: ID!, $token: String!) {
          byId: session(by: {id: $id}) { id } byToken: session(by: {sessionToken: $token}) { id }
        }"""
        data = await api.data(document, {"id": ada.session_id, "token": ada.token})
        assert data == {"byId": None, "byToken": None}


class TestList:
    """The field `User.sessions`, with its pages and order."""

    async def test_those_past_their_time_are_listed_on_request(self, api: Api, ada: Person, raw: RawTable) -> None:
        odd_rows.session(raw, "ada", "old", LONG_AGO)
        document = """{ user(by: {userId: "ada"}) {
          active: sessions { nodes { expired token } } all: sessions(includeExpired: true) { nodes { expired token } }
        } }"""
        user = (await api.data(document))["user"]
        old, active = {"expired": True, "token": "old"}, {"expired": False, "token": ada.token}
        assert user["active"]["nodes"] == [active]
        assert sorted(user["all"]["nodes"], key=lambda session: session["expired"]) == [active, old]

    async def test_pages_pass_over_those_past_their_time(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        for number in range(12):
            later = odd_rows.whole_seconds(datetime(2037, 1, number + 1, tzinfo=UTC))
            odd_rows.session(raw, "ada", f"s{number:02}", later if number % 4 == 3 else LONG_AGO)
        document = """query($after: String) { user(by: {userId: "ada"}) {
          sessions(first: 1, after: $after) { nodes { token } pageInfo { hasNextPage endCursor } }
        } }"""
        found, after = [], None
        for _ in range(3):
            page = (await api.data(document, {"after": after}))["user"]["sessions"]
            found += [session["token"] for session in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert found == ["s11", "s07", "s03"]
        assert page["pageInfo"]["hasNextPage"] is False

    async def test_the_newest_comes_first_and_one_that_does_not_say_is_as_old_as_auth_js_makes_it(
        self, table_settings: TableSettings, api: Api, raw: RawTable
    ) -> None:
        """The last one is that which a limit of sessions ends first."""
        odd_rows.user(raw, "ada", "ada@example.com")
        now = datetime.now(UTC)
        for token, days_old, lasts, known in (
            ("yesterday", 1, 1000, True),
            ("adapters", 2, 30, False),
            ("oldest", 9, 2000, True),
            ("twin-a", 3, 30, True),
            ("twin-b", 3, 60, True),
            ("fourth", 4, 30, False),
        ):
            created = now - timedelta(days=days_old)
            odd_rows.session(raw, "ada", token, odd_rows.whole_seconds(created + timedelta(days=lasts)))
            if known:
                raw.put({**(raw.get("USER#ada", f"SESSION#{token}") or {}), "createdAt": text(format.iso(created))})
        whole = await tokens_of(api, 100)
        assert [token[:4] for token in whole] == ["yest", "adap", "twin", "twin", "four", "olde"]
        for size in range(1, 7):
            assert await tokens_of(api, size) == whole
        limited = make_api(table_settings, max_sessions=6)
        await limited.changed("createSession", "__typename", user={"userId": "ada"}, sessionToken="new")
        assert await tokens_of(api, 2) == ["new", *whole[:-1]]

    async def test_a_page_goes_on_where_it_ended_although_sessions_come_and_go(self, api: Api, ada: Person) -> None:
        for number in range(4):
            await api.changed("createSession", "__typename", user={"id": ada.id}, sessionToken=f"s{number}")
        whole = await tokens_of(api, 100)
        document = """query($after: String) { user(by: {userId: "ada"}) {
          sessions(first: 2, after: $after) { nodes { token } pageInfo { endCursor } }
        } }"""
        first = (await api.data(document))["user"]["sessions"]
        await api.changed("deleteSession", "__typename", by={"sessionToken": whole[1]})
        await api.changed("updateSession", "__typename", by={"sessionToken": whole[3]}, expires=LATER)
        await api.changed("createSession", "__typename", user={"id": ada.id})
        second = (await api.data(document, {"after": first["pageInfo"]["endCursor"]}))["user"]["sessions"]
        assert [node["token"] for node in second["nodes"]] == whole[2:4]

    async def test_a_list_of_nothing_but_ended_sessions_is_empty(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        for number in range(25):
            odd_rows.session(raw, "ada", f"s{number:02}", LONG_AGO)
        document = """{ user(by: {userId: "ada"}) {
          sessions(first: 1) { nodes { token } pageInfo { hasNextPage endCursor } }
        } }"""
        page = (await api.data(document))["user"]["sessions"]
        assert page == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}

    async def test_the_session_of_the_request_is_marked(self, api: Api, ada: Person) -> None:
        await api.changed("createSession", "session { id }", user={"userId": "ada"})
        document = "{ viewer { session { id current } user { sessions { nodes { id current } } } } }"
        viewer = (await api.acting_as(ada.token).data(document))["viewer"]
        assert viewer["session"] == {"id": ada.session_id, "current": True}
        current = [session["id"] for session in viewer["user"]["sessions"]["nodes"] if session["current"]]
        assert current == [ada.session_id]


class TestCreation:
    """The mutation `createSession` and its defaults."""

    async def test_a_session_is_stored_as_given(self, api: Api, ada: Person) -> None:
        given = {"sessionToken": "s1", "expires": "2037-01-01T00:00:00.999Z", "attributes": {"device": {"name": "x"}}}
        made = await api.changed(
            "createSession", "session { token expires expired attributes }", user={"id": ada.id}, **given
        )
        session = {"token": "s1", "expires": LATER, "expired": False, "attributes": given["attributes"]}
        assert made["session"] == session
        read = await api.data('{ session(by: {sessionToken: "s1"}) { token expires expired attributes } }')
        assert read == {"session": session}

    async def test_a_random_token_is_long_and_never_looks_like_an_api_key(self, api: Api, ada: Person) -> None:
        """A bearer token that begins with `ag_` is taken for an API key."""
        assert len(ada.token) == 64
        assert set(ada.token) <= set("0123456789abcdef")

    @pytest.mark.parametrize(
        ("given", "known"),
        [
            ({}, {"userAgent": None, "ipAddress": None}),
            ({"userAgent": "", "ipAddress": ""}, {"userAgent": None, "ipAddress": None}),
            ({"userAgent": None, "ipAddress": None}, {"userAgent": None, "ipAddress": None}),
            (
                {"userAgent": "é" * 256, "ipAddress": "203.0.113.7"},
                {"userAgent": "é" * 256, "ipAddress": "203.0.113.7"},
            ),
            ({"ipAddress": "2001:DB8:0:0::7"}, {"userAgent": None, "ipAddress": "2001:db8::7"}),
            ({"ipAddress": "::FFFF:203.0.113.7"}, {"userAgent": None, "ipAddress": "203.0.113.7"}),
        ],
    )
    async def test_a_session_knows_since_when_and_from_which_device(
        self, api: Api, ada: Person, given: dict[str, Any], known: dict[str, Any]
    ) -> None:
        """Its own person sees that too, and so does a program with `sessions:read`."""
        before = datetime.now(UTC)
        shown = "token createdAt userAgent ipAddress attributes"
        made = (await api.changed("createSession", f"session {{ {shown} }}", user={"id": ada.id}, **given))["session"]
        created = datetime.fromisoformat(made["createdAt"])
        assert before - timedelta(milliseconds=1) <= created <= datetime.now(UTC)
        assert made == {"token": made["token"], "createdAt": made["createdAt"], **known, "attributes": {}}
        fields = "createdAt userAgent ipAddress"
        seen = {"createdAt": made["createdAt"], **known}
        person = api.acting_as(made["token"])
        assert (await person.data(f"{{ viewer {{ session {{ {fields} }} }} }}"))["viewer"]["session"] == seen
        reader = api.acting_as(await key_with(api, "SESSIONS_READ"))
        document = f"query($token: String!) {{ session(by: {{sessionToken: $token}}) {{ {fields} }} }}"
        assert await reader.data(document, {"token": made["token"]}) == {"session": seen}

    async def test_a_session_of_the_official_adapter_knows_nothing_of_this(self, api: Api, raw: RawTable) -> None:
        odd_rows.user(raw, "ada", "ada@example.com")
        odd_rows.session(raw, "ada", "s1", odd_rows.whole_seconds(datetime(2037, 1, 1, tzinfo=UTC)))
        found = await api.data('{ session(by: {sessionToken: "s1"}) { createdAt userAgent ipAddress attributes } }')
        assert found == {"session": {"createdAt": None, "userAgent": None, "ipAddress": None, "attributes": {}}}

    async def test_what_an_app_stored_under_these_names_is_shown_too(self, api: Api, raw: RawTable) -> None:
        """By the field if it is of its form, and otherwise among the custom attributes."""
        odd_rows.user(raw, "ada", "ada@example.com")
        odd_rows.session(raw, "ada", "s1", odd_rows.whole_seconds(datetime(2037, 1, 1, tzinfo=UTC)))
        own = {"createdAt": text("yesterday"), "userAgent": text("x" * 513), "ipAddress": text("localhost")}
        raw.put({**(raw.get("USER#ada", "SESSION#s1") or {}), **own})
        found = await api.data('{ session(by: {sessionToken: "s1"}) { createdAt userAgent ipAddress attributes } }')
        shown = {name: value["S"] for name, value in own.items()}
        assert found == {"session": {"createdAt": None, "userAgent": None, "ipAddress": None, "attributes": shown}}

    async def test_a_session_lasts_thirty_days_unless_told(self, api: Api, ada: Person) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        made = await api.changed("createSession", "session { expires }", user={"id": ada.id}, expires=None)
        lasts = datetime.fromisoformat(made["session"]["expires"]) - before
        assert lasts.days == 30
        assert lasts.seconds < 60

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"user": {"userId": "eve"}}, "NOT_FOUND", ["user", "userId"]),
            ({"user": {"userId": ""}}, "INVALID", ["user", "userId"]),
            ({"sessionToken": "s1", "expires": LATER}, "TAKEN", ["sessionToken"]),
            ({"sessionToken": "s1", "attributes": {"device": "phone"}}, "TAKEN", ["sessionToken"]),
            ({"sessionToken": ""}, "INVALID", ["sessionToken"]),
            ({"ipAddress": "203.0.113.7, 198.51.100.1"}, "INVALID", ["ipAddress"]),
            ({"ipAddress": "fe80::1%eth0"}, "INVALID", ["ipAddress"]),
            ({"ipAddress": "203.0.113.07"}, "INVALID", ["ipAddress"]),
            ({"ipAddress": "1" * 46}, "INVALID", ["ipAddress"]),
            ({"userAgent": "é" * 257}, "INVALID", ["userAgent"]),
            ({"attributes": {"createdAt": LATER}}, "INVALID", ["attributes", "createdAt"]),
            ({"attributes": {"userAgent": "x"}}, "INVALID", ["attributes", "userAgent"]),
            ({"sessionToken": "x" * 801}, "INVALID", ["sessionToken"]),
            ({"expires": "2020-01-01T00:00:00Z"}, "INVALID", ["expires"]),
            ({"attributes": {"userId": "eve"}}, "INVALID", ["attributes", "userId"]),
            ({"attributes": {"GSI1PK": "eve"}}, "INVALID", ["attributes", "GSI1PK"]),
            ({"attributes": []}, "INVALID", ["attributes"]),
        ],
    )
    async def test_what_cannot_be_meant_is_refused_at_its_place(
        self, api: Api, ada: Person, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken="s1")
        refused = await api.change("createSession", "session { id }", **{"user": {"userId": "ada"}} | given)
        assert refused["session"] is None
        assert refusals(refused) == [(code, path)]


class TestChange:
    """The mutation `updateSession` by id and by token."""

    @pytest.mark.parametrize("key", ["id", "sessionToken"])
    async def test_a_session_is_extended(self, api: Api, ada: Person, key: str) -> None:
        by = {"id": ada.session_id} if key == "id" else {"sessionToken": ada.token}
        made = await api.changed("updateSession", "session { id expires }", by=by, expires=LATER)
        assert made["session"] == {"id": ada.session_id, "expires": LATER}

    async def test_attributes_that_are_not_named_stay(self, api: Api, ada: Person) -> None:
        by = {"id": ada.session_id}
        await api.changed("updateSession", "session { id }", by=by, attributes={"a": 1, "b": 2})
        made = await api.changed("updateSession", "session { attributes }", by=by, attributes={"b": None, "c": 3})
        assert made["session"]["attributes"] == {"a": 1, "b": None, "c": 3}

    @pytest.mark.parametrize("given", [{}, {"expires": None, "attributes": None}])
    async def test_a_change_of_nothing_answers_the_session_as_it_is(
        self, api: Api, ada: Person, given: dict[str, Any]
    ) -> None:
        made = await api.changed("updateSession", "session { id expired }", by={"id": ada.session_id}, **given)
        assert made["session"] == {"id": ada.session_id, "expired": False}

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"by": {"sessionToken": "x"}}, "NOT_FOUND", ["by", "sessionToken"]),
            ({"by": {"id": "garbage"}}, "INVALID", ["by", "id"]),
            ({"by": {"sessionToken": "old"}, "expires": LATER}, "EXPIRED", ["by", "sessionToken"]),
            ({"expires": "2020-01-01T00:00:00Z"}, "INVALID", ["expires"]),
            ({"attributes": {"sessionToken": "x"}}, "INVALID", ["attributes", "sessionToken"]),
        ],
    )
    async def test_what_cannot_be_changed_is_refused_at_its_place(
        self, api: Api, ada: Person, raw: RawTable, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        odd_rows.session(raw, "ada", "old", LONG_AGO)
        refused = await api.change("updateSession", "session { id }", **{"by": {"id": ada.session_id}} | given)
        assert refusals(refused) == [(code, path)]


class TestRevocation:
    """The mutations `deleteSession` and `deleteSessions`."""

    @pytest.mark.parametrize("key", ["id", "sessionToken"])
    async def test_a_revoked_session_signs_nobody_in(self, api: Api, ada: Person, key: str) -> None:
        by = {"id": ada.session_id} if key == "id" else {"sessionToken": ada.token}
        made = await api.changed("deleteSession", "session { id user { userId } }", by=by)
        assert made["session"] == {"id": ada.session_id, "user": {"userId": "ada"}}
        assert await api.acting_as(ada.token).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]

    @pytest.mark.parametrize("by", [{"sessionToken": "x"}, {"sessionToken": "\ud800"}])
    async def test_revoking_what_is_not_there_is_no_error(self, api: Api, by: dict[str, str]) -> None:
        assert (await api.changed("deleteSession", "session { id }", by=by))["session"] is None

    async def test_revoking_what_is_gone_is_no_error(self, api: Api, ada: Person) -> None:
        await api.changed("deleteSession", "session { id }", by={"id": ada.session_id})
        assert (await api.changed("deleteSession", "session { id }", by={"id": ada.session_id}))["session"] is None

    async def test_all_sessions_of_one_user_are_revoked_and_nobody_elses(
        self, api: Api, ada: Person, bob: Person
    ) -> None:
        await api.changed("createSession", "session { id }", user={"userId": "ada"})
        assert (await api.changed("deleteSessions", "deletedCount", user={"id": ada.id}))["deletedCount"] == 2
        assert (await api.changed("deleteSessions", "deletedCount", user={"userId": "ada"}))["deletedCount"] == 0
        assert (await api.acting_as(bob.token).data("{ caller { kind } }"))["caller"]["kind"] == "PERSON"

    @pytest.mark.parametrize("key", ["id", "sessionToken"])
    async def test_one_session_may_be_kept(self, api: Api, ada: Person, key: str) -> None:
        await api.changed("createSession", "session { id }", user={"userId": "ada"})
        keep = {"id": ada.session_id} if key == "id" else {"sessionToken": ada.token}
        assert (await api.changed("deleteSessions", "deletedCount", user={"userId": "ada"}, keep=keep))[
            "deletedCount"
        ] == 1
        assert (await api.acting_as(ada.token).data("{ caller { kind } }"))["caller"]["kind"] == "PERSON"

    async def test_a_session_of_somebody_else_cannot_be_kept(self, api: Api, ada: Person, bob: Person) -> None:
        refused = await api.change(
            "deleteSessions", "deletedCount", user={"userId": "ada"}, keep={"id": bob.session_id}
        )
        assert refusals(refused) == [("NOT_FOUND", ["keep", "id"])]
        assert refused["deletedCount"] is None
        assert (await api.acting_as(ada.token).data("{ caller { kind } }"))["caller"]["kind"] == "PERSON"


async def test_what_is_left_of_a_session_that_was_deleted_is_not_listed_as_active(
    api: Api, ada: Person, raw: RawTable
) -> None:
    odd_rows.zombie_session(raw, "ada", "zombie", datetime(2090, 1, 1, tzinfo=UTC))
    active = await api.data('{ user(by: {userId: "ada"}) { sessions { nodes { id } } } }')
    assert [session["id"] for session in active["user"]["sessions"]["nodes"]] == [ada.session_id]
    listed = await api.data("{ users { nodes { sessions { nodes { id } } } } }")
    assert listed["users"]["nodes"] == [active["user"]]
