"""The commands `permissions …`: who may ask for what, as a page for people."""

from collections.abc import Iterator
from pathlib import Path

import typer
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType

from commands import exports
from commands.exports import Check, Output

cli = typer.Typer(help="Who may ask for which field, as a file.", no_args_is_help=True)

INTRODUCTION = """\
# Who may ask for what

Generated from the schema by `python server.py permissions export`; edit the fields instead.

An operation is checked as a whole before anything is read: one field that the caller may not ask for refuses all of it.
A program needs every scope of a row on its API key; `admin` holds all of them. A person who is signed in may ask where
the column says so: *own* fields answer for what is theirs and for nobody else's. The cost of a list is multiplied with
the cost of what is asked for below it.

An `id` names its user: it is signed, so that nobody can make one up, but not encrypted. Whoever is shown the id of a
user, an account, a session or a passkey can read the user's raw id out of it, with or without `users:read`, and out of
an account's the provider and the account's id there. A session's holds a keyed hash of its token, and nothing of the
token.
"""
HEAD = "| field | program needs | person | nobody | cost |\n|---|---|---|---|---|\n"


@cli.callback()
def _group() -> None:
    """Keep `export` a command of its own, although it is the only one."""


@cli.command("export")
def export(output: Output = Path("docs/permissions.md"), check: Check = False) -> None:
    """Write what every field requires and costs."""
    stale = f"{output} is not what the fields require: run `python server.py permissions export`."
    exports.export(page(), output, check=check, stale=stale)


def page() -> str:
    """The whole page, in order of the types' names; the roots come first."""
    from schema.build import GRAPHQL_SCHEMA

    types = [t for t in GRAPHQL_SCHEMA.type_map.values() if isinstance(t, GraphQLObjectType | GraphQLInterfaceType)]
    ours = [found for found in types if not found.name.startswith("__")]
    ours.sort(key=lambda found: (found.name != "Query", found.name != "Mutation", found.name))
    return INTRODUCTION + "".join(_section(found) for found in ours)


def _section(found: GraphQLObjectType | GraphQLInterfaceType) -> str:
    rows = "".join(f"| {' | '.join(_row(name, field))} |\n" for name, field in found.fields.items())
    return f"\n## {found.name}\n\n{HEAD}{rows}"


def _row(name: str, field: GraphQLField) -> Iterator[str]:
    from resolvers.scopes import Scope
    from schema.fields import declared

    facts = declared(field)
    needs = [f"`{scope.value}`" for scope in Scope if scope in facts.requires.scopes]
    yield f"`{name}`"
    yield " and ".join(needs) or "any key"
    yield ("own" if needs else "yes") if facts.requires.owner else "–"
    yield "yes" if facts.requires.anonymous else "–"
    cost = facts.cost
    price = f"{cost.weight} × `{cost.sized_by}`" if cost.sized_by else str(cost.weight * cost.size)
    yield f"{price}, {cost.search} more with `{cost.searched_by}`" if cost.searched_by else price
