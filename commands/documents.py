"""The commands `documents …`: manifests of trusted documents, looked at before a server is given them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as Grid

from commands.errors import Refused
from commands.terminal import OUTPUT, REMARKS

if TYPE_CHECKING:
    from execution.analysis import Operation

cli = typer.Typer(help="Check trusted documents.", no_args_is_help=True)

Manifests = Annotated[
    list[Path],
    typer.Argument(
        help="Manifests, or folders of them: what GraphQL Code Generator's client preset, Relay's compiler or Apollo's "
        "generate-persisted-query-manifest writes."
    ),
]


@cli.callback()
def _group() -> None:
    """Keep `check` a command of its own, although it is the only one."""


@cli.command("check")
def check(manifests: Manifests) -> None:
    """Validate every document of the manifests, and show its maximum cost and the scopes it requires."""
    from commands.settings import read_settings
    from execution.document import Documents
    from execution.manifest import ManifestError
    from execution.trusted import load
    from schema.build import GRAPHQL_SCHEMA

    limits = read_settings().limits
    try:
        texts = load(*manifests).documents
    except ManifestError as error:
        raise Refused(str(error)) from error
    documents = Documents(GRAPHQL_SCHEMA, limits)
    grid = Grid("document", "operation", "cost", "program needs", "person", box=None, pad_edge=False)
    faults: list[str] = []
    for name, text in texts.items():
        document = documents.prepare(text)
        faults += [f"{name}: {problem['message']}" for problem in document.problems]
        for operation in document.operations.values():
            cost = most(operation)
            if cost > limits.max_cost:
                faults.append(f"{name}: It may cost up to {cost}; at most {limits.max_cost} is allowed.")
            grid.add_row(name[:12], _name(operation), str(cost), _needs(operation), _person(operation))
    OUTPUT.print(grid)
    for fault in faults:
        REMARKS.print(fault)
    if faults:
        raise Refused(
            f"{', '.join(map(str, manifests))} contains documents that the server would reject: correct them, and "
            "generate it again."
        )


def most(operation: "Operation") -> int:
    """The cost of an operation if every variable that sizes a page has the largest value."""
    from resolvers.pagination import LARGEST_PAGE

    variables = operation.node.variable_definitions or ()
    return operation.select({}).cost.value({variable.variable.name.value: LARGEST_PAGE for variable in variables})


def _name(operation: "Operation") -> str:
    kind = operation.node.operation.value
    return f"{kind} {operation.node.name.value}" if operation.node.name else kind


def _needs(operation: "Operation") -> str:
    from resolvers.scopes import Scope

    needed = {scope for asked in operation.select({}).asked for scope in asked.requirement.scopes}
    return " ".join(scope.value for scope in Scope if scope in needed) or "any key"


def _person(operation: "Operation") -> str:
    return "own" if all(asked.requirement.owner for asked in operation.select({}).asked) else "–"
