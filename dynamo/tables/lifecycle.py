"""Create, complete, describe and check the table. The errors are those of `dynamo.aws_errors`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from dynamo.aws import connect
from dynamo.aws_errors import AccessDenied, NotReady, TableMissing, translated
from dynamo.settings import TableSettings
from dynamo.tables.capability import require_transactions
from dynamo.tables.description import TableDescription, describe
from dynamo.tables.layout import (
    DIRECTORY_KEYS,
    EXPIRY_ATTRIBUTE,
    attribute_definitions,
    directory_index_name,
    index_definition,
    require_directory_index,
    require_layout,
    table_definition,
    warnings,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READY_TIMEOUT_SECONDS: Final = 600.0
FIRST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 5.0


def create_table(
    settings: TableSettings,
    *,
    directory_index: bool = False,
    point_in_time_recovery: bool = False,
    deletion_protection: bool = False,
) -> TableDescription:
    """Create the table and wait until it serves requests, or complete an existing one.

    An existing table gets what it lacks: time to live, the directory index and the protections that were asked for.
    Nothing is removed. A table with another layout raises `TableDiffers`, `IndexMissing` or `IndexDiffers` and stays as
    it is. An engine without transactions, or without what an option needs, raises `Unsupported` before anything is
    created.
    """
    client = connect(settings)
    # The credentials that create the table need not be allowed to write items.
    with suppress(AccessDenied):
        require_transactions(settings, client)
    with translated(settings):
        if point_in_time_recovery:
            _require_recovery(client, settings)
        _create(client, settings, directory_index=directory_index)
        table = _wait(client, settings)
        require_layout(settings, table)
        if directory_index:
            table = _add_directory_index(client, settings, table)
        if table.expiry_attribute is None:
            with _unless_done(client, settings, lambda table: table.expiry_attribute is not None):
                client.update_time_to_live(
                    TableName=settings.table_name,
                    TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY_ATTRIBUTE},
                )
        if deletion_protection and not table.deletion_protection:
            with _unless_done(client, settings, lambda table: table.deletion_protection):
                client.update_table(TableName=settings.table_name, DeletionProtectionEnabled=True)
        if point_in_time_recovery and not table.point_in_time_recovery:
            client.update_continuous_backups(
                TableName=settings.table_name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
    return _wait(client, settings)


def describe_table(settings: TableSettings) -> TableDescription:
    """The table of the settings as DynamoDB describes it."""
    return describe(connect(settings), settings)


def check_table(settings: TableSettings, client: "DynamoDBClient | None" = None) -> tuple[str, ...]:
    """Raise the first problem that keeps the server from using the table; return warnings about lesser ones.

    Raises `TableMissing`, `TableDiffers`, `IndexMissing`, `IndexDiffers`, `Unsupported`, `NotReady`,
    `CredentialsMissing`, `AccessDenied`, `EndpointUnreachable` or another error of `dynamo.aws_errors`.
    """
    table = describe(client or connect(settings), settings)
    require_layout(settings, table)
    if settings.directory_index_name:
        require_directory_index(table, settings.directory_index_name)
    if table.unfinished:
        raise NotReady(f"{table.unfinished} is still being created: try again when its status is ACTIVE.")
    return tuple(warnings(table))


def _create(client: "DynamoDBClient", settings: TableSettings, *, directory_index: bool) -> None:
    try:
        client.describe_table(TableName=settings.table_name)
    except client.exceptions.ResourceNotFoundException:
        with _unless_done(client, settings, lambda _: True):
            client.create_table(**table_definition(settings, directory_index=directory_index))


@contextmanager
def _unless_done(
    client: "DynamoDBClient", settings: TableSettings, is_done: Callable[[TableDescription], bool]
) -> Iterator[None]:
    """Let a rejected change pass if the table already has it: another process made it at the same time, or an attempt
    whose response was lost."""
    try:
        yield
    except ClientError:
        if not is_done(describe(client, settings)):
            raise


def _add_directory_index(
    client: "DynamoDBClient", settings: TableSettings, table: TableDescription
) -> TableDescription:
    """Add the index, and wait until it holds every item.

    DynamoDB fills it in the background: on a large table that takes longer than the wait, and `NotReady` says so.
    """
    name = directory_index_name(settings)
    if table.index(name) is None:
        with translated(settings), _unless_done(client, settings, lambda table: table.index(name) is not None):
            client.update_table(
                TableName=settings.table_name,
                AttributeDefinitions=attribute_definitions(*DIRECTORY_KEYS),
                GlobalSecondaryIndexUpdates=[{"Create": index_definition(name, DIRECTORY_KEYS)}],
            )
        table = _wait(client, settings)
    require_directory_index(table, name)
    return table


def _require_recovery(client: "DynamoDBClient", settings: TableSettings) -> None:
    """Raise `Unsupported`, before anything is created, if the engine has no point-in-time recovery."""
    try:
        with translated(settings):
            client.describe_continuous_backups(TableName=settings.table_name)
    except TableMissing:
        return


def _wait(client: "DynamoDBClient", settings: TableSettings) -> TableDescription:
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        table = describe(client, settings)
        if table.unfinished is None:
            return table
        if time.monotonic() + pause > deadline:
            raise NotReady(
                f"{table.unfinished} is not ready after {READY_TIMEOUT_SECONDS:.0f} seconds: look again later."
            )
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
