"""A mutation that fails is null, and hides no other mutation of its operation."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLField

from dynamo import models
from dynamo.errors import Unavailable
from dynamo.progress import PROGRESS, Progress
from resolvers.errors import OperationError, Throttled, TimedOut
from resolvers.global_ids import GlobalIds
from tests.api import SECRET, Api
from tests.faults.changes import CHANGES, Change
from tests.interop.raw import RawTable
from tests.resolvers.people import Person
from tests.schema import walk


class Forbidden(OperationError):
    """What a resolver may find out only while it runs."""

    code = "FORBIDDEN"


FAILURES: list[Callable[[], Exception]] = [
    lambda: Throttled("Too many attempts.", 3),
    lambda: Unavailable("It does not respond."),
    lambda: Forbidden("No."),
    lambda: TimedOut("Too late."),
    lambda: RuntimeError("A bug."),
]
CODES = ["THROTTLED", "SERVICE_UNAVAILABLE", "FORBIDDEN", "TIMEOUT", "INTERNAL_SERVER_ERROR"]
MUTATIONS = walk.roots("Mutation")
FIRST = 'first: createUser(input: {userId: "eve"}) { user { userId } userErrors { code } }'
LAST = 'last: createUser(input: {userId: "dan"}) { user { userId } userErrors { code } }'


def document(mutation: str) -> str:
    """An operation with a mutation between two others."""
    input_type = MUTATIONS[mutation].args["input"].type
    return f"mutation($input: {input_type}) {{ {FIRST} failed: {mutation}(input: $input) {{ __typename }} {LAST} }}"


def created(user_id: str) -> dict[str, Any]:
    """The payload of a mutation that was done."""
    return {"user": {"userId": user_id}, "userErrors": []}


@pytest.mark.parametrize("mutation", [name for name in MUTATIONS if name != "createUser"])
async def test_a_mutation_that_fails_leaves_the_payloads_of_the_others(
    api: Api, monkeypatch: pytest.MonkeyPatch, mutation: str
) -> None:
    given = {"input": walk.sample(MUTATIONS[mutation].args["input"].type)}
    for number, (failure, code) in enumerate(zip(FAILURES, CODES, strict=True)):

        async def fail(*_: Any, failure: Callable[[], Exception] = failure, **__: Any) -> None:
            raise failure()

        monkeypatch.setattr(MUTATIONS[mutation], "resolve", fail)
        text = document(mutation).replace("eve", f"eve{number}").replace("dan", f"dan{number}")
        answer = await api.answer(text, given)
        assert answer["data"] == {
            "first": created(f"eve{number}"),
            "failed": None,
            "last": created(f"dan{number}"),
        }
        (error,) = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["failed"], code)


async def test_what_people_may_not_set_leaves_the_payloads_of_the_others(api: Api, ada: Person) -> None:
    data = await api.acting_as(ada.token).data("""mutation {
      a: updateUser(input: {by: {userId: "ada"}, name: "A"}) { user { name } userErrors { code } }
      b: updateUser(input: {by: {userId: "ada"}, email: null}) { user { name } userErrors { code } }
    }""")
    assert data == {
        "a": {"user": {"name": "A"}, "userErrors": []},
        "b": {"user": None, "userErrors": [{"code": "FORBIDDEN"}]},
    }


KEY = models.ApiKey("k", "", (), "", models.EPOCH, None, None, None)


class Wall:
    """Lets the requests of the first mutation through to DynamoDB, and no other."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = asyncio.Event()
        self.sent = 0
        send = api.table.transport.send

        async def send_or_hang(*arguments: Any) -> Any:
            self.sent += 1
            # The first mutation sends a Query for its chosen id, and a transaction.
            if self.sent <= 2:
                return await send(*arguments)
            self.reached.set()
            return await asyncio.Event().wait()

        monkeypatch.setattr(api.table.transport, "send", send_or_hang)


ONE_OF_EACH = {change.mutation: change for change in CHANGES if change.mutation != "createUser"}


@pytest.mark.parametrize("change", ONE_OF_EACH.values(), ids=lambda change: str(change.mutation))
@pytest.mark.parametrize("while_waiting", [True, False], ids=["for DynamoDB", "for anything else"])
async def test_the_deadline_takes_no_payload_from_a_mutation_that_was_done(
    api: Api, raw: RawTable, monkeypatch: pytest.MonkeyPatch, change: Change, while_waiting: bool
) -> None:
    """The deadline cancels without a message. The mutation that it hits fails, and no later one begins."""
    progress = Progress()
    token = PROGRESS.set(progress)
    wall = Wall(api, monkeypatch)
    try:
        given = dict(change.given)
        if change.mutation == "revokeApiKey":
            given = {"by": {"id": GlobalIds([SECRET]).id_of(KEY)}}
        task = asyncio.create_task(api.answer(document(change.mutation), {"input": given}))
        await wall.reached.wait()
        progress.cut_off = while_waiting
        task.cancel()
        answer = await task
    finally:
        PROGRESS.reset(token)
    assert answer["data"] == {"first": created("eve"), "failed": None, "last": None}
    failed, last = answer["errors"]
    assert failed["extensions"] == {"code": "SERVICE_UNAVAILABLE" if while_waiting else "TIMEOUT", "retryAfter": 1}
    assert last["extensions"]["code"] == "TIMEOUT"
    assert "It changed nothing" in last["message"]
    assert len(raw.items()) == 1


async def test_without_a_payload_to_save_the_deadline_ends_the_operation(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall(api, monkeypatch)
    wall.sent = 2
    task = asyncio.create_task(api.answer(f"mutation {{ {FIRST} {LAST} }}"))
    await wall.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_server_that_stops_ends_the_operation(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Wall(api, monkeypatch)
    task = asyncio.create_task(api.answer(f"mutation {{ {FIRST} {LAST} }}"))
    await wall.reached.wait()
    task.cancel("The server stops.")
    with pytest.raises(asyncio.CancelledError):
        await task


def test_every_mutation_is_tried() -> None:
    assert set(ONE_OF_EACH) == set(MUTATIONS) - {"createUser"}
    assert all(isinstance(field, GraphQLField) for field in MUTATIONS.values())
