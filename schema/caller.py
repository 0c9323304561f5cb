"""What a request acts as."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from resolvers.context import RateLimitState
from resolvers.principal import Principal
from resolvers.scopes import ANYONE
from schema.enums import Scope, enum
from schema.fields import Info, attribute, field


class CallerKind(Enum):
    """Who may be asking."""

    ANONYMOUS = "ANONYMOUS"
    PERSON = "PERSON"
    API_KEY = "API_KEY"


enum(
    CallerKind,
    "Who is asking.",
    {
        CallerKind.ANONYMOUS: "Nobody known: no credential, or only session cookies that are not valid.",
        CallerKind.PERSON: "A person with an Auth.js session.",
        CallerKind.API_KEY: "A program with an API key.",
    },
)


@strawberry.type(description="How much the caller may cost per minute.")
class RateLimit:
    """An allowance."""

    limit: int = attribute("Cost per minute.", ANYONE)
    remaining: int = attribute("Cost that is left after this request.", ANYONE)
    reset_at: datetime = attribute("When all of it is back.", ANYONE)


@strawberry.type(description="What this request acts as.")
class Caller:
    """The principal."""

    @field("Who is asking.", ANYONE)
    def kind(self: Any) -> CallerKind:
        """Read it off the principal."""
        principal: Principal = self
        if principal.anonymous:
            return CallerKind.ANONYMOUS
        return CallerKind.PERSON if principal.person is not None else CallerKind.API_KEY

    @field("The scopes of the API key. A person has none, and every right over what is their own.", ANYONE)
    def scopes(self: Any) -> list[Scope]:
        """In the order of the enum."""
        return [scope for scope in Scope if scope in self.scopes]

    @field("What the caller may still cost; null where no limit is set.", ANYONE, type=RateLimit | None)
    def rate_limit(self: Any, info: Info) -> RateLimitState | None:
        """Taken before the operation began."""
        return info.context.allowance
