"""Merging two users: everything moves, nothing is lost if it is interrupted, and nobody gains access."""

from collections import Counter

import pytest

from dynamo import accounts, authenticators, deletion, disablement, doctor, merging, sessions, users
from dynamo.client import Table
from dynamo.errors import NotFound, Rejected, Unavailable
from dynamo.merge_packing import MOST
from dynamo.settings import TableSettings
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.doctor import rows
from tests.dynamo.doctor.interludes import before_the_next_write
from tests.dynamo.doctor.rows import ADA, LIVE
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.odd_rows import Attributes
from tests.interop.raw import RawTable, number, text
from tests.tables import any_names

REPAIR = doctor.Options(repair=True)


@pytest.fixture
def crashing(proxied_settings: TableSettings) -> Table:
    """A client that gives up at once, so that what happens after the cut equals a crash."""
    return Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


async def fill(table: Table, raw: RawTable) -> None:
    """Store two users with the same e-mail address, as the adapter leaves them. Authgraph has written what the one
    to delete has."""
    odd_rows.users_sharing_email(raw, ADA, "keep", "lose")
    rows.lock(raw, f"LOCK#EMAIL#{ADA}", "lose")
    rows.account(raw, "keep", "github", "1")
    await samples.account(table, "lose", "google", "g1")
    odd_rows.account(raw, "lose", "github", "1", access_token=text("theirs"))
    await passkey(table, "lose")
    await samples.session(table, "lose", "s1", theme="dark")
    odd_rows.session(raw, "lose", "s2", LIVE)
    odd_rows.session(raw, "lose", "over", number(1))
    odd_rows.zombie_session(raw, "lose", "zombie", samples.FUTURE)


@any_names
async def test_everything_moves_and_the_other_is_gone(table: Table, raw: RawTable) -> None:
    await fill(table, raw)
    planned = await merging.plan(table, "keep", "lose")
    merged = await merging.merge(table, "keep", "lose")
    assert merged == planned
    assert merged.moved == Counter({"accounts": 1, "passkeys": 1})
    assert merged.dropped == Counter({"accounts": 1})
    assert merged.ended == 4
    assert merged.deleted
    for token in ("s1", "s2", "over", "zombie"):
        assert await sessions.find_all(table, token) == []
    assert {a.user_id for a in await accounts.find(table, "google", "g1")} == {"keep"}
    found = await authenticators.find(table, "cred")
    assert found is None or found.user_id == "keep"
    assert [user.user_id for user in await users.find_by_email(table, ADA)] == ["keep"]
    assert not [item for item in raw.items() if "lose" in str(item)]
    await assert_clean(table)


async def test_what_moves_keeps_every_attribute(table: Table, raw: RawTable) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose")
    odd: Attributes = {
        "tags": {"SS": ["a", "b"]},
        "bytes": {"B": b"\0\1"},
        "deep": {"M": {"n": {"N": "0.1"}, "l": {"L": []}}},
    }
    rows.account(raw, "lose", "google", "g1", refresh_token_expires_in=number(5), **odd)
    before = raw.get("USER#lose", "ACCOUNT#google#g1")
    await merging.merge(table, "keep", "lose")
    after = raw.get("USER#keep", "ACCOUNT#google#g1")
    assert before is not None
    assert after == before | {"userId": text("keep")} | raw.keys("USER#keep", "ACCOUNT#google#g1")


