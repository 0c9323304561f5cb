"""S24: cursors contain nothing readable, and are valid for the list and the user that they were made for."""

import base64

from tests.api import Api
from tests.resolvers.people import Person

LISTS = """{ users { edges { cursor node {
  accounts { edges { cursor } pageInfo { endCursor } } sessions { edges { cursor } pageInfo { endCursor } }
} } pageInfo { endCursor } } }"""


def cursors(answer: object) -> list[str]:
    """All cursors in a response."""
    if isinstance(answer, list):
        return [cursor for part in answer for cursor in cursors(part)]
    if not isinstance(answer, dict):
        return []
    own = [value for name, value in answer.items() if name in ("cursor", "endCursor") and value is not None]
    return own + [cursor for part in answer.values() for cursor in cursors(part)]


async def test_a_cursor_carries_nothing_readable(api: Api, ada: Person) -> None:
    found = cursors(await api.data(LISTS))
    assert len(found) == 6
    for cursor in found:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        for text in (ada.token, "USER#", "ada", "github", "SESSION", ada.provider_account_id):
            assert text.encode() not in raw
            assert text not in cursor


async def test_a_cursor_of_anothers_list_is_refused(api: Api, ada: Person, bob: Person) -> None:
    document = """query($user: ID!, $after: String) {
      user(by: {id: $user}) { sessions(first: 1, after: $after) { edges { cursor } } }
    }"""
    page = await api.data(document, {"user": bob.id})
    after = page["user"]["sessions"]["edges"][0]["cursor"]
    assert await api.codes(document, {"user": ada.id, "after": after}) == ["INVALID_CURSOR"]
    assert await api.acting_as(ada.token).codes(document, {"user": ada.id, "after": after}) == ["INVALID_CURSOR"]


async def test_the_position_in_one_list_is_none_in_another(api: Api, ada: Person) -> None:
    page = await api.data('{ users(filter: {contains: "ada"}) { pageInfo { endCursor } edges { cursor } } }')
    cursor = page["users"]["edges"][0]["cursor"]
    document = "query($after: String, $filter: UserFilter) { users(after: $after, filter: $filter) { nodes { id } } }"
    for filter in (None, {}, {"contains": "Ada"}, {"contains": "ada", "disabled": False}):
        assert await api.codes(document, {"after": cursor, "filter": filter}) == ["INVALID_CURSOR"]
    assert await api.codes(document, {"after": cursor, "filter": {"contains": "ada"}}) == []
