"""The commands `permissions …`: the permissions of all fields, as a page of documentation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType

from commands import exports
from commands.exports import Check, Output

cli = typer.Typer(help="Export which caller may use which field.", no_args_is_help=True)

INTRODUCTION: Final = """\
# Who may ask for what

`make generate` writes this page from the schema. Do not edit it; edit the fields in `schema/`.

authgraph checks permissions for the whole operation before it reads any data. If the caller may not use one field, the
whole operation is rejected.

- **program**: the scopes that the API key needs. It needs all scopes of the row. `admin` includes every scope.
- **person**: whether a signed-in person may use the field. *own* means only for the person's own data. Somebody who
  [acts as the person](back-office.md#acting-as-a-user) may use the same queries but `Viewer.export`, and of the
  mutations only `deleteSession`.
- **anonymous**: whether a caller without a valid credential may use the field.
- **cost**: what the field adds to the cost of the operation. A list multiplies the cost of the fields below it.

A global `id` is signed, so it cannot be forged, but it is not encrypted. Anyone who has the `id` of a user, an account,
a session or a passkey can read the user's raw id from it, even without `users:read`. The `id` of an account also
contains the provider and the account's id there. The `id` of a session contains a keyed hash of its token, but not the
token.
"""
HEAD: Final = "| field | program | person | anonymous | cost |\n|---|---|---|---|---|\n"


@cli.callback()
def _group() -> None:
    """Keep `export` a command of its own, although it is the only one."""


@cli.command("export")
def export(output: Output = Path("docs/permissions.md"), check: Check = False) -> None:
    """Write the permissions and the cost of every field."""
    stale = f"{output} does not match the fields: run `python server.py permissions export`."
    exports.export(page(), output, check=check, stale=stale)


def page() -> str:
    """The whole page, in the order of the types' names. The root types come first."""
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
    sizes = " or ".join(f"`{name}`" for name in (cost.sized_by, cost.or_by) if name is not None)
    price = f"{cost.weight} × {sizes}" if sizes else str(cost.weight * cost.size)
    yield f"{price}, {cost.search} more with some of `{cost.searched_by}`" if cost.searched_by else price
