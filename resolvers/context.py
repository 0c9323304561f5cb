"""What all resolvers of one request share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from dynamo import models
from dynamo.act import Act
from dynamo.client import Table
from dynamo.directory import ScanBudget
from dynamo.directory_lists import DirectoryList
from dynamo.last_seen import LastSeen
from resolvers import secrecy
from resolvers.cursors import Cursors
from resolvers.errors import UserError
from resolvers.global_ids import GlobalIds
from resolvers.loaders import Loaders
from resolvers.loop_turns import Turn, Turns
from resolvers.principal import NOBODY, Principal
from resolvers.settings import SelfService
from resolvers.wholeness import Wholeness

if TYPE_CHECKING:
    from resolvers.session_jwts import SessionJwts
    from resolvers.table_state import TableStates


class Attempt(Protocol):
    """Whether one more attempt is allowed."""

    @property
    def retry_after(self) -> int | None:
        """None if it is allowed, otherwise the seconds to wait."""


class AttemptLimit(Protocol):
    """Limits how often something may be tried, such as using a verification token."""

    async def take(self, caller: str, cost: int) -> Attempt:
        """Count `cost` attempts under a name, and return whether they are allowed."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all requests of a process share: the table, the keys for ids and cursors, and the administrator keys."""

    table: Table
    ids: GlobalIds
    cursors: Cursors
    admin_keys: Sequence[str] = ()
    attempts: AttemptLimit | None = None
    """Limits how often a secret may be guessed; None without a limit."""
    viewer_attributes: Collection[str] = ()
    """The custom attributes of their user that people see."""
    viewer_session_attributes: Collection[str] = ()
    """The custom attributes of their sessions that people see."""
    session_jwts: "SessionJwts | None" = None
    """Reads JWT sessions; None if they sign nobody in."""
    max_sessions: int | None = None
    """The most sessions of one user, of which the oldest ends; None without a limit."""
    last_seen: LastSeen | None = None
    """Notes when sessions are used; None if that is not stored."""
    self_service: Collection[SelfService] = ()
    """What people may do with their own account."""
    turns: Turns = field(default_factory=Turns)
    """Shares the event loop among requests that take long."""
    table_states: "TableStates | None" = None
    """Asks for the state of the table; None if nobody has said how."""
    wholeness: Wholeness = field(default_factory=Wholeness)
    """Knows which lists of users are whole."""


class RateLimitState(Protocol):
    """What is left of a caller's rate limit, measured in operation cost."""

    @property
    def limit(self) -> int:
        """The cost that the caller may use per minute."""

    @property
    def remaining(self) -> int:
        """The cost that the caller may still use now."""

    @property
    def reset_at(self) -> datetime:
        """When the full limit is available again."""


class Origin(NamedTuple):
    """Which request it is, and where it came from, for the audit log."""

    request_id: str = ""
    address: str = ""
    """The IP address that the request came from, behind trusted proxies."""


class Done(NamedTuple):
    """How the mutation of an operation ended that a plan has called. It must not be called again."""

    payload: Any
    error: Exception | None
    charged: int
    """The cost that was charged until then."""

    def outcome(self) -> Any:
        """The payload. Raises the mutation's error."""
        if self.error is not None:
            raise self.error
        return self.payload


class Context:
    """One request: its caller, its loaders, and its own count of requests to DynamoDB."""

    __slots__ = (
        "allowance",
        "answered",
        "attempts",
        "charged",
        "cursors",
        "done",
        "ids",
        "incomplete",
        "loaders",
        "looked",
        "origin",
        "overdue",
        "principal",
        "refused",
        "scans",
        "service",
        "steps",
        "stored",
        "table",
        "turn",
        "unplanned",
        "unrecorded",
    )

    def __init__(self, service: Service, principal: Principal = NOBODY, origin: Origin | None = None) -> None:
        self.service = service
        self.table = self.unrecorded = service.table.metered()
        """The table, and the same handle without an act: what is written through it has no entry in the audit log."""
        self.ids = service.ids
        self.cursors = service.cursors
        self.attempts = service.attempts
        self.principal = principal
        self.origin = origin or Origin()
        self.loaders = Loaders(self.table, self.ids)
        self.allowance: RateLimitState | None = None
        """What is left of the caller's rate limit; None without one."""
        self.stored: tuple[str, ...] | None = None
        """The stored attributes that the operation's fields are read from; None if it needs whole items."""
        self.refused: Mapping[str, list[UserError]] = {}
        """The errors of inputs that were rejected before execution, by the response key of their mutation."""
        self.charged = 0
        """The cost of the objects that were returned so far."""
        self.unplanned = 0
        """The part of `charged` for objects that no plan completed, if the document has a plan."""
        self.looked: dict[tuple[object, str], Any] = {}
        """The results of searching records for secrets, by the record and by what was searched."""
        self.steps = 0
        """How many steps the search for secrets took, in the unit of `secret_work.Work`."""
        self.scans = ScanBudget()
        """How many more pages the request's lists may read to find the users they look for."""
        self.incomplete: set[DirectoryList] = set()
        """The lists of the directory that the request needs, and that are off or not whole."""
        self.answered = False
        """Whether a mutation of the operation has come to its end."""
        self.done: Done | None = None
        """How the operation's mutation ended, once a plan has called it; None without one."""
        self.overdue = False
        """Whether the time for the operation is over, so that no more mutations begin."""
        self.turn = Turn(service.turns)

    def charge(self, cost: int) -> None:
        """Add the cost of returned objects."""
        self.charged += cost

    def start_over(self, charged: int) -> None:
        """Reset the counts to those before a failed attempt, so that the next attempt has the same limits. The
        loaders keep what was read."""
        self.charged = charged
        self.scans = ScanBudget()

    def act_as(self, principal: Principal) -> None:
        """Set the caller once they are known, and keep what was read to authenticate them."""
        self.principal = principal
        if principal.person is not None:
            self.loaders.prime_sign_in(principal.person)
            self.note_use(principal.person.session)

    def note_use(self, session: models.Session | None) -> None:
        """Note that a session signs its user in now, if that is stored."""
        if session is not None and self.service.last_seen is not None:
            self.service.last_seen.note(session)

    def begin(self, action: str) -> None:
        """Record the changes that follow in the audit log, as made by this mutation."""
        if self.table.audit_days:
            act = Act(
                action,
                self.principal.name or "",
                self.principal.key_name,
                self.principal.impersonator,
                self.origin.request_id,
                self.origin.address,
                secrecy.names_shown,
            )
            self.table = self.unrecorded.acting(act)

    def end(self) -> None:
        """The mutation is over: what is written from now on is no change of its own."""
        self.table = self.unrecorded

    def refresh(self) -> None:
        """Forget what was read, because a mutation has changed the table."""
        self.loaders.release()
        self.loaders = Loaders(self.table, self.ids)
