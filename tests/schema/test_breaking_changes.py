"""Clients of the last release keep working, or the changelog says why not.

schema.released.graphql is schema.graphql as it was last released, without descriptions; a release writes it anew. Until
then, every breaking change is listed in the changelog's section `Unreleased`, in the words that this test prints.
"""

import re
from pathlib import Path

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

ROOT = Path(__file__).parents[2]
UNRELEASED = re.compile(r"^## \[?Unreleased\]?.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE)


def unannounced(released: str, current: str, changelog: str) -> list[str]:
    """The breaking changes between two schemas that the changelog does not name."""
    section = UNRELEASED.search(changelog)
    announced = " ".join(section[0].replace("`", "").split()) if section else ""
    changes = find_breaking_changes(build_schema(released), build_schema(current))
    return [change.description for change in changes if change.description.rstrip(".") not in announced]


def test_no_change_of_the_schema_breaks_a_client_unannounced() -> None:
    """What is printed here belongs in CHANGELOG.md under Unreleased, with a sentence on what to use instead."""
    changelog = ROOT / "CHANGELOG.md"
    missing = unannounced(
        (ROOT / "schema.released.graphql").read_text(),
        (ROOT / "schema.graphql").read_text(),
        changelog.read_text() if changelog.is_file() else "",
    )
    assert missing == []


RELEASED = "type Query { user: User } type User { name: String email: String }"
REMOVED = "type Query { user: User } type User { name: String }"
ADDED = "type Query { user: User } type User { name: String email: String image: String }"


def test_an_addition_needs_no_word() -> None:
    """Existing clients do not select new fields."""
    assert unannounced(RELEASED, ADDED, "") == []


def test_a_removal_is_found() -> None:
    """Even if the changelog announces other changes."""
    assert unannounced(RELEASED, REMOVED, "## Unreleased\n\n- Field User.name was deprecated.\n") == [
        "Field User.email was removed."
    ]


@pytest.mark.parametrize("title", ["## Unreleased", "## [Unreleased]", "## [Unreleased] – soon"])
def test_a_removal_that_is_announced_passes(title: str) -> None:
    """With or without quotes around the names, and across line breaks."""
    changelog = (
        f"# Changelog\n\n{title}\n\n- Field `User.email` was\n  removed: ask for `emails`.\n\n## 1.0.0\n\n- First.\n"
    )
    assert unannounced(RELEASED, REMOVED, changelog) == []


def test_what_an_older_release_announced_does_not_count() -> None:
    """Its clients were told; those of the last release were not."""
    changelog = "## Unreleased\n\n- Nothing.\n\n## 1.0.0\n\n- Field User.email was removed.\n"
    assert unannounced(RELEASED, REMOVED, changelog) == ["Field User.email was removed."]
