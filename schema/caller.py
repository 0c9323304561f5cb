"""The caller of a request as clients see it, with its rate limit."""

from datetime import datetime
from enum import Enum, unique
from typing import Any

import strawberry

from resolvers.context import RateLimitState
from resolvers.principal import Principal
from resolvers.scopes import ANYONE
from schema.enums import Scope, enum
from schema.fields import Info, attribute, field


@unique
class CallerKind(Enum):
    """Who may be asking: the description of each kind in the schema."""

    ANONYMOUS = "A caller without a credential, or with only session cookies that are not valid."
    PERSON = "A person who is signed in with an Auth.js session."
    API_KEY = "A program that sent an API key."

    @property
    def description(self) -> str:
        """The kind in the schema."""
        return self.value


enum(CallerKind, "The kind of caller.")


@strawberry.type(description="The caller's rate limit, measured in operation cost per minute.")
class RateLimit:
    """Its fields are read from `resolvers.context.RateLimitState`."""

    limit: int = attribute("The cost that the caller may use per minute.", ANYONE)
    remaining: int = attribute("The cost that is left after this request.", ANYONE)
    reset_at: datetime = attribute("When the full limit is available again.", ANYONE)


@strawberry.type(description="The caller of this request.")
class Caller:
    """Its fields are read from `resolvers.principal.Principal`."""

    @field("The kind of caller: anonymous, a person or an API key.", ANYONE)
    def kind(self: Any) -> CallerKind:
        """Derive the kind: the principal stores no kind of its own."""
        principal: Principal = self
        if principal.anonymous:
            return CallerKind.ANONYMOUS
        return CallerKind.PERSON if principal.person is not None else CallerKind.API_KEY

    @field("The scopes of the API key. Empty for a person, who needs no scopes to access their own data.", ANYONE)
    def scopes(self: Any) -> list[Scope]:
        """List the scopes in the order of the enum."""
        return [scope for scope in Scope if scope in self.scopes]

    @field("The caller's rate limit. Null if rate limiting is switched off.", ANYONE, type=RateLimit | None)
    def rate_limit(self: Any, info: Info) -> RateLimitState | None:
        """The state after the cost of this operation was taken off, before it began."""
        return info.context.allowance
