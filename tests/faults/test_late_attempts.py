"""An attempt after a lost response has the same result as the first, and one that arrives late undoes nothing.

This holds for every mutation of the schema and every one of its requests: `tests/faults/changes.py` must list it.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from dynamo import expressions
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from dynamo.tables.layout import DIRECTORY_INDEX
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api, make_api
from tests.counting_proxy import ANY, CountingProxy, Drop, Fault, Ghost, Stall, Truncate
from tests.dynamo.directories import expected, stored
from tests.faults.changes import CHANGES, KEY_ID, Change, Write, make, populate
from tests.interop.raw import Item, RawTable
from tests.resolvers.people import passkey_input

READS = ("GetItem", "BatchGetItem", "Query", "Scan")
SECONDS = 0.5
"""Short enough to wait for once per test. On a busy machine it may be too short for a response of the local engine."""

every_change = pytest.mark.parametrize("change", CHANGES, ids=[f"{n}-{c.name}" for n, c in enumerate(CHANGES)])


class Stage:
    """The table of a test, which can be reset, and the APIs that reach it."""

    def __init__(self, settings: TableSettings, proxied: TableSettings, proxy: CountingProxy, raw: RawTable) -> None:
        self.api = make_api(settings)
        self.raw = raw
        self.proxy = proxy
        self._proxied = proxied
        self._items: list[Item] = []
        self._key_id = ""

    async def set(self, change: Change) -> None:
        """Create what the change needs, once."""
        self._key_id = await populate(self.api)
        await make(self.api, change.before)
        self._items = self.raw.items()

    async def reset(self) -> None:
        """Restore the items that the table had at first."""
        now = self.raw.items()
        stood = {(item["pk"]["S"], item["sk"]["S"]) for item in self._items}
        for partition, sort in {(item["pk"]["S"], item["sk"]["S"]) for item in now} - stood:
            await self.api.table.delete({"pk": partition, "sk": sort})
        for item in self._items:
            if item not in now:
                self.raw.put(item)
        self.proxy.reset()

    def client(self, attempts: int, seconds: float = 60) -> Api:
        """A client behind the proxy, with this time limit for each attempt."""
        fields = {"dynamodb_read_timeout_seconds": seconds, "dynamodb_max_attempts": attempts}
        return make_api(self._proxied.model_copy(update=fields))

    def given(self, change: Change) -> Mapping[str, Any]:
        """The input of a change, with the real id of the API key."""
        return {
            name: {"id": self._key_id} if value == {"id": KEY_ID} else value for name, value in change.given.items()
        }

    async def send(self, api: Api, change: Change) -> dict[str, Any]:
        """Execute the change and return its payload."""
        return await api.change(change.mutation, change.selection, **self.given(change))

    async def codes(self, api: Api, change: Change) -> list[str]:
        """The codes of all errors of the change: those of the operation, or those of the rows of a bulk mutation."""
        name = change.mutation
        selection = "results { userErrors { code } }" if change.selection.startswith("results") else "__typename"
        document = f"mutation($i: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $i) {{ {selection} }} }}"
        answer = await api.answer(document, {"i": self.given(change)})
        if "errors" in answer:
            return [error["extensions"]["code"] for error in answer["errors"]]
        return [error["code"] for row in answer["data"][name].get("results", ()) for error in row["userErrors"]]

    def plan(self, place: int, fault: Fault) -> None:
        """Play a fault on the request after so many others."""
        self.proxy.delay_next(ANY, 0, times=place)
        self.proxy.plan(ANY, fault)


@pytest.fixture
def stage(table_settings: TableSettings, proxied_settings: TableSettings, proxy: CountingProxy) -> Stage:
    """An empty table, reached directly and through the proxy. Every list of the directory is kept; no test needs the
    index."""
    lists = {"directory_index_name": DIRECTORY_INDEX, "directory_lists": tuple(DirectoryList)}
    settings, proxied = (one.model_copy(update=lists) for one in (table_settings, proxied_settings))
    return Stage(settings, proxied, proxy, RawTable(settings))


async def unhindered(stage: Stage, change: Change) -> tuple[dict[str, Any], list[str]]:
    """The payload of a change without faults, and the requests that it sent."""
    await stage.set(change)
    stage.proxy.reset()
    payload = await stage.send(stage.client(4), change)
    assert payload["userErrors"] == []
    return payload, stage.proxy.operations


def test_every_mutation_of_the_schema_is_tried() -> None:
    assert GRAPHQL_SCHEMA.mutation_type is not None
    assert {change.mutation for change in CHANGES} == set(GRAPHQL_SCHEMA.mutation_type.fields)


@every_change
async def test_a_change_is_answered_the_same_whichever_answer_is_lost(stage: Stage, change: Change) -> None:
    payload, operations = await unhindered(stage, change)
    api = stage.client(4)
    for place in range(len(operations)):
        await stage.reset()
        stage.plan(place, Drop(answered=True))
        assert await stage.send(api, change) == payload, operations[place]
        assert stage.proxy.total > len(operations)


@pytest.mark.parametrize("fault", [Drop(answered=True), Truncate(), Stall()])
@pytest.mark.parametrize("mutation", ["useVerificationToken", "deleteSession", "deleteVerificationTokens"])
async def test_what_was_used_or_deleted_is_answered_however_the_first_answer_is_lost(
    stage: Stage, mutation: str, fault: Fault
) -> None:
    (change,) = [change for change in CHANGES if change.mutation == mutation]
    payload, operations = await unhindered(stage, change)
    await stage.reset()
    stage.plan(operations.index("TransactWriteItems"), fault)
    assert await stage.send(stage.client(4, SECONDS), change) == payload
    assert None not in payload.values()


@pytest.mark.parametrize("mutation", ["useVerificationToken", "deleteSession", "deleteVerificationTokens"])
async def test_what_is_never_answered_is_unavailable_and_no_no(stage: Stage, mutation: str) -> None:
    (change,) = [change for change in CHANGES if change.mutation == mutation]
    _, operations = await unhindered(stage, change)
    await stage.reset()
    stage.proxy.delay_next(ANY, 0, times=operations.index("TransactWriteItems"))
    stage.proxy.drop_next(ANY, 100, answered=True)
    document = f"mutation($i: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $i) {{ __typename }} }}"
    assert await stage.client(4).codes(document, {"i": stage.given(change)}) == ["SERVICE_UNAVAILABLE"]


@every_change
async def test_a_late_attempt_of_any_write_undoes_no_newer_write(stage: Stage, change: Change) -> None:
    payload, operations = await unhindered(stage, change)
    api = stage.client(4)
    for place in [place for place, operation in enumerate(operations) if operation not in READS]:
        await stage.reset()
        stage.plan(place, Ghost(hangs_up=True))
        assert await stage.send(api, change) == payload
        await make(stage.api, change.newer)
        newer = stage.raw.items()
        assert stage.proxy.deliver_ghosts()
        assert stage.raw.items() == newer, operations[place]


@every_change
async def test_a_write_that_arrives_after_the_caller_gave_up_leaves_the_table_whole(
    stage: Stage, change: Change
) -> None:
    _, operations = await unhindered(stage, change)
    api = stage.client(1)
    for place in [place for place, operation in enumerate(operations) if operation not in READS]:
        await stage.reset()
        stage.plan(place, Ghost(hangs_up=True))
        assert await stage.codes(api, change) in (["SERVICE_UNAVAILABLE"], ["UNAVAILABLE"]), operations[place]
        for mutation, given in change.newer:
            # It is unknown whether it was executed before.
            await stage.api.change(mutation, "__typename", **given)
        assert stage.proxy.deliver_ghosts()
        assert broken(stage.raw.items()) == []
        # A deletion removes the entries together with the tombstone, and may not have come to that.
        left = {item["id"]["S"] for item in stage.raw.items() if "deletingAt" in item}
        entered = {key: entry for key, entry in stored(stage.raw).items() if entry[2] not in left}
        wanted = expected(stage.api.table, stage.raw)
        assert entered == {key: entry for key, entry in wanted.items() if entry[2] not in left}


async def test_s32_a_token_that_was_used_is_not_stored_anew_by_a_late_attempt(stage: Stage) -> None:
    (change, *_) = [change for change in CHANGES if change.mutation == "createVerificationToken"]
    await stage.set(change)
    stage.proxy.haunt_next("TransactWriteItems")
    await stage.send(stage.client(4), change)
    use = {"identifier": change.given["identifier"], "token": change.given["token"]}
    used = [await stage.api.changed("useVerificationToken", "verificationToken { token }", **use)]
    stage.proxy.deliver_ghosts()
    used.append(await stage.api.changed("useVerificationToken", "verificationToken { token }", **use))
    assert [payload["verificationToken"] is not None for payload in used] == [True, False]


def broken(items: list[Item]) -> list[str]:
    """Items that do not belong together: locks without the values that they protect, and items without their user."""
    users = {
        item["pk"]["S"].removeprefix("USER#"): item for item in items if item["pk"] == item["sk"] and "type" in item
    }
    owned = {(item["pk"]["S"].removeprefix("USER#"), item["sk"]["S"]) for item in items}
    found = [
        f"{sort} of nobody" for owner, sort in owned if sort.startswith(("ACCOUNT#", "SESSION#")) and owner not in users
    ]
    for item in items:
        kind, _, rest = item["pk"]["S"].removeprefix("LOCK#").partition("#")
        if not item["pk"]["S"].startswith("LOCK#"):
            continue
        owner = item["owner"]["S"]
        held = {
            "EMAIL": owner in users and users[owner].get("email", {}).get("S") == rest,
            "ACCOUNT": (owner, f"ACCOUNT#{rest.partition('#')[2]}") in owned,
            "AUTHENTICATOR": (owner, f"AUTHENTICATOR#{rest}") in owned,
        }
        if not held[kind]:
            found.append(f"{item['pk']['S']} guards nothing of {owner}")
    return found


REFUSED: dict[str, tuple[tuple[str, Mapping[str, Any], str], Write]] = {
    "a passkey of nobody": (
        ("createAuthenticator", passkey_input("bob", "a2V5"), "NOT_FOUND"),
        ("createUser", {"userId": "bob"}),
    ),
    "a barring of nobody": (
        ("disableUser", {"by": {"userId": "bob"}}, "NOT_FOUND"),
        ("createUser", {"userId": "bob"}),
    ),
    "a link to nobody": (
        (
            "linkAccount",
            {"user": {"userId": "bob"}, "provider": "x", "providerAccountId": "1", "type": "oauth"},
            "NOT_FOUND",
        ),
        ("createUser", {"userId": "bob"}),
    ),
    "a session of who is disabled": (
        ("createSession", {"user": {"userId": "eve"}, "sessionToken": "s-eve"}, "DISABLED"),
        ("enableUser", {"by": {"userId": "eve"}}),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_was_refused_is_not_done_later_by_an_attempt_that_was_on_its_way(stage: Stage, name: str) -> None:
    (mutation, given, code), newer = REFUSED[name]
    await stage.set(Change(mutation, given, "__typename", before=[("disableUser", {"by": {"userId": "eve"}})]))
    stage.proxy.haunt_next("TransactWriteItems")
    payload = await stage.client(4).change(mutation, "__typename", **given)
    assert [error["code"] for error in payload["userErrors"]] == [code]
    await make(stage.api, [newer])
    after = stage.raw.items()
    assert stage.proxy.deliver_ghosts() == [400]
    assert stage.raw.items() == after


async def test_what_was_done_by_an_attempt_on_its_way_is_not_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt arrives between the second, which is cancelled, and the response."""
    await stage.set(Change("createUser", {}, "__typename"))
    stage.proxy.haunt_next("TransactWriteItems")
    table = stage.client(4).table
    key = {"pk": "A", "sk": "A"}
    transact = Table._transact
    done: list[list[int]] = []

    async def overtaken(self: Table, operations: Any, token: str, attempts: Any) -> None:
        try:
            await transact(self, operations, token, attempts)
        finally:
            if not done:
                stage.raw.put(stage.raw.keys("A", "A"))
                done.append(stage.proxy.deliver_ghosts())

    monkeypatch.setattr(Table, "_transact", overtaken)
    update = expressions.update_of({"n": 1})
    await table.transact([table.update_operation(key, update, expressions.exists("pk"))])
    assert done == [[200]]
    assert (stage.raw.get("A", "A") or {})["n"] == {"N": "1"}
