"""How a command reaches the table: with the engine of the data folder, or at the endpoint of the settings."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from commands import interruption
from commands.development_folder import DevelopmentFolder
from commands.settings import Settings, read_settings
from dynamo import directory_state
from dynamo.aws import LOCAL_KEY, LOCAL_REGION
from dynamo.aws_errors import IndexMissing, TableMissing
from dynamo.client import Table
from dynamo.local.data_folder import DataFolderInUse
from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.capability import require_transactions

T = TypeVar("T")


def run_with_table(work: Callable[[Table], Awaitable[T]], *, make: bool, for_long: bool = False) -> T:
    """Run work on the table of the settings after the table was checked. Our own engine starts more slowly and then
    works faster `for_long`."""
    with checked_table(make=make, for_long=for_long) as settings:
        return run(settings, work)


@contextmanager
def checked_table(*, make: bool, for_long: bool = False) -> Iterator[TableSettings]:
    """Settings that lead to the table, after the engine and the table were checked.

    With `make`, a missing table is created in our own engine. Commands that only read do not create one for a mistyped
    name.
    """
    with reached_table(read_settings(), make=make, for_long=for_long) as settings:
        require_transactions(settings)
        lifecycle.check_table(settings)
        yield settings


def run(settings: TableSettings, work: Callable[[Table], Awaitable[T]]) -> T:
    """Run work on a table, and close its connections."""

    async def connected() -> T:
        table = Table.connect(settings)
        try:
            return await work(table)
        finally:
            await table.close()

    return asyncio.run(connected())


@contextmanager
def started_engine(table: TableSettings, *, for_long: bool = False) -> Iterator[LocalEngine]:
    """Start the engine on the data folder, and store its URL for other commands. Raises `EngineError`."""
    folder = DevelopmentFolder(table.data_dir)
    folder.make()
    with LocalEngine(table.data_dir, for_long=for_long) as engine:
        folder.record_endpoint(engine.endpoint_url)
        try:
            yield engine
        finally:
            folder.forget_endpoint()


@contextmanager
def reached_table(settings: Settings, *, make: bool = True, for_long: bool = False) -> Iterator[TableSettings]:
    """Settings that lead to the table. In development, the engine is started, or that of a running `serve` is used.

    With `make`, a missing table is created in our own engine. Nothing else is created.
    """
    interruption.interrupt()
    if not settings.uses_own_engine:
        yield settings.table
        return
    with ExitStack() as stack:
        try:
            endpoint_url = stack.enter_context(started_engine(settings.table, for_long=for_long)).endpoint_url
        except DataFolderInUse:
            recorded = DevelopmentFolder(settings.table.data_dir).recorded_endpoint()
            if recorded is None:
                raise
            endpoint_url = recorded
        yield table_at(settings.table, endpoint_url, make=make)


def table_at(table: TableSettings, endpoint_url: str, *, make: bool) -> TableSettings:
    """Settings that lead to the table in our own engine at a URL. With `make`, a missing table is created. An existing
    one gets the directory index if it lacks it."""
    reached = _at(table, endpoint_url)
    _complete(reached, make=make)
    return reached


def _at(table: TableSettings, endpoint_url: str) -> TableSettings:
    # Our own engine does not need the developer's credentials, which may be invalid, so it does not get them.
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ |= {"AWS_ACCESS_KEY_ID": LOCAL_KEY, "AWS_SECRET_ACCESS_KEY": LOCAL_KEY, "AWS_REGION": LOCAL_REGION}
    return table.model_copy(update={"dynamodb_endpoint_url": endpoint_url, "dynamodb_settle_transactions": True})


def _complete(table: TableSettings, *, make: bool) -> None:
    is_new = False
    try:
        lifecycle.check_table(table)
        is_complete = not make or lifecycle.describe_table(table).expiry_attribute is not None
    except TableMissing:
        if not make:
            return
        is_new, is_complete = True, False
    except IndexMissing:
        is_complete = False
    if not is_complete:
        # Also one whose making was interrupted.
        lifecycle.create_table(table, directory_index=table.directory_index_name is not None)
    if is_new and table.lists_kept:
        run(table, directory_state.begin)
