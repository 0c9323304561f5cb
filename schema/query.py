"""The root fields of all queries."""

from typing import Annotated, Any, Final

import strawberry

from dynamo import activity as counting
from dynamo import models
from dynamo.audit_log import SEARCH_UNITS as AUDIT_SEARCH_UNITS
from dynamo.audit_log import Entry
from dynamo.directory import SEARCH_UNITS
from dynamo.sessions import SignedIn
from resolvers import (
    accounts,
    activity,
    api_keys,
    audit_events,
    authenticators,
    directory,
    examinations,
    nodes,
    sessions,
    table_state,
    user_pages,
    users,
    verification_tokens,
)
from resolvers.pagination import LARGEST_PAGE, Connection, check_span
from resolvers.principal import Principal
from resolvers.scopes import (
    ADMINISTER,
    ANYONE,
    OWN_ACCOUNT,
    OWN_SESSION,
    OWN_USER,
    READ_AUDIT,
    READ_HEALTH,
    READ_USERS,
    SIGNED_IN,
    WRITE_TOKENS,
)
from schema.account import Account
from schema.activity import SignIns, SignUps
from schema.api_key import ApiKey, ApiKeyConnection
from schema.audit_event import AuditEventConnection, AuditEventFilter
from schema.authenticator import Authenticator
from schema.caller import Caller
from schema.directory import Directory, UserCount
from schema.fields import ONE, PAGE, After, Before, Cost, First, Info, Last, described, field
from schema.health import Examination, TableState
from schema.inputs import given
from schema.lookups import AccountBy, ApiKeyBy, AuthenticatorBy, SessionBy, UserBy, UserFilter, UserOrder
from schema.maxima import KEY, SEALED
from schema.mutation import MUTATIONS
from schema.node import Node
from schema.session import Session
from schema.user import User, UserConnection, Viewer
from schema.verification_token import VerificationToken

COUNTING: Final = Cost(weight=counting.UNITS)
DESCRIBING: Final = Cost(weight=10)

Days = Annotated[int, described(f"How many days to count, from 1 to {activity.MOST_DAYS}. Today is the last one.")]


