"""What a developer sees when the server has started: its URL, the key, and operations to try."""

import json
from shlex import quote
from textwrap import indent

from rich.markup import escape

from commands.examples import CALLER, PASTE
from commands.terminal import OUTPUT
from dynamo.settings import TableSettings
from web.graphiql import Example


def welcome(
    url: str,
    key: str,
    table: TableSettings,
    *,
    own_engine: bool,
    empty: bool,
    graphiql: bool,
    console: bool,
    trusted: bool,
) -> None:
    """Print the welcome. `empty`: the table has no items yet. `trusted`: only trusted documents are executed."""
    store = f"{table.data_dir} (local engine)" if own_engine else f"{table.table_name} at {table.dynamodb_endpoint_url}"
    OUTPUT.print()
    OUTPUT.print("  [bold]authgraph[/] is running, in development mode", markup=True)
    OUTPUT.print()
    rows = {
        "GraphQL and GraphiQL" if graphiql and not trusted else "GraphQL": f"{url}/graphql",
        **({"Console": f"{url}/console"} if console else {}),
        **({} if trusted else {"Schema": f"{url}/schema.graphql"}),
        "Administrator key": key,
        "Data": store,
    }
    for label, value in rows.items():
        OUTPUT.print(f"  {label:<22}[cyan]{escape(value)}[/]", markup=True)
    OUTPUT.print()
    if trusted:
        OUTPUT.print("  Only the trusted documents of AUTHGRAPH_DOCUMENTS are executed, so GraphiQL does not work.")
        OUTPUT.print()
    else:
        _examples(url, key, graphiql=graphiql)
    if empty:
        is_usual = table.data_dir == TableSettings.model_fields["data_dir"].default
        folder = "" if is_usual else f"AUTHGRAPH_DATA_DIR={quote(str(table.data_dir))} "
        command = escape(f"{folder}.venv/bin/python server.py seed")
        OUTPUT.print(
            f"  There are no users yet. To create a hundred, run [cyan]{command}[/] in another terminal.", markup=True
        )
    OUTPUT.print("  Ctrl-C stops the server.")
    OUTPUT.print()


def _examples(url: str, key: str, *, graphiql: bool) -> None:
    """Print what to try first."""
    OUTPUT.print("  [bold]Ask from a shell[/]", markup=True)
    OUTPUT.print()
    OUTPUT.print(_curl(f"{url}/graphql", key, CALLER))
    OUTPUT.print()
    if graphiql:
        place = f"{escape(url)}/graphql"
        OUTPUT.print(f"  [bold]Or paste into GraphiQL[/] at {place}, where the key is filled in", markup=True)
        OUTPUT.print()
        OUTPUT.print(indent(PASTE, "  "))


def _curl(url: str, key: str, example: Example) -> str:
    body = json.dumps({"query": " ".join(example.query.split())})
    return f"curl -s {url} -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{body}'"
