"""How much one operation may ask for."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Limits(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`; lists are separated by commas."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    max_depth: int = Field(12, ge=1, le=100, description="Fields inside one another, fragments included.")
    max_aliases: int = Field(15, ge=0, description="Aliased fields of a document, fragments counted as often as used.")
    max_alias_length: int = Field(128, ge=1, description="Characters of an alias.")
    max_root_fields: int = Field(20, ge=1, description="Fields an operation has at its root.")
    max_operations: int = Field(10, ge=1, description="Operations of a document.")
    max_directives: int = Field(50, ge=0, description="Directives of a document, fragments counted as often as used.")
    max_tokens: int = Field(1000, ge=10, description="Words and signs of a document.")
    max_cost: int = Field(20_000, ge=1, description="What an operation may cost at most: about the objects it returns.")
    max_response_bytes: int = Field(16 * 1024 * 1024, ge=1024, description="A longer answer is given up.")
    rate_limit: int = Field(120_000, ge=0, description="Cost per minute and caller; 0 switches the limit off.")
    rate_limit_shared: bool = Field(False, description="Keep the rate limit in the table, one for all processes.")
    attempts: int = Field(10, ge=0, description="Attempts per minute to use a token of one identifier; 0: no limit.")
    failed_credentials: int = Field(
        600, ge=0, description="Credentials of one address that may prove invalid in a minute; 0: no limit."
    )
    plans: bool = Field(True, description="Compile queries that come again; off, graphql-core executes everything.")
    documents: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Manifests of trusted documents, or folders of them: no other document is executed."
    )

    @field_validator("documents", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
