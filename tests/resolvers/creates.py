"""Every way to create something, with and without a key of its own, and what may become of it afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLNonNull, get_named_type

from schema.build import GRAPHQL_SCHEMA
from tests.resolvers.people import passkey_input

EXPIRES = "2037-01-01T00:00:00.000Z"
TOKENS = {"accessToken": "an access token", "refreshToken": "a refresh token", "idToken": "an ID token"}
GOOGLE = {"provider": "google", "providerAccountId": "g1", "type": "oidc"}
ACCOUNT = {**GOOGLE, **TOKENS, "scope": "openid", "tokenType": "bearer", "expiresAt": 1, "sessionState": "state"}
USER = {"email": "new@example.com", "name": "New", "image": "https://example.com/new.png", "emailVerified": EXPIRES}
CREDENTIAL = "bmV3a2V5"
DEVICE = {"userAgent": "Mozilla/5.0", "ipAddress": "203.0.113.7"}

Write = tuple[str, Mapping[str, Any]]

OTHER: dict[str, Any] = {
    "userId": "another",
    "email": "other@example.com",
    "image": "https://example.com/other.png",
    "type": "oauth",
    "credentialId": "b3RoZXJrZXk=",
    "ipAddress": "2001:db8::2",
    "UserBy": {"userId": "bob"},
    "String": "another text",
    "ID": "another",
    "DateTime": "2037-02-02T00:00:00.000Z",
    "BigInt": 2,
    "JSON": {"another": ["attribute", 1]},
    "Scope": ["SESSIONS_READ"],
    "DeviceType": "SINGLE_DEVICE",
}
"""Another value for each field, by its name or else by its type."""


@dataclass(frozen=True, slots=True)
class Create:
    """A mutation that creates something, its whole input, and the mutations that change and delete what it created.

    Inputs of the latter may contain `$ID`, the global id of what was created.
    """

    mutation: str
    given: Mapping[str, Any]
    selection: str
    change: Write | None = None
    delete: Write | None = None
    derived: bool = False
    """Whether its id or token comes from the idempotency key, because the input names none."""
    timed: bool = False
    """Whether what is stored depends on the time of the create."""

    def __str__(self) -> str:
        return f"{self.mutation}-{'derived' if self.derived else 'named'}{'-timed' if self.timed else ''}"

    @property
    def type(self) -> GraphQLInputObjectType:
        """The type of its input."""
        found = GRAPHQL_SCHEMA.type_map[f"{self.mutation[0].upper()}{self.mutation[1:]}Input"]
        assert isinstance(found, GraphQLInputObjectType)
        return found

    def others(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Inputs with other content: each field changed, added or left out in turn."""
        yield from _others(self.type, self.given)


def _others(type_: GraphQLInputObjectType, given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in type_.fields.items():
        if name == "idempotencyKey":
            continue
        named = get_named_type(field.type)
        value = not given.get(name) if named.name == "Boolean" else _other(name, field.type)
        if isinstance(named, GraphQLInputObjectType) and not named.is_one_of:
            for inner, other in _others(named, given.get(name, {})):
                if name in given:
                    yield f"{name}.{inner}", {**given, name: other}
        elif value != given.get(name):
            yield name, {**given, name: value}
        # Without an expiry, any is meant.
        if name in given and name != "expires" and not isinstance(field.type, GraphQLNonNull):
            yield f"no {name}", {key: value for key, value in given.items() if key != name}


def _other(name: str, type_: GraphQLInputType) -> Any:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType | GraphQLEnumType):
        return OTHER.get(named.name)
    return OTHER.get(name, OTHER[named.name])


