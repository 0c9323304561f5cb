"""A repair does not bring back what was revoked or unlinked, whatever a late update has stored of it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations

import pytest

from dynamo import accounts, authenticators, doctor, expressions, sessions
from dynamo.client import Table
from tests.dynamo.doctor import rows
from tests.dynamo.samples import FUTURE_SECONDS
from tests.interop.raw import RawTable

REPAIR = doctor.Options(repair=True, orphan_age=timedelta(0))
WRITTEN_ONCE = ("type", "index partition", "index sort")
LACKING = [lacking for size in (1, 2, 3) for lacking in combinations(WRITTEN_ONCE, size)]
every_lack = pytest.mark.parametrize("lacking", LACKING, ids=" and ".join)


def names(raw: RawTable, lacking: tuple[str, ...]) -> list[str]:
    stored = dict(zip(WRITTEN_ONCE, ("type", *rows.index(raw)), strict=True))
    return [stored[name] for name in lacking]


@every_lack
@pytest.mark.parametrize("owned", [True, False])
async def test_a_session_that_lacks_what_is_written_once_is_deleted(
    table: Table, raw: RawTable, lacking: tuple[str, ...], owned: bool
) -> None:
    rows.late_session(raw, *names(raw, lacking), *(() if owned else ("userId",)))
    await doctor.examine(table, REPAIR)
    assert await sessions.sign_in(table, "s1") is None
    assert raw.get("USER#u1", "SESSION#s1") is None


@every_lack
@pytest.mark.parametrize("put", [rows.late_account, rows.late_passkey])
async def test_an_account_or_a_passkey_that_lacks_it_is_not_put_into_the_index(
    table: Table, raw: RawTable, lacking: tuple[str, ...], put: Callable[..., None]
) -> None:
    put(raw, *names(raw, lacking))
    found = len(await accounts.find(table, "github", "1")), await authenticators.find(table, "pkey") is not None
    before = raw.items()
    report = await doctor.examine(table, REPAIR)
    assert (
        len(await accounts.find(table, "github", "1")),
        await authenticators.find(table, "pkey") is not None,
    ) == found
    if lacking != ("type",):
        assert report.wrong == {"remnant": 1}
        assert raw.items() == before


async def test_a_late_update_of_a_revoked_session_does_not_sign_in_after_a_repair(table: Table, raw: RawTable) -> None:
    """The official adapter's `updateSession` is called with everything that an app knows of a session."""
    rows.late_session(raw)
    found = await sessions.find(table, "s1")
    assert found is not None
    await sessions.delete(table, found)
    late = {"sessionToken": "s1", "expires": FUTURE_SECONDS, "userId": "u1"}
    await table.update(table.key_of(found.item), expressions.update_of(late))
    await doctor.examine(table, REPAIR)
    assert await sessions.sign_in(table, "s1") is None
    assert raw.get("USER#u1", "SESSION#s1") is None
