"""S51: the official adapter takes a session's user from `userId`, authgraph from its partition. If they differ, it
signs nobody in here."""

import pytest

from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.interop import odd_rows
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable, number
from tests.tables import any_names


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the adapter's table."""
    return make_api(table_settings)


@any_names
async def test_s51_a_session_that_the_adapter_gave_to_another_user_signs_nobody_in(
    api: Api, raw: RawTable, adapter: JavaScriptAdapter
) -> None:
    for user_id in ("ada", "bob"):
        odd_rows.user(raw, user_id, f"{user_id}@example.com")
    odd_rows.session(raw, "ada", "moved", number(4_000_000_000))
    adapter.update_session({"sessionToken": "moved", "userId": "bob"})
    found = adapter.get_session_and_user("moved")
    assert found is not None
    assert found["user"]["id"] == "bob"
    assert await api.acting_as("moved").codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
