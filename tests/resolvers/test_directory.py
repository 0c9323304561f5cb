"""What the API says of the directory and of when users were created and signed in."""

from datetime import UTC, datetime

from dynamo import building
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.conftest import MakeTable
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.tables import directory

STATE = "{ directory { complete builtAt lists { list complete builtAt } } userCount { value countedAt } }"


@directory
async def test_the_state_of_the_lists_and_the_number_of_users_take_one_read(
    counted_api: Api, raw: RawTable, proxy: CountingProxy
) -> None:
    kept = ["EMAIL", "CREATED"]
    odd_rows.user(raw, "ada", "ada@example.com")
    before = await counted_api.data(STATE)
    assert before["directory"] == {
        "complete": False,
        "builtAt": None,
        "lists": [{"list": name, "complete": False, "builtAt": None} for name in kept],
    }
    assert before["userCount"] is None

    await building.build(counted_api.table)

    proxy.reset()
    after = await counted_api.data(STATE)
    assert proxy.operations == ["GetItem"]
    at = after["directory"]["builtAt"]
    assert after == {
        "directory": {
            "complete": True,
            "builtAt": at,
            "lists": [{"list": name, "complete": True, "builtAt": at} for name in kept],
        },
        "userCount": {"value": 1, "countedAt": at},
    }


async def test_a_directory_without_lists_is_not_complete(api: Api) -> None:
    await building.build(api.table)
    state = await api.data(STATE)
    assert state["directory"] == {"complete": False, "builtAt": None, "lists": []}
    assert state["userCount"]["value"] == 0


async def test_users_say_when_they_were_created_and_when_they_last_signed_in(make_table: MakeTable) -> None:
    settings: TableSettings = make_table(directory_index=True, directory_lists=(DirectoryList.SIGNED_IN,))
    api = make_api(settings)
    fields = "user { createdAt lastSignInAt attributes }"
    made = (await api.changed("createUser", fields, userId="ada"))["user"]
    assert abs(datetime.fromisoformat(made["createdAt"]) - datetime.now(UTC)).total_seconds() < 600
    assert (made["lastSignInAt"], made["attributes"]) == (None, {})
    session = await api.changed("createSession", "session { createdAt }", user={"userId": "ada"})
    read = await api.data('{ user(by: {userId: "ada"}) { createdAt lastSignInAt } }')
    assert read["user"] == {"createdAt": made["createdAt"], "lastSignInAt": session["session"]["createdAt"]}


async def test_the_times_that_the_server_keeps_cannot_be_set(api: Api) -> None:
    for name in ("createdAt", "lastSignInAt"):
        given = {"userId": name, "attributes": {name: "2020-01-01T00:00:00.000Z"}}
        refused = await api.change("createUser", "user { id }", **given)
        assert [error["code"] for error in refused["userErrors"]] == ["INVALID"], name
