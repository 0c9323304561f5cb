"""S51: a session token signs in at most one user. If two users have it, it signs in neither."""

import asyncio
from typing import Any

import pytest

from dynamo import merging, models, sessions
from dynamo.client import Table
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, key_with, refusals

TOKEN = "a-token-that-was-chosen"
LATER = number(4_000_000_000)
BY_TOKEN = {"sessionToken": TOKEN}
ACCOUNT = {"provider": "github", "providerAccountId": "new", "type": "oauth"}


async def kind(api: Api, **credentials: str) -> str:
    data = await api.acting_as(**credentials).data("{ caller { kind } }")
    found: str = data["caller"]["kind"]
    return found


@pytest.fixture
def twice(raw: RawTable) -> None:
    """One token of two users, as two concurrent requests or the JavaScript adapter can leave it."""
    for user_id in ("ada", "bob"):
        odd_rows.user(raw, user_id, f"{user_id}@example.com")
        odd_rows.session(raw, user_id, TOKEN, LATER)


class TestChosenTwice:
    """A token that is in use is rejected, whoever has it."""

    @pytest.mark.parametrize(("user", "expires"), [("ada", "2099-01-01T00:00:00Z"), ("bob", None)])
    async def test_s51_a_session_is_refused_a_token_that_is_in_use(
        self, api: Api, ada: Person, bob: Person, user: str, expires: str | None
    ) -> None:
        """Unless it is the same session."""
        await api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken=TOKEN)
        again = {"user": {"userId": user}, "sessionToken": TOKEN, "expires": expires}
        refused = await api.change("createSession", "session { id }", **again)
        assert refusals(refused) == [("TAKEN", ["sessionToken"])]
        data = await api.acting_as(TOKEN).data("{ viewer { user { userId } } }")
        assert data["viewer"]["user"]["userId"] == "ada"

    async def test_s51_so_is_a_registration_and_nothing_of_it_is_stored(
        self, api: Api, ada: Person, raw: RawTable
    ) -> None:
        before = raw.items()
        refused = await api.change(
            "registerUser", "user { id }", user={}, account=ACCOUNT, session={"sessionToken": ada.token}
        )
        assert refusals(refused) == [("TAKEN", ["session", "sessionToken"])]
        assert raw.items() == before

    async def test_s51_an_expired_session_still_has_its_token(self, api: Api, ada: Person, raw: RawTable) -> None:
        """Its token is taken as long as the session is stored."""
        odd_rows.user(raw, "bob", "bob@example.com")
        odd_rows.session(raw, "bob", TOKEN, number(1))
        for user in ("ada", "bob"):
            refused = await api.change("createSession", "session { id }", user={"userId": user}, sessionToken=TOKEN)
            assert refusals(refused) == [("TAKEN", ["sessionToken"])]

    async def test_s51_a_token_is_free_once_its_session_is_revoked_though_the_index_lags(
        self, api: Api, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken=TOKEN)
        stale = await sessions.find_all(api.table, TOKEN)
        await api.changed("deleteSession", "session { id }", by=BY_TOKEN)

        async def lagging(*_: object) -> list[models.Session]:
            return stale

        with monkeypatch.context() as patched:
            patched.setattr(sessions, "find_all", lagging)
            await api.changed("createSession", "session { id }", user={"userId": "bob"}, sessionToken=TOKEN)
        data = await api.acting_as(TOKEN).data("{ viewer { user { userId } } }")
        assert data["viewer"]["user"]["userId"] == "bob"

    async def test_s51_an_item_of_another_app_takes_no_token(self, api: Api, ada: Person, raw: RawTable) -> None:
        key = f"SESSION#{TOKEN}"
        raw.put(raw.keys("APP#1", key, (key, key)) | {"type": text("SESSION"), "expires": LATER})
        await api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken=TOKEN)
        assert await kind(api, bearer=TOKEN) == "PERSON"


