"""Settings of the HTTP server: addresses, secrets, trusted proxies and limits."""

import re
from ipaddress import IPv4Network, IPv6Network
from itertools import combinations
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from web.entropy import alike, weakness

MIN_SECRET_LENGTH: Final = 32
RANDOM: Final = "a random value, such as the output of `openssl rand -base64 32`"

SESSION_COOKIES: Final = (
    "__Secure-authjs.session-token",
    "__Secure-next-auth.session-token",
    "authjs.session-token",
    "next-auth.session-token",
)
"""The names that Auth.js 5 and next-auth 4 give their session cookie."""

_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name (RFC 9110 §5.6.2), in lower case."""
_NOT_FOR_PAGES = re.compile(
    r"\*|cookie2?|set-cookie2?|host|origin|referer|forwarded|via|x-real-ip|"
    r"connection|content-length|content-encoding|transfer-encoding|te|trailer|upgrade|keep-alive|expect|"
    r"(access-control|sec|proxy|x-forwarded)-.*"
)
"""Headers that browsers set themselves, that proxies add, and that frame a message."""

_COOKIE_NAME = re.compile(r"(?!.*\.[0-9]+$)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
"""A cookie's name (RFC 6265 §4.1.1). A number at its end would look like that of a part of a JWT."""

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")


