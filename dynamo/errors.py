"""What can go wrong below GraphQL.

DynamoError
├── Unavailable              throttled, timed out, unreachable: the same call may succeed later
│   ├── Throttled
│   └── TransactionConflict  another transaction held one of the items; nothing happened
├── Misconfigured            a missing table or index, wrong key names, refused credentials: an operator must act
├── ConditionFailed          a conditional write found the item in another state
├── TransactionCancelled     one or more conditions of a transaction failed; says which
├── TokenUsed                a transaction with this client request token was done already, and it was another one
└── Rejected                 the store refused what was asked, in the words of the domain
    ├── AlreadyExists        an id, e-mail, account, session or credential that is taken
    ├── NotFound             the entity to change is not there
    ├── Expired              a session past its `expires`
    ├── Stale                the entity changed since the caller read it (compare-and-swap)
    ├── Disabled             the user may not sign in
    └── LastSignIn           removing it would lock the user out
"""

from typing import Any


class DynamoError(Exception):
    """Anything this layer raises on purpose."""


class Unavailable(DynamoError):
    """DynamoDB cannot answer now; nothing says whether a write arrived, so writes are made safe to repeat."""

    retry_after_seconds: int = 1


class Throttled(Unavailable):
    """DynamoDB asked for a slower pace, after the client's own bounded retries."""


class TransactionConflict(Unavailable):
    """A write did not happen, because another transaction was writing one of its items, again and again."""


class Misconfigured(DynamoError):
    """The table, an index or the credentials are not what the settings say."""


class ConditionFailed(DynamoError):
    """A conditional write did not happen. `item` is what stood there, if DynamoDB returned it."""

    def __init__(self, message: str, item: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.item = item


class TransactionCancelled(DynamoError):
    """No part of a transaction happened. `failed` holds the positions whose condition did not hold."""

    def __init__(self, message: str, failed: frozenset[int]) -> None:
        super().__init__(message)
        self.failed = failed


class DeletedSince(DynamoError):
    """A write was done, and what it had written was deleted before it could be read."""


class TokenUsed(DynamoError):
    """A transaction with this client request token was done already, and it was another one."""


class Rejected(DynamoError):
    """A write the domain does not allow; `field` names the input it is about."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class AlreadyExists(Rejected):
    """An id, e-mail, account, session token or credential is taken."""


class NotFound(Rejected):
    """There is nothing to change."""


class Expired(Rejected):
    """The session's time is over; it cannot be extended."""


class Stale(Rejected):
    """The stored value is not the one the caller expected."""


class Disabled(Rejected):
    """The user is disabled or being deleted."""


class LastSignIn(Rejected):
    """The user would have no way to sign in left."""
