"""Self-service: people delete themselves and export what is stored about them, if the operator allows it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dynamo import format, partition
from dynamo.settings import TableSettings
from resolvers.jwt_cookies import JwtCookie
from resolvers.self_service import CLOCK_TOLERANCE, YOUNG
from resolvers.settings import SelfService, Visibility
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.planted_secrets import SHAPES
from tests.resolvers.people import Person, key_with, passkey, refusals
from tests.session_jwts import COOKIE, VERSIONS, claims_of, make_jwt, session_jwts

EXPORT = "{ viewer { export } }"
CANARY = "canary-7Hq2Lx9Vw4Zk1Tn8"
MOMENT = timedelta(seconds=5)
"""Longer than a test takes, so that an age is on one side of a limit."""


@pytest.fixture
def allowing(table_settings: TableSettings) -> Api:
    """An API whose operator allows people everything."""
    return make_api(table_settings, self_service=frozenset(SelfService), session_jwts=session_jwts())


def key_of_session(person: Person) -> tuple[str, str]:
    """Where the session of a person is stored."""
    return f"USER#{person.name}", f"SESSION#{person.token}"


def change_session(raw: RawTable, person: Person, **attributes: dict[str, Any] | None) -> None:
    """Change stored attributes of a person's session; None takes one off."""
    stored = raw.get(*key_of_session(person))
    assert stored is not None
    left = stored | attributes
    raw.put({name: value for name, value in left.items() if value is not None})


async def try_to_delete(api: Api, person: Person, **by: str) -> dict[str, Any]:
    """The payload of a person who deletes themselves."""
    return await api.acting_as(person.token).change("deleteUser", "deletedUserId user { userId }", by=by)


async def exported(api: Api, person: Person) -> dict[str, Any]:
    """The export of a person, which must succeed."""
    data: dict[str, Any] = (await api.acting_as(person.token).data(EXPORT))["viewer"]["export"]
    return data


class TestDeletion:
    """`deleteUser` of people: who may, how soon after their sign-in, and whom."""

    @pytest.mark.parametrize("key", ["id", "userId", "email", "sessionToken"])
    async def test_a_person_who_has_just_signed_in_deletes_themselves(
        self, allowing: Api, ada: Person, bob: Person, raw: RawTable, key: str
    ) -> None:
        by = {"id": ada.id, "userId": "ada", "email": ada.email, "sessionToken": ada.token}[key]
        payload = await try_to_delete(allowing, ada, **{key: by})
        assert payload == {"deletedUserId": ada.id, "user": {"userId": "ada"}, "userErrors": []}
        assert text("ada") not in [item.get("owner") for item in raw.items()]
        assert text("USER#ada") not in [item["pk"] for item in raw.items()]
        assert raw.get("USER#bob", "USER#bob") is not None
        await assert_clean(allowing.table)

    @pytest.mark.parametrize(
        ("age", "is_young"),
        [
            (YOUNG - MOMENT, True),
            (YOUNG, False),
            (timedelta(days=20), False),
            (MOMENT - CLOCK_TOLERANCE, True),
            (-MOMENT - CLOCK_TOLERANCE, False),
            (None, False),
        ],
    )
    async def test_only_a_young_session_deletes(
        self, allowing: Api, ada: Person, raw: RawTable, age: timedelta | None, is_young: bool
    ) -> None:
        """One that does not know its age, as those of the official adapter, is not young."""
        change_session(raw, ada, createdAt=None if age is None else text(format.iso(datetime.now(UTC) - age)))
        before = raw.items()
        payload = await try_to_delete(allowing, ada, id=ada.id)
        assert refusals(payload) == ([] if is_young else [("SIGN_IN_AGAIN", [])])
        assert is_young or raw.items() == before

    async def test_neither_use_nor_rotation_makes_a_session_young_again(
        self, allowing: Api, api: Api, ada: Person, raw: RawTable
    ) -> None:
        change_session(raw, ada, createdAt=text(format.iso(datetime.now(UTC) - YOUNG)))
        later = format.iso(datetime.now(UTC) + timedelta(days=9))
        await api.changed("updateSession", "session { id }", by={"id": ada.session_id}, expires=later)
        rotated = await api.changed("rotateSession", "session { token }", by={"id": ada.session_id})
        asking = allowing.acting_as(rotated["session"]["token"])
        payload = await asking.change("deleteUser", "deletedUserId", by={"userId": "ada"})
        assert refusals(payload) == [("SIGN_IN_AGAIN", [])]

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        ("iat", "is_young"),
        [(0, True), (YOUNG.total_seconds(), False), (None, False), ("now", False), (-(10.0**12), False)],
    )
    async def test_a_jwt_session_is_as_old_as_its_jwt(
        self, allowing: Api, ada: Person, raw: RawTable, version: str, iat: Any, is_young: bool
    ) -> None:
        claims = claims_of("ada")
        claims.pop("iat", None)
        if iat is not None:
            claims["iat"] = iat if isinstance(iat, str) else datetime.now(UTC).timestamp() - iat
        asking = allowing.acting_as(session_cookie=JwtCookie(COOKIE, make_jwt(version, claims)))
        document = 'mutation { deleteUser(input: {by: {userId: "ada"}}) { userErrors { code } } }'
        answer = await asking.answer(document)
        if "errors" in answer:
            # A JWT from the future, or with a time that is none, signs nobody in.
            assert not is_young
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        else:
            errors = [] if is_young else [{"code": "SIGN_IN_AGAIN"}]
            assert answer["data"]["deleteUser"] == {"userErrors": errors}
        assert (raw.get("USER#ada", "USER#ada") is None) == is_young

    @pytest.mark.parametrize("service", [(), (SelfService.EXPORT,)])
    async def test_without_the_operators_permission_nobody_deletes_themselves(
        self, table_settings: TableSettings, ada: Person, raw: RawTable, service: tuple[SelfService, ...]
    ) -> None:
        before = raw.items()
        payload = await try_to_delete(make_api(table_settings, self_service=service), ada, id=ada.id)
        assert refusals(payload) == [("FORBIDDEN", [])]
        assert "operator" in payload["userErrors"][0]["message"]
        assert raw.items() == before

    async def test_a_person_deletes_nobody_else(self, allowing: Api, ada: Person, bob: Person, raw: RawTable) -> None:
        before = raw.items()
        nobody: dict[str, Any] = {"deletedUserId": None, "user": None, "userErrors": []}
        for by in ({"id": bob.id}, {"userId": "bob"}, {"email": bob.email}, {"sessionToken": bob.token}):
            assert await try_to_delete(allowing, ada, **by) == nobody
        many = "mutation($u: [DeleteUserInput!]!) { deleteUsers(input: {users: $u}) { userErrors { code } } }"
        assert await allowing.acting_as(ada.token).codes(many, {"u": [{"by": {"id": ada.id}}]}) == ["FORBIDDEN"]
        assert raw.items() == before

    async def test_programs_need_no_permission_of_the_operator(self, api: Api, ada: Person) -> None:
        program = api.acting_as(await key_with(api, "USERS_WRITE"))
        await program.changed("deleteUser", "deletedUserId", by={"id": ada.id})

    async def test_s67_whoever_acts_as_a_person_deletes_and_exports_nothing(
        self, allowing: Api, ada: Person, raw: RawTable
    ) -> None:
        change_session(raw, ada, impersonator=text("key:support"))
        before = raw.items()
        person = allowing.acting_as(ada.token)
        assert await person.codes(
            "mutation($by: UserBy!) { deleteUser(input: {by: $by}) { deletedUserId } }", {"by": {"id": ada.id}}
        ) == ["FORBIDDEN"]
        assert await person.codes(EXPORT) == ["FORBIDDEN"]
        assert raw.items() == before