async def test_s51_of_requests_at_one_moment_none_leaves_a_token_that_signs_in_two(
    api: Api, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def passes(*_: object) -> None:
        """As if both had checked before either was stored."""

    monkeypatch.setattr(sessions, "check_token", passes)
    creations = [
        api.change("createSession", "session { id }", user={"userId": user}, sessionToken=TOKEN)
        for user in ("ada", "bob")
    ]
    made = await asyncio.gather(*creations)
    assert [payload["userErrors"] for payload in made] == [[], []]
    assert await api.acting_as(TOKEN).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    assert await kind(api, session_cookie=TOKEN) == "ANONYMOUS"


class TestUnderTwoUsers:
    """A token that the index shows twice signs nobody in."""

    @pytest.mark.parametrize("credentials", [{"bearer": TOKEN}, {"session_cookie": TOKEN}])
    @pytest.mark.parametrize("selection", ["id", "id accounts { nodes { id } } sessions { nodes { id } }"])
    async def test_s51_it_signs_in_neither(
        self, api: Api, twice: None, credentials: dict[str, str], selection: str
    ) -> None:
        caller = api.acting_as(**credentials)
        # A bearer token that signs nobody in is an error, and a cookie is nobody's.
        answer = await caller.answer(f"{{ viewer {{ user {{ {selection} }} }} }}")
        assert answer.get("data", {"viewer": None}) == {"viewer": None}

    @pytest.mark.parametrize(
        "lookup", ["user(by: {sessionToken: $t}) { id }", "session(by: {sessionToken: $t}) { id user { id } }"]
    )
    async def test_s51_a_lookup_by_it_finds_nothing(self, api: Api, twice: None, lookup: str) -> None:
        data = await api.data(f"query($t: String!) {{ found: {lookup} }}", {"t": TOKEN})
        assert data == {"found": None}

    async def test_s51_it_cannot_be_extended(self, api: Api, twice: None, raw: RawTable) -> None:
        before = raw.items()
        refused = await api.change("updateSession", "session { id }", by=BY_TOKEN, expires="2099-01-01T00:00:00Z")
        assert refusals(refused) == [("NOT_FOUND", ["by", "sessionToken"])]
        assert raw.items() == before

    async def test_s51_it_names_no_session_to_keep(self, api: Api, twice: None, raw: RawTable) -> None:
        refused = await api.change("deleteSessions", "deletedCount", user={"userId": "ada"}, keep=BY_TOKEN)
        assert refusals(refused) == [("NOT_FOUND", ["keep", "sessionToken"])]

    async def test_s51_revoking_it_removes_every_one(self, api: Api, twice: None, raw: RawTable) -> None:
        program = api.acting_as(await key_with(api, "SESSIONS_WRITE"))
        made: dict[str, Any] = await program.changed("deleteSession", "session { id }", by=BY_TOKEN)
        assert made["session"] is not None
        assert [item for item in raw.items() if item["sk"] == text(f"SESSION#{TOKEN}")] == []

    async def test_s51_once_one_is_gone_the_other_signs_in(self, api: Api, twice: None, table: Table) -> None:
        """So revoking one of them by id affects both."""
        (one, _) = await sessions.find_all(table, TOKEN)
        await sessions.delete(table, one)
        assert await kind(api, bearer=TOKEN) == "PERSON"


OTHERS = [text("bob"), text("ADA"), text("USER#ada"), text(""), {"NULL": True}, {"SS": ["ada"]}, number(1), None]


@pytest.mark.parametrize("named", OTHERS)
class TestNamesAnother:
    """A row in one user's partition that names another user: the JavaScript adapter stores it, and signs in the
    other one."""

    @pytest.fixture(autouse=True)
    def put(self, raw: RawTable, named: dict[str, Any] | None) -> None:
        for user_id in ("ada", "bob"):
            odd_rows.user(raw, user_id, f"{user_id}@example.com")
        key = f"SESSION#{TOKEN}"
        row = raw.keys("USER#ada", key, (key, key)) | {"sessionToken": text(TOKEN), "expires": LATER}
        raw.put(row | {"type": text("SESSION")} | ({} if named is None else {"userId": named}))

    @pytest.mark.parametrize("credentials", [{"bearer": TOKEN}, {"session_cookie": TOKEN}])
    @pytest.mark.parametrize("selection", ["id", "id accounts { nodes { id } } sessions { nodes { id } }"])
    async def test_s51_it_signs_in_neither(self, api: Api, credentials: dict[str, str], selection: str) -> None:
        caller = api.acting_as(**credentials)
        # A bearer token that signs nobody in is an error, and a cookie is nobody's.
        answer = await caller.answer(f"{{ viewer {{ user {{ {selection} }} }} }}")
        assert answer.get("data", {"viewer": None}) == {"viewer": None}

    @pytest.mark.parametrize("whole_partition", [False, True])
    async def test_s51_nor_where_the_index_lags_behind(
        self, table: Table, monkeypatch: pytest.MonkeyPatch, whole_partition: bool
    ) -> None:
        (row,) = await sessions.find_all(table, TOKEN)
        row.item["userId"] = "ada"

        async def lagging(*_: object) -> models.Session:
            return row

        monkeypatch.setattr(sessions, "find", lagging)
        assert await sessions.sign_in(table, TOKEN, whole_partition=whole_partition) is None

    async def test_s51_a_lookup_by_it_finds_nothing(self, api: Api) -> None:
        document = """query($t: String!) {
          user(by: {sessionToken: $t}) { id } session(by: {sessionToken: $t}) { id user { id } } }"""
        assert await api.data(document, {"t": TOKEN}) == {"user": None, "session": None}

    async def test_s51_it_is_no_active_session_and_cannot_be_extended_or_kept(self, api: Api, raw: RawTable) -> None:
        listed = "sessions { nodes { id } } all: sessions(includeExpired: true) { nodes { id token } }"
        user = (await api.data(f'{{ user(by: {{userId: "ada"}}) {{ {listed} }} }}'))["user"]
        assert user["sessions"]["nodes"] == []
        (row,) = user["all"]["nodes"]
        before = raw.items()
        for by in (BY_TOKEN, {"id": row["id"]}):
            for given in ({"expires": "2099-01-01T00:00:00Z"}, {"attributes": {"a": 1}}, {}):
                refused = await api.change("updateSession", "session { id }", by=by, **given)
                assert [code for code, _ in refusals(refused)] == ["NOT_FOUND"]
        assert refusals(await api.change("deleteSessions", "deletedCount", user={"userId": "ada"}, keep=BY_TOKEN)) == [
            ("NOT_FOUND", ["keep", "sessionToken"])
        ]
        assert raw.items() == before

    @pytest.mark.parametrize("mutation", ["deleteSession", "deleteSessions"])
    async def test_s51_it_is_revoked_as_any_other(self, api: Api, raw: RawTable, mutation: str) -> None:
        given: dict[str, Any] = {"by": BY_TOKEN} if mutation == "deleteSession" else {"user": {"userId": "ada"}}
        await api.changed(mutation, "__typename", **given)
        assert [item for item in raw.items() if item["sk"] == text(f"SESSION#{TOKEN}")] == []

    async def test_s51_a_merge_of_its_user_makes_no_session_of_it(self, table: Table, raw: RawTable) -> None:
        await merging.merge(table, "bob", "ada")
        assert [item for item in raw.items() if item["sk"] == text(f"SESSION#{TOKEN}")] == []


@pytest.fixture
def table(api: Api) -> Table:
    return api.table
