"""One list of everything that can be wrong or odd in a table. Tests are generated from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dynamo import format
from dynamo.doctor import kinds
from dynamo.doctor.kinds import Kind
from tests.dynamo.samples import FUTURE, FUTURE_SECONDS, PAST
from tests.interop import odd_rows
from tests.interop.odd_rows import Attributes
from tests.interop.raw import NULL, RawTable, number, text

LIVE = number(FUTURE_SECONDS)
ADA = "ada@example.com"
ALICE = text("Alice")


@dataclass(frozen=True, slots=True)
class Row:
    """One or a few rows, what is found in them, and which findings a repair leaves."""

    name: str
    put: Callable[[RawTable], None]
    found: Mapping[Kind, int]
    left: Mapping[Kind, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def index(raw: RawTable) -> tuple[str, str]:
    """The names of the two index keys."""
    return raw.settings.index_partition_key, raw.settings.index_sort_key


def lock(raw: RawTable, key: str, owner: str, claim: str = "0123456789abcdef") -> None:
    """Store a lock as authgraph writes it."""
    raw.put(raw.keys(key, key) | {"type": text("LOCK"), "owner": text(owner), "claim": text(claim)})


def entry(raw: RawTable, of: str, user_id: str, value: str, *, owner: str | None = None) -> None:
    """Store an entry of the directory as authgraph writes it."""
    key = f"ENTRY#{of}#{user_id}"
    raw.put(
        raw.keys(key, key)
        | {"type": text(of), "id": text(f"{value}\t{user_id}"), "owner": text(user_id if owner is None else owner)}
    )


def with_entry(put: Callable[[RawTable], None]) -> Callable[[RawTable], None]:
    """Store also the entry of a user `u1` whose name is Alice."""

    def both(raw: RawTable) -> None:
        put(raw)
        entry(raw, "NAME", "u1", "alice")

    return both


def user(raw: RawTable, user_id: str, email: str | None = None, **attributes: dict[str, Any]) -> None:
    """Store a user and the lock of their e-mail address, to which a test adds what is wrong."""
    if email is None:
        odd_rows.user_without_email(raw, user_id, None)
        if attributes:
            key = f"USER#{user_id}"
            raw.put(raw.keys(key, key) | {"id": text(user_id), "type": text("USER")} | attributes)
    else:
        odd_rows.user(raw, user_id, email, **attributes)
        lock(raw, f"LOCK#EMAIL#{email}", user_id)


def account(raw: RawTable, user_id: str, provider: str, account_id: str, **attributes: dict[str, Any]) -> None:
    """Store an account and its lock."""
    odd_rows.account(raw, user_id, provider, account_id, **attributes)
    lock(raw, f"LOCK#ACCOUNT#{len(provider)}#{provider}#{account_id}", user_id)


def passkey(
    raw: RawTable,
    user_id: str,
    credential: str = "pkey",
    *,
    locked: bool = True,
    index: tuple[str, str] | None = None,
) -> None:
    """Store a passkey as authgraph writes it."""
    key = f"AUTHENTICATOR#{credential}"
    plain = {
        "credentialID": text(credential),
        "userId": text(user_id),
        "providerAccountId": text("p"),
        "credentialPublicKey": text("k"),
        "counter": number(0),
        "credentialDeviceType": text("singleDevice"),
        "credentialBackedUp": {"BOOL": False},
        "transports": NULL,
        "type": text("AUTHENTICATOR"),
    }
    raw.put(raw.keys(f"USER#{user_id}", key, index or (key, key)) | plain)
    if locked:
        lock(raw, f"LOCK#AUTHENTICATOR#{credential}", user_id)


def api_key(raw: RawTable, key_id: str, *, indexed: bool = True) -> None:
    """Store an API key, by default with its index keys."""
    key = f"APIKEY#{key_id}"
    raw.put(raw.keys(key, key, ("APIKEY", key) if indexed else None) | {"type": text("APIKEY"), "name": text("shop")})


def rate(raw: RawTable, expires: dict[str, Any]) -> None:
    """Store a count of a caller's requests."""
    raw.put(raw.keys("RATE#00#1", "RATE#00#1") | {"used": number(1), "expires": expires})


