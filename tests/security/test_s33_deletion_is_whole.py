"""S33: a user of any size is deleted completely, and the next deletion finishes one that was interrupted."""

import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person


@pytest.mark.parametrize("sessions", [0, 25, 101])
async def test_a_user_of_any_size_leaves_nothing(api: Api, raw: RawTable, ada: Person, sessions: int) -> None:
    for number in range(sessions):
        odd_rows.session(raw, "ada", f"s{number}", {"N": "4000000000"})
    await api.changed("deleteUser", "user { id }", by={"id": ada.id})
    assert raw.items() == []


async def test_while_a_user_is_being_deleted_nobody_signs_in_and_the_next_delete_finishes(
    api: Api, counted_api: Api, raw: RawTable, ada: Person, proxy: CountingProxy
) -> None:
    proxy.cut_after(2)
    document = 'mutation { deleteUser(input: {by: {userId: "ada"}}) { user { id } } }'
    assert await counted_api.codes(document) == ["SERVICE_UNAVAILABLE"]
    assert await api.acting_as(ada.token).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
    proxy.reset()
    assert (await counted_api.data(document))["deleteUser"]["user"] == {"id": ada.id}
    assert raw.items() == []