REGISTERED = "user { id userId email name } account { provider tokens { accessToken } } session { token expires }"
CREATES = [
    Create(
        "createUser",
        {"userId": "new", **USER, "attributes": {"plan": "pro", "seats": 3, "ratio": 0.1, "password": "secret"}},
        "user { id userId email name image emailVerified attributes }",
        ("updateUser", {"by": {"id": "$ID"}, "name": "Newer"}),
        ("deleteUser", {"by": {"id": "$ID"}}),
    ),
    Create(
        "createUser",
        {**USER, "attributes": {"plan": "pro"}},
        "user { id userId email name attributes }",
        ("updateUser", {"by": {"id": "$ID"}, "email": "newer@example.com"}),
        ("deleteUser", {"by": {"id": "$ID"}}),
        derived=True,
    ),
    Create(
        "createUser",
        {"name": "New"},
        "user { id userId email name }",
        ("updateUser", {"by": {"id": "$ID"}, "attributes": {"plan": "pro"}}),
        ("deleteUser", {"by": {"id": "$ID"}}),
        derived=True,
    ),
    Create(
        "registerUser",
        {
            "user": {"userId": "new", **USER},
            "account": {**ACCOUNT, "attributes": {"login": "new"}},
            "session": {"sessionToken": "s-new", "expires": EXPIRES, "attributes": {"device": "phone"}, **DEVICE},
        },
        REGISTERED,
        ("updateUser", {"by": {"id": "$ID"}, "name": "Newer"}),
        ("deleteUser", {"by": {"id": "$ID"}}),
        timed=True,
    ),
    Create(
        "registerUser",
        {"user": USER, "account": ACCOUNT, "session": {"attributes": {"device": "phone"}}},
        REGISTERED,
        ("updateUser", {"by": {"id": "$ID"}, "name": "Newer"}),
        ("deleteUser", {"by": {"id": "$ID"}}),
        derived=True,
        timed=True,
    ),
    Create(
        "linkAccount",
        {"user": {"userId": "ada"}, **ACCOUNT, "attributes": {"login": "new", "client_secret": "secret"}},
        "account { id provider type scope expiresAt tokens { accessToken } attributes }",
        ("updateAccountTokens", {"by": {"id": "$ID"}, "accessToken": "a newer token"}),
        ("unlinkAccount", {"by": {"id": "$ID"}, "force": True}),
    ),
    Create(
        "createSession",
        {
            "user": {"userId": "ada"},
            "sessionToken": "s-new",
            "expires": EXPIRES,
            "attributes": {"device": "phone"},
            **DEVICE,
        },
        "session { id token expires createdAt userAgent ipAddress attributes }",
        ("updateSession", {"by": {"id": "$ID"}, "attributes": {"device": "desk"}}),
        ("deleteSession", {"by": {"id": "$ID"}}),
        timed=True,
    ),
    Create(
        "createSession",
        {"user": {"userId": "ada"}, "expires": EXPIRES},
        "session { id token expires attributes }",
        ("updateSession", {"by": {"id": "$ID"}, "attributes": {"device": "desk"}}),
        ("deleteSession", {"by": {"id": "$ID"}}),
        derived=True,
        timed=True,
    ),
    Create(
        "createSession",
        {"user": {"userId": "ada"}},
        "session { id token expires attributes }",
        ("updateSession", {"by": {"id": "$ID"}, "attributes": {"device": "desk"}}),
        ("deleteSession", {"by": {"id": "$ID"}}),
        derived=True,
        timed=True,
    ),
    Create(
        "createVerificationToken",
        {"identifier": "new@example.com", "token": "t-new", "expires": EXPIRES},
        "verificationToken { identifier token expires }",
        delete=("useVerificationToken", {"identifier": "new@example.com", "token": "t-new"}),
    ),
    Create(
        "createVerificationToken",
        {"identifier": "new@example.com", "token": "t-new", "expires": EXPIRES, "invalidateOlder": True},
        "verificationToken { identifier token expires }",
        delete=("useVerificationToken", {"identifier": "new@example.com", "token": "t-new"}),
    ),
    Create(
        "createAuthenticator",
        passkey_input("ada", CREDENTIAL),
        "authenticator { id credentialId counter transports }",
        ("updateAuthenticatorCounter", {"by": {"credentialId": CREDENTIAL}, "counter": 7}),
        ("deleteAuthenticator", {"by": {"credentialId": CREDENTIAL}, "force": True}),
    ),
    Create(
        "createApiKey",
        {"name": "deploy", "scopes": ["USERS_READ", "TOKENS_WRITE"], "expires": EXPIRES},
        "apiKey { id name scopes createdAt expires revokedAt } secret",
        ("revokeApiKey", {"by": {"id": "$ID"}}),
        derived=True,
        timed=True,
    ),
]