def use(raw: RawTable, expires: dict[str, Any]) -> None:
    """Store the note that a verification token was used."""
    raw.put(raw.keys("USE#00", "USE#00") | {"expires": expires})


def merge(raw: RawTable, expires: dict[str, Any]) -> None:
    """Store a note of a merge."""
    raw.put(raw.keys("MERGE#00", "MERGE#00") | {"merged": text("lose"), "expires": expires})


def deleting(since: datetime) -> dict[str, dict[str, Any]]:
    """Set the mark of a deletion on a user."""
    return {"deletingAt": text(format.iso(since))}


def _users_without_email(raw: RawTable) -> None:
    odd_rows.users_without_email(raw)


def _hexadecimal(raw: RawTable) -> None:
    lock(raw, f"LOCK#EMAIL#{ADA}", odd_rows.user_with_hex_id(raw, ADA))


def _stale_index(raw: RawTable) -> None:
    odd_rows.user_with_stale_index(raw, "u1", "new@example.com", "old@example.com")
    lock(raw, "LOCK#EMAIL#old@example.com", "u1")


def _stale_index_beside_its_old_owner(raw: RawTable) -> None:
    odd_rows.user_with_stale_index(raw, "u1", "new@example.com", "old@example.com")
    user(raw, "u2", "old@example.com")


def _not_indexed(raw: RawTable) -> None:
    odd_rows.user_without_email(raw, "u1", None, {"email": text(ADA)})


def _lost_email(raw: RawTable) -> None:
    odd_rows.user_without_email(raw, "u1", "USER#old@example.com", {"email": NULL})
    lock(raw, "LOCK#EMAIL#old@example.com", "u1")


def _two_stale_for_one_address(raw: RawTable) -> None:
    odd_rows.user_with_stale_index(raw, "u1", ADA, "one@example.com")
    odd_rows.user_with_stale_index(raw, "u2", ADA, "two@example.com")


def _mixed_beside_plain(raw: RawTable) -> None:
    odd_rows.user(raw, "u1", "Ada@Example.com")
    user(raw, "u2", ADA)


def _shared_account(raw: RawTable) -> None:
    user(raw, "u1")
    user(raw, "u2")
    odd_rows.account_of_several_users(raw, "google", "g1", "u1", "u2")


def _shared_account_with_lock(raw: RawTable) -> None:
    _shared_account(raw)
    lock(raw, "LOCK#ACCOUNT#6#google#g1", "u2")


def _shared_passkey(raw: RawTable) -> None:
    user(raw, "u1")
    user(raw, "u2")
    passkey(raw, "u1", locked=False)
    passkey(raw, "u2", locked=False)


def _shared_session(raw: RawTable) -> None:
    user(raw, "u1")
    user(raw, "u2")
    odd_rows.session(raw, "u1", "s1", LIVE)
    odd_rows.session(raw, "u2", "s1", LIVE)


def with_user(put: Callable[[RawTable], None]) -> Callable[[RawTable], None]:
    def both(raw: RawTable) -> None:
        user(raw, "u1")
        put(raw)

    return both


def _ambiguous_accounts(raw: RawTable) -> None:
    user(raw, "u1")
    user(raw, "u2")
    account(raw, "u1", "a", "b#c")
    account(raw, "u2", "a#b", "c")


def misplaced_account(raw: RawTable) -> None:
    user(raw, "u1")
    key = raw.keys("USER#u1", "ACCOUNT#github#1", ("ACCOUNT#github", "ACCOUNT#2"))
    plain = {"userId": text("u1"), "provider": text("github"), "providerAccountId": text("1"), "type": text("oauth")}
    raw.put(key | plain)
    lock(raw, "LOCK#ACCOUNT#6#github#1", "u1")


def late_session(raw: RawTable, *lacking: str) -> None:
    """Store a session without an attribute that every create writes."""
    user(raw, "u1")
    odd_rows.session(raw, "u1", "s1", LIVE)
    strip(raw, ("USER#u1", "SESSION#s1"), *lacking)


def late_account(raw: RawTable, *lacking: str) -> None:
    """Store an account without an attribute that every create writes."""
    user(raw, "u1")
    odd_rows.account(raw, "u1", "github", "1")
    strip(raw, ("USER#u1", "ACCOUNT#github#1"), *lacking)


