"""Settings of the table: its names, its endpoint, and the limits for requests to it."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dynamo.directory_lists import MOST_SHARDS, DirectoryList

NONE: Final = "none"
"""What turns all lists off. An empty value means "not set", as for every setting."""

_SPELLINGS: Final = {
    DirectoryList.CREATED: ("created_at", "createdat"),
    DirectoryList.SIGNED_IN: ("last_sign_in_at", "lastsigninat"),
}
"""How the API calls lists in orders and conditions. The setting accepts that as well, in upper or lower case."""


class TableSettings(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`. Credentials and region are found as boto3 finds
    them."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    table_name: str = Field("next-auth", min_length=3, max_length=255, description="name of the table")
    partition_key: str = Field("pk", min_length=1, description="partition key attribute of the table")
    sort_key: str = Field("sk", min_length=1, description="sort key attribute of the table")
    index_name: str = Field("GSI1", min_length=3, description="name of the adapter's global secondary index")
    index_partition_key: str = Field("GSI1PK", min_length=1, description="partition key attribute of that index")
    index_sort_key: str = Field("GSI1SK", min_length=1, description="sort key attribute of that index")
    directory_index_name: str | None = Field(
        None,
        min_length=3,
        description="name of the optional [directory index](docs/glossary.md#directory-index), which lists users "
        "without a scan",
        json_schema_extra={"by_default": "none; on the local engine, `GSI2`"},
    )
    directory_lists: Annotated[tuple[DirectoryList, ...], NoDecode] = Field(
        (DirectoryList.EMAIL, DirectoryList.CREATED),
        description="comma-separated [lists](docs/back-office.md#the-directory) that the directory index keeps: "
        "`email`, `created`, `signed_in` and `name`, or `none`. Each costs writes. Tables without a directory index "
        "have no lists",
        json_schema_extra={"by_default": "`email,created`; on the local engine, all"},
    )
    directory_shards: int = Field(
        1,
        ge=1,
        le=MOST_SHARDS,
        description="number of partitions that hold each of the lists `created` and `signed_in`. A page of these lists "
        "takes as many queries. After a change, run `python server.py directory build`",
    )
    audit_days: int = Field(
        90,
        ge=0,
        le=3650,
        description="how many days the [audit log](docs/back-office.md#who-did-what) is kept; 0 writes none",
    )
    dynamodb_endpoint_url: str | None = Field(
        None,
        description="URL of a DynamoDB-compatible engine that supports transactions (`TransactWriteItems`)",
        json_schema_extra={"by_default": "in development, the local engine; in production, AWS"},
    )
    data_dir: Path = Field(
        Path(".data"), description="folder for the data of the local engine and the secrets of development"
    )
    dynamodb_connect_timeout_seconds: float = Field(
        1.0, gt=0, description="time limit for connecting to DynamoDB, in seconds"
    )
    dynamodb_read_timeout_seconds: float = Field(
        3.0, gt=0, description="time limit for a response of DynamoDB, in seconds"
    )
    dynamodb_max_attempts: int = Field(
        3, ge=1, le=10, description="maximum number of attempts per DynamoDB request, including the first"
    )
    dynamodb_settle_transactions: bool | None = Field(
        None,
        description="whether to read after each transaction. DynamoDB Local confirms a transaction shortly before it "
        "is on disk, and a read waits for that. Set it only if a proxy removes the `Server` header of DynamoDB "
        "Local",
        json_schema_extra={"by_default": "on for DynamoDB Local, which the server detects"},
    )

    @field_validator("directory_lists", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = [word.strip().lower() for word in value.split(",") if word.strip()]
        usual = {of.setting: of for of in DirectoryList}
        known = usual | {spelling: of for of, others in _SPELLINGS.items() for spelling in others}
        if any(word not in known for word in words) and words != [NONE]:
            raise ValueError(f"name lists among {', '.join(usual)}, separated by commas, or {NONE}")
        return tuple(dict.fromkeys(known[word] for word in words if word != NONE))

    @property
    def lists_kept(self) -> frozenset[DirectoryList]:
        """The lists that writes keep. Without a directory index, there are none."""
        return frozenset(self.directory_lists if self.directory_index_name is not None else ())
