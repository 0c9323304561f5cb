"""A restored table: AWS brings back the items and the indexes that were there, but no expiry and no protection.

The local engine has no backups. So the restored table is a copy of the items, made as AWS describes it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dynamo.settings import TableSettings
from dynamo.tables.layout import table_definition
from dynamo.tables.lifecycle import check_table, create_table, describe_table
from tests.api import make_api
from tests.resolvers.people import sign_up

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

VIEWER = "{ viewer { user { id userId } session { id } } }"


@pytest.fixture
def restored(table_settings: TableSettings) -> TableSettings:
    """The settings of servers on the restored table."""
    name = f"{table_settings.table_name}-restored-2026"
    return table_settings.model_copy(update={"table_name": name, "directory_index_name": "GSI2"})


@pytest.fixture
def restore(
    table_settings: TableSettings, restored: TableSettings, control: "DynamoDBClient"
) -> Iterator["DynamoDBClient"]:
    """Afterwards, the restored table is deleted again."""
    yield control
    control.update_table(TableName=restored.table_name, DeletionProtectionEnabled=False)
    control.delete_table(TableName=restored.table_name)


def copy_items(control: "DynamoDBClient", source: TableSettings, target: TableSettings) -> None:
    """Make the table with the index of the source, and put every item into it."""
    control.create_table(**table_definition(target))
    for item in control.scan(TableName=source.table_name)["Items"]:
        control.put_item(TableName=target.table_name, Item=item)


async def test_table_create_completes_a_restored_table_and_servers_go_on_with_it(
    table_settings: TableSettings, restored: TableSettings, restore: "DynamoDBClient"
) -> None:
    """Users, accounts and sessions are those of the moment of the backup."""
    ada = await sign_up(make_api(table_settings), "ada")
    copy_items(restore, table_settings, restored)
    bare = describe_table(restored)
    assert (bare.expiry_attribute, bare.index("GSI2"), bare.deletion_protection) == (None, None, False)

    create_table(restored, directory_index=True, deletion_protection=True)

    whole = describe_table(restored)
    assert whole.expiry_attribute == "expires"
    assert whole.index("GSI2") is not None
    assert whole.deletion_protection
    assert check_table(restored) == ()
    api = make_api(restored)
    assert (await api.acting_as(ada.token).data(VIEWER))["viewer"]["user"]["id"] == ada.id
    found = await api.data('{ user(by: {email: "ada@example.com"}) { id } users { nodes { userId } } }')
    assert found == {"user": {"id": ada.id}, "users": {"nodes": [{"userId": "ada"}]}}
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, name="Ada L.")
    assert (await make_api(table_settings).data('{ user(by: {userId: "ada"}) { name } }'))["user"] == {"name": "Ada"}


async def test_what_was_revoked_after_the_backup_is_back_until_it_is_revoked_again(
    table_settings: TableSettings, restored: TableSettings, restore: "DynamoDBClient"
) -> None:
    """As the guide says: a session that ended after the moment of the backup counts again."""
    before, after = make_api(table_settings), make_api(restored)
    ada = await sign_up(before, "ada")
    copy_items(restore, table_settings, restored)
    await before.changed("deleteSessions", "deletedSessionIds", user={"userId": "ada"})
    assert (await before.acting_as(ada.token).answer(VIEWER)).get("errors")
    create_table(restored, directory_index=True)

    assert (await after.acting_as(ada.token).data(VIEWER))["viewer"]["user"]["userId"] == "ada"
    await after.changed("deleteSessions", "deletedSessionIds", user={"userId": "ada"})
    assert (await after.acting_as(ada.token).answer(VIEWER)).get("errors")
