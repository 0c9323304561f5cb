"""`mergeUsers`: one user gets every way to sign in of another, who is deleted, once and however often it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Any

import pytest

from dynamo import deletion, merge_notes, merging
from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy, Error
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, key_with, passkey, refusals, sign_up

MERGED = "user { userId name email } deletedUserId"
BOTH = {"keep": {"userId": "ada"}, "lose": {"userId": "bob"}}
WRITING = ("USERS_WRITE", "ACCOUNTS_WRITE", "SESSIONS_WRITE")


def keys_of(person: Person) -> dict[str, dict[str, Any]]:
    """Every key of a person."""
    return {
        "id": {"id": person.id},
        "userId": {"userId": person.name},
        "email": {"email": person.email},
        "account": {"account": person.account},
        "sessionToken": {"sessionToken": person.token},
    }


async def owner(api: Api, account: dict[str, str]) -> str | None:
    """The raw id of the user whom an account signs in."""
    data = await api.data("query($a: AccountKey!) { user(by: {account: $a}) { userId } }", {"a": account})
    return None if data["user"] is None else str(data["user"]["userId"])


@pytest.fixture
def crashing(proxied_settings: TableSettings) -> Api:
    """An API that gives up at once, so that what happens after a cut equals a crash."""
    return make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


async def test_accounts_and_passkeys_move_and_everything_else_of_the_kept_user_stays(
    api: Api, ada: Person, bob: Person
) -> None:
    await passkey(api, bob, "a2V5", linked=True)
    await api.changed("updateUser", "user { id }", by={"id": bob.id}, attributes={"plan": "paid", "team": "blue"})
    await api.changed("updateUser", "user { id }", by={"id": ada.id}, attributes={"plan": "free"})
    payload = await api.changed("mergeUsers", MERGED + " user { attributes }", **BOTH)
    assert payload["user"] == {"userId": "ada", "name": "Ada", "email": ada.email, "attributes": {"plan": "free"}}
    assert payload["deletedUserId"] == bob.id
    for account in (ada.account, bob.account, {"provider": "passkey", "providerAccountId": "a2V5"}):
        assert await owner(api, account) == "ada"
    document = "query($a: AccountBy!) { account(by: $a) { tokens { accessToken refreshToken } } }"
    moved = (await api.data(document, {"a": {"account": bob.account}}))["account"]["tokens"]
    assert moved == {"accessToken": "access-token-of-bob", "refreshToken": "refresh-token-of-bob"}
    held = await api.data('{ authenticator(by: {credentialId: "a2V5"}) { user { userId } } }')
    assert held["authenticator"] == {"user": {"userId": "ada"}}
    assert await api.acting_as(bob.token).codes("{ viewer { user { id } } }") == ["UNAUTHENTICATED"]
    assert (await api.acting_as(ada.token).data("{ viewer { user { userId } } }"))["viewer"]["user"]["userId"] == "ada"
    # The address of the other user is free.
    await api.changed("createUser", "user { id }", email=bob.email)
    await assert_clean(api.table)


@pytest.mark.parametrize("key", ["id", "userId", "email", "account", "sessionToken"])
async def test_a_call_that_is_sent_again_succeeds_again_whatever_key_it_names_them_by(
    api: Api, ada: Person, bob: Person, raw: RawTable, key: str
) -> None:
    given = {"keep": {"email": ada.email}, "lose": keys_of(bob)[key]}
    first = await api.changed("mergeUsers", MERGED, **given)
    stored = raw.items()
    assert await api.changed("mergeUsers", MERGED, **given) == first
    assert await api.changed("mergeUsers", MERGED, **BOTH) == first | {"deletedUserId": bob.id}
    assert raw.items() == stored


async def test_s68_a_call_that_is_sent_again_does_not_merge_who_got_the_address_since(
    api: Api, ada: Person, bob: Person
) -> None:
    given = {"keep": {"userId": "ada"}, "lose": {"email": bob.email}}
    await api.changed("mergeUsers", MERGED, **given)
    await api.changed("createUser", "user { id }", userId="eve", email=bob.email)
    again = await api.changed("mergeUsers", MERGED, **given)
    assert again["deletedUserId"] == bob.id
    assert (await api.data('{ user(by: {userId: "eve"}) { email } }'))["user"] == {"email": bob.email}


@pytest.mark.parametrize("key", ["email", "account"])
async def test_a_merge_that_another_call_has_ended_by_a_deletion_hides_nobody_who_got_the_key_since(
    crashing: Api, api: Api, proxy: CountingProxy, key: str
) -> None:
    await sign_up(api, "ada")
    bob = await sign_up(api, "bob")
    given = {"keep": {"userId": "ada"}, "lose": keys_of(bob)[key]}
    proxy.plan("TransactWriteItems", Error("InternalServerError"), 9, holding="SESSION#")
    assert await crashing.codes(document_of("mergeUsers"), {"input": given}) == ["SERVICE_UNAVAILABLE"]
    proxy.reset()
    await api.changed("deleteUser", "deletedUserId", by={"userId": "bob"})
    await api.changed(
        "registerUser",
        "user { id }",
        user={"userId": "eve", "email": bob.email},
        account={**bob.account, "type": "oauth"},
    )
    merged = await api.changed("mergeUsers", "deletedUserId user { userId }", **given)
    assert merged["deletedUserId"] not in (None, bob.id)
    assert await owner(api, bob.account) == "ada"
    await assert_clean(api.table)


async def test_a_merge_that_is_cut_before_any_write_is_finished_by_the_same_call(
    crashing: Api, api: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    """Whatever key names the user, and wherever the call was cut. The merge of the command is cut at every request."""
    keys = cycle(("email", "account", "sessionToken"))
    cuts: list[int | None] = [None]
    for cut in cuts:
        await sign_up(api, "ada")
        bob = await sign_up(api, "bob")
        given = {"keep": {"userId": "ada"}, "lose": keys_of(bob)[next(keys)]}
        proxy.reset()
        if cut is None:
            await crashing.changed("mergeUsers", MERGED, **given)
            cuts += [place for place, name in enumerate(proxy.operations) if name == "TransactWriteItems"]
        else:
            proxy.cut_after(cut)
            assert await crashing.codes(document_of("mergeUsers"), {"input": given}) == ["SERVICE_UNAVAILABLE"]
            proxy.reset()
        assert (await api.changed("mergeUsers", MERGED, **given))["deletedUserId"] == bob.id
        assert await owner(api, bob.account) == "ada"
        stored = raw.items()
        assert all(text("bob") != item.get("owner") and item["pk"] != text("USER#bob") for item in stored)
        for item in stored:
            raw.delete({name: item[name] for name in ("pk", "sk")})
    assert len(cuts) > 5


def document_of(mutation: str) -> str:
    """A document that sends a mutation."""
    name = mutation[0].upper() + mutation[1:]
    return f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"


async def test_users_who_do_not_exist_are_not_found(api: Api, ada: Person, raw: RawTable) -> None:
    before = raw.items()
    for keep, lose, expected in (
        ({"userId": "ada"}, {"userId": "nobody"}, [("NOT_FOUND", ["lose", "userId"])]),
        ({"userId": "nobody"}, {"userId": "ada"}, [("NOT_FOUND", ["keep"])]),
        (
            {"email": "no@example.com"},
            {"sessionToken": "no"},
            [("NOT_FOUND", ["keep", "email"]), ("NOT_FOUND", ["lose", "sessionToken"])],
        ),
    ):
        assert refusals(await api.change("mergeUsers", MERGED, keep=keep, lose=lose)) == expected
    assert raw.items() == before


async def test_a_user_is_not_merged_into_themselves_whatever_keys_name_them(
    api: Api, ada: Person, raw: RawTable
) -> None:
    before = raw.items()
    for keep in keys_of(ada).values():
        for lose in keys_of(ada).values():
            assert refusals(await api.change("mergeUsers", MERGED, keep=keep, lose=lose)) == [("INVALID", ["lose"])]
    assert raw.items() == before


async def test_a_merge_lets_in_nobody_who_is_disabled_or_being_deleted(
    api: Api, ada: Person, bob: Person, raw: RawTable
) -> None:
    await api.changed("disableUser", "user { id }", by={"id": bob.id})
    before = raw.items()
    assert refusals(await api.change("mergeUsers", MERGED, **BOTH)) == [("DISABLED", ["lose"])]
    bobs = raw.get("USER#bob", "USER#bob") or {}
    marks = ({"deletingAt": text("2030-01-01T00:00:00.000Z")}, {"mergingInto": text("ada")})
    raw.put(bobs | marks[0])
    assert refusals(await api.change("mergeUsers", MERGED, **BOTH)) == [("DISABLED", ["lose"])]
    swapped = {"keep": BOTH["lose"], "lose": BOTH["keep"]}
    assert refusals(await api.change("mergeUsers", MERGED, **swapped)) == [("NOT_FOUND", ["keep"])]
    await sign_up(api, "eve")
    raw.put(bobs | marks[0] | marks[1])
    elsewhere = {"keep": {"userId": "eve"}, "lose": {"userId": "bob"}}
    assert refusals(await api.change("mergeUsers", MERGED, **elsewhere)) == [("DISABLED", ["lose"])]
    raw.put(bobs)
    await api.changed("deleteUser", "user { id }", by={"userId": "eve"})
    assert raw.items() == before
    await api.changed("disableUser", "user { id }", by={"id": ada.id})
    await api.changed("mergeUsers", MERGED, **BOTH)


async def test_no_account_is_dropped_whose_key_something_else_has(
    api: Api, ada: Person, bob: Person, raw: RawTable
) -> None:
    odd_rows.account(raw, "ada", "a", "b#c")
    odd_rows.account(raw, "bob", "a#b", "c")
    before = raw.items()
    assert refusals(await api.change("mergeUsers", MERGED, **BOTH)) == [("TAKEN", ["lose"])]
    assert raw.items() == before


async def test_no_message_repeats_an_id_or_an_address(api: Api, ada: Person, bob: Person, raw: RawTable) -> None:
    """A caller may name users by a key, and does not learn whom it finds."""
    odd_rows.account(raw, "ada", "a", "b#c")
    odd_rows.account(raw, "bob", "a#b", "c")
    given: dict[str, Any] = {"keep": {"account": ada.account}, "lose": {"account": bob.account}}
    bobs = raw.get("USER#bob", "USER#bob") or {}
    seen = []
    for marks in (
        {},
        {"disabledAt": text("2030-01-01T00:00:00.000Z")},
        {"deletingAt": text("2030-01-01T00:00:00.000Z")},
        {"deletingAt": text("2030-01-01T00:00:00.000Z"), "mergingInto": text("ada@example.com")},
    ):
        raw.put(bobs | marks)
        odd_rows.user(raw, "ada@example.com", "a@b.example")
        payload = await api.change("mergeUsers", MERGED, **given)
        seen += [error["message"] for error in payload["userErrors"]]
    payload = await api.change("mergeUsers", MERGED, keep=given["keep"], lose=given["keep"])
    seen += [error["message"] for error in payload["userErrors"]]
    assert len(seen) == 5
    words = {word.strip(".,:") for message in seen for word in message.split()}
    assert words.isdisjoint({"ada", "bob", "ada@example.com", "bob@example.com", ada.provider_account_id})


async def test_a_program_needs_the_scopes_of_all_that_changes(api: Api, ada: Person, bob: Person) -> None:
    for missing in WRITING:
        program = api.acting_as(await key_with(api, *(scope for scope in WRITING if scope != missing)))
        assert await program.codes(document_of("mergeUsers"), {"input": BOTH}) == ["FORBIDDEN"]
    program = api.acting_as(await key_with(api, *WRITING))
    await program.changed("mergeUsers", "deletedUserId", **BOTH)


async def test_notes_of_merges_hold_no_key_and_end_by_themselves(
    api: Api, ada: Person, bob: Person, raw: RawTable
) -> None:
    await api.changed("mergeUsers", MERGED, keep={"userId": "ada"}, lose={"sessionToken": bob.token})
    notes = [item for item in raw.items() if item["pk"]["S"].startswith("MERGE#")]
    assert len(notes) == 2
    assert all(item.keys() == {"pk", "sk", "merged", "expires"} for item in notes)
    assert bob.token not in str(notes)
    for item in notes:
        raw.put(item | {"expires": number(1)})
    assert not await merge_notes.is_done(api.table, "ada", "bob")
    assert refusals(await api.change("mergeUsers", MERGED, **BOTH)) == [("NOT_FOUND", ["lose", "userId"])]


class TestAtOnce:
    """Whatever is done at the same time, the table is clean when all of it is over."""

    async def test_two_merges_of_the_same_users_both_succeed(self, api: Api, ada: Person, bob: Person) -> None:
        payloads = await asyncio.gather(*(api.change("mergeUsers", MERGED, **BOTH) for _ in range(2)))
        for payload in payloads:
            assert refusals(payload) in ([], [("STALE", [])])
        again = await api.changed("mergeUsers", MERGED, **BOTH)
        assert again["deletedUserId"] == bob.id
        assert await owner(api, bob.account) == "ada"
        await assert_clean(api.table)

    async def test_of_two_merges_of_one_user_into_two_one_wins(self, api: Api, ada: Person, bob: Person) -> None:
        await sign_up(api, "eve")
        payloads = await asyncio.gather(
            *(
                api.change("mergeUsers", MERGED, keep={"userId": keep}, lose={"userId": "bob"})
                for keep in ("ada", "eve")
            )
        )
        codes = [code for payload in payloads for code, _ in refusals(payload)]
        assert len(codes) == 1
        assert codes[0] in ("DISABLED", "NOT_FOUND")
        assert await owner(api, bob.account) in ("ada", "eve")
        await assert_clean(api.table)

    async def test_of_two_users_who_are_merged_into_each_other_one_stays(
        self, api: Api, ada: Person, bob: Person
    ) -> None:
        swapped = {"keep": BOTH["lose"], "lose": BOTH["keep"]}
        payloads = await asyncio.gather(*(api.change("mergeUsers", MERGED, **given) for given in (BOTH, swapped)))
        assert len([payload for payload in payloads if payload["deletedUserId"]]) == 1
        left = {await owner(api, person.account) for person in (ada, bob)}
        assert len(left) == 1
        assert left <= {"ada", "bob"}
        await assert_clean(api.table)

    @pytest.mark.parametrize("whose", ["ada", "bob"])
    async def test_a_merge_beside_a_deletion(self, api: Api, ada: Person, bob: Person, whose: str) -> None:
        deleting = asyncio.create_task(api.changed("deleteUser", "user { id }", by={"userId": whose}))
        merged = await api.change("mergeUsers", MERGED, **BOTH)
        await deleting
        assert {code for code, _ in refusals(merged)} <= {"NOT_FOUND", "DISABLED", "STALE"}
        if whose == "ada" and merged["deletedUserId"] is None:
            # Whoever should have been kept is gone. The one to be merged waits for a decision.
            await api.changed("deleteUser", "user { id }", by={"userId": "bob"})
        await assert_clean(api.table)

    @pytest.mark.parametrize("whose", ["ada", "bob"])
    async def test_a_merge_beside_a_link(self, api: Api, ada: Person, bob: Person, whose: str) -> None:
        account = {"provider": "google", "providerAccountId": "1"}
        merged, linked = await asyncio.gather(
            api.change("mergeUsers", MERGED, **BOTH),
            api.change("linkAccount", "account { id }", user={"userId": whose}, **account, type="oauth"),
        )
        assert refusals(merged) == []
        is_linked = linked["account"] is not None
        assert is_linked or refusals(linked) == [("NOT_FOUND", ["user", "userId"])]
        assert await owner(api, account) == ("ada" if is_linked else None)
        await assert_clean(api.table)


INTERLUDES: dict[str, Callable[[Table], Awaitable[object]]] = {
    "the same merge": lambda table: merging.merge(table, "ada", "bob", merge_notes.Call("ada", "bob")),
    "a deletion": lambda table: deletion.delete(table, "bob"),
}


@pytest.mark.parametrize("step", ["empty", "bury", "delete"])
@pytest.mark.parametrize("interlude", INTERLUDES)
async def test_whoever_ends_first_the_other_knows_how(
    api: Api, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, interlude: str, step: str
) -> None:
    """If the same merge was done meanwhile, it is done. If the user was deleted instead, that is told."""
    done = getattr(merging._Merge, step)

    async def late(self: Any) -> None:
        monkeypatch.setattr(merging._Merge, step, done)
        await INTERLUDES[interlude](api.table)
        await done(self)

    monkeypatch.setattr(merging._Merge, step, late)
    payload = await api.change("mergeUsers", MERGED, **BOTH)
    if interlude == "the same merge":
        assert (refusals(payload), payload["deletedUserId"]) == ([], bob.id)
    else:
        assert [code for code, _ in refusals(payload)] == ["STALE"]
    await assert_clean(api.table)


@pytest.mark.parametrize(("accounts", "requests"), [(1, 24), (3, 32)])
async def test_a_merge_takes_these_requests(
    counted_api: Api, api: Api, ada: Person, bob: Person, proxy: CountingProxy, accounts: int, requests: int
) -> None:
    for place in range(accounts - 1):
        account = {"provider": "google", "providerAccountId": str(place), "type": "oauth"}
        await api.changed("linkAccount", "account { id }", user={"userId": "bob"}, **account)
    proxy.reset()
    await counted_api.changed("mergeUsers", "deletedUserId", **BOTH)
    assert len(proxy.operations) == requests, proxy.operations