class ServerSettings(BaseSettings):
    """Read from `AUTHGRAPH_*` environment variables and `.env`; lists are separated by commas."""

    model_config = SettingsConfigDict(
        env_prefix="AUTHGRAPH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    env: Literal["development", "production"] = Field(
        "development",
        description="`production` creates nothing automatically, refuses to start without two strong secrets, shows "
        "the schema only to authenticated callers, and turns GraphiQL and the console off",
    )
    host: str = Field("127.0.0.1", min_length=1, description="IP address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 picks a free port")
    web_concurrency: int = Field(
        1, ge=1, le=256, validation_alias="web_concurrency", description="number of worker processes"
    )
    admin_key: SecretStr | None = Field(
        None,
        description="the first administrator key, at least 32 characters. In production it must be random: `openssl "
        "rand -base64 32`",
        json_schema_extra={"by_default": "in development, created once"},
    )
    secret_key: SecretStr | None = Field(
        None,
        description="secret that signs global ids, encrypts cursors and derives what creates with an "
        "`idempotencyKey` make, at least 32 characters. In production it must be random and differ from the "
        "administrator key. To rotate it, give a comma-separated list: the first key makes new ids, all keys are "
        "accepted",
        json_schema_extra={"by_default": "in development, created once"},
    )
    auth_secret: SecretStr | None = Field(
        None,
        description="secret of your Auth.js app, at least 32 characters, with which [JWT "
        "sessions](docs/auth-js.md#jwt-sessions) are read: its `AUTH_SECRET` or `NEXTAUTH_SECRET`. In production it "
        "must be random and differ from the other two secrets. For several apps, or to rotate it, give a "
        "comma-separated list, newest first; without it, JWT sessions sign nobody in",
    )
    session_cookies: Annotated[tuple[str, ...], NoDecode] = Field(
        SESSION_COOKIES,
        min_length=1,
        max_length=8,
        description="comma-separated names of the session cookie, if your apps give it other names than Auth.js does",
        json_schema_extra={"by_default": "the names of Auth.js 5 and next-auth 4"},
    )
    graphiql: bool | None = Field(
        None,
        description="whether the server serves GraphiQL to browsers",
        json_schema_extra={"by_default": "on in development"},
    )
    console: bool | None = Field(
        None,
        description="whether the server serves the [console](docs/console.md), a back office in the browser",
        json_schema_extra={"by_default": "on in development"},
    )
    console_pictures: bool = Field(
        False,
        description="whether the console loads the pictures of users from the servers that have them, which then see "
        "the address of whoever looks; otherwise it shows initials",
    )
    federation: bool = Field(
        False, description="whether the server is a subgraph of [Apollo Federation 2](docs/federation.md)"
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="comma-separated origins whose pages may send cookies; `*` allows every origin, but without "
        "cookies",
    )
    allowed_headers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="comma-separated request headers that those pages may send, in addition to the headers of GraphQL "
        "clients and tracing",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="comma-separated networks of proxies whose `X-Forwarded-*` headers are trusted"
    )
    max_body_bytes: int = Field(1024 * 1024, ge=1, description="maximum size of a request body, in bytes")
    max_body_bytes_in_flight: int = Field(
        64 * 1024 * 1024,
        ge=1,
        description="maximum size of all request bodies that a process holds at the same time, in bytes; further "
        "bodies are rejected with `OVERLOADED`, except bodies of up to 16 KiB",
    )
    max_json_depth: int = Field(64, ge=2, le=1024, description="maximum nesting depth of a request body")
    max_json_values: int = Field(
        50_000,
        ge=100,
        description="maximum number of JSON values in a request body, counting the members of lists and objects",
    )
    timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="time limit for a request, in seconds; a stopping server waits this long for running requests",
    )
    max_header_bytes: int = Field(
        32 * 1024, ge=1024, description="maximum size of the request line and all headers, in bytes"
    )
    max_headers: int = Field(100, ge=10, description="maximum number of request headers")
    header_timeout_seconds: float = Field(
        10.0, gt=0, description="time limit for receiving the headers of a request, in seconds"
    )
    idle_timeout_seconds: float = Field(
        75.0,
        gt=0,
        description="seconds after which an idle connection is closed; set it higher than the keep-alive time of your "
        "proxy",
    )
    max_connections: int | None = Field(
        None,
        ge=1,
        description="maximum number of connections per process",
        json_schema_extra={"by_default": "`4096`, or fewer if the limit of open files is lower"},
    )
    max_connections_per_address: int = Field(
        256,
        ge=1,
        description="maximum number of connections per process from one IPv4 address or one IPv6 /64 network; "
        "connections from the same machine and from trusted proxies are not limited",
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="IP address that serves the metrics")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="port that serves metrics for Prometheus; without it no metrics are served"
    )

    traces: bool = Field(
        False,
        description="whether operations are [traced](docs/observability.md#traces) with OpenTelemetry. The standard "
        "`OTEL_*` variables say where traces are sent, and how many",
    )

    @field_validator("session_cookies", "allowed_origins", "allowed_headers", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("session_cookies")
    @classmethod
    def _check_session_cookies(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_COOKIE_NAME.fullmatch(name) for name in names):
            raise ValueError(
                "an entry is not the name of a cookie; write it as __Host-app.session, in at most 128 characters, "
                "without a dot and a number at its end"
            )
        return names

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    "an entry is not an origin; write it as https://app.example, in lower case, without a user "
                    "and a path"
                )
        return origins

    @field_validator("allowed_headers")
    @classmethod
    def _check_headers(cls, headers: tuple[str, ...]) -> tuple[str, ...]:
        for header in headers:
            if not _TOKEN.fullmatch(header.lower()):
                raise ValueError("an entry is not the name of a header; write it as x-tenant")
            if _NOT_FOR_PAGES.fullmatch(header.lower()):
                raise ValueError("an entry names a header that web pages cannot set")
        return headers

    @field_validator("admin_key")
    @classmethod
    def _check_admin_key(cls, key: SecretStr | None) -> SecretStr | None:
        # It is sent in a header, which can contain neither spaces nor characters beyond ASCII.
        if key is not None and not re.fullmatch(rf"[\x21-\x7e]{{{MIN_SECRET_LENGTH},}}", key.get_secret_value()):
            raise ValueError(f"it must be at least {MIN_SECRET_LENGTH} visible ASCII characters")
        return key

    @field_validator("secret_key", "auth_secret")
    @classmethod
    def _check_secret_key(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None and any(len(key) < MIN_SECRET_LENGTH for key in _keys(keys)):
            raise ValueError(f"each key must be at least {MIN_SECRET_LENGTH} characters long")
        return keys

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret keys, the signing one first; empty if none is set."""
        return _keys(self.secret_key) if self.secret_key is not None else ()

    @property
    def auth_secrets(self) -> tuple[str, ...]:
        """The secrets of Auth.js apps, the newest first; empty if none is set."""
        return _keys(self.auth_secret) if self.auth_secret is not None else ()

    @property
    def serves_graphiql(self) -> bool:
        """Whether GraphiQL is served: as set, or by default in development."""
        return self.env == "development" if self.graphiql is None else self.graphiql

    @property
    def serves_console(self) -> bool:
        """Whether the console is served: as set, or by default in development."""
        return self.env == "development" if self.console is None else self.console


def refusals(settings: ServerSettings) -> tuple[str, ...]:
    """Why a production server must not start, one sentence each; empty if it may."""
    if settings.env != "production":
        return ()
    admin = settings.admin_key.get_secret_value() if settings.admin_key is not None else None
    secrets = {"AUTHGRAPH_ADMIN_KEY": (admin,) if admin else (), "AUTHGRAPH_SECRET_KEY": settings.secret_keys}
    if settings.auth_secrets:
        secrets["AUTHGRAPH_AUTH_SECRET"] = settings.auth_secrets
    found = [reason for name, values in secrets.items() if (reason := _refusal(name, values))]
    for (name, values), (other, others) in combinations(secrets.items(), 2):
        if any(alike(value, second) for value in values for second in others):
            found.append(
                f"{name} and {other} are equal, or one is derived from the other: in production set each to {RANDOM}."
            )
    return tuple(found)


def _refusal(name: str, values: tuple[str, ...]) -> str | None:
    """Why these values of a secret are not fit for production. The reason never contains a value."""
    if not values:
        return f"{name} is not set: in production set it to {RANDOM}."
    for value in values:
        if (reason := weakness(value)) is not None:
            return f"{name} {reason}: in production set it to {RANDOM}."
    if len({*values}) < len(values):
        return f"{name} lists a key twice: list each key once."
    if any(alike(one, other) for one, other in combinations(values, 2)):
        return f"{name} lists a key that is derived from another: in production set each to {RANDOM}."
    return None


def _keys(secret: SecretStr) -> tuple[str, ...]:
    return tuple(key.strip() for key in secret.get_secret_value().split(","))
