"""How a server asks DynamoDB for the state of its table."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from dynamo.settings import TableSettings
from resolvers.table_state import Describe, TableIndex, TableState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def describer(settings: TableSettings) -> Describe:
    """Make the function that describes the table of the settings, with what `table describe` says of it."""

    @cache
    def client() -> "DynamoDBClient":
        """Made once, because that takes seven times as long as the requests."""
        from dynamo.aws import connect

        return connect(settings)

    def describe() -> TableState:
        from dynamo.tables import description, layout

        table = description.describe(client(), settings)
        return TableState(
            name=table.name,
            described_at=datetime.now(UTC),
            ready=table.unfinished is None,
            item_count=table.item_count,
            size_bytes=table.size_bytes,
            pay_per_request=table.pay_per_request,
            expiry_attribute=table.expiry_attribute,
            deletion_protection=table.deletion_protection,
            point_in_time_recovery=table.point_in_time_recovery,
            indexes=[
                TableIndex(
                    index.name,
                    index.partition_key,
                    index.sort_key,
                    index.projection,
                    index.active,
                    index.item_count,
                )
                for index in table.indexes
            ],
            warnings=tuple(layout.warnings(table)),
        )

    return describe
