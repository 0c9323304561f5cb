"""The command `export`: what it writes, what it leaves out, and how it continues."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.errors import FileUnusable, Refused
from commands.transfer.export_file import ExportFile
from commands.transfer.line import Lines
from dynamo import partition
from dynamo.client import Table
from dynamo.item import Item
from dynamo.partition import Partition
from dynamo.transfer import walk as walking
from tests.commands.transfer.conftest import export
from tests.every_kind import EVERY_KIND
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.planted_secrets import SHAPES, names
from tests.processes import Environment, refusal, run

CANARY = "canary-7Hq2Lx9Vw4Zk1Tn8"
LIVE = datetime.now(UTC) + timedelta(days=1)


def read(file: Path) -> list[dict[str, Any]]:
    """The lines of an export, by the id of their user."""
    return sorted(map(json.loads, file.read_text().splitlines()), key=lambda line: str(line["user"]["id"]))


def populate(raw: RawTable, number_of_users: int) -> None:
    """Users with two accounts, a passkey and a session each."""
    with raw.together():
        for user in (f"u{place:03}" for place in range(number_of_users)):
            odd_rows.user(raw, user, f"{user}@example.com")
            odd_rows.account(raw, user, "github", user)
            odd_rows.account(raw, user, "google", user)
            odd_rows.passkey(raw, user, user)
            odd_rows.session(raw, user, user, odd_rows.whole_seconds(LIVE))


async def test_a_line_holds_a_user_and_what_belongs_to_them(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Under the names that the adapter stores, without keys of the table, and without sessions."""
    populate(raw, 1)
    odd_rows.user(raw, "u000", "u000@example.com", plan=text("pro"), name=text("Ada"))
    await export(table, tmp_path / "out")

    (line,) = read(tmp_path / "out")
    assert line["user"] == {"id": "u000", "email": "u000@example.com", "name": "Ada", "plan": "pro"}
    assert line["accounts"][0] == {
        "id": "account-of-u000",
        "provider": "github",
        "providerAccountId": "u000",
        "type": "oauth",
    }
    assert len(line["accounts"]) == 2
    assert line["authenticators"][0]["credentialID"] == "u000"
    assert line.keys() == {"user", "accounts", "authenticators"}


