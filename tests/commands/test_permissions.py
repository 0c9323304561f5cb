"""The page of documentation that lists all permissions."""

from pathlib import Path

import pytest

from commands.errors import FileStale
from commands.permissions import export, page
from schema.build import GRAPHQL_SCHEMA
from tests.processes import refusal, run

ROOT = Path(__file__).parents[2]


def test_s22_the_committed_page_says_what_the_fields_require() -> None:
    """After a change of a field, the page has to be generated again."""
    export(ROOT / "docs" / "permissions.md", check=True)


def test_a_stale_page_fails_the_check(tmp_path: Path) -> None:
    """The check does not write the page."""
    file = tmp_path / "permissions.md"
    file.write_text(page().replace("users:read", "users:write", 1))

    with pytest.raises(FileStale):
        export(file, check=True)


def test_a_missing_page_fails_the_check(tmp_path: Path) -> None:
    """It exits with status 2 and prints one sentence."""
    sentence = refusal(run(tmp_path, "permissions", "export", "--check"))

    assert sentence == ("docs/permissions.md does not match the fields: run `python server.py permissions export`.")


def test_every_field_has_a_row(tmp_path: Path) -> None:
    """Each is in the section of its type."""
    sections = page().split("\n## ")
    rows = {section.partition("\n")[0]: section for section in sections[1:]}

    for found in GRAPHQL_SCHEMA.type_map.values():
        if hasattr(found, "fields") and found.name in rows:
            assert [f"| `{name}` |" in rows[found.name] for name in found.fields] == [True] * len(found.fields)
    assert {"Query", "Mutation", "User", "Session", "AccountTokens", "CreateApiKeyPayload"} <= set(rows)


def test_a_row_says_what_programs_people_and_strangers_may() -> None:
    """One row for each kind of requirement."""
    lines = page().splitlines()

    assert "| `caller` | any key | yes | yes | 1 |" in lines
    assert "| `users` | `users:read` | – | – | 1 × `first` or `last`, 1780 more with some of `filter` |" in lines
    assert "| `email` | `users:read` | own | – | 0 |" in lines
    assert "| `registerUser` | `users:write` and `accounts:write` | – | – | 10 |" in lines
    assert "| `accessToken` | `secrets:read` | – | – | 0 |" in lines
