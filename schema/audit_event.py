"""The audit log as clients see it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from dynamo import models
from dynamo.audit_log import SEARCH_UNITS, Entry
from resolvers import audit_events
from resolvers.scopes import OWN_AUDIT, OWN_USER
from schema import node
from schema.caller import CallerKind
from schema.fields import ONE, Info, attribute, field
from schema.inputs import optional
from schema.lookups import UserBy
from schema.maxima import KEY, SEALED

if TYPE_CHECKING:
    from schema.user import User


@strawberry.type(description="Who made a change.")
class AuditActor:
    """Its fields are read from `dynamo.audit_log.Entry`."""

    @field("Whether it was a person or an API key.", OWN_AUDIT)
    def kind(self: Any) -> CallerKind:
        """Only callers with a credential change anything."""
        return CallerKind.API_KEY if audit_events.person_id(self) is None else CallerKind.PERSON

    @field(
        "The global id of the API key. Null for a person, and for the administrator key of the settings, which is not "
        "stored.",
        OWN_AUDIT,
    )
    def api_key_id(self: Any, info: Info) -> strawberry.ID | None:
        """Sign the id that is stored."""
        found = audit_events.api_key_id(info.context, self)
        return None if found is None else strawberry.ID(found)

    @field("The name of the API key. Null for a person, and for the administrator key of the settings.", OWN_AUDIT)
    def name(self: Any) -> str | None:
        entry: Entry = self
        return entry.actor_name

    @field("The raw id of the person. Null for an API key.", OWN_AUDIT)
    def user_id(self: Any) -> strawberry.ID | None:
        found = audit_events.person_id(self)
        return None if found is None else strawberry.ID(found)

    impersonator: str | None = attribute(
        "Who acted in the person's name, if their session was an impersonation. For `createSession`, who can "
        "act as the user in the session.",
        OWN_AUDIT,
    )


@strawberry.type(description="A change that a mutation made: an entry of the audit log.")
class AuditEvent:
    """An AUDIT item of the table, read from `dynamo.audit_log.Entry`."""

    at: datetime = attribute("When the change was made.", OWN_AUDIT)
    action: str = attribute("The name of the mutation, such as `updateUser`.", OWN_AUDIT)

    @field(
        "The names of the fields that were changed, custom attributes included. Never what they contain. A name that "
        "may be a secret itself is left out. People see custom attributes only if the operator lists them.",
        OWN_AUDIT,
    )
    def changed(self: Any, info: Info) -> list[str]:
        """Leave out what the caller must not see."""
        return audit_events.changed(info.context, self)

    @field(
        "Who made the change. For people, null if it was not they themselves.",
        OWN_AUDIT,
        type=AuditActor | None,
    )
    def actor(self: Any, info: Info) -> Entry | None:
        return audit_events.actor_of(info.context, self)

    @field(
        "The user whom the change concerns. Null if that user no longer exists, and for changes of API keys and "
        "verification tokens.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=audit_events.users_of,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        (user,) = await audit_events.users_of(info.context, [self])
        return user

    user_id: strawberry.ID | None = attribute(
        "The raw id of the user whom the change concerns, even if they no longer exist. Null for changes of API keys "
        "and verification tokens.",
        OWN_AUDIT,
    )

    @field(
        "The id of the request, as in the header `X-Request-Id` and in the server's log. For people, null if it was "
        "not theirs.",
        OWN_AUDIT,
    )
    def request_id(self: Any, info: Info) -> str | None:
        return audit_events.request_id(info.context, self)

    @field(
        "The IP address that the request came from. For people, null if it was not theirs.",
        OWN_AUDIT,
    )
    def ip_address(self: Any, info: Info) -> str | None:
        return audit_events.ip_address(info.context, self)


@strawberry.type(description="An audit event and its cursor in a list of audit events.")
class AuditEventEdge:
    cursor: str = attribute("The cursor of this event. Pass it as `after` to list what comes next.", OWN_AUDIT)
    node: AuditEvent = attribute("The event.", OWN_AUDIT)


@strawberry.type(description="One page of a list of audit events.")
class AuditEventConnection:
    edges: list[AuditEventEdge] = attribute("The events of this page, each with its cursor.", OWN_AUDIT)
    nodes: list[AuditEvent] = attribute("The events of this page.", OWN_AUDIT)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", OWN_AUDIT)


@strawberry.input(description="Who made a change, identified by exactly one of these fields.", one_of=True)
class AuditActorBy:
    api_key_id: strawberry.ID | None = optional(
        "The global id of an API key, as in `apiKeys` and in `actor` of an event, or the id that `keys list` shows.",
        SEALED,
    )
    user_id: strawberry.ID | None = optional("The raw id of a person.", KEY)
    administrator_key: bool | None = optional("True for the administrator key of the settings.")


@strawberry.input(description="Conditions on the audit events to list. An event must match all of them.")
class AuditEventFilter:
    """The user and the time are read from an index; the rest is looked for among what was read."""

    user: UserBy | None = optional(
        "The user whom the change concerns, who may be deleted if named by an id. Every other key requires "
        "`users:read`."
    )
    actor: AuditActorBy | None = optional("Who made the change.", search=SEARCH_UNITS)
    action: str | None = optional(
        "The name of the mutation, such as `deleteUser`. A row of `deleteUsers` has that name. An unknown name is an "
        "error that lists all.",
        KEY,
        search=SEARCH_UNITS,
    )
    from_: datetime | None = optional("The time from which on the change was made.", name="from")
    to: datetime | None = optional("The time before which the change was made.")
