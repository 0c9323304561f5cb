"""A session gets a new token with `rotateSession`, and keeps everything else."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from dynamo import models, rotation, sessions
from dynamo.errors import Disabled, NotFound
from dynamo.seeds import random_seed
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with, refusals

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
KEPT = {"attributes": {"device": "phone", "password": "hunter2", "seats": 3}, "userAgent": "x", "ipAddress": "::1"}
ROTATED = "session { id token } previousSessionId"


async def rotate(api: Api, by: dict[str, str], key: str | None = None) -> Any:
    """The payload of a rotation that must succeed."""
    return await api.changed("rotateSession", ROTATED, by=by, **({"idempotencyKey": key} if key else {}))


def is_signed_in(codes: list[str]) -> bool:
    """Whether a request of a person was accepted."""
    return codes == []


@pytest.mark.parametrize("key", ["id", "sessionToken"])
async def test_only_the_token_changes(api: Api, ada: Person, raw: RawTable, key: str) -> None:
    made = await api.changed("createSession", "session { id token }", user={"userId": "ada"}, **KEPT)
    old = made["session"]
    before = raw.get("USER#ada", f"SESSION#{old['token']}")
    payload = await rotate(api, {"id": old["id"]} if key == "id" else {"sessionToken": old["token"]})
    new = payload["session"]
    assert payload["previousSessionId"] == old["id"] != new["id"]
    assert len(new["token"]) == 64
    sort = text(f"SESSION#{new['token']}")
    named = {"sk": sort, "GSI1PK": sort, "GSI1SK": sort, "sessionToken": text(new["token"])}
    assert raw.get("USER#ada", f"SESSION#{new['token']}") == {**(before or {}), **named}
    assert raw.get("USER#ada", f"SESSION#{old['token']}") is None
    assert await api.acting_as(old["token"]).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    assert is_signed_in(await api.acting_as(new["token"]).codes("{ caller { kind } }"))
    await assert_clean(api.table)


async def test_what_cannot_be_rotated_is_refused_at_its_place(api: Api, ada: Person, raw: RawTable) -> None:
    odd_rows.session(raw, "ada", "old", odd_rows.whole_seconds(datetime(2020, 1, 1, tzinfo=UTC)))
    odd_rows.zombie_session(raw, "ada", "zombie", datetime(2090, 1, 1, tzinfo=UTC))
    odd_rows.session(raw, "nobody", "orphan", odd_rows.whole_seconds(datetime(2090, 1, 1, tzinfo=UTC)))
    stored = raw.items()
    for by, code in (
        ({"sessionToken": "x"}, "NOT_FOUND"),
        ({"sessionToken": "\ud800"}, "NOT_FOUND"),
        ({"id": "garbage"}, "INVALID"),
        ({"sessionToken": "old"}, "EXPIRED"),
        ({"sessionToken": "zombie"}, "NOT_FOUND"),
        ({"sessionToken": "orphan"}, "NOT_FOUND"),
    ):
        refused = await api.change("rotateSession", ROTATED, by=by)
        assert refused["session"] is None
        assert refusals(refused) == [(code, ["by", *by])]
    assert raw.items() == stored


async def test_people_cannot_rotate_because_a_page_must_not_learn_the_token(api: Api, ada: Person) -> None:
    document = "mutation($by: SessionBy!) { rotateSession(input: {by: $by}) { session { id } } }"
    assert await api.acting_as(ada.token).codes(document, {"by": {"sessionToken": ada.token}}) == ["FORBIDDEN"]


class TestRepetition:
    """A rotation with an idempotency key is done once."""

    @pytest.mark.parametrize("key", ["id", "sessionToken"])
    async def test_a_repetition_has_the_same_payload(self, api: Api, ada: Person, raw: RawTable, key: str) -> None:
        by = {"id": ada.session_id} if key == "id" else {"sessionToken": ada.token}
        first = await rotate(api, by, KEY)
        stored = raw.items()
        assert await asyncio.gather(*(rotate(api, by, KEY) for _ in range(5))) == [first] * 5
        assert raw.items() == stored

    @pytest.mark.parametrize("key", ["id", "sessionToken"])
    async def test_of_many_at_once_all_have_the_same_payload(self, api: Api, ada: Person, key: str) -> None:
        by = {"id": ada.session_id} if key == "id" else {"sessionToken": ada.token}
        payloads = await asyncio.gather(*(rotate(api, by, KEY) for _ in range(10)))
        assert payloads == [payloads[0]] * 10

    @pytest.mark.parametrize("answered", [False, True], ids=["request", "answer"])
    async def test_a_repetition_gets_what_was_lost(
        self, api: Api, ada: Person, proxied_settings: TableSettings, proxy: CountingProxy, answered: bool
    ) -> None:
        once = make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
        proxy.reset()
        proxy.drop_next("TransactWriteItems", answered=answered)
        document = "mutation($i: RotateSessionInput!) { rotateSession(input: $i) { __typename } }"
        given = {"by": {"sessionToken": ada.token}, "idempotencyKey": KEY}
        assert await once.codes(document, {"i": given}) == ["SERVICE_UNAVAILABLE"]
        assert is_signed_in(await api.acting_as(ada.token).codes("{ caller { kind } }")) == (not answered)
        payload = await rotate(api, given["by"], KEY)  # type: ignore[arg-type]
        assert payload["previousSessionId"] == ada.session_id

    async def test_another_caller_and_no_key_are_no_repetition(self, api: Api, ada: Person) -> None:
        by = {"sessionToken": ada.token}
        await rotate(api, by, KEY)
        other = api.acting_as(await key_with(api, "ADAPTER"))
        for caller, given in ((other, {"idempotencyKey": KEY}), (api, {}), (api, {"idempotencyKey": KEY[::-1]})):
            refused = await caller.change("rotateSession", ROTATED, by=by, **given)
            assert refusals(refused) == [("NOT_FOUND", ["by", "sessionToken"])]

    async def test_the_key_counts_for_one_session(self, api: Api, ada: Person, bob: Person) -> None:
        await rotate(api, {"sessionToken": ada.token}, KEY)
        refused = await api.change("rotateSession", ROTATED, by={"sessionToken": bob.token}, idempotencyKey=KEY)
        assert refusals(refused) == [("INVALID", ["idempotencyKey"])]
        assert is_signed_in(await api.acting_as(bob.token).codes("{ caller { kind } }"))

    async def test_while_the_index_does_not_show_it_a_repetition_is_told_to_wait(
        self, api: Api, ada: Person, raw: RawTable
    ) -> None:
        by = {"sessionToken": ada.token}
        first = await rotate(api, by, KEY)
        item = raw.get("USER#ada", f"SESSION#{first['session']['token']}") or {}
        raw.put(item | {"GSI1PK": text("HIDDEN")})
        document = "mutation($i: RotateSessionInput!) { rotateSession(input: $i) { __typename } }"
        given = {"i": {"by": by, "idempotencyKey": KEY}}
        assert await api.codes(document, given) == ["SERVICE_UNAVAILABLE"]
        raw.put(item)
        assert await rotate(api, by, KEY) == first


class TestRaces:
    """What happens to a session between the read and the write of a rotation."""

    async def read(self, api: Api, ada: Person) -> models.Session:
        session = await sessions.find(api.table, ada.token)
        assert session is not None
        return session

    async def rotate(self, api: Api, session: models.Session) -> models.Session:
        return await rotation.rotate(api.table, session, "new-token", random_seed())

    async def test_a_change_of_the_session_is_kept(self, api: Api, ada: Person) -> None:
        by = {"sessionToken": ada.token}
        await api.changed("updateSession", "__typename", by=by, attributes={"device": "phone", "old": 1})
        session = await self.read(api, ada)
        end = "2037-01-01T00:00:00.000Z"
        await api.changed(
            "updateSession", "__typename", by=by, expires=end, attributes={"device": "desk"}, removeAttributes=["old"]
        )
        rotated = await self.rotate(api, session)
        assert rotated.attributes == {"device": "desk"}
        assert rotated.expires == datetime(2037, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("mutation", "given", "error"),
        [
            ("deleteSessions", {"user": {"userId": "ada"}}, NotFound),
            ("disableUser", {"by": {"userId": "ada"}}, NotFound),
            ("deleteUser", {"by": {"userId": "ada"}}, NotFound),
        ],
    )
    async def test_a_session_that_was_revoked_does_not_come_back(
        self, api: Api, ada: Person, raw: RawTable, mutation: str, given: dict[str, Any], error: type[Exception]
    ) -> None:
        session = await self.read(api, ada)
        await api.changed(mutation, "__typename", **given)
        stored = raw.items()
        with pytest.raises(error):
            await self.rotate(api, session)
        assert raw.items() == stored

    async def test_a_user_who_is_being_disabled_keeps_no_session_under_a_new_token(
        self, api: Api, ada: Person, raw: RawTable
    ) -> None:
        """`disableUser` marks the user first, and revokes the sessions that it finds then."""
        session = await self.read(api, ada)
        raw.put({**(raw.get("USER#ada", "USER#ada") or {}), "disabledAt": text("2026-01-01T00:00:00.000Z")})
        stored = raw.items()
        with pytest.raises(Disabled):
            await self.rotate(api, session)
        assert raw.items() == stored

    async def test_a_user_whose_disablement_has_ended_may_rotate(self, api: Api, ada: Person, raw: RawTable) -> None:
        ended = dict.fromkeys(("disabledAt", "disabledUntil"), text("2020-01-01T00:00:00.000Z"))
        raw.put({**(raw.get("USER#ada", "USER#ada") or {}), **ended})
        assert (await rotate(api, {"sessionToken": ada.token}))["session"]["token"]

    async def test_of_several_rotations_at_once_one_session_comes(self, api: Api, ada: Person, raw: RawTable) -> None:
        payloads = await asyncio.gather(
            *(api.change("rotateSession", ROTATED, by={"sessionToken": ada.token}) for _ in range(5))
        )
        tokens = [payload["session"]["token"] for payload in payloads if payload["session"]]
        stored = [item["sk"]["S"] for item in raw.items() if item["sk"]["S"].startswith("SESSION#")]
        assert [f"SESSION#{token}" for token in tokens] == stored
        await assert_clean(api.table)
