"""How much one operation may ask for.

`make generate` writes the README's table of limits from these descriptions.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Limits(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`; lists are separated by commas."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    max_depth: int = Field(12, ge=1, le=100, description="maximum nesting depth of fields")
    max_aliases: int = Field(15, ge=0, description="maximum number of aliases in a document")
    max_alias_length: int = Field(128, ge=1, description="maximum length of an alias, in characters")
    max_root_fields: int = Field(20, ge=1, description="maximum number of root fields in an operation")
    max_operations: int = Field(10, ge=1, description="maximum number of operations in a document")
    max_directives: int = Field(50, ge=0, description="maximum number of directives in a document")
    max_tokens: int = Field(1000, ge=10, description="maximum number of lexical tokens in a document")
    max_cost: int = Field(
        20_000,
        ge=1,
        description="maximum cost of an operation. The cost is roughly the number of objects that the operation can "
        "return; a list of users with `contains`, `emailVerified` or `disabled` adds 1,780, and introspection adds 3 "
        "for each type, field and "
        "argument it shows",
    )
    max_response_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        description="maximum size of a response, in bytes; a longer response is replaced by the error "
        "`RESPONSE_TOO_LARGE`",
    )
    max_sessions_per_user: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="maximum number of sessions of one user; `createSession` ends the oldest ones beyond it. Costs one "
        "more read for each new session; without it, there is no limit",
    )
    session_last_seen: bool = Field(
        True,
        description="whether `Session.lastSeenAt` is stored. Costs one write of 2 write units for each session and "
        "hour in which it is used, in the background",
    )
    rate_limit: int = Field(
        120_000,
        ge=0,
        description="maximum cost per caller and minute. If an operation uses more of DynamoDB than its cost covers, "
        "the difference is deducted afterwards; 0 turns the limit off",
    )
    rate_limit_shared: bool = Field(
        False,
        description="whether all processes share one rate limit, which is counted in the table. This costs one write "
        "per request, and a second write if the operation used more than its cost covers",
    )
    attempts: int = Field(
        10,
        ge=0,
        description="maximum number of attempts per minute to use a verification token of the same identifier; 0 turns "
        "the limit off",
    )
    failed_credentials: int = Field(
        600,
        ge=0,
        description="maximum number of invalid credentials per minute from one IP address, counted in each process. "
        "Above it, further credentials from that address are rejected without a read; 0 turns the limit off",
    )
    plans: bool = Field(True, description="whether repeated queries are compiled to [plans](docs/glossary.md#plan)")
    documents: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="comma-separated manifests of [trusted documents](docs/frontend.md#trusted-documents), or folders "
        "of manifests; the server executes no other documents",
    )

    @field_validator("documents", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
