"""Bulk mutations: each row is answered for itself, in its place, with the requests and the price that are promised."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from dynamo import users
from dynamo.settings import TableSettings
from resolvers.bulk import MOST_ROWS, Batch
from tests.api import USER_ERRORS, Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy, Error, Swallow
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with
from tests.schema import walk

ROW = f"results {{ user {{ userId }} {USER_ERRORS} }}"
BULK = {
    name: field
    for name, field in walk.roots("Mutation").items()
    if list(walk.fields_of(field.args["input"].type)) == ["users"]
}
"""The bulk mutations of the schema."""


DISABLED = text("2026-01-01T00:00:00.000Z")


def row(mutation: str, user_id: str) -> dict[str, Any]:
    """A row about the user with this raw id."""
    if mutation == "createUsers":
        return {"userId": user_id}
    return {"user" if mutation == "deleteSessionsOfUsers" else "by": {"userId": user_id}}


def codes(payload: Mapping[str, Any]) -> list[list[str]]:
    """The codes of the errors of each row."""
    return [[error["code"] for error in one["userErrors"]] for one in payload["results"]]


def user_ids(payload: Mapping[str, Any]) -> list[str | None]:
    """The raw id of the user of each row."""
    return [one["user"] and one["user"]["userId"] for one in payload["results"]]


def fill(raw: RawTable, count: int = 3, *, disabled: bool = False) -> list[str]:
    """Users `u00`, `u01` and so on, without e-mail addresses, as the adapter stores them, or disabled."""
    names = [f"u{number:02}" for number in range(count)]
    with raw.together():
        for name in names:
            odd_rows.user_without_email(raw, name, None, {"disabledAt": DISABLED} if disabled else None)
    return names


def test_each_row_is_the_input_of_the_mutation_of_one() -> None:
    """So is its result its payload."""
    assert len(BULK) == 5
    for name, field in BULK.items():
        single = "deleteSessions" if name == "deleteSessionsOfUsers" else name.removesuffix("s")
        kind = single[0].upper() + single[1:]
        rows = walk.fields_of(field.args["input"].type)["users"].type
        assert str(rows) == f"[{kind}Input!]!"
        assert isinstance(get_named_type(rows), GraphQLInputObjectType)
        assert str(walk.output_fields(field.type)["results"].type) == f"[{kind}Payload!]"


@pytest.mark.parametrize("mutation", BULK)
async def test_results_are_in_the_order_of_the_rows_and_one_rejected_row_leaves_the_others(
    api: Api, raw: RawTable, mutation: str
) -> None:
    made = ["u00", "u01", "u02"] if mutation == "createUsers" else fill(raw)
    wrong: dict[str, Any] = row(mutation, "#" * 2000)
    payload = await api.changed(
        mutation, ROW, users=[row(mutation, one) for one in made[:2]] + [wrong, row(mutation, made[2])]
    )
    assert codes(payload) == [[], [], ["INVALID"], []]
    assert user_ids(payload) == [*made[:2], None, made[2]]
    (error,) = payload["results"][2]["userErrors"]
    assert error["path"][:2] == ["users", "2"]
    assert error["path"][-1] == "userId"
    await assert_clean(api.table)


async def test_every_row_of_a_full_call_that_has_a_text_too_long_is_rejected(api: Api, raw: RawTable) -> None:
    rows = [{"userId": f"u{number}", "name": "x" * 9999, "image": "x" * 99_999} for number in range(4)]
    rows += [{"userId": f"v{number}", "name": "x" * 9999} for number in range(MOST_ROWS - 4)]
    assert all(codes(await api.change("createUsers", ROW, users=rows)))
    assert raw.items() == []


@pytest.mark.parametrize("mutation", BULK)
async def test_a_text_that_is_too_long_is_rejected_in_its_row(api: Api, raw: RawTable, mutation: str) -> None:
    """Texts are measured before anything is executed."""
    made = ["u00"] if mutation == "createUsers" else fill(raw, 1)
    payload = await api.changed(mutation, ROW, users=[row(mutation, "x" * 5000), row(mutation, made[0])])
    assert codes(payload) == [["INVALID"], []]
    assert payload["results"][0]["userErrors"][0]["path"][:2] == ["users", "0"]
    assert user_ids(payload) == [None, "u00"]


@pytest.mark.parametrize("mutation", BULK)
@pytest.mark.parametrize("count", [0, MOST_ROWS + 1])
async def test_a_call_with_too_many_rows_or_none_is_refused_whole(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, mutation: str, count: int
) -> None:
    payload = await counted_api.change(mutation, ROW, users=[row(mutation, f"u{number}") for number in range(count)])
    assert payload["results"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("INVALID", ["users"])]
    assert proxy.total == 0
    assert raw.items() == []


REQUESTS: Mapping[str, Mapping[str, int]] = {
    "createUsers": {"Query": 1, "TransactWriteItems": 1},
    "deleteUsers": {"GetItem": 1, "Query": 3, "TransactWriteItems": 3},
    "deleteSessionsOfUsers": {"Query": 1},
    "disableUsers": {"Query": 1},
    "enableUsers": {},
}
"""The requests for each row, about a user without accounts and sessions who is named by their id."""
TOGETHER = {"TransactWriteItems": 1, "BatchGetItem": 1}
"""The requests for all rows together, where one transaction writes all of them."""


@pytest.mark.parametrize(("mutation", "count"), [*((name, 10) for name in BULK), ("enableUsers", MOST_ROWS)])
async def test_rows_take_the_requests_that_the_docs_promise_and_cost_a_mutation_each(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, mutation: str, count: int
) -> None:
    made = [f"u{n:02}" for n in range(count)]
    if mutation != "createUsers":
        fill(raw, count, disabled=mutation == "enableUsers")
    kind = mutation[0].upper() + mutation[1:]
    selection = f"results {{ {USER_ERRORS} }}"
    document = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}"
    answer = await counted_api.answer(document, {"input": {"users": [row(mutation, name) for name in made]}})
    assert codes(answer["data"][mutation]) == [[]] * count
    expected = Counter({operation: each * count for operation, each in REQUESTS[mutation].items()})
    if mutation in ("disableUsers", "enableUsers"):
        expected.update(TOGETHER)
        # Each row has its entry in the audit log, so 50 of them fit into a transaction.
        expected["TransactWriteItems"] = -(-count // 50)
    assert Counter(proxy.operations) == expected
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (10 * count, 10 * count)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (
            'mutation { enableUsers(input: {users: [{by: {userId: "a"}}, {by: {id: "b"}}]}) { __typename } }',
            {},
        ),
        (
            "mutation($i: EnableUsersInput!) { enableUsers(input: $i) { userErrors { code } } }",
            {"i": {"users": [{"by": {"userId": "a"}}] * 2}},
        ),
        (
            "mutation($r: [EnableUserInput!]!) { enableUsers(input: {users: $r}) { userErrors { code } } }",
            {"r": [{"by": {"userId": "a"}}] * 2},
        ),
        (
            "mutation($r: EnableUserInput!) { enableUsers(input: {users: [$r, $r]}) { userErrors { code } } }",
            {"r": {"by": {"userId": "a"}}},
        ),
    ],
)
async def test_the_price_is_that_of_the_rows_however_they_are_given(
    api: Api, document: str, variables: dict[str, Any]
) -> None:
    cost = (await api.answer(document, variables))["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (20, 20)


async def test_users_are_disabled_with_their_sessions_ended_and_enabled_again(
    api: Api, ada: Person, bob: Person
) -> None:
    rows = [{"by": {"userId": "ada"}, "reason": "fraud"}, {"by": {"email": bob.email}}]
    payload = await api.changed(
        "disableUsers", "results { user { userId disabled { reason } sessions { nodes { id } } } }", users=rows
    )
    assert payload["results"] == [
        {"user": {"userId": "ada", "disabled": {"reason": "fraud"}, "sessions": {"nodes": []}}},
        {"user": {"userId": "bob", "disabled": {"reason": None}, "sessions": {"nodes": []}}},
    ]
    payload = await api.changed("enableUsers", "results { user { disabled { at } } }", users=[{"by": {"id": ada.id}}])
    assert payload["results"] == [{"user": {"disabled": None}}]
    await assert_clean(api.table)


@pytest.mark.parametrize("mutation", ["disableUsers", "enableUsers"])
async def test_a_user_who_does_not_exist_does_not_stop_the_transaction_of_the_others(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, mutation: str
) -> None:
    fill(raw, disabled=mutation == "enableUsers")
    payload = await counted_api.changed(
        mutation, ROW, users=[row(mutation, one) for one in ("u00", "nobody", "u01", "gone")]
    )
    assert codes(payload) == [[], ["NOT_FOUND"], [], ["NOT_FOUND"]]
    assert user_ids(payload) == ["u00", None, "u01", None]
    assert proxy.count("TransactWriteItems") == 2


async def test_a_user_who_is_named_twice_is_disabled_twice_in_the_order_of_the_rows(api: Api, ada: Person) -> None:
    """By whatever key. The last row is what stays."""
    rows = [{"by": {"userId": "ada"}, "reason": "first"}, {"by": {"email": ada.email}, "reason": "second"}]
    payload = await api.changed("disableUsers", "results { user { disabled { reason } } }", users=rows)
    assert [one["user"]["disabled"]["reason"] for one in payload["results"]] == ["first", "second"]
    stored = await api.data('{ user(by: {userId: "ada"}) { disabled { reason } } }')
    assert stored["user"]["disabled"]["reason"] == "second"


async def test_a_user_who_is_named_twice_is_deleted_once(api: Api, ada: Person) -> None:
    """As if the second row were a call of its own, which is safe to repeat."""
    rows = [{"by": {"userId": "ada"}}, {"by": {"id": ada.id}}, {"by": {"email": ada.email}}]
    payload = await api.changed(
        "deleteUsers", f"results {{ deletedUserId user {{ userId }} {USER_ERRORS} }}", users=rows
    )
    assert user_ids(payload) == ["ada", None, None]
    assert [one["deletedUserId"] for one in payload["results"]] == [ada.id] * 3
    assert codes(payload) == [[], [], []]


async def test_what_two_new_users_have_in_common_belongs_to_the_first_row(api: Api) -> None:
    key = "a-key-that-two-rows-share"
    rows = [
        {"userId": "a", "email": "same@example.com"},
        {"userId": "b", "email": "SAME@example.com"},
        {"userId": "a"},
        {"name": "One", "idempotencyKey": key},
        {"name": "One", "idempotencyKey": key},
        {"name": "Two", "idempotencyKey": key},
    ]
    payload = await api.changed("createUsers", ROW, users=rows)
    assert codes(payload) == [[], ["TAKEN"], ["TAKEN"], [], [], ["INVALID"]]
    made = user_ids(payload)
    assert made[3] == made[4]
    assert [one["userErrors"][0]["path"] for one in payload["results"] if one["userErrors"]] == [
        ["users", "1", "email"],
        ["users", "2", "userId"],
        ["users", "5", "idempotencyKey"],
    ]
    await assert_clean(api.table)


async def test_creating_users_again_with_the_same_keys_creates_nothing(api: Api, raw: RawTable) -> None:
    """Nor does `createUser` with one of them."""
    rows = [{"email": f"{n}@example.com", "idempotencyKey": f"import-of-today-{n:04}"} for n in range(5)]
    first = await api.changed("createUsers", ROW, users=rows)
    stored = raw.items()
    again = await api.changed("createUsers", ROW, users=rows)
    assert user_ids(again) == user_ids(first)
    single = await api.changed("createUser", "user { userId }", **rows[0])
    assert single["user"]["userId"] == user_ids(first)[0]
    assert raw.items() == stored


async def test_sessions_of_several_users_end_except_those_that_are_kept(api: Api, ada: Person, bob: Person) -> None:
    rows = [{"user": {"userId": "ada"}, "keep": {"sessionToken": ada.token}}, {"user": {"email": bob.email}}]
    selection = "results { deletedCount deletedSessionIds user { sessions { nodes { id } } } }"
    payload = await api.changed("deleteSessionsOfUsers", selection, users=rows)
    assert payload["results"] == [
        {"deletedCount": 0, "deletedSessionIds": [], "user": {"sessions": {"nodes": [{"id": ada.session_id}]}}},
        {"deletedCount": 1, "deletedSessionIds": [bob.session_id], "user": {"sessions": {"nodes": []}}},
    ]


async def test_a_session_of_another_user_cannot_be_kept(api: Api, ada: Person, bob: Person) -> None:
    rows = [{"user": {"userId": "ada"}, "keep": {"id": bob.session_id}}, {"user": {"userId": "bob"}}]
    payload = await api.changed("deleteSessionsOfUsers", ROW, users=rows)
    assert codes(payload) == [["NOT_FOUND"], []]
    assert payload["results"][0]["userErrors"][0]["path"] == ["users", "0", "keep", "id"]


async def test_a_natural_key_needs_the_scope_to_read_users_in_its_row_alone(api: Api, ada: Person, bob: Person) -> None:
    writer = await key_with(api, "USERS_WRITE")
    payload = await api.acting_as(writer).changed(
        "enableUsers", f"results {{ {USER_ERRORS} }}", users=[{"by": {"email": ada.email}}, {"by": {"userId": "bob"}}]
    )
    assert codes(payload) == [["FORBIDDEN"], []]


# Faults


@pytest.fixture
def hasty_api(proxied_settings: TableSettings) -> Api:
    """An API that sends each request once."""
    return make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


@pytest.mark.parametrize(
    ("mutation", "operation"),
    [
        ("createUsers", "TransactWriteItems"),
        ("deleteUsers", "TransactWriteItems"),
        ("deleteSessionsOfUsers", "Query"),
        ("disableUsers", "Query"),
    ],
)
async def test_a_row_that_dynamodb_does_not_answer_says_so_and_the_others_are_done(
    hasty_api: Api, raw: RawTable, proxy: CountingProxy, mutation: str, operation: str
) -> None:
    """Sent again, it is done."""
    made = ["u00", "u01", "u02"] if mutation == "createUsers" else fill(raw)
    proxy.plan(operation, Error("InternalServerError"), holding="USER#u01")
    payload = await hasty_api.changed(
        mutation, f"results {{ {USER_ERRORS} }}", users=[row(mutation, one) for one in made]
    )
    assert codes(payload) == [[], ["UNAVAILABLE"], []]
    assert payload["results"][1]["userErrors"][0]["path"] == ["users", "1"]
    again = await hasty_api.changed(mutation, f"results {{ {USER_ERRORS} }}", users=[row(mutation, "u01")])
    assert codes(again) == [[]]
    await assert_clean(hasty_api.table)


@pytest.mark.parametrize("mutation", BULK)
async def test_if_dynamodb_answers_no_row_the_whole_call_fails(
    hasty_api: Api, raw: RawTable, proxy: CountingProxy, mutation: str
) -> None:
    fill(raw)
    for operation in ("Query", "TransactWriteItems", "GetItem", "BatchGetItem"):
        proxy.fail_next(operation, "InternalServerError", 5)
    kind = mutation[0].upper() + mutation[1:]
    document = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    rows = [row(mutation, one) for one in ("u00", "u01")]
    assert await hasty_api.codes(document, {"input": {"users": rows}}) == ["SERVICE_UNAVAILABLE"]


async def test_another_writer_of_one_user_holds_up_only_that_user(
    hasty_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    fill(raw)
    proxy.plan("TransactWriteItems", Error("TransactionConflictException"), 60, holding="USER#u01")
    payload = await hasty_api.changed("enableUsers", ROW, users=[row("enableUsers", f"u0{n}") for n in range(3)])
    assert codes(payload) == [[], ["UNAVAILABLE"], []]
    assert user_ids(payload) == ["u00", None, "u02"]


async def test_a_user_who_cannot_be_read_after_the_change_says_so(
    hasty_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    fill(raw, disabled=True)
    proxy.fail_next("BatchGetItem", "InternalServerError")
    rows = [row("enableUsers", one) for one in ("u00", "nobody", "u01", "")]
    payload = await hasty_api.changed("enableUsers", ROW, users=rows)
    # Only the read would tell a user who does not exist from one who is enabled already.
    assert codes(payload) == [["UNAVAILABLE"], ["UNAVAILABLE"], ["UNAVAILABLE"], ["INVALID"]]
    assert codes(await hasty_api.changed("enableUsers", ROW, users=rows)) == [[], ["NOT_FOUND"], [], ["INVALID"]]


async def test_at_the_deadline_the_rows_that_are_done_are_told(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was begun may have been done. One that waits for it was not begun."""
    fill(raw)
    proxy.plan("TransactWriteItems", Swallow(), holding="USER#u01")
    two_are_done = asyncio.Event()
    answer = Batch.answer

    def noted(batch: Batch, place: int, outcome: Any) -> None:
        answer(batch, place, outcome)
        if place == 2:
            two_are_done.set()

    monkeypatch.setattr(Batch, "answer", noted)
    rows = [row("deleteUsers", one) for one in ("u01", "u01", "u00")]
    call = asyncio.create_task(counted_api.changed("deleteUsers", ROW, users=rows))
    await two_are_done.wait()
    call.cancel()
    payload = await call
    assert codes(payload) == [["UNAVAILABLE"], ["UNAVAILABLE"], []]
    begun, waiting, _ = (one["userErrors"] for one in payload["results"])
    assert "may have been done" in begun[0]["message"]
    assert "changed nothing" in waiting[0]["message"]


async def test_at_the_deadline_without_a_row_that_is_done_the_whole_call_fails(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(raw)
    is_begun = asyncio.Event()
    begin = users.set_many

    async def noted(*given: Any) -> Any:
        is_begun.set()
        return await begin(*given)

    monkeypatch.setattr(users, "set_many", noted)
    proxy.plan("TransactWriteItems", Swallow(), 3)
    rows = [row("enableUsers", one) for one in ("u00", "u01")]
    call = asyncio.create_task(counted_api.changed("enableUsers", ROW, users=rows))
    await is_begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