async def test_sessions_come_with_their_tokens(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Those that have not expired."""
    populate(raw, 1)
    odd_rows.session(raw, "u000", "old", odd_rows.whole_seconds(LIVE - timedelta(days=2)))
    odd_rows.zombie_session(raw, "u000", "zombie", LIVE)
    await export(table, tmp_path / "out", sessions=True, secrets=True)

    (line,) = read(tmp_path / "out")
    assert line["sessions"] == [{"sessionToken": "u000", "expires": int(LIVE.timestamp())}]


async def test_no_secret_is_written_without_the_flag(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Neither tokens, nor an attribute whose name or form says that it is a secret, at any depth. With the flag, all
    are."""
    from boto3.dynamodb.types import TypeSerializer

    typed = TypeSerializer().serialize
    shapes = list(SHAPES.values())
    # Every fortieth name in every shape; `tests/resolvers/test_secrecy.py` tries all of them.
    some = [name for name in list(names())[::40] if name not in table.key_attributes]
    planted = [shape(name, CANARY) for name in some for shape in shapes]
    with raw.together():
        for place, attributes in enumerate(planted):
            stored: dict[str, Any] = {name: typed(value) for name, value in attributes.items()}
            odd_rows.user(raw, f"u{place}", f"u{place}@example.com", **stored)
        tokens = {name: text(CANARY) for name in ("access_token", "refresh_token", "id_token")}
        odd_rows.account(
            raw, "u0", "github", "1", **tokens, raw=text(f"token={CANARY}"), scope=text(f"Bearer {CANARY}")
        )
        odd_rows.account(raw, "u1", "github", "2", access_token={"L": [text(CANARY)]}, copy=text(CANARY))
        odd_rows.session(raw, "u0", CANARY, odd_rows.whole_seconds(LIVE))

    await export(table, tmp_path / "out")
    await export(table, tmp_path / "all", secrets=True, sessions=True)

    assert CANARY not in (tmp_path / "out").read_text()
    assert len(read(tmp_path / "out")) == len(planted)
    assert all(CANARY in json.dumps(line) for line in read(tmp_path / "all"))


async def test_every_kind_of_value_is_written(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Nothing that a table can hold stops an export."""
    odd_rows.user(raw, "u1", "ada@example.com", **{f"x {name}": value for name, value in EVERY_KIND.items()})
    with raw.together():
        for place, (name, value) in enumerate(EVERY_KIND.items()):
            user = f"odd {place}"
            odd_rows.user(raw, user, f"{place}@example.com", name=value, image=value, emailVerified=value)
            odd_rows.account(raw, user, "p", name, scope=value, expires_at=value, access_token=value)
            odd_rows.passkey(raw, user, f"{place}AAA", counter=value, transports=value)
    await export(table, tmp_path / "out", secrets=True)
    assert len(read(tmp_path / "out")) == 1 + len(EVERY_KIND)
    assert read(tmp_path / "out")[-1]["user"].keys() >= {f"x {name}" for name in EVERY_KIND}


async def test_what_is_nobodys_is_left_out_and_counted(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Ghosts, orphans, what names another user, and what other apps store."""
    populate(raw, 1)
    odd_rows.ghost_user(raw, "ghost")
    odd_rows.account(raw, "nobody", "github", "orphan")
    odd_rows.account(raw, "u000", "apple", "1", userId=text("somebody"))
    odd_rows.verification_token(raw, "ada@example.com", "t", number(1))
    raw.put(raw.keys("USER#u000", "PROFILE#1") | {"bio": text("…")})
    raw.put(raw.keys("USER#", "USER#"))
    lines = await export(table, tmp_path / "out")

    (line,) = read(tmp_path / "out")
    assert line["user"]["id"] == "u000"
    assert [account["provider"] for account in line["accounts"]] == ["github", "google"]
    assert lines.left_out == {
        "users who were deleted": 1,
        "items without a user": 1,
        "items that name another user": 1,
    }


async def test_an_interrupted_export_continues_wherever_it_ended(
    table: Table, raw: RawTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends after each page in turn, before and after its state is stored, with half a line behind it."""
    monkeypatch.setattr(walking, "PAGE", 7)
    populate(raw, 12)
    await export(table, tmp_path / "whole", sessions=True, secrets=True)
    whole = read(tmp_path / "whole")
    assert len(whole) == 12

    class Killed(Exception):
        pass

    commit = ExportFile._commit
    left = 0

    def dying(file: ExportFile) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            file._stream.write(b'{"user": ')
            file._stream.flush()
            raise Killed
        commit(file)
        if left == -1:
            raise Killed

    monkeypatch.setattr(ExportFile, "_commit", dying)
    file = tmp_path / "out"
    kills = 0
    while not file.exists():
        # Before the state of the second page is stored, or after that of the first one.
        left = 0 if kills % 2 else 2
        try:
            await export(table, file, sessions=True, secrets=True, resume=True)
        except Killed:
            kills += 1
            assert (tmp_path / "out.part").stat().st_mode & 0o777 == 0o600
            assert (tmp_path / "out.state").stat().st_mode & 0o777 == 0o600
            assert "u00" not in (tmp_path / "out.state").read_text().replace("USER#u00", "")
    assert kills > 5
    assert read(file) == whole
    assert sorted(os.listdir(tmp_path)) == ["out", "whole"]


async def test_an_interrupted_export_is_not_begun_anew(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """Nor continued with other options, nor with what is no state."""
    populate(raw, 1)
    file = tmp_path / "out"
    with ExportFile(file, {"table": table.name}, resume=False) as target:
        target.commit()
    with pytest.raises(Refused, match="--resume"):
        await export(table, file)
    with pytest.raises(Refused, match="other options"):
        ExportFile(file, {"table": "another"}, resume=True)
    (tmp_path / "out.state").write_text("[]")
    with pytest.raises(Refused, match="not the state"):
        await export(table, file, resume=True)
    (tmp_path / "out.state").unlink()
    await export(table, file, resume=True)
    assert len(read(file)) == 1
    with pytest.raises(Refused, match="exists already"):
        await export(table, file, resume=True)
    with pytest.raises(FileUnusable, match="name another file"):
        ExportFile(tmp_path / "missing" / "out", {}, resume=False)


async def test_a_link_in_place_of_the_part_is_not_followed(table: Table, tmp_path: Path) -> None:
    """Somebody else who can write to the folder must not choose where secrets go."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out.part").symlink_to(tmp_path / "mine")
    with pytest.raises(FileUnusable):
        await export(table, tmp_path / "out", resume=True)
    assert (tmp_path / "mine").read_text() == "mine"


async def test_the_items_of_one_page_are_all_that_is_held(
    table: Table, raw: RawTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions that are not asked for are dropped, however many a user has."""
    monkeypatch.setattr(walking, "PAGE", 10)
    populate(raw, 1)
    with raw.together():
        for place in range(60):
            odd_rows.session(raw, "u000", f"s{place}", odd_rows.whole_seconds(LIVE))
    held: list[int] = []

    def collect(table: Table, items: list[Item]) -> Partition:
        held.append(len(items))
        return partition.collect(table, items)

    monkeypatch.setattr(walking, "collect", collect)
    lines = await export(table, tmp_path / "out")
    assert lines.written["users"] == 1
    assert held == [4]


def test_the_command_writes_a_file_for_its_owner(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """It says what it wrote, and what it left out."""
    populate(raw, 3)
    odd_rows.ghost_user(raw, "ghost")
    process = run(tmp_path, "export", "users.jsonl", **environment)
    assert (process.returncode, process.stdout) == (0, ""), process.stderr
    assert process.stderr == (
        "Wrote 3 users, 6 accounts, 3 passkeys to users.jsonl.\nLeft out 1 users who were deleted.\n"
    )
    assert (tmp_path / "users.jsonl").stat().st_mode & 0o777 == 0o600
    assert len(read(tmp_path / "users.jsonl")) == 3
    assert "exists already" in refusal(run(tmp_path, "export", "users.jsonl", **environment))


def test_sessions_need_the_flag_of_secrets(tmp_path: Path, environment: Environment) -> None:
    """A session's token signs its user in."""
    assert "use --sessions together with --secrets" in refusal(
        run(tmp_path, "export", "out", "--sessions", **environment)
    )


def test_a_line_that_no_import_reads_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user is counted as left out."""
    from commands.transfer import line
    from dynamo import models

    monkeypatch.setattr(line, "MAX_LINE_BYTES", 10)
    lines = Lines(line.Wanted(), frozenset())
    user = models.User("u", None, None, None, None, {"id": "u", "type": "USER"}, frozenset())
    assert lines.of(Partition(user)) is None
    assert lines.left_out["users who are too large for a line"] == 1
