r"""Half an emoji, which JavaScript's `slice` leaves and the adapter stores, is read as U+FFFD and does no harm."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable
from tests.tables import with_and_without_directory

HALF = "Zo\ud83d"
OTHER_HALF = "\ude00e"
SHOWN = "Zo\ufffd"
LATER = datetime(2037, 1, 1, tzinfo=UTC)
WHOLE = """userId name email image attributes
  accounts { nodes { provider providerAccountId scope tokens { accessToken } } }
  sessions(includeExpired: true) { nodes { token attributes } }"""


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the adapter's table."""
    return make_api(table_settings)


def _user(**attributes: Any) -> Callable[[JavaScriptAdapter], str]:
    def create(adapter: JavaScriptAdapter) -> str:
        created: str = adapter.create_user({"email": "zoe@example.com"} | attributes)["id"]
        return created

    return create


def _account(**attributes: Any) -> Callable[[JavaScriptAdapter], str]:
    def create(adapter: JavaScriptAdapter) -> str:
        user_id = _user()(adapter)
        plain = {"userId": user_id, "provider": "google", "providerAccountId": "g1", "type": "oauth"}
        adapter.link_account(plain | attributes)
        return user_id

    return create


def _session(**attributes: Any) -> Callable[[JavaScriptAdapter], str]:
    def create(adapter: JavaScriptAdapter) -> str:
        user_id = _user()(adapter)
        adapter.create_session({"userId": user_id, "sessionToken": "s1", "expires": LATER} | attributes)
        return user_id

    return create


EVERYWHERE: dict[str, Callable[[JavaScriptAdapter], str]] = {
    "name": _user(name=HALF),
    "the second half": _user(name=OTHER_HALF),
    "both, the wrong way round": _user(name="\ude00\ud83d"),
    "beside a whole one": _user(name="\U0001f600" + HALF + "\U0001f600"),
    "beside what only looks like one": _user(name="\\ud83d" + HALF + '"'),
    "image": _user(image="https://example.com/" + HALF),
    "e-mail": _user(email=HALF + "@example.com"),
    "custom attribute": _user(motto=HALF),
    "name of an attribute": _user(**{HALF: "x"}),
    "nested": _user(settings={"list": [{HALF: HALF}]}),
    "set": _user(tags={HALF, "whole"}),
    "scope of an account": _account(scope=HALF),
    "token of an account": _account(access_token=HALF),
    "key of an account": _account(providerAccountId=HALF),
    "provider of an account": _account(provider=HALF),
    "session": _session(device=HALF),
    "key of a session": _session(sessionToken=HALF),
}
everywhere = pytest.mark.parametrize("create", EVERYWHERE.values(), ids=EVERYWHERE)


@everywhere
async def test_the_user_is_shown_and_harms_nobody_who_is_read_along(
    adapter: JavaScriptAdapter, api: Api, create: Callable[[JavaScriptAdapter], str]
) -> None:
    zoe = create(adapter)
    others = [adapter.create_user({"email": f"{number}@example.com"})["id"] for number in range(3)]
    document = f"query($id: ID!) {{ user(by: {{userId: $id}}) {{ {WHOLE} }} }}"
    found = await asyncio.gather(*(api.data(document, {"id": user_id}) for user_id in (zoe, *others)))
    assert [data["user"]["userId"] for data in found] == [zoe, *others]
    assert "\ufffd" in str(found[0])


@everywhere
@with_and_without_directory
async def test_lists_go_on(adapter: JavaScriptAdapter, api: Api, create: Callable[[JavaScriptAdapter], str]) -> None:
    ids = {create(adapter), *(adapter.create_user({"email": f"{number}@example.com"})["id"] for number in range(3))}
    for selection in ("userId name email", WHOLE):
        listed: set[str] = set()
        cursor = None
        for _ in range(len(ids) + 1):
            document = (
                f"query($a: String) {{ users(first: 1, after: $a) {{ nodes {{ {selection} }}"
                " pageInfo { endCursor hasNextPage } } }"
            )
            page = (await api.data(document, {"a": cursor}))["users"]
            listed |= {node["userId"] for node in page["nodes"]}
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert listed == ids


@everywhere
async def test_what_is_not_changed_stays_as_it_is_stored(
    adapter: JavaScriptAdapter, api: Api, raw: RawTable, create: Callable[[JavaScriptAdapter], str]
) -> None:
    zoe = create(adapter)
    before = raw.items()
    id = (await api.data(f'{{ user(by: {{userId: "{zoe}"}}) {{ id }} }}'))["user"]["id"]
    await api.changed("updateUser", "user { name }", by={"id": id}, attributes={"seen": "today"})
    after = [{name: value for name, value in item.items() if name != "seen"} for item in raw.items()]
    assert after == before


@everywhere
async def test_the_user_can_be_deleted(
    adapter: JavaScriptAdapter, api: Api, raw: RawTable, create: Callable[[JavaScriptAdapter], str]
) -> None:
    zoe = create(adapter)
    id = (await api.data(f'{{ user(by: {{userId: "{zoe}"}}) {{ id }} }}'))["user"]["id"]
    await api.changed("deleteUser", "user { name }", by={"id": id})
    assert raw.items() == []


async def test_an_item_that_is_put_back_is_the_one_that_was_read(table_settings: TableSettings, raw: RawTable) -> None:
    """A value that was read and is written again, in a key, a condition or an item, is what is stored."""
    table = Table.connect(table_settings)
    stored = raw.keys(HALF, OTHER_HALF) | {
        "text": {"S": HALF},
        "list": {"L": [{"S": HALF}, {"M": {"member": {"S": OTHER_HALF}}}]},
        "set": {"SS": [HALF, "whole"]},
    }
    raw.put(stored)
    (item,) = (await table.scan(limit=10, after=None)).items
    assert item["text"] == SHOWN
    await table.delete(table.key_of(item))
    assert raw.items() == []
    await table.put(item)
    (again,) = raw.items()
    again["set"]["SS"].sort(key=stored["set"]["SS"].index)
    assert again == stored
    keys = [table.key_of(item)]
    assert await table.batch_get(keys) == [item]
    assert await table.get(keys[0], consistent=True) == item
    await table.delete(keys[0])
    assert raw.items() == []


async def test_a_person_whose_name_was_cut_signs_in_and_changes_it(adapter: JavaScriptAdapter, api: Api) -> None:
    zoe = _user(name=HALF)(adapter)
    adapter.create_session({"userId": zoe, "sessionToken": "s1", "expires": LATER})
    herself = api.acting_as(session_cookie="s1")
    me = (await herself.data("{ viewer { user { id name } } }"))["viewer"]["user"]
    assert me["name"] == SHOWN
    changed = await herself.changed("updateUser", "user { name }", by={"id": me["id"]}, name="Zo\U0001f600")
    assert changed["user"]["name"] == "Zo\U0001f600"
    found = adapter.get_user(zoe)
    assert found is not None
    assert found["name"] == "Zo\U0001f600"
