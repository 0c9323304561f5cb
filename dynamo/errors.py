"""The errors of the layer below GraphQL.

DynamoError
├── Unavailable              throttled, timed out, unreachable: the same call may succeed later
│   ├── Throttled
│   └── TransactionConflict  another transaction held one of the items; nothing happened
├── Misconfigured            a missing table or index, wrong key names, rejected credentials: an operator must act
├── ConditionFailed          a conditional write found the item in another state
├── TransactionCancelled     one or more conditions of a transaction failed; says which
├── TokenUsed                another transaction was done with this client request token
└── Rejected                 the domain does not allow the write
    ├── AlreadyExists        an id, e-mail, account, session or credential that is taken
    │   └── Repetition       what was to be stored is stored already
    ├── KeyReused            the idempotency key was used for something else
    ├── NotFound             the entity to change does not exist
    ├── Expired              a session past its `expires`
    ├── Stale                the entity changed after the caller read it (compare-and-swap)
    ├── Disabled             the user may not sign in
    └── LastSignIn           the change would remove the user's last way to sign in
"""

from typing import Any


class DynamoError(Exception):
    """The base of all errors that this layer raises on purpose."""


class Unavailable(DynamoError):
    """DynamoDB cannot respond now. A write may have happened or not, so writes are safe to repeat."""

    retry_after_seconds: int = 1


class Throttled(Unavailable):
    """DynamoDB asked for fewer requests, and the client's own retries did not help."""


class TransactionConflict(Unavailable):
    """A write did not happen, because other transactions kept writing one of its items."""


class Misconfigured(DynamoError):
    """The table, an index or the credentials are not as the settings say."""


class ConditionFailed(DynamoError):
    """A conditional write did not happen. `item` is the stored item, if DynamoDB returned it."""

    def __init__(self, message: str, item: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.item = item


class TransactionCancelled(DynamoError):
    """No part of a transaction happened. `failed` holds the positions of the operations whose condition failed."""

    def __init__(self, message: str, failed: frozenset[int]) -> None:
        super().__init__(message)
        self.failed = failed


class DeletedSince(DynamoError):
    """A write was done, and what it had written was deleted before it could be read."""


class TokenUsed(DynamoError):
    """Another transaction was done with this client request token."""


class Rejected(DynamoError):
    """A write that the domain does not allow. `field` names the input that it concerns."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class AlreadyExists(Rejected):
    """An id, e-mail, account, session token or credential is taken."""


class KeyReused(Rejected):
    """The caller has used the idempotency key before, for something else or for what was changed or deleted since."""

    def __init__(self) -> None:
        super().__init__(
            "You have used this key before: with other input, or for an object that was changed or deleted since. Use "
            "a new key.",
            "idempotencyKey",
        )


class Repetition(AlreadyExists):
    """What a create was to store is stored already, with equal content.

    `made` is what the create returns if the caller may know this, and `refusal` is the error to raise otherwise.
    """

    def __init__(self, made: Any, refusal: Rejected, *, proven: bool, derived: bool) -> None:
        super().__init__(str(refusal), refusal.field)
        self.made = made
        self.refusal = refusal
        self.proven = proven
        """Whether the stored id shows that the same caller stored this content with the same idempotency key."""
        self.derived = derived
        """Whether the stored key shows that the same caller stored it with the same idempotency key, in whatever
        form."""


class NotFound(Rejected):
    """The entity to change does not exist."""


class Expired(Rejected):
    """The session has expired and cannot be extended."""


class Stale(Rejected):
    """The stored value is not the one that the caller expected."""


class Disabled(Rejected):
    """The user is disabled or being deleted."""


class LastSignIn(Rejected):
    """The user would have no way left to sign in."""
