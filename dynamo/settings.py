"""Settings of the table: its names, its endpoint, and the limits for requests to it."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class TableSettings(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`. Credentials and region are found as boto3 finds
    them."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    table_name: str = Field("next-auth", min_length=3, max_length=255, description="The table Auth.js uses.")
    partition_key: str = Field("pk", min_length=1, description="HASH key attribute of the table.")
    sort_key: str = Field("sk", min_length=1, description="RANGE key attribute of the table.")
    index_name: str = Field("GSI1", min_length=3, description="The adapter's global secondary index.")
    index_partition_key: str = Field("GSI1PK", min_length=1, description="HASH key attribute of that index.")
    index_sort_key: str = Field("GSI1SK", min_length=1, description="RANGE key attribute of that index.")
    directory_index_name: str | None = Field(
        None, min_length=3, description="An index with HASH `type` and RANGE `id`; lists users without a scan."
    )
    dynamodb_endpoint_url: str | None = Field(None, description="Any DynamoDB-compatible engine instead of AWS.")
    data_dir: Path = Field(Path(".data"), description="Where the local engine and development secrets are kept.")
    dynamodb_connect_timeout_seconds: float = Field(1.0, gt=0)
    dynamodb_read_timeout_seconds: float = Field(3.0, gt=0)
    dynamodb_max_attempts: int = Field(3, ge=1, le=10, description="Attempts per request, the first included.")
    dynamodb_settle_transactions: bool | None = Field(
        None,
        description="Read after each transaction: DynamoDB Local acknowledges one moments before it is on disk, and a "
        "read waits for it. By default done exactly where DynamoDB Local answers; AWS needs no such thing.",
    )
