"""docs/schema.md says what the schema says."""

from docs.schema_reference import PAGE, render
from schema.build import GRAPHQL_SCHEMA, sdl

EXAMPLE = '''
"""Where questions start."""
type Query {
  """
  People, a page at a time. Requires `users:read` and `accounts:read`, or being signed in as the user it belongs to.
  Costs 2 for each of `first`.
  """
  people("How many." first: Int! = 50): [Person!]! @deprecated(reason: "Ask for a person.")
}

"""Somebody."""
type Person {
  """Their name | what they go by."""
  name: String
}
'''


def test_the_page_is_what_the_schema_makes_of_it() -> None:
    """After a change of the schema, the page has to be generated again."""
    assert PAGE.read_text() == render(sdl()), "run `make generate`"


def test_every_type_and_field_is_on_the_page() -> None:
    """Each type has a heading, each field a row."""
    page = PAGE.read_text()
    for name, one in GRAPHQL_SCHEMA.type_map.items():
        if name.startswith("__") or name in {"ID", "Int", "String", "Boolean", "Float"}:
            continue
        section = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert section, name
        for member in getattr(one, "fields", getattr(one, "values", {})):
            assert f"\n| `{member}` |" in section, f"{name}.{member}"


def test_scopes_costs_defaults_and_deprecations_are_told_apart() -> None:
    """The sentences of a description become columns."""
    assert (
        "| `people` | [\\[Person!\\]!](#person) | People, a page at a time. **Deprecated**: Ask for a person."
        "<br>`first` (Int! = `50`): How many. | `users:read` and `accounts:read` or own | 2 for each of `first` |"
    ) in render(EXAMPLE)


def test_a_bar_in_a_sentence_ends_no_cell() -> None:
    """Markdown separates the cells of a table with bars."""
    assert r"| Their name \| what they go by. |" in render(EXAMPLE)