async def test_a_merge_that_is_cut_at_any_request_loses_nothing_and_is_finished_by_the_next(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    cuts, done = 0, False
    while not done:
        await fill(table, raw)
        proxy.reset()
        proxy.cut_after(cuts)
        try:
            await merging.merge(crashing, "keep", "lose")
            done = True
        except Unavailable:
            proxy.reset()
            # Each account and session has one owner at every moment.
            assert len(await accounts.find(table, "google", "g1")) == 1, cuts
            assert await users.get(table, "keep") is not None, cuts
            await merging.merge(crashing, "keep", "lose")
        assert [account.user_id for account in await accounts.find(table, "google", "g1")] == ["keep"], cuts
        for token in ("s1", "s2"):
            assert await sessions.find_all(table, token) == [], cuts
        await assert_clean(table)
        await deletion.delete(table, "keep")
        assert raw.items() == []
        cuts += 1
    assert cuts > 20


async def test_a_merge_that_broke_off_is_reported_with_the_command_that_finishes_it(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    """A repair does not take it for a deletion."""
    rows.user(raw, "keep")
    rows.user(raw, "lose", ADA, deletingAt=text("2020-01-01T00:00:00.000Z"), mergingInto=text("keep"))
    rows.account(raw, "lose", "google", "g1")
    report = await doctor.examine(table, REPAIR)
    (example,) = report.tallies["unfinished-merge"].examples
    assert example["proposal"] == "python server.py doctor merge -- keep lose"
    await merging.merge(table, "keep", "lose")
    assert [account.user_id for account in await accounts.find(table, "google", "g1")] == ["keep"]
    await assert_clean(table)


async def test_merging_again_changes_nothing(table: Table, raw: RawTable) -> None:
    await fill(table, raw)
    await merging.merge(table, "keep", "lose")
    before = raw.items()
    merged = await merging.merge(table, "keep", "lose")
    assert not merged.deleted
    assert merged.moved == Counter()
    assert raw.items() == before


async def test_tokens_that_are_replaced_meanwhile_move_as_they_are(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose")
    rows.account(raw, "lose", "google", "g1")
    # The first write is the mark, the second the move.
    before_the_next_write(
        monkeypatch, lambda: rows.account(raw, "lose", "google", "g1", access_token=text("new")), number=1
    )
    await merging.merge(table, "keep", "lose")
    moved = raw.get("USER#keep", "ACCOUNT#google#g1")
    assert moved is not None
    assert moved["access_token"] == text("new")


async def test_a_session_that_is_ended_meanwhile_does_not_come_back(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose")
    odd_rows.session(raw, "lose", "s1", LIVE)

    async def end() -> None:
        await table.delete(table.key("USER#lose", "SESSION#s1"))

    before_the_next_write(monkeypatch, end)
    await merging.merge(table, "keep", "lose")
    assert await sessions.find(table, "s1") is None


async def test_what_the_adapter_adds_during_the_delete_moves_or_ends_too(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose", ADA)
    bury = merging._Merge.bury

    async def slow(self: merging._Merge) -> None:
        await bury(self)
        odd_rows.session(raw, "lose", "late", LIVE)
        odd_rows.account(raw, "lose", "google", "late")

    monkeypatch.setattr(merging._Merge, "bury", slow)
    await merging.merge(table, "keep", "lose")
    assert await sessions.find_all(table, "late") == []
    assert [account.user_id for account in await accounts.find(table, "google", "late")] == ["keep"]
    await assert_clean(table)


async def test_the_lock_of_an_address_that_only_the_other_had_is_released(table: Table, raw: RawTable) -> None:
    rows.user(raw, "keep", "keep@example.com")
    rows.user(raw, "lose", ADA)
    await merging.merge(table, "keep", "lose")
    await samples.user(table, "new", ADA)
    await assert_clean(table)


async def test_the_lock_of_a_third_stays(table: Table, raw: RawTable) -> None:
    odd_rows.users_sharing_email(raw, ADA, "keep", "lose", "third")
    rows.lock(raw, f"LOCK#EMAIL#{ADA}", "third")
    await merging.merge(table, "keep", "lose")
    lock = raw.get(f"LOCK#EMAIL#{ADA}", f"LOCK#EMAIL#{ADA}")
    assert lock is not None
    assert lock["owner"] == text("third")


async def test_items_of_other_apps_stay_where_they_are(table: Table, raw: RawTable) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose")
    profile = raw.keys("USER#lose", "PROFILE#1") | {"of": text("another app")}
    raw.put(profile)
    assert (await merging.merge(table, "keep", "lose")).foreign == 1
    assert raw.get("USER#lose", "PROFILE#1") == profile


class TestRefusals:
    """A merge that is rejected writes nothing."""

    @pytest.fixture(autouse=True)
    async def _two_users(self, table: Table, raw: RawTable) -> None:
        rows.user(raw, "keep", "keep@example.com")
        rows.user(raw, "lose", ADA)
        rows.account(raw, "lose", "google", "g1")

    async def refused(self, table: Table, raw: RawTable, keep: str = "keep", lose: str = "lose") -> str:
        before = raw.items()
        for work in (merging.plan, merging.merge):
            with pytest.raises(Rejected) as error:
                await work(table, keep, lose)
        assert raw.items() == before
        return str(error.value)

    async def test_one_user_is_not_merged_into_themselves(self, table: Table, raw: RawTable) -> None:
        assert "are the same: name two" in await self.refused(table, raw, "keep", "keep")

    async def test_nobody_is_merged_into_a_user_who_does_not_exist(self, table: Table, raw: RawTable) -> None:
        assert "There is no such user to keep" in await self.refused(table, raw, "nobody")

    async def test_a_disabled_user_is_not_let_in_by_a_merge(self, table: Table, raw: RawTable) -> None:
        await disablement.disable(table, "lose", None, None)
        assert "enable or disable both" in await self.refused(table, raw)

    async def test_two_disabled_users_are_merged(self, table: Table, raw: RawTable) -> None:
        for user_id in ("keep", "lose"):
            await disablement.disable(table, user_id, None, None)
        assert (await merging.merge(table, "keep", "lose")).deleted

    async def test_a_user_who_is_being_deleted_is_not_merged(self, table: Table, raw: RawTable) -> None:
        rows.user(raw, "lose", ADA, deletingAt=text("2020-01-01T00:00:00.000Z"))
        assert "is being deleted" in await self.refused(table, raw)

    async def test_a_user_who_is_merged_into_another_is_not_merged(self, table: Table, raw: RawTable) -> None:
        rows.user(raw, "third")
        rows.user(raw, "lose", ADA, deletingAt=text("2020-01-01T00:00:00.000Z"), mergingInto=text("third"))
        assert "is being merged into another user" in await self.refused(table, raw)

    async def test_a_user_who_is_deleted_meanwhile_is_not_kept(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What has not moved by then stays where it is."""

        async def leave() -> None:
            await table.delete(table.key("USER#keep", "USER#keep"))

        before_the_next_write(monkeypatch, leave)
        with pytest.raises(NotFound, match="or they are being deleted"):
            await merging.merge(table, "keep", "lose")
        assert raw.get("USER#lose", "ACCOUNT#google#g1") is not None


@pytest.mark.parametrize("owner", [None, "a", "b"])
@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
async def test_whoever_holds_the_lock_is_proposed_to_stay_or_else_the_first_by_id(
    table: Table, raw: RawTable, owner: str | None, ids: tuple[str, str]
) -> None:
    """Every examination proposes the same, whichever of them it finds first."""
    odd_rows.users_sharing_email(raw, ADA, *ids)
    if owner is not None:
        rows.lock(raw, f"LOCK#EMAIL#{ADA}", owner)
    keep, lose = ("b", "a") if owner == "b" else ("a", "b")
    for segments in (1, 2, 3, 5):
        report = await doctor.examine(table, doctor.Options(segments=segments))
        (example,) = report.tallies["duplicate-email"].examples
        assert example["proposal"] == f"python server.py doctor merge -- {keep} {lose}"


async def test_a_merge_into_who_is_gone_by_now_ends_with_somebody_else(table: Table, raw: RawTable) -> None:
    rows.user(raw, "keep")
    rows.user(raw, "lose", ADA, deletingAt=text("2020-01-01T00:00:00.000Z"), mergingInto=text("third"))
    rows.account(raw, "lose", "google", "g1")
    await merging.merge(table, "keep", "lose")
    assert [account.user_id for account in await accounts.find(table, "google", "g1")] == ["keep"]
    await assert_clean(table)


async def test_what_lies_in_the_partition_of_nobody_becomes_nobodys(table: Table, raw: RawTable) -> None:
    """A deleted user does not get access by what the adapter left of them."""
    rows.user(raw, "keep")
    rows.account(raw, "lose", "google", "g1")
    for ghost in (False, True):
        if ghost:
            odd_rows.ghost_user(raw, "lose")
        before = raw.items()
        assert await merging.merge(table, "keep", "lose") == merging.Merged()
        assert raw.items() == before


class TestOneKey:
    """Two accounts can share a sort key: `a` with `b#c` and `a#b` with `c`. Neither is dropped as the other."""

    @pytest.fixture(autouse=True)
    def _two_users(self, raw: RawTable) -> None:
        rows.user(raw, "keep")
        rows.user(raw, "lose")
        odd_rows.session(raw, "lose", "s1", LIVE)

    async def refused(self, table: Table, raw: RawTable) -> None:
        before = raw.items()
        for work in (merging.plan, merging.merge):
            with pytest.raises(Rejected, match="delete or mend one of the two"):
                await work(table, "keep", "lose")
        assert raw.items() == before

    async def test_another_account_under_the_key_of_one_is_in_the_way(self, table: Table, raw: RawTable) -> None:
        rows.account(raw, "keep", "a", "b#c")
        rows.account(raw, "lose", "a#b", "c")
        await self.refused(table, raw)

    @pytest.mark.parametrize("lacking", [0, 1])
    async def test_what_signs_nobody_in_is_in_the_way_of_what_does(
        self, table: Table, raw: RawTable, lacking: int
    ) -> None:
        rows.account(raw, "keep", "google", "g1")
        rows.strip(raw, ("USER#keep", "ACCOUNT#google#g1"), rows.index(raw)[lacking])
        odd_rows.account(raw, "lose", "google", "g1")
        await self.refused(table, raw)

    async def test_what_names_another_user_is_in_the_way(self, table: Table, raw: RawTable) -> None:
        rows.account(raw, "keep", "google", "g1", userId=text("third"))
        odd_rows.account(raw, "lose", "google", "g1")
        await self.refused(table, raw)

    @pytest.mark.parametrize("theirs", ["live", "over", "zombie"])
    async def test_no_session_of_a_token_of_both_is_left(self, table: Table, raw: RawTable, theirs: str) -> None:
        """Two sessions with one token sign nobody in. Deleting one of them must not make the other valid."""
        if theirs == "zombie":
            odd_rows.zombie_session(raw, "keep", "s1", samples.FUTURE)
        else:
            odd_rows.session(raw, "keep", "s1", LIVE if theirs == "live" else number(1))
        await merging.merge(table, "keep", "lose")
        assert await sessions.find_all(table, "s1") == []
        assert raw.get("USER#keep", "SESSION#s1") is None

    async def test_what_is_unlinked_meanwhile_is_not_counted_as_the_same(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If only one of the users still has a way to sign in, it is moved."""
        rows.account(raw, "keep", "google", "g1")
        odd_rows.account(raw, "lose", "google", "g1")

        async def unlink() -> None:
            await table.delete(table.key("USER#keep", "ACCOUNT#google#g1"))

        # After the mark and the deletion of the session.
        assert before_the_next_write(monkeypatch, unlink, number=2) == []
        await merging.merge(table, "keep", "lose")
        assert [account.user_id for account in await accounts.find(table, "google", "g1")] == ["keep"]


@pytest.mark.parametrize("number_of_attributes", [50, 130, 320, 900])
@pytest.mark.parametrize("whose", ["keep", "lose", "account", "passkey", "session", "both"])
async def test_items_of_any_number_of_attributes_are_merged(
    table: Table, raw: RawTable, whose: str, number_of_attributes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB compares at most about 150 attributes in one condition."""
    many: Attributes = {f"attribute_{place:03}": text(str(place)) for place in range(number_of_attributes)}
    rows.user(raw, "keep", None, **(many if whose == "keep" else {}))
    rows.user(raw, "lose", None, **(many if whose == "lose" else {}))
    rows.account(raw, "lose", "google", "g1", **(many if whose in ("account", "both") else {}))
    rows.passkey(raw, "lose")
    odd_rows.session(raw, "lose", "s1", LIVE)
    sort = {"passkey": "AUTHENTICATOR#pkey", "session": "SESSION#s1"}.get(whose)
    if sort is not None:
        raw.put((raw.get("USER#lose", sort) or {}) | many)
    if whose == "both":
        odd_rows.account(raw, "keep", "google", "g1", **many)
    before = raw.get("USER#lose", "ACCOUNT#google#g1")
    assert before is not None

    if whose == "account":

        def refresh() -> None:
            item = raw.get("USER#lose", "ACCOUNT#google#g1")
            assert item is not None
            raw.put(item | {"attribute_000": text("new"), "access_token": text("new")})

        before = before | {"attribute_000": text("new"), "access_token": text("new")}
        before_the_next_write(monkeypatch, refresh, number=2 if number_of_attributes < MOST else 3)

    merged = await merging.merge(table, "keep", "lose")

    assert merged.deleted
    found = raw.get("USER#keep", "ACCOUNT#google#g1")
    if whose != "both":
        assert found == before | {"userId": text("keep")} | raw.keys("USER#keep", "ACCOUNT#google#g1")
    assert not [item for item in raw.items() if "USER#lose" in str(item)]
    await assert_clean(table)
