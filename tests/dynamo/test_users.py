"""Users: what is stored and found, one user per e-mail address, and index keys that follow the address."""

import re

import pytest

from dynamo import deletion, users
from dynamo.client import Table
from dynamo.errors import AlreadyExists, NotFound, Rejected, Stale
from dynamo.expressions import REMOVE
from dynamo.users import NewUser
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import NULL, Item, RawTable, number, text
from tests.tables import any_names

ADA = "ada@example.com"
NEW = "new@example.com"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def stored(raw: RawTable, user_id: str = "u1") -> Item | None:
    return raw.get(f"USER#{user_id}", f"USER#{user_id}")


def lock_owner(raw: RawTable, email: str) -> str | None:
    lock = raw.get(f"LOCK#EMAIL#{email}", f"LOCK#EMAIL#{email}")
    return None if lock is None else str(lock["owner"]["S"])


def but_time(item: Item | None) -> Item:
    """A user without the time of their creation."""
    assert item is not None
    assert item.pop("createdAt")["S"]
    return item


def but_claim(item: Item | None) -> Item:
    """A lock without the random value that differs each time it is taken."""
    assert item is not None
    assert item.pop("claim")["S"]
    return item


async def ids(table: Table, email: str) -> list[str]:
    return [user.user_id for user in await users.find_by_email(table, email)]


class TestCreate:
    @any_names
    async def test_a_user_is_stored_as_the_adapter_stores_one_beside_the_lock_of_its_email(
        self, table: Table, raw: RawTable
    ) -> None:
        new = NewUser({"name": "Ada", "image": None, "emailVerified": samples.VERIFIED, "age": 36}, ADA, "u1")
        await users.create(table, new)
        lock, user = raw.items()
        assert but_time(user) == raw.keys("USER#u1", "USER#u1", (f"USER#{ADA}", f"USER#{ADA}")) | {
            "type": text("USER"),
            "id": text("u1"),
            "email": text(ADA),
            "emailVerified": text("2024-02-29T12:00:00.005Z"),
            "name": text("Ada"),
            "image": NULL,
            "age": number(36),
        }
        key = f"LOCK#EMAIL#{ADA}"
        assert but_claim(lock) == raw.keys(key, key) | {"type": text("LOCK"), "owner": text("u1")}

    @any_names
    async def test_without_an_email_there_are_no_index_keys_and_no_lock(self, table: Table, raw: RawTable) -> None:
        await users.create(table, NewUser(user_id="u1"))
        (user,) = raw.items()
        assert but_time(user) == raw.keys("USER#u1", "USER#u1") | {"id": text("u1"), "type": text("USER")}

    async def test_what_was_stored_is_returned(self, table: Table) -> None:
        user = await users.create(table, NewUser({"name": "Ada", "plan": "pro"}, ADA, "u1"))
        assert (user.user_id, user.email, user.name, user.image) == ("u1", ADA, "Ada", None)
        assert user.attributes == {"plan": "pro"}

    async def test_an_id_that_is_not_chosen_is_a_random_uuid(self, table: Table) -> None:
        first, second = await samples.user(table), await samples.user(table)
        assert UUID.fullmatch(first.user_id)
        assert first.user_id != second.user_id

    async def test_the_email_is_stored_normalised(self, table: Table, raw: RawTable) -> None:
        await users.create(table, NewUser(email="  ＡDA@Example.COM ", user_id="u1"))
        item = stored(raw)
        assert item is not None
        assert (item["email"], item["GSI1PK"]) == (text(ADA), text(f"USER#{ADA}"))

    @pytest.mark.parametrize("email", [None, NEW])
    async def test_a_taken_id_is_refused_and_its_user_stays(
        self, table: Table, raw: RawTable, email: str | None
    ) -> None:
        await samples.user(table, "u1", name="Ada")
        before = raw.items()
        with pytest.raises(AlreadyExists) as refusal:
            await users.create(table, NewUser({"name": "Eve"}, email, "u1"))
        assert refusal.value.field == "userId"
        assert raw.items() == before

    @pytest.mark.parametrize("email", ["", "null", "undefined", "ada", "a@b@c", "a@b\0", "\ud800@b"])
    async def test_what_is_no_email_is_refused(self, table: Table, raw: RawTable, email: str) -> None:
        with pytest.raises(Rejected) as refusal:
            await users.create(table, NewUser(email=email))
        assert refusal.value.field == "email"
        assert raw.items() == []

    @pytest.mark.parametrize("user_id", ["", "a#b", "a\0b", "\ud800", "a" * 801])
    async def test_an_id_that_could_forge_or_break_a_key_is_refused(
        self, table: Table, raw: RawTable, user_id: str
    ) -> None:
        with pytest.raises(Rejected) as refusal:
            await users.create(table, NewUser(user_id=user_id))
        assert refusal.value.field == "userId"
        assert raw.items() == []

    async def test_it_costs_two_requests(self, proxied: Table, proxy: CountingProxy) -> None:
        await users.create(proxied, NewUser(email=ADA))
        assert proxy.operations == ["Query", "TransactWriteItems"]


