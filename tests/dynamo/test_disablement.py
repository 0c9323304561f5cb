"""Disabling a user: signed out at once, able to sign in again when it ends, and no effect on others."""

from datetime import UTC, datetime

import pytest

from dynamo import disablement, sessions
from dynamo.client import Table
from dynamo.errors import Disabled, NotFound
from dynamo.sessions import NewSession
from tests.dynamo import samples
from tests.interop.raw import RawTable
from tests.tables import any_names


async def test_a_user_is_barred_for_good_and_signed_out(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1", "ada@example.com", name="Ada")
    await samples.session(table, "u1")
    before = datetime.now(UTC).replace(microsecond=0)
    user = await disablement.disable(table, "u1", None, "spam")
    assert user.disabled is not None
    assert (user.disabled.until, user.disabled.reason, user.name) == (None, "spam", "Ada")
    assert before <= user.disabled.at <= datetime.now(UTC)
    assert raw.get("USER#u1", "SESSION#token") is None
    with pytest.raises(Disabled):
        await samples.session(table, "u1")


async def test_a_second_disablement_replaces_the_first(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1")
    await disablement.disable(table, "u1", samples.FUTURE, "spam")
    user = await disablement.disable(table, "u1", None, None)
    assert user.disabled is not None
    assert (user.disabled.until, user.disabled.reason) == (None, None)


async def test_a_disablement_that_is_over_is_none(table: Table) -> None:
    await samples.user(table, "u1")
    assert (await disablement.disable(table, "u1", samples.PAST, None)).disabled is None
    await samples.session(table, "u1")


@any_names
async def test_an_enabled_user_is_as_before(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1", "ada@example.com", name="Ada")
    before = raw.items()
    await disablement.disable(table, "u1", samples.FUTURE, "spam")
    assert (await disablement.enable(table, "u1")).disabled is None
    assert raw.items() == before
    assert (await disablement.enable(table, "u1")).disabled is None


async def test_nobody_is_not_disabled_or_enabled(table: Table, raw: RawTable) -> None:
    with pytest.raises(NotFound):
        await disablement.disable(table, "nobody", None, None)
    with pytest.raises(NotFound):
        await disablement.enable(table, "nobody")
    assert raw.items() == []


async def test_a_sign_in_that_meets_a_disablement_leaves_no_session_that_signs_in(table: Table) -> None:
    for turn in range(10):
        await samples.user(table, f"u{turn}")
        new = NewSession(f"t{turn}", samples.FUTURE, {})
        await samples.outcomes(
            [
                sessions.create(table, f"u{turn}", new),
                disablement.disable(table, f"u{turn}", None, None),
            ]
        )
        assert await sessions.sign_in(table, f"t{turn}") is None