class TestExport:
    """`viewer { export }`: what is in it, what is not, and who gets it."""

    async def test_everything_stored_is_there(self, allowing: Api, api: Api, ada: Person, raw: RawTable) -> None:
        """Custom attributes too that the person does not see otherwise. A name that is not in it was left out for a
        reason that is stated here."""
        await passkey(api, ada, "a2V5", linked=True)
        odd_rows.session(raw, "ada", "expired", number(1))
        await api.changed("updateUser", "user { id }", by={"id": ada.id}, attributes={"plan": {"seats": [1, "two"]}})
        change_session(raw, ada, userAgent=text("Firefox"), device=text("phone"))
        found = await exported(allowing, ada)
        assert found.keys() == {"user", "accounts", "authenticators", "sessions"}
        keys = {"pk", "sk", "GSI1PK", "GSI1SK", "type", "userId"}
        secrets = {"access_token", "refresh_token", "id_token", "sessionToken"}
        for kind, prefix, least in (
            ("user", "USER#", 1),
            ("accounts", "ACCOUNT#", 2),
            ("authenticators", "AUTHENTICATOR#", 1),
            ("sessions", "SESSION#", 2),
        ):
            told = found[kind] if isinstance(found[kind], list) else [found[kind]]
            stored = [item for item in raw.items() if item["sk"]["S"].startswith(prefix)]
            assert len(told) == len(stored) >= least
            names = [set(item) - keys - secrets for item in stored]
            assert sorted(sorted(one) for one in names) == sorted(
                sorted(set(one) - ({"type"} if kind == "accounts" else set())) for one in told
            )
        assert found["user"]["plan"] == {"seats": [1, "two"]}
        assert {account["provider"] for account in found["accounts"]} == {"github", "passkey"}

    async def test_no_secret_is_in_it(self, allowing: Api, ada: Person, raw: RawTable) -> None:
        """Neither a token, nor an attribute whose name or form says that it is a secret, at any depth."""
        from boto3.dynamodb.types import TypeSerializer

        serialize = TypeSerializer().serialize
        planted = {f"odd{place}": shape("refresh_token", CANARY) for place, shape in enumerate(SHAPES.values())}
        attributes: dict[str, Any] = {name: serialize(value) for name, value in planted.items()}
        attributes["password"] = text(CANARY)
        for sort in ("USER#ada", f"ACCOUNT#github#{ada.provider_account_id}", f"SESSION#{ada.token}"):
            stored = raw.get("USER#ada", sort)
            assert stored is not None
            raw.put(stored | attributes)
        answer = json.dumps({"refresh_token": CANARY})
        odd_rows.account(raw, "ada", "slack", "1", scope=text(f"Bearer {CANARY}"), session_state=text(answer))
        found = str(await exported(allowing, ada))
        assert CANARY not in found
        for secret in (ada.token, "access-token-of-ada", "refresh-token-of-ada", "id-token-of-ada"):
            assert secret not in found
        assert "kept" in found

    async def test_the_reason_of_a_disablement_stays_with_the_operator(
        self, allowing: Api, ada: Person, raw: RawTable
    ) -> None:
        past = format.iso(datetime.now(UTC) - timedelta(days=1))
        user = raw.get("USER#ada", "USER#ada") or {}
        raw.put(user | {"disabledAt": text(past), "disabledUntil": text(past), "disabledReason": text(CANARY)})
        found = await exported(allowing, ada)
        assert found["user"]["disabledUntil"] == past
        assert CANARY not in str(found)

    async def test_what_names_somebody_else_is_not_in_it(self, allowing: Api, ada: Person, raw: RawTable) -> None:
        odd_rows.account(raw, "ada", "google", "of-bob", userId=text("bob"))
        raw.put(raw.keys("USER#ada", "PROFILE#1") | {"of": text("another app")})
        found = await exported(allowing, ada)
        assert [account["provider"] for account in found["accounts"]] == ["github"]
        assert "another app" not in str(found)

    async def test_sessions_are_not_in_the_order_of_their_tokens(
        self, allowing: Api, ada: Person, raw: RawTable
    ) -> None:
        ends = [datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (5, 3, 9, 1, 7)]
        for place, end in enumerate(ends):
            odd_rows.session(raw, "ada", f"{place}-token", odd_rows.whole_seconds(end))
        found = [session["expires"] for session in (await exported(allowing, ada))["sessions"]]
        assert found == sorted(found)

    async def test_it_is_whole_or_an_error(
        self, allowing: Api, ada: Person, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored = len([item for item in raw.items() if item["pk"]["S"] == "USER#ada"])
        monkeypatch.setattr(partition, "MOST_READ_WHOLE", stored)
        await exported(allowing, ada)
        monkeypatch.setattr(partition, "MOST_READ_WHOLE", stored - 1)
        answer = await allowing.acting_as(ada.token).answer("{ viewer { export user { userId } } }")
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["LIMIT_EXCEEDED"]
        assert answer["data"]["viewer"] == {"export": None, "user": {"userId": "ada"}}

    async def test_more_than_fits_into_one_read_is_an_error(self, allowing: Api, ada: Person, raw: RawTable) -> None:
        for provider in ("a", "b"):
            odd_rows.account(raw, "ada", provider, "1", padding=text("x" * 350_000))
        assert await allowing.acting_as(ada.token).codes(EXPORT) == ["LIMIT_EXCEEDED"]

    @pytest.mark.parametrize("service", [(), (SelfService.DELETE,)])
    async def test_without_the_operators_permission_nobody_exports(
        self, table_settings: TableSettings, ada: Person, service: tuple[SelfService, ...]
    ) -> None:
        api = make_api(table_settings, self_service=service)
        answer = await api.acting_as(ada.token).answer(EXPORT)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "operator" in answer["errors"][0]["message"]
        assert answer["data"] == {"viewer": {"export": None}}

    async def test_programs_and_strangers_have_nothing_to_export(self, allowing: Api, ada: Person) -> None:
        assert await allowing.data(EXPORT) == {"viewer": None}
        assert await allowing.acting_as().data(EXPORT) == {"viewer": None}

    async def test_it_is_paid_for_and_the_same_by_a_plan(self, allowing: Api, ada: Person) -> None:
        answers = [await allowing.acting_as(ada.token).answer(EXPORT) for _ in range(3)]
        assert answers[0]["data"] == answers[1]["data"] == answers[2]["data"]
        for answer in answers:
            cost = answer["extensions"]["cost"]
            assert (cost["requested"], cost["actual"]) == (151, 151)

    async def test_it_takes_one_consistent_read_besides_the_sign_in(
        self, proxied_settings: TableSettings, ada: Person, proxy: CountingProxy
    ) -> None:
        api = make_api(proxied_settings, self_service=frozenset(SelfService))
        proxy.reset()
        await exported(api, ada)
        assert proxy.operations == ["Query", "BatchGetItem", "Query"]
        assert proxy.requests[-1].body["ConsistentRead"] is True


def test_the_setting_names_what_is_allowed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Visibility(_env_file=None).self_service == ()
    for given, allowed in (("delete", ("delete",)), (" export , delete,", ("export", "delete"))):
        monkeypatch.setenv("AUTHGRAPH_SELF_SERVICE", given)
        assert tuple(one.value for one in Visibility(_env_file=None).self_service) == allowed
    monkeypatch.setenv("AUTHGRAPH_SELF_SERVICE", "delete,everything")
    with pytest.raises(ValidationError, match="name delete or export, or both, separated by a comma"):
        Visibility(_env_file=None)
