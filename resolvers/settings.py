"""Settings that decide which custom attributes people see."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]


class Visibility(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`. Names are separated by commas."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    viewer_attributes: Names = Field(
        (), description="comma-separated custom attributes of a user that the user can see; without it, none"
    )
    viewer_session_attributes: Names = Field(
        (), description="comma-separated custom attributes of a session that its user can see; without it, none"
    )

    @field_validator("viewer_attributes", "viewer_session_attributes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
