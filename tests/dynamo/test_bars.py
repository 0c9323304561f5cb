"""Users who are shown as able to sign in can create and use sessions; others cannot.

The official adapter stores what an app passes to it: `updateUser({id, disabledAt: null})` stores NULL.
"""

from itertools import product
from typing import Any

import pytest

from dynamo import sessions, users
from dynamo.client import Table
from dynamo.errors import Disabled, Stale
from dynamo.sessions import NewSession
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import NULL, RawTable, number, text

Value = dict[str, Any] | None

NOTHING: list[Value] = [None, NULL]
PAST: list[Value] = [
    text("2020-01-01T00:00:00.000Z"),
    text("2020-01-01T00:00Z"),
    text("+002020-01-01T00:00:00.000Z"),
    text("2020-01-01T00:00:00+14:00"),
]
FUTURE: list[Value] = [text("2090-01-01T00:00:00.000Z"), text("+012020-01-01T00:00:00.000Z")]
UNREADABLE: list[Value] = [
    *map(text, ("", "0", "2020", "2020-01-01", "2020-01-01T00:00:00.000", " ", "x", "~")),
    *map(number, (0, -1, 1_577_836_800)),
    {"BOOL": False},
    {"L": []},
    {"M": {}},
    {"B": b"0"},
    # Before the first year that can be represented.
    text("-000001-01-01T00:00:00.000Z"),
]
EVERY = [*NOTHING, *PAST, *FUTURE, *UNREADABLE]
SOME = [*NOTHING, PAST[0], FUTURE[0], UNREADABLE[0]]


def cases() -> list[tuple[dict[str, Any], bool]]:
    """What is stored on a user, and whether they may sign in."""
    found = []
    every = [
        *product(EVERY, SOME, [None]),
        *product(SOME, EVERY, [None]),
        *product([None, FUTURE[0]], [None, PAST[0]], EVERY),
    ]
    for since, until, deleting in every:
        bar = {"disabledAt": since, "disabledUntil": until, "deletingAt": deleting}
        free = (since in NOTHING or until in PAST) and deleting in NOTHING
        found.append(({name: value for name, value in bar.items() if value is not None}, free))
    return found


async def test_s33_reading_and_writing_agree_about_who_may_sign_in(table: Table, raw: RawTable) -> None:
    odd = []
    for place, (bar, free) in enumerate(cases()):
        user_id = f"u{place}"
        odd_rows.user(raw, user_id, f"{user_id}@example.com", **bar)
        odd_rows.session(raw, user_id, f"old-{place}", number(samples.FUTURE_SECONDS))
        user = await users.get(table, user_id)
        assert user is not None
        shown = user.disabled is None and not user.deleting
        signed_in = await sessions.sign_in(table, f"old-{place}") is not None
        try:
            await sessions.create(table, user_id, NewSession(None, samples.FUTURE, {}))
            created = True
        except Disabled:
            created = False
        if {shown, signed_in, created} != {free}:
            odd.append((bar, free, shown, signed_in, created))
    assert odd == []


def change_while_read(raw: RawTable, monkeypatch: pytest.MonkeyPatch, *ends: Value) -> None:
    """Disable a user again each time they were read, until a later time each, at last without an end."""
    left = list(ends)
    get = users.get

    def disable() -> None:
        bar = {"disabledAt": PAST[0], "disabledUntil": left.pop(0) if len(left) > 1 else left[0]}
        odd_rows.user(raw, "u1", "a@example.com", **{name: value for name, value in bar.items() if value is not None})

    async def overtaken(*arguments: Any, **named: Any) -> Any:
        user = await get(*arguments, **named)
        disable()
        return user

    disable()
    monkeypatch.setattr(users, "get", overtaken)


@pytest.mark.parametrize(("ends", "refusal"), [([PAST[0], None], Disabled), (PAST, Stale)])
async def test_s33_a_bar_that_is_changed_while_a_session_is_made_is_heeded(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, ends: list[Value], refusal: type[Exception]
) -> None:
    """The condition of the write names the end that was read."""
    change_while_read(raw, monkeypatch, *ends)
    with pytest.raises(refusal):
        await sessions.create(table, "u1", NewSession(None, samples.FUTURE, {}))
    assert [item for item in raw.items() if item["sk"]["S"].startswith("SESSION#")] == []
