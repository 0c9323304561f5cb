"""S26: a session's global id is stable, finds the session, and does not reveal its token."""

import base64

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person


async def test_an_id_holds_nothing_of_the_token(api: Api, ada: Person) -> None:
    raw = base64.urlsafe_b64decode(ada.session_id + "=" * (-len(ada.session_id) % 4))
    for length in (len(ada.token), 16, 8):
        for start in range(0, len(ada.token) - length + 1, 8):
            assert ada.token[start : start + length].encode() not in raw


async def test_an_id_stays_the_same_and_finds_the_session(api: Api, ada: Person) -> None:
    document = "query($token: String!) { session(by: {sessionToken: $token}) { id } }"
    assert await api.data(document, {"token": ada.token}) == {"session": {"id": ada.session_id}}
    await api.changed("updateSession", "session { id }", by={"id": ada.session_id}, expires="2037-01-01T00:00:00Z")
    found = await api.data("query($id: ID!) { session(by: {id: $id}) { id token } }", {"id": ada.session_id})
    assert found == {"session": {"id": ada.session_id, "token": ada.token}}


async def test_the_same_token_of_another_user_has_another_id(api: Api, raw: RawTable) -> None:
    for name in ("ada", "bob"):
        odd_rows.user(raw, name, f"{name}@example.com")
        odd_rows.session(raw, name, "one-token", {"N": "4000000000"})
    users = (await api.data("{ users { nodes { sessions { nodes { id } } } } }"))["users"]["nodes"]
    first, second = (user["sessions"]["nodes"][0]["id"] for user in users)
    assert first != second


async def test_a_token_is_no_id_and_an_id_is_no_token(api: Api, ada: Person) -> None:
    assert await api.data("query($x: ID!) { session(by: {id: $x}) { id } }", {"x": ada.token}) == {"session": None}
    document = "query($x: String!) { session(by: {sessionToken: $x}) { id } }"
    assert await api.data(document, {"x": ada.session_id}) == {"session": None}
    assert await api.acting_as(ada.session_id).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]
