"""Settings that decide what people see, and what they may do with what is stored about them."""

from enum import Enum, unique
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]


@unique
class SelfService(Enum):
    """What people may do themselves if the operator allows it: the words of the setting."""

    DELETE = "delete"
    EXPORT = "export"


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

    self_service: Annotated[tuple[SelfService, ...], NoDecode] = Field(
        (),
        description="comma-separated list of what people may do with their own account: `delete` it, `export` what is "
        "stored about them; without it, neither ([self-service](docs/self-service.md))",
    )

    @field_validator("viewer_attributes", "viewer_session_attributes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @field_validator("self_service", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words, known = _parts(value), [word.value for word in SelfService]
        if not set(words) <= set(known):
            raise ValueError(f"name {' or '.join(known)}, or both, separated by a comma")
        return words


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
