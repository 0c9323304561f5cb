"""S36: the first match of a filter is found even if it is not the first of all users."""

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.tables import with_and_without_directory


async def test_a_user_is_found_behind_those_whose_address_the_index_has_wrong(api: Api, raw: RawTable) -> None:
    for number in range(5):
        odd_rows.user_with_stale_index(raw, f"stale-{number}", f"new-{number}@example.com", "ada@example.com")
    odd_rows.user(raw, "u-last", "ada@example.com")
    data = await api.data('{ user(by: {email: "ada@example.com"}) { userId } }')
    assert data == {"user": {"userId": "u-last"}}


@with_and_without_directory
async def test_a_wanted_user_is_found_behind_many_who_are_not(api: Api, raw: RawTable) -> None:
    for number in range(30):
        odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
    odd_rows.user(raw, "z-needle", "needle@example.com")
    data = await api.data('{ users(first: 1, filter: {contains: "needle"}) { nodes { userId } } }')
    assert data["users"]["nodes"] == [{"userId": "z-needle"}]


async def test_an_active_session_is_found_behind_those_that_have_ended(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    for number in range(5):
        odd_rows.session(raw, "ada", f"a{number}", {"N": "1577836800"})
    odd_rows.session(raw, "ada", "b", {"N": "4000000000"})
    data = await api.data('{ user(by: {userId: "ada"}) { sessions(first: 1) { nodes { token } } } }')
    assert data["user"]["sessions"]["nodes"] == [{"token": "b"}]