@strawberry.type(description="The queries of this API.")
class Query:
    """Each field passes its arguments on to the resolver of its entity in `resolvers`."""

    @field(
        "The signed-in person and their session. Null if the caller is an API key or nobody.",
        ANYONE,
        type=Viewer | None,
        cost=ONE,
        viewer=True,
    )
    def viewer(self, info: Info) -> SignedIn | None:
        """The executor verified the session before the operation began."""
        return info.context.principal.person

    @field("The caller of this request: an API key, a person or an anonymous caller.", ANYONE, type=Caller, cost=ONE)
    def caller(self, info: Info) -> Principal:
        return info.context.principal

    @field(
        "The object with this global id. Null if it does not exist or the caller may not access it.",
        SIGNED_IN,
        type=Node | None,
        cost=ONE,
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, described("The global id of the object.", SEALED)]
    ) -> Any:
        return await nodes.node(info.context, id)

    @field(
        "The objects with these global ids, in the same order, at most 100. Null for each object that does not exist "
        "or that the caller may not access.",
        SIGNED_IN,
        type=list[Node | None] | None,
        cost=Cost(sized_by="ids"),
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], described("The global ids of the objects.", SEALED, each=True)],
    ) -> list[Any]:
        return await nodes.nodes(info.context, ids)

    @field(
        "Look up a user by one key. Null if there is no such user or the caller may not access it.",
        OWN_USER,
        type=User | None,
        cost=ONE,
    )
    async def user(
        self, info: Info, by: Annotated[UserBy, described("The key to look up the user by.")]
    ) -> models.User | None:
        """Look up by whichever key was given."""
        context = info.context
        ((key, value),) = given(by).items()
        match key:
            case "id":
                return await users.by_id(context, value)
            case "user_id":
                return await users.by_raw_id(context, value)
            case "email":
                return await users.by_email(context, value)
            case "account":
                return await users.by_account(context, **value)
            case _:
                return await users.by_session_token(context, value, whole_partition=info.selects_children())

    @field(
        "All users, in pages: without `orderBy` and conditions in the order of the table, otherwise in the order of "
        "the list that serves them. What no list serves is an error that says what can be combined. A page can have "
        "fewer users than requested, or none, and still be followed by another page.",
        READ_USERS,
        type=UserConnection | None,
        cost=Cost(
            sized_by="first",
            or_by="last",
            searched_by="filter",
            search=SEARCH_UNITS,
            continued_by=("after", "last", "before"),
        ),
    )
    async def users(
        self,
        info: Info,
        first: Annotated[
            int | None,
            described("The maximum number of users to return, from 1 to 100. It is 50 without `first` and `last`."),
        ] = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Annotated[
            UserOrder | None,
            described("How to sort the users. If omitted, they have the order of the filter or table."),
        ] = None,
        filter: Annotated[
            UserFilter | None, described("Conditions that the users must match. If omitted, all users are listed.")
        ] = None,
    ) -> user_pages.UserPage:
        """The page size is 50 if neither `first` nor `last` is given."""
        return await user_pages.page(
            info.context,
            check_span(first, after, last, before),
            given(order_by) if order_by else None,
            given(filter) if filter else {},
            children=info.selects_children(),
        )

    @field(
        "The state of the directory: whether its lists are whole.",
        READ_USERS,
        type=Directory | None,
        cost=ONE,
    )
    async def directory(self, info: Info) -> Any:
        return await directory.state(info.context)

    @field(
        "The number of users, as the last `python server.py directory build` has counted them. Null if there was no "
        "build.",
        READ_USERS,
        type=UserCount | None,
        cost=ONE,
    )
    async def user_count(self, info: Info) -> Any:
        return await directory.user_count(info.context)

    @field(
        "The number of users who were created on each of the last days, counted from the list `created` of the "
        f"directory: at most {counting.PAGES} pages of 1 MB, about {counting.PAGES * 3_000:,} users. Users who were "
        "deleted since are not counted. Null if the list is not kept.",
        READ_USERS,
        type=SignUps | None,
        cost=COUNTING,
    )
    async def sign_ups(self, info: Info, days: Days = 30) -> Any:
        return await activity.sign_ups(info.context, days)

    @field(
        "The number of sign-ins on each of the last days, counted from the audit log: the sessions that "
        "`createSession` and `registerUser` have created, but no JWT sessions, none of the official adapter, and none "
        "in which somebody acts as the user. "
        f"At most {counting.PAGES} pages of 1 MB, about {counting.PAGES * 2_000:,} changes. Null if "
        "the audit log is switched off.",
        READ_AUDIT,
        type=SignIns | None,
        cost=COUNTING,
    )
    async def sign_ins(self, info: Info, days: Days = 30) -> Any:
        return await activity.sign_ins(info.context, days)

    @field(
        "The table as DynamoDB describes it: its indexes, its size and its protections. The server asks at most once a "
        "minute, whoever wants to know.",
        READ_HEALTH,
        type=TableState | None,
        cost=DESCRIBING,
    )
    async def table_state(self, info: Info) -> Any:
        return await table_state.state(info.context)

    @field(
        "What the last whole run of `python server.py doctor` has found. Null if there was none.",
        READ_HEALTH,
        type=Examination | None,
        cost=ONE,
    )
    async def last_examination(self, info: Info) -> Any:
        return await examinations.last(info.context)

    @field(
        "Look up an account by one key. Null if there is no such account or the caller may not access it.",
        OWN_ACCOUNT,
        type=Account | None,
        cost=ONE,
    )
    async def account(
        self, info: Info, by: Annotated[AccountBy, described("The key to look up the account by.")]
    ) -> models.Account | None:
        """Look up by whichever key was given."""
        match given(by):
            case {"id": str(sealed)}:
                return await accounts.by_id(info.context, sealed)
            case {"account": {"provider": str(provider), "provider_account_id": str(provider_account_id)}}:
                return await accounts.by_key(info.context, provider, provider_account_id)
        return None

    @field(
        "Look up a session by one key. Null if there is no such session or the caller may not access it.",
        OWN_SESSION,
        type=Session | None,
        cost=ONE,
    )
    async def session(
        self, info: Info, by: Annotated[SessionBy, described("The key to look up the session by.")]
    ) -> models.Session | None:
        """Look up by whichever key was given."""
        match given(by):
            case {"id": str(sealed)}:
                return await sessions.by_id(info.context, sealed)
            case {"session_token": str(token)}:
                return await sessions.by_token(info.context, token, whole_partition=info.selects_children())
        return None

    @field(
        "Look up a passkey by one key. Null if there is no such passkey or the caller may not access it.",
        OWN_ACCOUNT,
        type=Authenticator | None,
        cost=ONE,
    )
    async def authenticator(
        self, info: Info, by: Annotated[AuthenticatorBy, described("The key to look up the passkey by.")]
    ) -> models.Authenticator | None:
        """Look up by whichever key was given: in the index or, for a person, among their own passkeys."""
        match given(by):
            case {"id": str(sealed)}:
                return await authenticators.by_id(info.context, sealed)
            case {"credential_id": str(credential_id)}:
                return await authenticators.by_credential_id(info.context, credential_id)
        return None

    @field(
        "The verification tokens of an identifier: the 100 that expire last. Listing them does not use them up. An "
        "error if the identifier has more than 1,000.",
        WRITE_TOKENS,
        type=list[VerificationToken] | None,
        cost=Cost(size=LARGEST_PAGE),
    )
    async def verification_tokens(
        self,
        info: Info,
        identifier: Annotated[
            str, described("The identifier that the tokens were sent to, usually an e-mail address.", KEY, guess=True)
        ],
    ) -> list[models.VerificationToken]:
        return await verification_tokens.of_identifier(info.context, identifier)

    @field("Look up an API key by its id. Null if there is no such key.", ADMINISTER, type=ApiKey | None, cost=ONE)
    async def api_key(
        self, info: Info, by: Annotated[ApiKeyBy, described("The key to look up the API key by.")]
    ) -> models.ApiKey | None:
        """A revoked key is found too."""
        match given(by):
            case {"id": str(sealed)}:
                return await api_keys.by_id(info.context, sealed)
        return None

    @field("All API keys, including revoked ones, in pages.", ADMINISTER, type=ApiKeyConnection | None, cost=PAGE)
    async def api_keys(self, info: Info, first: First = 50, after: After = None) -> Connection[models.ApiKey]:
        return await api_keys.page(info.context, first, after)

    @field(
        "The changes that mutations made, newest first, as far as the audit log is kept. With a condition on the actor "
        "or the action, a page can have fewer events than requested, or none, and still be followed by another page.",
        READ_AUDIT,
        type=AuditEventConnection | None,
        cost=Cost(sized_by="first", searched_by="filter", search=AUDIT_SEARCH_UNITS),
    )
    async def audit_events(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        filter: Annotated[
            AuditEventFilter | None,
            described("Conditions that the events must match. If omitted, all events are listed."),
        ] = None,
    ) -> Connection[Entry]:
        """Drop conditions that are null, and list the events that meet the rest."""
        wanted = {name: value for name, value in given(filter).items() if value is not None} if filter else {}
        return await audit_events.page(
            info.context,
            first,
            after,
            actions=MUTATIONS,
            since=wanted.pop("from_", None),
            until=wanted.pop("to", None),
            **wanted,
        )