class TestGet:
    @any_names
    async def test_a_user_is_read_by_id(self, table: Table) -> None:
        await samples.user(table, "u1", ADA)
        user = await users.get(table, "u1")
        assert user is not None
        assert user.email == ADA
        assert user.attributes == {}

    @pytest.mark.parametrize("user_id", ["nobody", "", "a\0", "\ud800", "a" * 801])
    async def test_an_id_that_nobody_has_or_can_have_finds_nobody(self, table: Table, user_id: str) -> None:
        assert await users.get(table, user_id) is None


class TestFindByEmail:
    @any_names
    @pytest.mark.parametrize("asked", [ADA, "ADA@example.com", " ada@EXAMPLE.com "])
    async def test_a_user_is_found_however_the_address_is_spelled(self, table: Table, asked: str) -> None:
        await samples.user(table, "u1", ADA)
        assert await ids(table, asked) == ["u1"]

    async def test_a_user_whose_address_the_adapter_stored_as_it_came_is_found_by_that_spelling(
        self, table: Table, raw: RawTable
    ) -> None:
        odd_rows.user(raw, "u1", "Ada@Example.com")
        assert await ids(table, "Ada@Example.com") == ["u1"]

    async def test_both_spellings_of_an_address_are_found_together(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "Ada@Example.com")
        odd_rows.user(raw, "u2", ADA)
        assert await ids(table, "Ada@Example.com") == ["u2", "u1"]

    async def test_every_user_of_a_shared_address_is_found(self, table: Table, raw: RawTable) -> None:
        odd_rows.users_sharing_email(raw, ADA, "u1", "u2", "u3")
        assert sorted(await ids(table, ADA)) == ["u1", "u2", "u3"]

    async def test_more_users_of_an_address_than_a_page_holds_are_all_found(self, table: Table, raw: RawTable) -> None:
        for i in range(4):
            odd_rows.user(raw, f"u{i}", ADA, bio=text("x" * 380_000))
        assert sorted(await ids(table, ADA)) == ["u0", "u1", "u2", "u3"]

    @pytest.mark.parametrize("email", ["null", "undefined", "", "NULL", "a\0", "\ud800", "a" * 801])
    async def test_what_stands_for_no_email_finds_nobody(self, table: Table, raw: RawTable, email: str) -> None:
        odd_rows.users_without_email(raw)
        assert await ids(table, email) == []

    async def test_it_costs_one_request(self, proxied: Table, proxy: CountingProxy) -> None:
        await users.find_by_email(proxied, ADA)
        assert proxy.operations == ["Query"]


