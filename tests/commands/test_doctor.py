"""The commands `doctor` and `doctor merge`: examining a table, mending it, and merging users."""

import json
from pathlib import Path

import pytest

from dynamo.doctor.kinds import KINDS
from dynamo.settings import TableSettings
from tests.counting_proxy import CountingProxy
from tests.dynamo.doctor import rows
from tests.dynamo.doctor.rows import ADA, ROWS
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number, text
from tests.processes import Environment, refusal, run


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The items of the test's table."""
    return RawTable(table_settings)


def summary_in(raw: RawTable) -> Item:
    """The item with the numbers of the last run."""
    (found,) = [item for item in raw.items() if item["pk"] == text("DOCTOR#SUMMARY")]
    return found


def test_a_table_in_order_ends_with_0(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """The report then says in one sentence that there is no problem."""
    rows.user(raw, "u1", ADA)
    process = run(tmp_path, "doctor", **environment)

    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(f"Table {raw.settings.table_name}: 2 items (1 locks, 1 users).")
    assert process.stdout.rstrip().endswith("There is no problem.")


def test_what_is_wrong_ends_with_1_and_is_explained(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """The report says what it means, what a repair does, and which user it concerns. Only its numbers are written."""
    odd_rows.user_with_stale_index(raw, "u1", ADA, "old@example.com")
    before = raw.items()
    process = run(tmp_path, "doctor", **environment)

    assert process.returncode == 1
    kind = KINDS["index-disagrees"]
    for words in (
        "index-disagrees: 1 found",
        kind.meaning,
        f"Repair: {kind.mending}",
        '{"item": "users", "user": "u1"}',
    ):
        assert words in process.stdout
    assert "example.com" not in process.stdout
    assert "1 wrong: --repair fixes what can be fixed." in process.stdout
    assert [item for item in raw.items() if item not in before] == [summary_in(raw)]
    (finding,) = summary_in(raw)["findings"]["L"]
    assert finding["M"] == {"kind": text("index-disagrees"), "found": number(1), "mended": number(0)}
    assert "u1" not in str(summary_in(raw))


def test_a_repair_mends_and_writes_down_what_it_did(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """Afterwards, nothing is wrong any more."""
    odd_rows.user_with_stale_index(raw, "u1", ADA, "old@example.com")
    odd_rows.ghost_user(raw, "gone")
    process = run(tmp_path, "doctor", "--repair", **environment)

    assert process.returncode == 0, process.stdout
    assert "1 found, 1 repaired" in process.stdout
    (log,) = (tmp_path / ".data" / "doctor").glob("*.log")
    assert log.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted((line["kind"], line["event"], line["user"]) for line in lines) == [
        ("ghost", "mended", "gone"),
        ("ghost", "mending", "gone"),
        ("index-disagrees", "mended", "u1"),
        ("index-disagrees", "mending", "u1"),
    ]
    assert run(tmp_path, "doctor", **environment).returncode == 0


def test_what_cannot_be_mended_ends_with_1(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """The report names the command that can mend it."""
    odd_rows.users_sharing_email(raw, ADA, "u1", "it's; rm -rf /")
    rows.lock(raw, f"LOCK#EMAIL#{ADA}", "u1")
    process = run(tmp_path, "doctor", "--repair", "--json", **environment)

    assert process.returncode == 1
    (finding,) = json.loads(process.stdout)["findings"]
    assert finding["examples"][0]["proposal"] == "python server.py doctor merge -- u1 'it'\"'\"'s; rm -rf /'"


def test_json_has_every_kind_that_was_found(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """Each finding has the meaning of its kind."""
    for row in ROWS:
        row.put(raw)
    process = run(tmp_path, "doctor", "--json", **environment)

    report = json.loads(process.stdout)
    assert process.returncode == 1
    assert report["clean"] is False
    assert {finding["kind"] for finding in report["findings"]} > {"orphan", "expired", "duplicate-email"}
    for finding in report["findings"]:
        assert finding["meaning"] == KINDS[finding["kind"]].meaning


def test_a_dry_run_prints_what_would_be_done(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """The table is not changed, and no log is written."""
    odd_rows.ghost_user(raw, "gone")
    before = raw.items()
    process = run(tmp_path, "doctor", "--repair", "--dry-run", **environment)

    assert process.returncode == 1
    line = json.loads(process.stdout.splitlines()[0])
    assert (line["event"], line["kind"], line["user"]) == ("would mend", "ghost", "gone")
    assert raw.items() == before
    assert not list(tmp_path.glob("**/*.log"))


def test_a_run_that_broke_off_is_told_and_gone_on_with(
    tmp_path: Path, environment: Environment, raw: RawTable, proxy: CountingProxy
) -> None:
    """It exits with status 2 and one sentence. The same command finishes it."""
    rows.user(raw, "u1", ADA)
    proxied = environment | {
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": proxy.endpoint_url,
        "AUTHGRAPH_DYNAMODB_MAX_ATTEMPTS": "1",
    }
    proxy.fail_next("Scan", "ValidationException")
    cut = run(tmp_path, "doctor", **proxied)
    assert cut.returncode == 2
    assert cut.stdout == ""
    proxy.reset()
    assert run(tmp_path, "doctor", **proxied).returncode == 0


def test_a_dry_run_of_nothing_is_refused(tmp_path: Path, environment: Environment) -> None:
    """Without --repair, nothing is ever written."""
    sentence = refusal(run(tmp_path, "doctor", "--dry-run", **environment))
    assert sentence == "--dry-run shows what --repair would do: use both options together."


def test_a_state_that_is_none_is_refused(tmp_path: Path, environment: Environment) -> None:
    """The message says to name another file."""
    (tmp_path / "letter").write_text("Dear friend, " * 100)
    sentence = refusal(run(tmp_path, "doctor", "--state", "letter", **environment))
    assert "name another file with --state" in sentence


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path, environment: Environment) -> None:
    """The command ends before anything is mended."""
    sentence = refusal(run(tmp_path, "doctor", "--repair", "--log", str(tmp_path), **environment))
    assert "name another file with --log" in sentence


def test_two_users_are_merged(tmp_path: Path, environment: Environment, raw: RawTable) -> None:
    """Before, a dry run says what will move."""
    rows.user(raw, "keep", ADA)
    rows.user(raw, "-lose")
    rows.account(raw, "-lose", "google", "g1")
    odd_rows.session(raw, "-lose", "s1", rows.LIVE)

    planned = run(tmp_path, "doctor", "merge", "--dry-run", "--", "keep", "-lose", **environment)
    assert planned.stdout == ("Would move 1 accounts.\nWould end 1 sessions of LOSE.\nWould delete the user.\n"), (
        planned.stderr
    )
    merged = run(tmp_path, "doctor", "merge", "--", "keep", "-lose", **environment)
    assert merged.stdout == "Moved 1 accounts.\nEnded 1 sessions of LOSE.\nDeleted the user.\n"
    again = run(tmp_path, "doctor", "merge", "--", "keep", "-lose", **environment)
    assert (
        again.stdout
        == "Moved nothing.\nThere is no user -lose: the id is wrong, or they were merged or deleted before.\n"
    )
    assert again.returncode == 0
    assert run(tmp_path, "doctor", **environment).returncode == 0


def test_a_merge_that_must_not_be_is_refused(tmp_path: Path, environment: Environment) -> None:
    """The reason is printed as one sentence."""
    assert "There is no such user to keep" in refusal(run(tmp_path, "doctor", "merge", "nobody", "lose", **environment))
