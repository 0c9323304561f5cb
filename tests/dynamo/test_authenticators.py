"""Passkeys: each exists once for all users, counters never decrease, and the last way to sign in is kept."""

from collections.abc import Sequence

import pytest

from dynamo import authenticators, models
from dynamo.authenticators import MAX_COUNTER, NewAuthenticator
from dynamo.client import Table
from dynamo.errors import AlreadyExists, LastSignIn, NotFound, Rejected, Stale
from dynamo.models import DeviceType
from tests.dynamo import samples
from tests.interop.raw import NULL, RawTable, number, text
from tests.tables import any_names

LOCK = "LOCK#AUTHENTICATOR#key1"


def new(credential_id: str = "key1", counter: int = 0, transports: Sequence[str] = ()) -> NewAuthenticator:
    return NewAuthenticator(credential_id, "p1", "key", counter, DeviceType.MULTI_DEVICE, True, transports)


async def passkey(table: Table, user_id: str, credential_id: str = "key1", counter: int = 0) -> models.Authenticator:
    """Register a passkey for a user."""
    return await authenticators.create(table, user_id, new(credential_id, counter))


class TestCreate:
    @any_names
    async def test_a_passkey_is_stored_in_its_users_partition_beside_its_lock(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1")
        await passkey(table, "u1")
        lock, item, _ = raw.items()
        assert item == raw.keys("USER#u1", "AUTHENTICATOR#key1", ("AUTHENTICATOR#key1", "AUTHENTICATOR#key1")) | {
            "type": text("AUTHENTICATOR"),
            "credentialID": text("key1"),
            "userId": text("u1"),
            "providerAccountId": text("p1"),
            "credentialPublicKey": text("key"),
            "counter": number(0),
            "credentialDeviceType": text("multiDevice"),
            "credentialBackedUp": {"BOOL": True},
            "transports": NULL,
        }
        assert lock.pop("claim")
        assert lock == raw.keys(LOCK, LOCK) | {"type": text("LOCK"), "owner": text("u1")}

    async def test_what_was_stored_is_returned_and_found(self, table: Table) -> None:
        await samples.user(table, "u1")
        made = await authenticators.create(table, "u1", new("key1", 7, ["usb", "nfc"]))
        found = await authenticators.find(table, "key1")
        for one in (made, found):
            assert one is not None
            assert (one.user_id, one.credential_id, one.provider_account_id) == ("u1", "key1", "p1")
            assert (one.credential_public_key, one.counter, one.transports) == ("key", 7, ["usb", "nfc"])
            assert (one.device_type, one.backed_up) == (DeviceType.MULTI_DEVICE, True)

    async def test_a_credential_of_anybody_is_refused(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.user(table, "u2")
        await passkey(table, "u1")
        before = raw.items()
        for user_id in ("u1", "u2"):
            with pytest.raises(AlreadyExists) as refusal:
                await passkey(table, user_id)
            assert refusal.value.field == "credentialId"
        assert raw.items() == before

    async def test_a_passkey_of_nobody_is_not_stored(self, table: Table, raw: RawTable) -> None:
        with pytest.raises(NotFound):
            await passkey(table, "nobody")
        assert raw.items() == []

    async def test_the_lock_of_a_user_whom_the_adapter_deleted_is_taken_over(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.user(table, "u2")
        made = await passkey(table, "u1")
        await table.delete(table.key_of(made.item))
        await passkey(table, "u2")
        lock = raw.get(LOCK, LOCK)
        assert lock is not None
        assert lock["owner"] == text("u2")

    @pytest.mark.parametrize("credential_id", ["", "\0", "\ud800", "a" * 801])
    async def test_a_credential_that_would_break_a_key_is_refused(self, table: Table, credential_id: str) -> None:
        await samples.user(table, "u1")
        with pytest.raises(Rejected) as refusal:
            await passkey(table, "u1", credential_id)
        assert refusal.value.field == "credentialId"
        assert await authenticators.find(table, credential_id) is None

    @pytest.mark.parametrize("counter", [-1, MAX_COUNTER + 1])
    async def test_a_counter_that_is_no_unsigned_32_bit_number_is_refused(self, table: Table, counter: int) -> None:
        await samples.user(table, "u1")
        with pytest.raises(Rejected) as refusal:
            await passkey(table, "u1", counter=counter)
        assert refusal.value.field == "counter"

    async def test_of_concurrent_registrations_of_one_credential_exactly_one_succeeds(self, table: Table) -> None:
        for i in range(8):
            await samples.user(table, f"u{i}")
        for turn in range(3):
            made, refused = await samples.outcomes(passkey(table, f"u{i}", f"key{turn}") for i in range(8))
            assert len(made) == 1
            assert all(isinstance(reason, AlreadyExists) for reason in refused), refused


class TestUpdateCounter:
    @any_names
    async def test_a_counter_goes_forward_and_the_rest_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1", counter=5)
        before = raw.get("USER#u1", "AUTHENTICATOR#key1")
        assert before is not None
        updated = await authenticators.update_counter(table, made, MAX_COUNTER)
        assert updated.counter == MAX_COUNTER
        assert raw.get("USER#u1", "AUTHENTICATOR#key1") == before | {"counter": number(MAX_COUNTER)}

    async def test_a_counter_may_stay_where_it_is(self, table: Table) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1")
        assert (await authenticators.update_counter(table, made, 0)).counter == 0

    async def test_a_counter_that_goes_back_is_stale(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1", counter=5)
        with pytest.raises(Stale) as refusal:
            await authenticators.update_counter(table, made, 4)
        assert refusal.value.field == "counter"
        item = raw.get("USER#u1", "AUTHENTICATOR#key1")
        assert item is not None
        assert item["counter"] == number(5)

    @pytest.mark.parametrize("counter", [-1, MAX_COUNTER + 1])
    async def test_what_is_no_unsigned_32_bit_number_is_refused(self, table: Table, counter: int) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1")
        with pytest.raises(Rejected):
            await authenticators.update_counter(table, made, counter)

    async def test_a_passkey_that_is_gone_is_not_made_again(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1")
        await authenticators.delete(table, made, force=True)
        with pytest.raises(NotFound):
            await authenticators.update_counter(table, made, 1)
        assert raw.get("USER#u1", "AUTHENTICATOR#key1") is None


class TestDelete:
    @any_names
    async def test_passkey_and_lock_go_and_the_rest_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.account(table, "u1")
        before = raw.items()
        await authenticators.delete(table, await passkey(table, "u1"))
        assert raw.items() == before

    async def test_the_last_way_to_sign_in_stays_unless_forced(self, table: Table) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1")
        with pytest.raises(LastSignIn):
            await authenticators.delete(table, made)
        await authenticators.delete(table, made, force=True)
        assert await authenticators.find(table, "key1") is None

    async def test_another_passkey_is_a_way_to_sign_in(self, table: Table) -> None:
        await samples.user(table, "u1")
        await passkey(table, "u1", "key2")
        await authenticators.delete(table, await passkey(table, "u1"))
        assert await authenticators.find(table, "key1") is None

    async def test_a_passkey_that_is_gone_is_not_found(self, table: Table) -> None:
        await samples.user(table, "u1")
        made = await passkey(table, "u1")
        await authenticators.delete(table, made, force=True)
        with pytest.raises(NotFound):
            await authenticators.delete(table, made, force=True)