def late_passkey(raw: RawTable, *lacking: str) -> None:
    """Store a passkey without an attribute that every create writes."""
    user(raw, "u1")
    passkey(raw, "u1", locked=False)
    strip(raw, ("USER#u1", "AUTHENTICATOR#pkey"), *lacking)


def strip(raw: RawTable, place: tuple[str, str], *lacking: str) -> None:
    """Remove attributes from an item."""
    item = raw.get(*place)
    assert item is not None
    raw.put({name: value for name, value in item.items() if name not in lacking})


def _orphans(raw: RawTable) -> None:
    account(raw, "gone", "google", "g1")
    odd_rows.session(raw, "gone", "s1", LIVE)
    passkey(raw, "gone")


def _ghost_with_what_is_left(raw: RawTable) -> None:
    odd_rows.ghost_user(raw, "gone", name=text("Ada"))
    account(raw, "gone", "google", "g1")


def begun_delete(raw: RawTable) -> None:
    user(raw, "u1", ADA, **deleting(datetime.now(UTC) - timedelta(hours=2)))
    account(raw, "u1", "google", "g1")
    odd_rows.session(raw, "u1", "s1", LIVE)
    raw.put(raw.keys("USER#u1", "PROFILE#1") | {"of": text("another app")})


def _one_item(**attributes: dict[str, Any]) -> Callable[[RawTable], None]:
    def put(raw: RawTable) -> None:
        sort = raw.keys("USER#u1", "ACCOUNT#github#1", ("ACCOUNT#github", "ACCOUNT#1"))
        plain = {"userId": text("u1"), "provider": text("github"), "providerAccountId": text("1")}
        raw.put(sort | plain | attributes)

    return with_user(put)


def _tombstone(raw: RawTable, since: datetime) -> None:
    """Store a tombstone, and a session that the adapter added during the deletion."""
    odd_rows.ghost_user(raw, "u1", **deleting(since))
    odd_rows.session(raw, "u1", "s1", LIVE)


def _foreign(raw: RawTable) -> None:
    raw.put(raw.keys("ORDER#1", "ORDER#1") | {"type": text("ORDER"), "email": text("Ada@Example.com")})
    raw.put(raw.keys("USER#theirs", "USER#theirs") | {"type": text("CUSTOMER")})
    raw.put(raw.keys("USER#theirs", "PROFILE#1"))
    raw.put(raw.keys("USER#a", "USER#b"))
    raw.put(raw.keys("USER#", "USER#") | {"id": text("")})
    raw.put(raw.keys("USER#", "SESSION#a") | {"sessionToken": text("a")})
    raw.put(raw.keys("VT#a", "SETTINGS"))
    raw.put(raw.keys("LOCK", "LOCK"))
    raw.put(raw.keys("SESSION#a", "SESSION#a", ("SESSION#a", "SESSION#a")) | {"expires": number(1)})
    raw.put(raw.keys("SESSION#b", "SESSION#b", ("SESSION#a", "SESSION#a")) | {"expires": number(1)})


OWNERLESS: list[Attributes] = [
    {},
    {"owner": NULL},
    {"owner": text("")},
    {"owner": number(5)},
    {"owner": {"M": {}}},
    {"owner": text("a\0b")},
]
"""Values of `owner` in locks that have no owner."""


def _entry_of_deleting(raw: RawTable) -> None:
    user(raw, "u1", None, name=ALICE, **deleting(PAST))
    entry(raw, "NAME", "u1", "alice")


