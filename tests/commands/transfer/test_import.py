"""The command `import`: what it stores, what it rejects, and how it is repeated."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from commands.transfer import importing
from commands.transfer.importing import Result
from dynamo import accounts, authenticators, content, sessions, users
from dynamo.client import Table
from dynamo.doctor import Options, examine
from dynamo.errors import Unavailable
from dynamo.item import Item
from dynamo.settings import TableSettings
from dynamo.transfer import storing
from dynamo.users import NewUser
from tests.commands.transfer.conftest import export, import_lines
from tests.commands.transfer.test_export import populate
from tests.conftest import MakeTable
from tests.every_kind import EVERY_KIND
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.processes import Environment, refusal, run

LIVE = datetime.now(UTC) + timedelta(days=1)
CREDENTIAL = "AAECAwQFBgc="


@pytest.fixture
def other_settings(make_table: MakeTable) -> TableSettings:
    """A second table, which is empty."""
    return make_table()


@pytest.fixture
def other(other_settings: TableSettings) -> Table:
    """A client of the other table."""
    return Table.connect(other_settings)


def row(user_id: str = "u1", **more: Any) -> dict[str, Any]:
    """A line with one of everything."""
    return {
        "user": {"id": user_id, "email": f"{user_id}@example.com", "name": "Ada", "plan": "pro"},
        "accounts": [{"provider": "github", "providerAccountId": user_id, "type": "oauth", "access_token": "t"}],
        **more,
    }


def passkey(credential: str = CREDENTIAL) -> dict[str, Any]:
    """A passkey in a line."""
    return {
        "credentialID": credential,
        "providerAccountId": credential,
        "credentialPublicKey": "cHVibGlj",
        "counter": 0,
        "credentialDeviceType": "singleDevice",
        "credentialBackedUp": False,
        "transports": "internal,hybrid",
    }


def written(*rows: object) -> bytes:
    """Rows as lines of an export."""
    return b"".join(orjson.dumps(each) + b"\n" for each in rows)


async def everything(table: Table) -> list[Item]:
    """All items without what is random, sorted by key."""
    page = await table.scan(limit=5000, after=None)
    assert page.last_key is None
    items = [{name: value for name, value in item.items() if name != "claim"} for item in page.items]
    return sorted(items, key=lambda item: sorted(table.key_of(item).values()))


async def test_what_was_exported_is_what_is_imported(table: Table, raw: RawTable, other: Table, tmp_path: Path) -> None:
    """Users with every kind of value, accounts, passkeys and sessions: the same items, and nothing for the doctor."""
    populate(raw, 5)
    odd = {f"x {name}": value for name, value in EVERY_KIND.items() if "half" not in name and "thing" not in name}
    odd_rows.user(raw, "odd", "odd@example.com", emailVerified=text("2026-01-31T12:00:00.000Z"), **odd)
    odd_rows.account(raw, "odd", "p", "1", **odd, access_token=text("secret"), expires_at={"N": "1700000000"})
    odd_rows.user_with_hex_id(raw, "hex@example.com")
    odd_rows.user_without_email(raw, "nobody", None, {"email": {"NULL": True}})
    raw.delete(raw.keys("USER#u000", "AUTHENTICATOR#u000"))
    for place in range(5):
        raw.delete(raw.keys(f"USER#u{place:03}", f"AUTHENTICATOR#u{place:03}"))
    odd_rows.passkey(raw, "odd", CREDENTIAL, transports=text("usb"))
    await export(table, tmp_path / "out", sessions=True, secrets=True)
    text_of_all = (tmp_path / "out").read_bytes()

    totals, told = await import_lines(other, text_of_all)

    assert totals.results == {Result.CREATED: 8}, told
    stored = [item for item in await everything(other) if item.get("type") != "LOCK"]
    expected = await everything(table)
    assert len(stored) == len(expected)
    for one, wanted in zip(stored, expected, strict=True):
        assert content.is_equal(one, wanted), one
    report = await examine(other)
    assert report.clean, report.as_json()

    await export(other, tmp_path / "again", sessions=True, secrets=True)
    assert sorted((tmp_path / "again").read_bytes().splitlines()) == sorted(text_of_all.splitlines())


async def test_a_second_run_changes_nothing_and_says_so(table: Table) -> None:
    """Not even what a user has changed since, or an account that they have unlinked."""
    lines = written(row(authenticators=[passkey()]), row("u2"), {"user": {"id": "u3"}})
    assert (await import_lines(table, lines))[0].results == {Result.CREATED: 3}
    await users.update(table, "u1", {"name": "Countess", "email": "new@example.com"})
    await accounts.unlink(table, (await accounts.find(table, "github", "u2"))[0], force=True)
    before = await everything(table)

    totals, told = await import_lines(table, lines)

    assert totals.results == {Result.PRESENT: 3}, told
    assert await everything(table) == before


async def test_each_user_can_sign_in_as_after_a_registration(table: Table) -> None:
    """By e-mail, account, passkey and session token."""
    session = {"sessionToken": "token", "expires": int(LIVE.timestamp()), "device": "phone"}
    old = {"sessionToken": "old", "expires": "2020-01-01T00:00:00.000Z"}
    totals, _ = await import_lines(table, written(row(authenticators=[passkey()], sessions=[session, old])))

    assert totals.expired_sessions == 1
    (by_email,) = await users.find_by_email(table, "U1@example.com")
    assert by_email.user_id == "u1"
    assert by_email.attributes == {"plan": "pro"}
    ((account),) = await accounts.find(table, "github", "u1")
    assert account.access_token == "t"
    found = await authenticators.find(table, CREDENTIAL)
    assert found is not None
    assert found.transports == ["internal", "hybrid"]
    signed_in = await sessions.sign_in(table, "token")
    assert signed_in is not None
    assert signed_in.user.user_id == "u1"


GITHUB = {"provider": "github", "type": "oauth"}
TAKEN: Mapping[str, tuple[dict[str, Any], str]] = {
    "id of another person": ({"user": {"id": "taken", "email": "x@example.com"}}, "Another user has this id"),
    "e-mail": ({"user": {"id": "n1", "email": "TAKEN@example.com"}}, "Another user has this e-mail"),
    "e-mail without a lock": ({"user": {"id": "n2", "email": "adapter@example.com"}}, "Another user has this e-mail"),
    "account": (row("n3", accounts=[GITHUB | {"providerAccountId": "taken"}]), "already linked"),
    "account without a lock": (row("n4", accounts=[GITHUB | {"providerAccountId": "adapter"}]), "already linked"),
    "passkey": (row("n5", authenticators=[passkey()]), "already registered"),
    "session": (row("n6", sessions=[{"sessionToken": "s", "expires": int(LIVE.timestamp())}]), "has this token"),
    "what is left of another user": ({"user": {"id": "left"}}, "Items of a deleted user are left"),
}


async def test_what_others_have_stays_theirs(table: Table, raw: RawTable) -> None:
    """Whether there is a lock or the adapter stored it. The other rows are stored, and nothing of the wrong ones is."""
    taken = {"sessionToken": "s", "expires": int(LIVE.timestamp())}
    await import_lines(table, written(row("taken", authenticators=[passkey()], sessions=[taken])))
    odd_rows.user(raw, "adapter", "adapter@example.com")
    odd_rows.account(raw, "adapter", "github", "adapter")
    odd_rows.session(raw, "left", "live", odd_rows.whole_seconds(LIVE))
    before = await everything(table)
    rows = [given for given, _ in TAKEN.values()]

    totals, told = await import_lines(table, written(*rows, row("fine")))

    assert [report.result for report in told] == [Result.WRONG] * len(TAKEN) + [Result.CREATED]
    for report, (name, (_, reason)) in zip(told[:-1], TAKEN.items(), strict=True):
        assert reason in (report.reason or ""), name
    assert [item for item in await everything(table) if item in before] == before
    assert len(await everything(table)) == len(before) + 4
    assert totals.results[Result.CREATED] == 1


async def test_of_two_rows_that_claim_the_same_the_first_counts(table: Table) -> None:
    """Also in a dry run, which stores nothing by which the second one would show."""
    same = [
        row("u1", authenticators=[passkey()]),
        {"user": {"id": "u1"}},
        {"user": {"id": "u2", "email": " U1@Example.com "}},
        row("u3", accounts=[{"provider": "github", "providerAccountId": "u1", "type": "oauth"}]),
        {"user": {"id": "u4"}, "authenticators": [passkey(CREDENTIAL.rstrip("="))]},
    ]
    for dry_run in (True, False):
        _, told = await import_lines(table, written(*same), dry_run=dry_run)
        assert [report.reason for report in told] == [
            None,
            "line 1 has the same id",
            "line 1 has the same e-mail",
            "line 1 has the same account",
            "line 1 has the same passkey",
        ]
        assert dry_run == (await everything(table) == [])


WRONG_KINDS: tuple[object, ...] = (1, True, 1.5, [], {}, [1], {"a": 1}, "", "\0", "x" * 70_000, "#", " ", None)
FIELDS: Mapping[str, tuple[tuple[str | int, ...], tuple[object, ...]]] = {
    "user": (("user",), WRONG_KINDS),
    "accounts": (("accounts",), (1, True, {}, "x", [1], [None], [[]], [{}])),
    "authenticators": (("authenticators",), (1, True, {}, "x", [1], [None], [[]], [{}])),
    "sessions": (("sessions",), (1, True, {}, "x", [1], [None], [[]], [{}])),
    "user.id": (("user", "id"), WRONG_KINDS[:-1][:7] + ("", "\0", "x" * 801, "a#b", None)),
    "user.email": (("user", "email"), (1, True, 1.5, [], {}, "\0", "x" * 70_000, "#", " ", "a@b@c", "a@b,c")),
    "user.name": (("user", "name"), (1, True, 1.5, [], {}, "x" * 70_000)),
    "user.image": (("user", "image"), (1, True, 1.5, [], {}, "javascript:alert(1)", "https:" + "x" * 100_000)),
    "user.disabledReason": (("user", "disabledReason"), (1, True, [], {}, "x" * 70_000)),
    **{
        f"user.{name}": (("user", name), (1, True, [], {}, "soon", "2026-01-01", "x" * 70_000))
        for name in ("emailVerified", "disabledAt", "disabledUntil")
    },
    **{
        f"user.{name}": (("user", name), (1, "x", None))
        for name in (
            "type",
            "userId",
            "expires",
            "sessionToken",
            "deletingAt",
            "mergingInto",
            "pk",
            "sk",
            "GSI1PK",
            "GSI1SK",
        )
    },
    "user.plan": (("user", "plan"), (2**60, {"$set": []}, {"$bytes": 1}, "x" * 300_000, [1] * 20_000)),
    "accounts.0.provider": (("accounts", 0, "provider"), tuple(each for each in WRONG_KINDS if each != " ")),
    "accounts.0.providerAccountId": (
        ("accounts", 0, "providerAccountId"),
        (1, True, 1.5, [], {}, "", "\0", "x" * 70_000, None),
    ),
    "accounts.0.type": (("accounts", 0, "type"), (1, True, [], {}, "", "USER", "LOCK", "x" * 70_000, None)),
    **{
        f"accounts.0.{name}": (("accounts", 0, name), (1, True, [], {}, "x" * 70_000))
        for name in ("access_token", "refresh_token", "id_token", "scope", "token_type", "session_state")
    },
    "accounts.0.expires_at": (("accounts", 0, "expires_at"), (True, -1, 1.5, "1", [], {}, 2**53)),
    "accounts.0.userId": (("accounts", 0, "userId"), ("u2", 1)),
    "accounts.0.id": (("accounts", 0, "id"), (1, True, [], {}, "", "x" * 801)),
    "authenticators.0.credentialID": (("authenticators", 0, "credentialID"), WRONG_KINDS),
    "authenticators.0.counter": (("authenticators", 0, "counter"), (-1, 2**32, 1.5, True, "1", [], {}, None)),
    "authenticators.0.credentialDeviceType": (("authenticators", 0, "credentialDeviceType"), WRONG_KINDS),
    "authenticators.0.credentialBackedUp": (("authenticators", 0, "credentialBackedUp"), (1, 0, "true", None, [], {})),
    "authenticators.0.providerAccountId": (("authenticators", 0, "providerAccountId"), (1, True, [], {}, "", None)),
    "authenticators.0.credentialPublicKey": (
        ("authenticators", 0, "credentialPublicKey"),
        (1, [], {}, "", None, "x" * 9000),
    ),
    "authenticators.0.transports": (("authenticators", 0, "transports"), (1, True, [], {}, "x" * 9000)),
    "authenticators.0.other": (("authenticators", 0, "other"), (1,)),
    "sessions.0.sessionToken": (("sessions", 0, "sessionToken"), (1, True, 1.5, [], {}, "", "\0", "x" * 70_000, None)),
    "sessions.0.expires": (("sessions", 0, "expires"), (True, "soon", [], {}, None, 1e300, "x" * 300)),
    "other": (("other",), (1, None)),
}


async def test_every_field_of_a_wrong_kind_is_reported_with_its_line(table: Table) -> None:
    """The reason names the field and repeats no value, nothing of the row is stored, and the row after it is."""
    wrong: list[tuple[str, dict[str, Any]]] = []
    for field, (path, values) in FIELDS.items():
        for value in values:
            given = row(
                f"w{len(wrong)}",
                authenticators=[passkey()],
                sessions=[{"sessionToken": "s", "expires": int(LIVE.timestamp())}],
            )
            target: Any = given
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
            wrong.append((field, given))
    texts = [orjson.dumps(given) for _, given in wrong]
    texts += [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 5000, b'{"user": {"id": "\\ud83d"}}']
    _, told = await import_lines(table, b"\n".join(texts) + b"\n" + written(row("fine")))

    assert len(told) == len(texts)  # An empty line is no row, and the last one is fine.
    assert told[-1].result is Result.CREATED
    for report, (field, bad) in zip(told, wrong, strict=False):
        assert report.result is Result.WRONG, (field, bad)
        assert report.reason is not None
        assert report.reason.startswith(field.partition(".0.")[0]), (field, report.reason)
        assert len(report.reason) < 300
    assert all(report.result is Result.WRONG for report in told[:-1])
    assert [report.line for report in told[:-1]] == [n + 1 for n, each in enumerate(texts) if each]
    assert len(await everything(table)) == 4


async def test_a_line_that_is_too_long_is_passed_over(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never held in memory as a whole."""
    from commands.transfer import records

    monkeypatch.setattr(records, "MAX_LINE_BYTES", 500)
    monkeypatch.setattr(records, "CHUNK_BYTES", 50)
    _, told = await import_lines(table, b"x" * 2000 + b"\n" + written(row()) + b"y" * 501)
    assert [(report.line, report.result) for report in told] == [
        (1, Result.WRONG),
        (2, Result.CREATED),
        (3, Result.WRONG),
    ]


