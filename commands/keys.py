"""The commands `keys …`: API keys of programs, without going through the API."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Column
from rich.table import Table as Grid

from commands.errors import Refused
from commands.terminal import OUTPUT, REMARKS
from resolvers.scopes import Scope

if TYPE_CHECKING:
    from dynamo.client import Table
    from dynamo.models import ApiKey

PAGE: Final = 100
COLUMNS: Final = ("name", "scopes", "created", "expires", "last used", "state")

cli = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)

Name = Annotated[
    str, typer.Option(metavar="NAME", help="A name for the program or team that will use the key, such as back-office.")
]
Scopes = Annotated[
    list[Scope],
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="A scope of the key; repeat the option for several scopes. One of "
        f"{', '.join(scope.value for scope in Scope)}.",
    ),
]
Expires = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN",
        help="When the key expires: a duration (12h, 90d) or a date (2030-01-31, UTC). By default it does not expire.",
    ),
]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The id that `keys list` or the API shows, or the full key.")]


@cli.command("create")
def create(name: Name, scope: Scopes, expires: Expires = None) -> None:
    """Create a key and print it. It is printed only once, because only its hash is stored.

    Only the key is written to standard output, so that KEY=$(… keys create …) works.
    """
    from commands.engine import run_with_table
    from dynamo import api_keys
    from resolvers.api_key_secrets import format_api_key, hash_secret, new_secret

    end = None if expires is None else _end(expires, datetime.now(UTC))
    secret = new_secret()

    async def make(table: "Table") -> "ApiKey":
        return await api_keys.create(table, name, [s.value for s in scope], hash_secret(secret), end)

    key = run_with_table(make, make=True)
    REMARKS.print(f"Created key {key.key_id} for {key.name}. Store it now; it is not shown again:")
    typer.echo(format_api_key(key.key_id, secret))


@cli.command("list")
def list_keys() -> None:
    """List all keys, including expired and revoked ones, without their secrets."""
    from commands.engine import run_with_table
    from dynamo import api_keys

    async def read(table: "Table") -> list["ApiKey"]:
        found, following = await api_keys.page(table, limit=PAGE, after=None)
        while following is not None:
            page, following = await api_keys.page(table, limit=PAGE, after=following)
            found += page
        return found

    keys = run_with_table(read, make=False)
    if not keys:
        REMARKS.print("There are no keys: create one with `keys create`.")
        return
    grid = Grid(Column("id", no_wrap=True, min_width=16), *COLUMNS, box=None, pad_edge=False)
    for key in sorted(keys, key=lambda key: key.created_at):
        grid.add_row(
            key.key_id,
            key.name,
            " ".join(key.scopes),
            _date(key.created_at),
            _date(key.expires),
            _date(key.last_used_at),
            _state(key),
        )
    OUTPUT.print(grid)


@cli.command("revoke")
def revoke(key_id: KeyId) -> None:
    """Revoke a key permanently. It is rejected from the next request on."""
    from commands.engine import run_with_table
    from dynamo import api_keys
    from dynamo.errors import NotFound

    bare_id = _bare_id(key_id)

    async def end(table: "Table") -> "ApiKey":
        try:
            return await api_keys.revoke(table, bare_id)
        except NotFound:
            # The argument is not repeated, because it may be another secret, pasted by mistake.
            named = f" {bare_id}" if api_keys.has_form_of_id(bare_id) else " of this id"
            raise Refused(f"There is no API key{named}: `keys list` shows all keys.") from None

    key = run_with_table(end, make=False)
    REMARKS.print(f"Key {key.key_id} of {key.name} is revoked.")


def _bare_id(text: str) -> str:
    """The id of a key as it is stored, in what names the key: that id, its global id, or the key itself."""
    from resolvers.api_key_secrets import API_KEY_PREFIX
    from resolvers.global_ids import GlobalId, read_without_proof

    match read_without_proof(text):
        case GlobalId("ApiKey", (key_id,)):
            return key_id
    # A person who found a leaked key has the whole key, not its id.
    return text.removeprefix(API_KEY_PREFIX).partition("_")[0]


def _end(text: str, now: datetime) -> datetime:
    try:
        if span := re.fullmatch(r"(\d{1,5})([hd])", text):
            amount = int(span[1])
            end = now + (timedelta(hours=amount) if span[2] == "h" else timedelta(days=amount))
        else:
            end = datetime.fromisoformat(text)
            end = end if end.tzinfo else end.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"--expires {text} is not a time: write it as 12h, 90d or 2030-01-31.") from error
    if end <= now:
        raise Refused(f"--expires {text} is in the past: choose a time in the future.")
    return end


def _date(value: datetime | None) -> str:
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _state(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return f"revoked {_date(key.revoked_at)}"
    return "expired" if key.expires is not None and key.expires <= datetime.now(UTC) else "active"
