"""What every resolver of one request shares."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dynamo.client import Table
from dynamo.directory import ScanBudget
from resolvers.cursors import Cursors
from resolvers.errors import UserError
from resolvers.global_ids import GlobalIds
from resolvers.loaders import Loaders
from resolvers.principal import NOBODY, Principal
from resolvers.turn import Turn, Turns


class Attempt(Protocol):
    """Whether one more is allowed."""

    @property
    def retry_after(self) -> int | None:
        """None if it is, else how many seconds to wait."""


class AttemptLimit(Protocol):
    """Counts attempts by name."""

    async def take(self, caller: str, cost: int) -> Attempt:
        """Count some attempts."""


@dataclass(frozen=True, slots=True)
class Service:
    """What lives as long as the process: the table, the keys for ids and cursors, the administrator keys."""

    table: Table
    ids: GlobalIds
    cursors: Cursors
    admin_keys: Sequence[str] = ()
    attempts: AttemptLimit | None = None
    """How often a secret may be guessed."""
    viewer_attributes: Collection[str] = ()
    """Custom attributes of their own user that people see."""
    viewer_session_attributes: Collection[str] = ()
    """Those of their own sessions."""
    turns: Turns = field(default_factory=Turns)
    """Whose turn it is among answers that take long."""


class RateLimitState(Protocol):
    """What a caller has left."""

    @property
    def limit(self) -> int:
        """Cost per minute."""

    @property
    def remaining(self) -> int:
        """Cost that is left now."""

    @property
    def reset_at(self) -> datetime:
        """When all of it is back."""


class Context:
    """One request: its caller, its loaders and its own count of DynamoDB requests."""

    __slots__ = (
        "allowance",
        "attempts",
        "charged",
        "cursors",
        "ids",
        "loaders",
        "looked",
        "principal",
        "refused",
        "scans",
        "service",
        "steps",
        "stored",
        "table",
        "turn",
        "unplanned",
    )

    def __init__(self, service: Service, principal: Principal = NOBODY) -> None:
        self.service = service
        self.table = service.table.metered()
        self.ids = service.ids
        self.cursors = service.cursors
        self.attempts = service.attempts
        self.principal = principal
        self.loaders = Loaders(self.table, self.ids)
        self.allowance: RateLimitState | None = None
        """What the caller has left, where a rate limit is on."""
        self.stored: tuple[str, ...] | None = None
        """The stored attributes that the operation's fields are read from; None if it takes whole items."""
        self.refused: Mapping[str, list[UserError]] = {}
        """What is wrong with inputs before anything looks at them, by the response key of their mutation."""
        self.charged = 0
        """What the objects returned so far have cost."""
        self.unplanned = 0
        """What of it was for objects that no plan completed, where there are plans."""
        self.looked: dict[tuple[object, str], Any] = {}
        """What was seen of records that were looked through for secrets, by the record and what was looked at."""
        self.steps = 0
        """What it took."""
        self.scans = ScanBudget()
        """The pages that lists may still read to find whom they seek."""
        self.turn = Turn(service.turns)

    def charge(self, cost: int) -> None:
        """Count what was returned."""
        self.charged += cost

    def start_over(self, charged: int) -> None:
        """Count as before an attempt that failed, so that the next one gets as far; loaders keep what was read."""
        self.charged = charged
        self.scans = ScanBudget()

    def act_as(self, principal: Principal) -> None:
        """Set the caller once they are known, and keep what was read to find out."""
        self.principal = principal
        if principal.person is not None:
            self.loaders.prime_sign_in(principal.person)

    def refresh(self) -> None:
        """Forget what was read: a mutation has changed the table."""
        self.loaders = Loaders(self.table, self.ids)
