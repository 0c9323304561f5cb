"""`users` is the same list, and its cursors go on in it, whatever is selected of each user."""

from itertools import cycle
from typing import Any

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number
from tests.tables import with_and_without_directory

SELECTIONS = (
    "userId",
    "userId accounts(first: 1) { nodes { provider } }",
    "userId attributes",
    "userId accounts { nodes { id } } sessions { nodes { id } } authenticators { nodes { id } }",
    "userId ... on User { sessions(first: 2) { nodes { user { userId } } } }",
)
FILTERS = ("", "filter: {disabled: false}, ", 'filter: {contains: "user-"}, ')


@pytest.fixture
def users(raw: RawTable) -> set[str]:
    """The ids of users with an account and a session each."""
    found = {f"user-{place:02}" for place in range(9)}
    with raw.together():
        for user_id in found:
            odd_rows.user(raw, user_id, f"{user_id}@example.com")
            odd_rows.account(raw, user_id, "github", user_id)
            odd_rows.session(raw, user_id, f"token-of-{user_id}", number(4_000_000_000))
    return found


async def listed(api: Api, selections: Any, filter_: str, first: int) -> list[str]:
    """The ids of all users, page by page, each page with the next selection."""
    found: list[str] = []
    after: str | None = None
    for selection in selections:
        page = (
            await api.data(
                f"query($after: String) {{ users({filter_}first: {first}, after: $after) {{ "
                f"nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}",
                {"after": after},
            )
        )["users"]
        found += [user["userId"] for user in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return found


@with_and_without_directory
async def test_users_are_one_list_whatever_is_selected_of_them(api: Api, users: set[str]) -> None:
    order = await listed(api, cycle(SELECTIONS[:1]), "", 100)
    assert sorted(order) == sorted(users)
    for filter_ in FILTERS:
        for start in range(len(SELECTIONS)):
            selections = (*SELECTIONS[start:], *SELECTIONS[:start])
            assert await listed(api, cycle(selections), filter_, 2) == order, (filter_, start)
            assert await listed(api, selections[:1], filter_, 100) == order, (filter_, start)