class TestUpdate:
    @any_names
    async def test_what_is_given_is_set_and_everything_else_stays(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", ADA, name=text("Ada"), age=number(36), **{"odd.name-x": text("kept")})
        before = stored(raw)
        assert before is not None
        await users.update(table, "u1", {"name": "Countess", "emailVerified": samples.VERIFIED})
        assert stored(raw) == before | {"name": text("Countess"), "emailVerified": text("2024-02-29T12:00:00.005Z")}

    async def test_none_is_null_and_remove_takes_off(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", name="Ada", image="i", age=36)
        await users.update(table, "u1", {"name": None, "image": REMOVE})
        item = stored(raw)
        assert item is not None
        assert item["name"] == NULL
        assert "image" not in item
        assert item["age"] == number(36)

    async def test_the_new_user_is_returned(self, table: Table) -> None:
        await samples.user(table, "u1", ADA, age=36)
        user = await users.update(table, "u1", {"name": "Ada"})
        assert (user.name, user.email, user.attributes) == ("Ada", ADA, {"age": 36})

    async def test_a_change_of_nothing_writes_nothing(self, proxied: Table, proxy: CountingProxy) -> None:
        await samples.user(proxied, "u1")
        proxy.reset()
        assert (await users.update(proxied, "u1", {})).user_id == "u1"
        assert proxy.operations == ["GetItem"]

    @pytest.mark.parametrize("changes", [{}, {"name": "Eve"}, {"email": NEW}, {"email": None}])
    async def test_a_user_who_is_not_there_is_not_made(
        self, table: Table, raw: RawTable, changes: dict[str, str | None]
    ) -> None:
        with pytest.raises(NotFound):
            await users.update(table, "nobody", changes)
        assert raw.items() == []

    @pytest.mark.parametrize("changes", [{"name": "Eve"}, {"email": NEW}])
    async def test_a_user_who_is_being_deleted_is_not_changed(
        self, table: Table, raw: RawTable, changes: dict[str, str]
    ) -> None:
        odd_rows.user(raw, "u1", ADA, deletingAt=text("2026-01-01T00:00:00.000Z"))
        before = raw.items()
        with pytest.raises(NotFound):
            await users.update(table, "u1", changes)
        assert raw.items() == before

    async def test_a_ghost_is_changed_like_a_user(self, table: Table, raw: RawTable) -> None:
        odd_rows.ghost_user(raw, "u1")
        assert (await users.update(table, "u1", {"name": "Ada"})).name == "Ada"


class TestChangeOfEmail:
    @any_names
    async def test_email_index_keys_and_lock_move_and_everything_else_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA, name="Ada", age=36)
        before = stored(raw)
        assert before is not None
        user = await users.update(table, "u1", {"email": "New@Example.com", "age": 37})
        assert user.email == NEW
        assert stored(raw) == before | raw.keys("USER#u1", "USER#u1", (f"USER#{NEW}", f"USER#{NEW}")) | {
            "email": text(NEW),
            "emailVerified": NULL,
            "age": number(37),
        }
        assert (lock_owner(raw, NEW), lock_owner(raw, ADA)) == ("u1", None)

    async def test_a_verification_given_along_is_kept(self, table: Table) -> None:
        await samples.user(table, "u1", ADA)
        user = await users.update(table, "u1", {"email": NEW, "emailVerified": samples.VERIFIED})
        assert user.email_verified == samples.VERIFIED

    async def test_the_same_address_in_another_spelling_keeps_its_verification(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1", ADA, emailVerified=samples.VERIFIED)
        user = await users.update(table, "u1", {"email": "ADA@example.com"})
        assert user.email_verified == samples.VERIFIED
        assert lock_owner(raw, ADA) == "u1"

    async def test_an_address_stored_as_it_came_is_normalised_and_locked_and_stays_verified(
        self, table: Table, raw: RawTable
    ) -> None:
        odd_rows.user(raw, "u1", "Ada@Example.com", emailVerified=text("2024-01-01T00:00:00.000Z"))
        user = await users.update(table, "u1", {"email": ADA})
        item = stored(raw)
        assert item is not None
        assert (item["email"], item["GSI1PK"], item["GSI1SK"]) == (text(ADA), text(f"USER#{ADA}"), text(f"USER#{ADA}"))
        assert user.email_verified is not None
        assert lock_owner(raw, ADA) == "u1"

    @any_names
    async def test_without_an_email_index_keys_and_lock_are_gone(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA)
        user = await users.update(table, "u1", {"email": None})
        assert user.email is None
        (stored,) = raw.items()
        assert but_time(stored) == raw.keys("USER#u1", "USER#u1") | {
            "id": text("u1"),
            "type": text("USER"),
            "email": NULL,
            "emailVerified": NULL,
        }

    @any_names
    async def test_a_user_without_an_email_gets_one_with_index_keys_and_lock(self, table: Table, raw: RawTable) -> None:
        odd_rows.user_without_email(raw, "u1", "USER#null", {"email": NULL})
        await users.update(table, "u1", {"email": ADA})
        assert await ids(table, ADA) == ["u1"]
        assert lock_owner(raw, ADA) == "u1"

    async def test_an_index_that_the_adapter_left_behind_is_put_right(self, table: Table, raw: RawTable) -> None:
        odd_rows.user_with_stale_index(raw, "u1", NEW, ADA)
        await users.update(table, "u1", {"email": NEW})
        assert await ids(table, NEW) == ["u1"]
        assert lock_owner(raw, NEW) == "u1"

    async def test_the_lock_of_an_address_that_the_adapter_changed_is_released(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1", "first@example.com")
        odd_rows.user_with_stale_index(raw, "u1", "second@example.com", "first@example.com")
        await users.update(table, "u1", {"email": "third@example.com"})
        assert lock_owner(raw, "first@example.com") is None
        assert lock_owner(raw, "third@example.com") == "u1"

    async def test_a_lock_that_is_somebody_elses_by_now_stays_theirs(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA)
        odd_rows.user_with_stale_index(raw, "u1", "other@example.com", ADA)
        await samples.user(table, "u2", ADA)
        await users.update(table, "u1", {"email": NEW})
        assert lock_owner(raw, ADA) == "u2"
        assert lock_owner(raw, NEW) == "u1"

    async def test_an_address_that_is_taken_is_refused_and_nothing_changes(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA)
        await samples.user(table, "u2", NEW)
        before = raw.items()
        with pytest.raises(AlreadyExists) as refusal:
            await users.update(table, "u1", {"email": NEW, "name": "Eve"})
        assert refusal.value.field == "email"
        assert raw.items() == before

    async def test_what_is_no_address_is_refused(self, table: Table) -> None:
        await samples.user(table, "u1", ADA)
        with pytest.raises(Rejected):
            await users.update(table, "u1", {"email": "not an address"})

    async def test_an_email_that_keeps_changing_meanwhile_is_stale_in_the_end(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await samples.user(table, "u1", ADA)
        read = users.get_with_lock
        changes = iter(range(100))

        async def overtaken(*arguments: object, **options: object) -> object:
            found = await read(*arguments, **options)  # type: ignore[arg-type]
            odd_rows.user_with_stale_index(raw, "u1", f"a{next(changes)}@example.com", ADA)
            return found

        monkeypatch.setattr(users, "get_with_lock", overtaken)
        with pytest.raises(Stale):
            await users.update(table, "u1", {"email": NEW})
        assert lock_owner(raw, NEW) is None


class TestUniqueness:
    async def test_an_address_without_a_lock_is_taken_all_the_same(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", ADA)
        with pytest.raises(AlreadyExists) as refusal:
            await samples.user(table, "u2", ADA)
        assert refusal.value.field == "email"

    async def test_an_address_is_taken_in_every_spelling(self, table: Table) -> None:
        await samples.user(table, "u1", ADA)
        with pytest.raises(AlreadyExists):
            await samples.user(table, "u2", "ADA@EXAMPLE.COM")

    async def test_the_lock_of_a_user_whom_the_adapter_deleted_is_taken_over(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA)
        await table.delete(table.key("USER#u1", "USER#u1"))
        await samples.user(table, "u2", ADA)
        assert lock_owner(raw, ADA) == "u2"

    async def test_the_lock_of_a_user_whose_email_the_adapter_changed_is_taken_over(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1", ADA)
        odd_rows.user_with_stale_index(raw, "u1", "other@example.com", ADA)
        await samples.user(table, "u2", ADA)
        assert lock_owner(raw, ADA) == "u2"
        assert await ids(table, ADA) == ["u2"]

    async def test_a_lock_that_its_owner_took_again_is_not_taken_over(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await samples.user(table, "u1", ADA)
        odd_rows.user_with_stale_index(raw, "u1", "other@example.com", "other@example.com")
        read = users.get

        async def overtaken(*arguments: object, **options: object) -> object:
            """Between the check of the lock's owner and the write, the owner takes the address again."""
            user = await read(*arguments, **options)  # type: ignore[arg-type]
            monkeypatch.setattr(users, "get", read)
            await users.update(table, "u1", {"email": ADA})
            return user

        monkeypatch.setattr(users, "get", overtaken)
        with pytest.raises(AlreadyExists):
            await samples.user(table, "u2", ADA)
        assert await ids(table, ADA) == ["u1"]

    async def test_a_deleted_users_address_is_free(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", ADA)
        await deletion.delete(table, "u1")
        await samples.user(table, "u2", ADA)
        assert lock_owner(raw, ADA) == "u2"

    async def test_an_address_that_was_left_is_free(self, table: Table) -> None:
        await samples.user(table, "u1", ADA)
        await users.update(table, "u1", {"email": NEW})
        await samples.user(table, "u2", ADA)
        assert await ids(table, ADA) == ["u2"]

    @any_names
    @pytest.mark.parametrize("writers", [2, 8])
    async def test_of_concurrent_creates_with_one_email_exactly_one_succeeds(self, table: Table, writers: int) -> None:
        for i in range(5):
            email = f"a{i}@example.com"
            made, refused = await samples.outcomes(samples.user(table, None, email) for _ in range(writers))
            assert len(made) == 1
            assert all(isinstance(reason, AlreadyExists) for reason in refused), refused
            assert await ids(table, email) == [made[0].user_id]

    @pytest.mark.parametrize("writers", [2, 8])
    async def test_of_concurrent_changes_to_one_email_exactly_one_succeeds(self, table: Table, writers: int) -> None:
        for i in range(writers):
            await samples.user(table, f"u{i}", f"u{i}@example.com")
        for turn in range(5):
            email = f"wanted{turn}@example.com"
            moved, refused = await samples.outcomes(
                users.update(table, f"u{i}", {"email": email}) for i in range(writers)
            )
            assert len(moved) == 1
            assert all(isinstance(reason, AlreadyExists) for reason in refused), refused
            assert await ids(table, email) == [moved[0].user_id]

    async def test_of_concurrent_changes_of_one_users_email_one_holds_with_its_lock_alone(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1", ADA)
        wanted = [f"a{i}@example.com" for i in range(3)]
        await samples.outcomes(users.update(table, "u1", {"email": email}) for email in wanted)
        item = stored(raw)
        assert item is not None
        email = item["email"]["S"]
        assert [address for address in (ADA, *wanted) if lock_owner(raw, address)] == [email]
        assert item["GSI1PK"] == text(f"USER#{email}")
