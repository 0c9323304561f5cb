"""The committed schema, on which frontend teams rely, is what the server serves."""

from pathlib import Path

from graphql import build_schema, find_breaking_changes

from schema.build import GRAPHQL_SCHEMA, sdl

COMMITTED = Path(__file__).parents[2] / "schema.graphql"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl()


def test_the_committed_schema_builds_what_is_served() -> None:
    """Built by another tool, it has neither more nor fewer elements."""
    built = build_schema(COMMITTED.read_text(encoding="utf-8"))
    assert find_breaking_changes(built, GRAPHQL_SCHEMA) == []
    assert find_breaking_changes(GRAPHQL_SCHEMA, built) == []
