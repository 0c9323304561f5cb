"""Accounts: each belongs to one user, the last way to sign in is kept, tokens are compared and swapped."""

import re
from typing import Any

import pytest

from dynamo import accounts, authenticators, last_sign_in, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.errors import AlreadyExists, LastSignIn, NotFound, Rejected, Stale
from dynamo.expressions import REMOVE
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.raw import NULL, Item, RawTable, number, text
from tests.tables import any_names

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOCK = "LOCK#ACCOUNT#6#github#1"


def stored(raw: RawTable, user_id: str = "u1", provider: str = "github", account_id: str = "1") -> Item | None:
    return raw.get(f"USER#{user_id}", f"ACCOUNT#{provider}#{account_id}")


def lock_owner(raw: RawTable, key: str = LOCK) -> str | None:
    lock = raw.get(key, key)
    return None if lock is None else str(lock["owner"]["S"])


async def linked(table: Table, user_id: str) -> set[str]:
    """The ids of a user's accounts, whatever the provider."""
    page = await table.query_partition(f"USER#{user_id}", prefix="ACCOUNT#", consistent=True)
    return {item["providerAccountId"] for item in page.items}


class TestLink:
    @any_names
    async def test_an_account_is_stored_as_the_adapter_stores_one_beside_its_lock(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1")
        attributes = {"access_token": "at", "scope": None, "expires_at": 2_147_483_649, "not-before-policy": 0}
        await accounts.link(table, "u1", NewAccount("github", "1", "oidc", attributes))
        lock, account, _ = raw.items()
        assert UUID.fullmatch(account.pop("id")["S"])
        assert account == raw.keys("USER#u1", "ACCOUNT#github#1", ("ACCOUNT#github", "ACCOUNT#1")) | {
            "type": text("oidc"),
            "userId": text("u1"),
            "provider": text("github"),
            "providerAccountId": text("1"),
            "access_token": text("at"),
            "scope": NULL,
            "expires_at": number(2_147_483_649),
            "not-before-policy": number(0),
        }
        assert lock.pop("claim")
        assert lock == raw.keys(LOCK, LOCK) | {"type": text("LOCK"), "owner": text("u1")}

    async def test_what_was_stored_is_returned_and_the_user_is_as_before(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", name="Ada")
        before = raw.get("USER#u1", "USER#u1")
        new = NewAccount("github", "1", "oauth", {"access_token": "at", "expires_at": 1, "x": "y"})
        account = await accounts.link(table, "u1", new)
        assert (account.user_id, account.provider, account.provider_account_id) == ("u1", "github", "1")
        assert (account.access_token, account.expires_at, account.refresh_token) == ("at", 1, None)
        assert account.attributes == {"x": "y"}
        assert raw.get("USER#u1", "USER#u1") == before

    async def test_an_account_of_nobody_is_not_stored(self, table: Table, raw: RawTable) -> None:
        with pytest.raises(NotFound):
            await samples.account(table, "nobody")
        assert raw.items() == []

    async def test_a_user_who_is_being_deleted_gets_no_account(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "ada@example.com", deletingAt=text("2026-01-01T00:00:00.000Z"))
        with pytest.raises(NotFound):
            await samples.account(table, "u1")
        assert await linked(table, "u1") == set()

    @pytest.mark.parametrize("owner", ["u1", "u2"])
    async def test_an_account_that_is_linked_is_refused_with_and_without_a_lock(
        self, table: Table, raw: RawTable, owner: str
    ) -> None:
        await samples.user(table, "u1")
        await samples.user(table, "u2")
        odd_rows.account(raw, owner, "github", "unlocked")
        await samples.account(table, owner, "github", "locked")
        before = raw.items()
        for account_id in ("unlocked", "locked"):
            with pytest.raises(AlreadyExists) as refusal:
                await samples.account(table, "u1", "github", account_id)
            assert refusal.value.field == "providerAccountId"
        assert raw.items() == before

    async def test_the_lock_of_an_account_that_the_adapter_unlinked_is_taken_over(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1")
        await samples.user(table, "u2")
        await samples.account(table, "u1")
        await table.delete(table.key("USER#u1", "ACCOUNT#github#1"))
        await samples.account(table, "u2")
        assert lock_owner(raw) == "u2"

    async def test_an_account_that_is_unlinked_can_be_linked_again(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await accounts.unlink(table, await samples.account(table, "u1"), force=True)
        await samples.account(table, "u1")
        assert await linked(table, "u1") == {"1"}

    @pytest.mark.parametrize(
        ("provider", "account_id", "type", "field"),
        [
            ("", "1", "oauth", "provider"),
            ("a#b", "1", "oauth", "provider"),
            ("a\0", "1", "oauth", "provider"),
            ("github", "", "oauth", "providerAccountId"),
            ("github", "\ud800", "oauth", "providerAccountId"),
            ("github", "a" * 801, "oauth", "providerAccountId"),
            ("a" * 400, "b" * 610, "oauth", "providerAccountId"),
            ("github", "1", "", "type"),
        ],
    )
    async def test_what_could_forge_or_break_a_key_is_refused(
        self, table: Table, raw: RawTable, provider: str, account_id: str, type: str, field: str
    ) -> None:
        await samples.user(table, "u1")
        with pytest.raises(Rejected) as refusal:
            await accounts.link(table, "u1", NewAccount(provider, account_id, type, {}))
        assert refusal.value.field == field
        assert await linked(table, "u1") == set()

    async def test_an_account_id_may_hold_the_separator(self, table: Table) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1", "github", "a#b")
        found = await accounts.get(table, "u1", "github", "a#b")
        assert found is not None
        assert found.provider_account_id == "a#b"

    @any_names
    @pytest.mark.parametrize("writers", [2, 8])
    async def test_of_concurrent_links_of_one_account_exactly_one_succeeds(self, table: Table, writers: int) -> None:
        for i in range(writers):
            await samples.user(table, f"u{i}")
        for turn in range(5):
            made, refused = await samples.outcomes(
                samples.account(table, f"u{i}", "github", str(turn)) for i in range(writers)
            )
            assert len(made) == 1
            assert all(isinstance(reason, AlreadyExists) for reason in refused), refused
            assert len(await accounts.find(table, "github", str(turn))) == 1


class TestFind:
    async def test_every_link_of_an_account_is_found(self, table: Table, raw: RawTable) -> None:
        odd_rows.account_of_several_users(raw, "github", "1", "u1", "u2")
        assert {account.user_id for account in await accounts.find(table, "github", "1")} == {"u1", "u2"}

    async def test_more_links_than_a_page_holds_are_all_found(self, table: Table, raw: RawTable) -> None:
        for i in range(4):
            odd_rows.account(raw, f"u{i}", "github", "1", id_token=text("x" * 380_000))
        assert len(await accounts.find(table, "github", "1")) == 4

    async def test_two_accounts_with_one_sort_key_are_told_apart(self, table: Table, raw: RawTable) -> None:
        odd_rows.account(raw, "u1", "a#b", "c")
        assert [account.user_id for account in await accounts.find(table, "a#b", "c")] == ["u1"]
        assert await accounts.find(table, "a", "b#c") == []
        assert await accounts.get(table, "u1", "a#b", "c") is not None
        assert await accounts.get(table, "u1", "a", "b#c") is None

    @pytest.mark.parametrize(
        ("provider", "account_id"),
        [("github", "none"), ("", "1"), ("github", ""), ("a\0", "1"), ("\ud800", "1"), ("a" * 600, "b" * 600)],
    )
    async def test_an_account_that_nobody_has_or_can_have_is_not_found(
        self, table: Table, provider: str, account_id: str
    ) -> None:
        assert await accounts.find(table, provider, account_id) == []
        assert await accounts.get(table, "u1", provider, account_id) is None

    async def test_an_account_without_attributes_is_read_by_its_key(self, table: Table, raw: RawTable) -> None:
        raw.put(raw.keys("USER#u1", "ACCOUNT#github#1#2"))
        account = await accounts.get(table, "u1", "github", "1#2")
        assert account is not None
        assert (account.user_id, account.type) == ("u1", "oauth")


class TestUnlink:
    @any_names
    async def test_account_and_lock_go_and_the_rest_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1", "github", "2")
        before = raw.items()
        account = await samples.account(table, "u1")
        assert (await accounts.unlink(table, account)).provider_account_id == "1"
        assert raw.items() == before

    async def test_an_account_that_is_gone_is_not_found(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1", "github", "2")
        account = await samples.account(table, "u1")
        await accounts.unlink(table, account)
        for force in (False, True):
            with pytest.raises(NotFound):
                await accounts.unlink(table, account, force=force)

    async def test_a_lock_that_is_somebody_elses_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1")
        odd_rows.account_of_several_users(raw, "github", "1", "u2")
        odd_rows.account(raw, "u2", "google", "2")
        (theirs,) = [account for account in await accounts.find(table, "github", "1") if account.user_id == "u2"]
        await accounts.unlink(table, theirs)
        assert lock_owner(raw) == "u1"
        assert await linked(table, "u2") == {"2"}

    async def test_a_foreign_lock_does_not_let_the_last_way_to_sign_in_go(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1")
        odd_rows.account_of_several_users(raw, "github", "1", "u2")
        (theirs,) = [account for account in await accounts.find(table, "github", "1") if account.user_id == "u2"]
        with pytest.raises(LastSignIn):
            await accounts.unlink(table, theirs)
        await accounts.unlink(table, theirs, force=True)
        assert await linked(table, "u2") == set()
        assert lock_owner(raw) == "u1"

    async def test_the_last_way_to_sign_in_stays_unless_forced(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        account = await samples.account(table, "u1")
        before = raw.items()
        with pytest.raises(LastSignIn):
            await accounts.unlink(table, account)
        assert raw.items() == before
        await accounts.unlink(table, account, force=True)
        assert await linked(table, "u1") == set()
        assert lock_owner(raw) is None

    async def test_a_passkey_is_a_way_to_sign_in(self, table: Table) -> None:
        await samples.user(table, "u1")
        await passkey(table, "u1")
        await accounts.link(table, "u1", NewAccount("passkey", "p1", "webauthn", {}))
        await accounts.unlink(table, await samples.account(table, "u1"))
        assert await linked(table, "u1") == {"p1"}

    async def test_another_users_account_is_none(self, table: Table) -> None:
        await samples.user(table, "u1")
        await samples.user(table, "u2")
        await samples.account(table, "u2", "github", "2")
        with pytest.raises(LastSignIn):
            await accounts.unlink(table, await samples.account(table, "u1"))

    async def test_what_is_kept_is_as_it_was(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        odd_rows.account(raw, "u1", "google", "2", **{"x-y": text("kept")})
        before = stored(raw, "u1", "google", "2")
        await accounts.unlink(table, await samples.account(table, "u1"))
        assert stored(raw, "u1", "google", "2") == before

    async def test_of_two_concurrent_unlinks_of_the_last_two_exactly_one_succeeds(self, table: Table) -> None:
        for turn in range(25):
            user_id = f"u{turn}"
            await samples.user(table, user_id)
            both = [await samples.account(table, user_id, provider, user_id) for provider in ("a", "b")]
            gone, refused = await samples.outcomes(accounts.unlink(table, account) for account in both)
            assert len(gone) == 1, refused
            assert isinstance(refused[0], LastSignIn)
            assert len(await linked(table, user_id)) == 1

    async def test_of_many_concurrent_unlinks_of_everything_at_least_one_way_to_sign_in_is_left(
        self, table: Table
    ) -> None:
        for turn in range(5):
            user_id = f"u{turn}"
            await samples.user(table, user_id)
            every = [await samples.account(table, user_id, "github", f"{turn}-{i}") for i in range(4)]
            key = await passkey(table, user_id, f"key{turn}")
            await samples.outcomes(
                [*(accounts.unlink(table, account) for account in every), authenticators.delete(table, key)]
            )
            page = await table.query_partition(f"USER#{user_id}", consistent=True)
            assert len(page.items) >= 2

    async def test_ways_to_sign_in_that_keep_changing_are_stale_in_the_end(
        self, table: Table, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await samples.user(table, "u1")
        account = await samples.account(table, "u1")
        other = await samples.account(table, "u1", "github", "2")
        await accounts.unlink(table, other)
        another = last_sign_in.another

        async def outdated(*arguments: Any) -> Any:
            """What was stored a moment before."""
            again = await samples.account(table, "u1", "github", "2")
            found = await another(*arguments)
            await table.delete(table.key_of(again.item))
            return found

        monkeypatch.setattr(last_sign_in, "another", outdated)
        with pytest.raises(Stale):
            await accounts.unlink(table, account)
        assert await linked(table, "u1") == {"1"}


class TestUpdateTokens:
    @any_names
    async def test_tokens_that_are_as_expected_are_replaced_and_the_rest_stays(
        self, table: Table, raw: RawTable
    ) -> None:
        odd_rows.account(raw, "u1", "github", "1", access_token=text("old"), refresh_token=text("r"), scope=text("s"))
        before = stored(raw)
        assert before is not None
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        changes = {"access_token": "new", "refresh_token": None, "expires_at": 4_000_000_000}
        updated = await accounts.update_tokens(table, account, changes, {"access_token": "old", "refresh_token": "r"})
        assert (updated.access_token, updated.refresh_token, updated.scope) == ("new", None, "s")
        changed = {"access_token": text("new"), "refresh_token": NULL, "expires_at": number(4_000_000_000)}
        assert stored(raw) == before | changed

    @pytest.mark.parametrize("given", [{}, {"refresh_token": NULL}])
    async def test_expecting_none_means_absent_or_null(
        self, table: Table, raw: RawTable, given: dict[str, dict[str, Any]]
    ) -> None:
        odd_rows.account(raw, "u1", "github", "1", **given)
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        updated = await accounts.update_tokens(table, account, {"refresh_token": "new"}, {"refresh_token": None})
        assert updated.refresh_token == "new"

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"refresh_token": text("r")}, {"refresh_token": None}),
            ({"refresh_token": text("r")}, {"refresh_token": "other"}),
            ({"refresh_token": NULL}, {"refresh_token": "r"}),
            ({}, {"refresh_token": "r"}),
            ({"refresh_token": text("r"), "scope": text("s")}, {"refresh_token": "r", "scope": "other"}),
        ],
    )
    async def test_tokens_that_are_not_as_expected_are_stale_and_stay(
        self, table: Table, raw: RawTable, given: dict[str, dict[str, Any]], expected: dict[str, str | None]
    ) -> None:
        odd_rows.account(raw, "u1", "github", "1", **given)
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        before = stored(raw)
        with pytest.raises(Stale) as refusal:
            await accounts.update_tokens(table, account, {"refresh_token": "new"}, expected)
        assert refusal.value.field == "expected"
        assert stored(raw) == before

    async def test_of_concurrent_refreshes_from_one_token_exactly_one_succeeds(
        self, table: Table, raw: RawTable
    ) -> None:
        odd_rows.account(raw, "u1", "github", "1", refresh_token=text("0"))
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        current: str | None = "0"
        for turn in range(5):
            expected = {"refresh_token": current}
            done, refused = await samples.outcomes(
                accounts.update_tokens(table, account, {"refresh_token": f"{turn}-{i}"}, expected) for i in range(8)
            )
            assert len(done) == 1
            assert all(isinstance(reason, Stale) for reason in refused)
            current = done[0].refresh_token

    async def test_an_account_that_is_gone_is_not_made_again(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        account = await samples.account(table, "u1")
        await accounts.unlink(table, account, force=True)
        with pytest.raises(NotFound):
            await accounts.update_tokens(table, account, {"access_token": "new"}, {})
        assert stored(raw) is None

    async def test_a_token_can_be_taken_off(self, table: Table, raw: RawTable) -> None:
        odd_rows.account(raw, "u1", "github", "1", id_token=text("x"))
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        await accounts.update_tokens(table, account, {"id_token": REMOVE}, {})
        item = stored(raw)
        assert item is not None
        assert "id_token" not in item

    @pytest.mark.parametrize("changes", [{}, {"scope": "s"}, {"token_type": None}], ids=["none", "the same", "absent"])
    async def test_what_is_expected_is_compared_where_nothing_changes_too(
        self, table: Table, raw: RawTable, changes: dict[str, str | None]
    ) -> None:
        odd_rows.account(raw, "u1", "github", "1", access_token=text("a"), scope=text("s"))
        before = stored(raw)
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        for expected in ({"access_token": "other"}, {"access_token": None}, {"access_token": "a", "id_token": "i"}):
            with pytest.raises(Stale):
                await accounts.update_tokens(table, account, changes, expected)
        assert stored(raw) == before
        same = await accounts.update_tokens(table, account, changes, {"access_token": "a", "refresh_token": None})
        assert same.access_token == "a"

    async def test_of_an_account_that_is_gone_nothing_is_as_expected(self, table: Table, raw: RawTable) -> None:
        odd_rows.account(raw, "u1", "github", "1", access_token=text("a"))
        account = await accounts.get(table, "u1", "github", "1")
        assert account is not None
        await accounts.unlink(table, account, force=True)
        with pytest.raises(NotFound):
            await accounts.update_tokens(table, account, {}, {"access_token": "a"})

    async def test_a_change_of_nothing_writes_nothing(self, proxied: Table, proxy: CountingProxy) -> None:
        await users.create(proxied, users.NewUser(user_id="u1"))
        account = await samples.account(proxied, "u1")
        proxy.reset()
        assert await accounts.update_tokens(proxied, account, {}, {}) is account
        assert proxy.total == 0