ROWS = [
    Row("nothing", lambda raw: None, {}),
    Row("a hexadecimal id", _hexadecimal, {}),
    Row("users without an e-mail", _users_without_email, {kinds.INDEXED_WITHOUT_EMAIL: 4}),
    Row("a user who lost their e-mail", _lost_email, {kinds.INDEXED_WITHOUT_EMAIL: 1, kinds.LOCK_STALE: 1}),
    Row("a user as the adapter writes them", lambda raw: odd_rows.user(raw, "u1", ADA), {kinds.LOCK_MISSING: 1}),
    Row("a stale index", _stale_index, {kinds.INDEX_DISAGREES: 1, kinds.LOCK_STALE: 1}),
    Row("a stale index at somebody's address", _stale_index_beside_its_old_owner, {kinds.INDEX_DISAGREES: 1}),
    Row("an e-mail without index keys", _not_indexed, {kinds.INDEX_DISAGREES: 1}),
    Row("mixed case", lambda raw: odd_rows.user(raw, "u1", "Ada@Example.com"), {kinds.MIXED_CASE: 1}),
    Row("full-width letters", lambda raw: odd_rows.user(raw, "u1", "ａda@example.com"), {kinds.MIXED_CASE: 1}),
    Row(
        "an e-mail too long for a key",
        lambda raw: odd_rows.user_without_email(raw, "u1", None, {"email": text("a" * 1200)}),
        {kinds.EMAIL_UNUSABLE: 1},
        {kinds.EMAIL_UNUSABLE: 1},
    ),
    Row("another id", lambda raw: user(raw, "u1", ADA, id=text("u2")), {kinds.ID_DISAGREES: 1}),
    Row("a ghost", lambda raw: odd_rows.ghost_user(raw, "u1", name=text("Ada")), {kinds.GHOST: 1}),
    Row(
        "a ghost in the index",
        lambda raw: raw.put(raw.keys("USER#u1", "USER#u1", ("USER#a", "USER#a")) | {"id": text("u1")}),
        {kinds.ATTRIBUTES_DISAGREE: 1},
        {kinds.ATTRIBUTES_DISAGREE: 1},
    ),
    Row("a zombie", with_user(lambda raw: odd_rows.zombie_session(raw, "u1", "s1", FUTURE)), {kinds.ZOMBIE: 1}),
    Row("orphans", _orphans, {kinds.ORPHAN: 3}),
    Row("a ghost and what is left of it", _ghost_with_what_is_left, {kinds.GHOST: 1, kinds.ORPHAN: 1}),
    Row("a delete that broke off", begun_delete, {kinds.UNFINISHED_DELETE: 1}),
    Row(
        "a delete that has just begun",
        lambda raw: user(raw, "u1", ADA, **deleting(datetime.now(UTC))),
        {kinds.UNFINISHED_DELETE: 1},
        {kinds.UNFINISHED_DELETE: 1},
    ),
    Row("a tombstone", lambda raw: _tombstone(raw, PAST), {kinds.UNFINISHED_DELETE: 1}),
    Row(
        "a tombstone of a delete under way",
        lambda raw: _tombstone(raw, datetime.now(UTC)),
        {kinds.UNFINISHED_DELETE: 1},
        {kinds.UNFINISHED_DELETE: 1},
    ),
    Row(
        "a merge that broke off",
        lambda raw: user(raw, "u1", ADA, mergingInto=text("u2"), **deleting(PAST)),
        {kinds.UNFINISHED_MERGE: 1},
        {kinds.UNFINISHED_MERGE: 1},
    ),
    Row(
        "a shared e-mail",
        lambda raw: odd_rows.users_sharing_email(raw, ADA, "u1", "u2", "u3"),
        {kinds.DUPLICATE_EMAIL: 1, kinds.LOCK_MISSING: 1},
        {kinds.DUPLICATE_EMAIL: 1},
    ),
    Row(
        "an address that two changed to",
        _two_stale_for_one_address,
        {kinds.DUPLICATE_EMAIL: 1, kinds.INDEX_DISAGREES: 1},
        {kinds.DUPLICATE_EMAIL: 1},
    ),
    Row("mixed case beside plain", _mixed_beside_plain, {kinds.DUPLICATE_EMAIL: 1}, {kinds.DUPLICATE_EMAIL: 1}),
    Row(
        "a shared account",
        _shared_account,
        {kinds.DUPLICATE_ACCOUNT: 1, kinds.LOCK_MISSING: 1},
        {kinds.DUPLICATE_ACCOUNT: 1},
    ),
    Row(
        "a shared account that one has locked",
        _shared_account_with_lock,
        {kinds.DUPLICATE_ACCOUNT: 1},
        {kinds.DUPLICATE_ACCOUNT: 1},
    ),
    Row("accounts whose keys look alike", _ambiguous_accounts, {}),
    Row(
        "a shared passkey",
        _shared_passkey,
        {kinds.DUPLICATE_PASSKEY: 1, kinds.LOCK_MISSING: 1},
        {kinds.DUPLICATE_PASSKEY: 1},
    ),
    Row("a shared session token", _shared_session, {kinds.DUPLICATE_SESSION: 1}, {kinds.DUPLICATE_SESSION: 1}),
    Row(
        "an account without a lock",
        with_user(lambda raw: odd_rows.account(raw, "u1", "google", "g1")),
        {kinds.LOCK_MISSING: 1},
    ),
    Row("a passkey without a lock", with_user(lambda raw: passkey(raw, "u1", locked=False)), {kinds.LOCK_MISSING: 1}),
    Row("an account with other index keys", misplaced_account, {kinds.ITEM_INDEX_DISAGREES: 1}),
    Row(
        "a passkey with other index keys",
        with_user(lambda raw: passkey(raw, "u1", index=("AUTHENTICATOR#a", "AUTHENTICATOR#a"))),
        {kinds.ITEM_INDEX_DISAGREES: 1},
    ),
    Row("a session with an owner alone", lambda raw: late_session(raw, "type", *index(raw)), {kinds.ZOMBIE: 1}),
    Row("a session without index keys", lambda raw: late_session(raw, *index(raw)), {kinds.ZOMBIE: 1}),
    Row("a session without a type in the index", lambda raw: late_session(raw, "type"), {kinds.ZOMBIE: 1}),
    *(
        Row(f"{name} without index keys", put, {kinds.REMNANT: 1}, {kinds.REMNANT: 1})
        for name, put in (
            ("an account", lambda raw: late_account(raw, *index(raw))),
            ("a passkey", lambda raw: late_passkey(raw, *index(raw))),
            ("an account with an owner alone and", lambda raw: late_account(raw, "type", *index(raw))),
        )
    ),
    Row("an API key without index keys", lambda raw: api_key(raw, "1", indexed=False), {kinds.ITEM_INDEX_DISAGREES: 1}),
    Row("an API key", lambda raw: api_key(raw, "1"), {}),
    Row("a stale e-mail lock", lambda raw: lock(raw, f"LOCK#EMAIL#{ADA}", "gone"), {kinds.LOCK_STALE: 1}),
    Row("a stale account lock", lambda raw: lock(raw, "LOCK#ACCOUNT#6#google#g1", "gone"), {kinds.LOCK_STALE: 1}),
    Row("a stale passkey lock", lambda raw: lock(raw, "LOCK#AUTHENTICATOR#c", "gone"), {kinds.LOCK_STALE: 1}),
    *(
        Row(
            f"a lock whose owner is {owner}: {key}",
            lambda raw, key=key, owner=owner: raw.put(raw.keys(key, key) | {"type": text("LOCK")} | owner),  # type: ignore[misc]
            {kinds.LOCK_STALE: 1},
        )
        for key in (f"LOCK#EMAIL#{ADA}", "LOCK#ACCOUNT#6#google#g1", "LOCK#AUTHENTICATOR#c")
        for owner in OWNERLESS
    ),
    *(
        Row(
            f"a lock that says nothing: {key}",
            lambda raw, key=key: lock(raw, key, "u1"),  # type: ignore[misc]
            {kinds.ATTRIBUTES_DISAGREE: 1},
            {kinds.ATTRIBUTES_DISAGREE: 1},
        )
        for key in ("LOCK#ACCOUNT#google#g1", "LOCK#ACCOUNT#9#google#g1", "LOCK#ACCOUNT#+6#google#g1", "LOCK#OTHER#1")
    ),
    *(
        Row(
            f"an account with another {name}",
            _one_item(**{name: value}),
            {kinds.ATTRIBUTES_DISAGREE: 1},
            {kinds.ATTRIBUTES_DISAGREE: 1},
        )
        for name, value in (
            ("userId", text("u2")),
            ("provider", text("google")),
            ("providerAccountId", text("2")),
            ("provider", NULL),
        )
    ),
    Row(
        "an expired session",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", number(1))),
        {kinds.EXPIRED: 1},
    ),
    Row(
        "an expired session whose expiry is text",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", odd_rows.iso_string(PAST))),
        {kinds.EXPIRED: 1},
    ),
    Row("an expired orphan", lambda raw: odd_rows.session(raw, "gone", "s1", number(1)), {kinds.EXPIRED: 1}),
    Row("an expired token", lambda raw: odd_rows.verification_token(raw, ADA, "t", number(1)), {kinds.EXPIRED: 1}),
    Row("an expired count", lambda raw: rate(raw, number(1)), {kinds.EXPIRED: 1}),
    Row("a count", lambda raw: rate(raw, LIVE), {}),
    Row("an expired note of a use", lambda raw: use(raw, number(1)), {kinds.EXPIRED: 1}),
    Row("a note of a use", lambda raw: use(raw, LIVE), {}),
    Row("an expired note of a merge", lambda raw: merge(raw, number(1)), {kinds.EXPIRED: 1}),
    Row("a note of a merge", lambda raw: merge(raw, LIVE), {}),
    Row(
        "a session whose expiry is text",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", odd_rows.iso_string(FUTURE))),
        {kinds.EXPIRES_AS_TEXT: 1},
    ),
    Row(
        "a token whose expiry is text",
        lambda raw: odd_rows.verification_token(raw, ADA, "t", odd_rows.iso_string(FUTURE)),
        {kinds.EXPIRES_AS_TEXT: 1},
    ),
    Row(
        "a session with milliseconds",
        with_user(lambda raw: odd_rows.session(raw, "u1", "s1", odd_rows.with_milliseconds(FUTURE))),
        {kinds.EXPIRES_IN_FRACTIONS: 1},
        {kinds.EXPIRES_IN_FRACTIONS: 1},
    ),
    *(
        Row(
            f"a session that expires at {expires}",
            with_user(lambda raw, expires=expires: odd_rows.session(raw, "u1", "s1", expires)),  # type: ignore[misc]
            {kinds.EXPIRES_UNREADABLE: 1},
            {kinds.EXPIRES_UNREADABLE: 1},
        )
        for expires in (text("soon"), NULL, number(10**15))
    ),
    Row(
        "a token of another identifier",
        lambda raw: raw.put(raw.keys("VT#a", "VT#t") | {"identifier": text("b"), "token": text("t"), "expires": LIVE}),
        {kinds.ATTRIBUTES_DISAGREE: 1},
        {kinds.ATTRIBUTES_DISAGREE: 1},
    ),
    Row("items of other apps", _foreign, {}),
    Row("a user with a name and without its entry", lambda raw: user(raw, "u1", name=ALICE), {kinds.ENTRY_MISSING: 1}),
    Row(
        "a user with another name than their entry",
        with_entry(lambda raw: user(raw, "u1", name=text("Bob"))),
        {kinds.ENTRY_DIFFERS: 1},
    ),
    Row("a user with their entry", with_entry(lambda raw: user(raw, "u1", name=ALICE)), {}),
    Row("an entry of nobody", lambda raw: entry(raw, "NAME", "gone", "alice"), {kinds.ENTRY_ORPHANED: 1}),
    Row("an entry of a user without a name", with_entry(lambda raw: user(raw, "u1")), {kinds.ENTRY_ORPHANED: 1}),
    Row(
        "an entry that names another user than its key",
        with_user(lambda raw: entry(raw, "NAME", "u2", "alice", owner="u1")),
        {kinds.ENTRY_ORPHANED: 1},
    ),
    Row("an entry of a user who is being deleted", _entry_of_deleting, {kinds.UNFINISHED_DELETE: 1}),
    Row("an entry of a list that is not kept", lambda raw: entry(raw, "SIGNED_IN", "gone", "2026"), {}),
    Row(
        "an entry of no list",
        lambda raw: entry(raw, "OTHER", "gone", "alice"),
        {kinds.ATTRIBUTES_DISAGREE: 1},
        {kinds.ATTRIBUTES_DISAGREE: 1},
    ),
    Row("the state of the directory", lambda raw: raw.put(raw.keys("DIRECTORY#STATE", "DIRECTORY#STATE")), {}),
]
"""All rows. `left` lists what a repair leaves, if orphans have been known for long."""
