"""An id or cursor of the server that was changed is never taken for another one."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from tests.api import SECRET
from tests.fuzzing.door import Door, Guests, fuzz
from tests.fuzzing.mutants import mutants, one_byte_off
from tests.resolvers.people import sign_up

TYPES = ["User", "Account", "Session", "Authenticator", "ApiKey"]
NODE = "query($id: ID!) { node(id: $id) { id } }"
PAGE = "query($after: String) { users(first: 1, after: $after) { nodes { userId } pageInfo { endCursor } } }"
ADMINISTRATOR = [(b"authorization", b"Bearer an-administrator-key-that-only-tests-know")]
IDS = GlobalIds([SECRET])
CURSORS = Cursors([SECRET])

every_type = pytest.mark.parametrize("type", TYPES)


@every_type
def test_an_id_with_any_one_byte_changed_is_no_id(guests: Guests, type: str) -> None:
    sealed = guests.ids[type]
    assert IDS.open_id(sealed) is not None
    accepted = [text for text in one_byte_off(sealed) if text != sealed and IDS.open_id(text) is not None]
    assert accepted == []


def test_a_cursor_with_any_one_byte_changed_is_no_cursor() -> None:
    cursor = CURSORS.of(["USER#ada", "USER#ada", None], "users", "[]")
    assert CURSORS.open(cursor, "users", "[]") is not None
    accepted = [text for text in one_byte_off(cursor) if text != cursor and CURSORS.open(text, "users", "[]")]
    assert accepted == []


@every_type
def test_a_changed_id_finds_nothing(door: Door, guests: Guests, type: str) -> None:
    sealed = guests.ids[type]
    assert door.post(NODE, {"id": sealed}, ADMINISTRATOR).data["node"]["id"] == sealed

    @fuzz(25)
    @given(mutants(sealed))
    def hold(text: str) -> None:
        reply = door.post(NODE, {"id": text}, ADMINISTRATOR)
        found = reply.data and reply.data["node"]
        assert (found["id"] if found else None) == (sealed if text == sealed else None)

    hold()


def test_ids_of_two_people_make_no_third(guests: Guests) -> None:
    ada, bob = guests.ada.id, guests.bob.id
    for place in range(1, min(len(ada), len(bob))):
        for text in (ada[:place] + bob[place:], bob[:place] + ada[place:]):
            opened = IDS.open_id(text)
            assert opened is None or text in (ada, bob)


def test_any_text_is_an_id_of_nothing(door: Door) -> None:
    @fuzz(40)
    @given(st.text(max_size=200) | st.text("ABCDEFabcdef0123456789-_=", min_size=8, max_size=80))
    def hold(text: str) -> None:
        reply = door.post(NODE, {"id": text}, ADMINISTRATOR)
        assert not (reply.data and reply.data["node"])

    hold()


def test_a_changed_cursor_is_refused(door: Door, guests: Guests, runner: asyncio.Runner) -> None:
    runner.run(sign_up(guests.api, "cy"))
    cursor = door.post(PAGE, headers=ADMINISTRATOR).data["users"]["pageInfo"]["endCursor"]
    assert door.post(PAGE, {"after": cursor}, ADMINISTRATOR).codes == []

    @fuzz(40)
    @given(mutants(cursor) | st.text(max_size=100))
    def hold(text: str) -> None:
        reply = door.post(PAGE, {"after": text}, ADMINISTRATOR)
        assert bool(reply.codes) == (text != cursor)
        assert set(reply.codes) <= {"INVALID_CURSOR", "BAD_USER_INPUT", "BAD_REQUEST"}

    hold()