async def test_an_import_that_is_killed_is_finished_by_the_next(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after each transaction in turn, also within a user who takes several. No user is there in part."""
    large = [{"provider": f"p{place}", "providerAccountId": "big", "type": "oauth"} for place in range(12)]
    rows = [row(f"u{place}") for place in range(6)] + [row("big", accounts=large)]
    transact = Table.transact
    calls = 0

    class Killed(Exception):
        pass

    async def dying(self: Table, *arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1 and after == 0:
            raise Killed
        await transact(self, *arguments)
        if calls == after:
            raise Killed

    monkeypatch.setattr(Table, "transact", dying)
    monkeypatch.setattr(importing, "GROUP", 3)
    monkeypatch.setattr(storing, "TRANSACTION_LIMIT", 10)
    runs = 0
    after = 0
    while True:
        calls = 0
        try:
            totals, _ = await import_lines(table, written(*rows), concurrency=1)
            break
        except Killed:
            runs += 1
            after = (after + 1) % 3
        items = await everything(table)
        present = {item["id"] for item in items if item.get("type") == "USER"}
        owners = {item["userId"] for item in items if item.get("type") == "oauth"}
        assert owners - present <= {"big"}
        assert runs < 20
    assert runs > 3
    assert totals.results[Result.CREATED] + totals.results[Result.PRESENT] == 7
    items = await everything(table)
    assert len(items) == 6 * 4 + 2 + 24
    assert (await examine(table)).clean


@pytest.mark.parametrize("answered", [True, False], ids=["lost answers", "lost requests"])
async def test_a_lost_answer_is_no_wrong_row(proxied_settings: TableSettings, proxy: Any, answered: bool) -> None:
    """Whether the transaction was done or not, every user is there in the end, and none is reported as taken."""
    table = Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
    proxy.drop_next("TransactWriteItems", times=1, answered=answered)
    try:
        totals, told = await import_lines(table, written(*(row(f"u{place}") for place in range(5))))
        assert totals.results[Result.WRONG] == 0, told
        assert totals.results.total() == 5
    finally:
        await table.close()


async def test_a_dry_run_tells_of_each_row_and_stores_nothing(table: Table) -> None:
    """What would be created, what is there, and what is wrong."""
    await import_lines(table, written(row("u1")))
    before = await everything(table)
    _, told = await import_lines(table, written(row("u1"), row("u2"), {"user": {}}), dry_run=True)
    assert [report.as_json() for report in told] == [
        {"line": 1, "result": "present", "user": "u1"},
        {"line": 2, "result": "created", "user": "u2"},
        {"line": 3, "result": "wrong", "reason": "user.id is missing"},
    ]
    assert await everything(table) == before


async def test_a_table_that_stays_out_of_reach_ends_the_import(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of a row."""

    async def unreachable(*_: object, **__: object) -> None:
        raise Unavailable("DynamoDB cannot be reached.")

    monkeypatch.setattr(importing, "store", unreachable)
    monkeypatch.setattr(importing, "Options", lambda **_: Options(attempts=1))
    with pytest.raises(Unavailable):
        await import_lines(table, written(row()))


async def test_a_user_who_was_created_by_the_api_is_never_changed(table: Table) -> None:
    """Even if the row has the same id and e-mail address."""
    await users.create(table, NewUser({"name": "Theirs"}, "u1@example.com", "u1"))
    before = await everything(table)
    totals, _ = await import_lines(table, written(row()))
    assert totals.results == {Result.PRESENT: 1}
    assert await everything(table) == before


def test_the_command_reports_wrong_rows_and_stores_the_rest(tmp_path: Path, environment: Environment) -> None:
    """As lines of JSON, with exit status 1. After they were corrected, it is 0."""
    (tmp_path / "in").write_bytes(written(row(), {"user": {"id": "u2", "email": "nobody"}}))
    process = run(tmp_path, "import", "in", **environment)
    assert process.returncode == 1, process.stderr
    assert json.loads(process.stdout) == {
        "line": 2,
        "result": "wrong",
        "reason": "user.email is wrong: email is not an e-mail address; write it as name@domain.",
    }
    assert process.stderr == "Created 1 user; 0 already existed and were left as they are; 1 row is wrong.\n"

    (tmp_path / "in").write_bytes(written(row()))
    again = run(tmp_path, "import", "in", **environment)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "Created 0 users; 1 already existed and were left as they are; 0 rows are wrong.\n"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, environment: Environment) -> None:
    """Before the table is looked for."""
    assert refusal(run(tmp_path, "import", "missing", **environment)).startswith("missing cannot be read")
