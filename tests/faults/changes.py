"""Every mutation of the schema, each with newer writes that a late attempt could undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.api import Api
from tests.resolvers.people import api_key, passkey_input, sign_up

EXPIRES = "2037-01-01T00:00:00.000Z"
LATER = "2037-02-02T00:00:00.000Z"
KEY_ID = "$KEY"
"""Stands for the id of the API key in an input."""
ADA = {
    "user": {"userId": "ada", "email": "ada@example.com", "name": "Ada"},
    "account": {"provider": "github", "providerAccountId": "ada-at-github", "type": "oauth"},
    "session": {"sessionToken": "s1", "expires": EXPIRES},
}
BOB = {
    "user": {"userId": "bob", "email": "bob@example.com"},
    "account": {"provider": "github", "providerAccountId": "bob-at-github", "type": "oauth"},
    "session": {"sessionToken": "s-bob", "expires": EXPIRES},
}
EVE = {
    "user": {"userId": "eve", "email": "eve@example.com"},
    "account": {"provider": "github", "providerAccountId": "eve-again-at-github", "type": "oauth"},
    "session": {"sessionToken": "s-eve", "expires": EXPIRES},
}
GOOGLE = {"provider": "google", "providerAccountId": "ada-at-google"}
TOKEN = {"identifier": "ada@example.com", "token": "t1"}
FRESH_TOKEN = {"identifier": "ada@example.com", "token": "t2"}
OLDER_TOKEN = {"identifier": "ada@example.com", "token": "t0"}
PASSKEY = "key1"

Write = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation, what is selected from its payload, and the writes that are acknowledged after it."""

    mutation: str
    given: Mapping[str, Any]
    selection: str
    newer: Sequence[Write] = ()
    before: Sequence[Write] = ()

    @property
    def name(self) -> str:
        """A name for the test's id: the mutation and its fields."""
        return f"{self.mutation}-{'-'.join(name for name in self.given if name not in ('user', 'by'))}"


CHANGES = [
    Change(
        "registerUser",
        BOB,
        "user { userId } account { provider } session { token }",
        [("deleteUser", {"by": {"userId": "bob"}})],
    ),
    Change("createUser", BOB["user"], "user { userId email }", [("deleteUser", {"by": {"userId": "bob"}})]),
    Change("createUser", {"userId": "bob"}, "user { userId }", [("deleteUser", {"by": {"userId": "bob"}})]),
    Change(
        "updateUser",
        {"by": {"userId": "ada"}, "name": "New"},
        "user { name }",
        [("updateUser", {"by": {"userId": "ada"}, "name": "Newer"})],
    ),
    Change(
        "updateUser",
        {"by": {"userId": "ada"}, "attributes": {"plan": "free"}},
        "user { attributes }",
        [("updateUser", {"by": {"userId": "ada"}, "attributes": {"plan": "paid"}})],
    ),
    Change(
        "updateUser",
        {"by": {"userId": "ada"}, "email": "new@example.com", "name": "New"},
        "user { name email }",
        [("updateUser", {"by": {"userId": "ada"}, "email": "ada@example.com", "name": "Ada"})],
    ),
    Change("deleteUser", {"by": {"userId": "ada"}}, "user { userId name }", [("registerUser", ADA)]),
    Change(
        "disableUser",
        {"by": {"userId": "ada"}, "reason": "abuse"},
        "user { disabled { reason } }",
        [
            ("enableUser", {"by": {"userId": "ada"}}),
            ("createSession", {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": EXPIRES}),
        ],
    ),
    Change(
        "enableUser",
        {"by": {"userId": "ada"}},
        "user { disabled { reason } }",
        [("disableUser", {"by": {"userId": "ada"}})],
        before=[("disableUser", {"by": {"userId": "ada"}})],
    ),
    Change(
        "linkAccount",
        {"user": {"userId": "ada"}, "provider": "gitlab", "providerAccountId": "1", "type": "oauth"},
        "account { provider }",
        [("unlinkAccount", {"by": {"account": {"provider": "gitlab", "providerAccountId": "1"}}})],
    ),
    Change(
        "unlinkAccount",
        {"by": {"account": GOOGLE}},
        "account { provider }",
        [("linkAccount", {"user": {"userId": "ada"}, **GOOGLE, "type": "oauth"})],
    ),
    Change(
        "unlinkAccount",
        {"by": {"account": GOOGLE}, "force": True},
        "account { provider }",
        [("linkAccount", {"user": {"userId": "ada"}, **GOOGLE, "type": "oauth"})],
    ),
    Change(
        "moveAccount",
        {"by": {"account": GOOGLE}, "to": {"userId": "eve"}},
        "account { provider }",
        [("moveAccount", {"by": {"account": GOOGLE}, "to": {"userId": "ada"}})],
    ),
    Change(
        "updateAccountTokens",
        {"by": {"account": GOOGLE}, "accessToken": "new"},
        "account { tokens { accessToken } }",
        [("updateAccountTokens", {"by": {"account": GOOGLE}, "accessToken": "newer"})],
    ),
    Change(
        "updateAccountTokens",
        {"by": {"account": GOOGLE}, "accessToken": "new", "expected": {"accessToken": None}},
        "account { tokens { accessToken } }",
        [("updateAccountTokens", {"by": {"account": GOOGLE}, "accessToken": None})],
    ),
    Change(
        "mergeUsers",
        {"keep": {"userId": "ada"}, "lose": {"userId": "eve"}},
        "user { userId } deletedUserId",
        [("registerUser", EVE)],
    ),
    Change(
        "mergeUsers",
        {"keep": {"email": "ada@example.com"}, "lose": {"email": "eve@example.com"}},
        "user { userId } deletedUserId",
        [("registerUser", EVE)],
    ),
    Change(
        "createSession",
        {"user": {"userId": "ada"}, "sessionToken": "s2", "expires": EXPIRES},
        "session { token expires }",
        [("deleteSession", {"by": {"sessionToken": "s2"}})],
    ),
    Change(
        "updateSession",
        {"by": {"sessionToken": "s1"}, "expires": LATER},
        "session { expires }",
        [("updateSession", {"by": {"sessionToken": "s1"}, "expires": "2037-03-03T00:00:00.000Z"})],
    ),
    Change(
        "updateSession",
        {"by": {"sessionToken": "s1"}, "attributes": {"device": "phone"}},
        "session { attributes }",
        [("updateSession", {"by": {"sessionToken": "s1"}, "attributes": {"device": "desk"}})],
    ),
    Change(
        "updateSession",
        {"by": {"sessionToken": "s1"}, "expires": EXPIRES, "attributes": {"device": "phone"}},
        "session { attributes }",
        [("updateSession", {"by": {"sessionToken": "s1"}, "attributes": {"device": "desk"}})],
    ),
    Change(
        "rotateSession",
        {"by": {"sessionToken": "s1"}},
        "session { expires } previousSessionId",
        [("deleteSessions", {"user": {"userId": "ada"}})],
    ),
    Change(
        "deleteSession",
        {"by": {"sessionToken": "s1"}},
        "session { token expires }",
        [("createSession", {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": EXPIRES})],
    ),
    Change(
        "deleteSessions",
        {"user": {"userId": "ada"}},
        "deletedCount",
        [("createSession", {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": EXPIRES})],
    ),
    Change(
        "createVerificationToken",
        {**FRESH_TOKEN, "expires": EXPIRES},
        "verificationToken { token }",
        [("useVerificationToken", FRESH_TOKEN)],
    ),
    Change(
        "createVerificationToken",
        {**FRESH_TOKEN, "expires": EXPIRES, "invalidateOlder": True},
        "verificationToken { token }",
        [("createVerificationToken", {**OLDER_TOKEN, "expires": EXPIRES}), ("useVerificationToken", FRESH_TOKEN)],
    ),
    Change(
        "useVerificationToken",
        TOKEN,
        "verificationToken { identifier token expires }",
        [("createVerificationToken", {**TOKEN, "expires": EXPIRES})],
    ),
    Change(
        "deleteVerificationTokens",
        {"identifier": "ada@example.com"},
        "deletedCount",
        [("createVerificationToken", {**TOKEN, "expires": EXPIRES})],
    ),
    Change(
        "createAuthenticator",
        passkey_input("ada", "key2"),
        "authenticator { credentialId }",
        [("deleteAuthenticator", {"by": {"credentialId": "key2"}})],
    ),
    Change(
        "updateAuthenticatorCounter",
        {"by": {"credentialId": PASSKEY}, "counter": "5"},
        "authenticator { counter }",
        [
            ("deleteAuthenticator", {"by": {"credentialId": PASSKEY}}),
            ("createAuthenticator", passkey_input("ada", PASSKEY)),
        ],
    ),
    Change(
        "deleteAuthenticator",
        {"by": {"credentialId": PASSKEY}},
        "authenticator { credentialId }",
        [("createAuthenticator", passkey_input("ada", PASSKEY))],
    ),
    Change(
        "createUsers",
        {"users": [BOB["user"]]},
        "results { user { userId email } }",
        [("deleteUser", {"by": {"userId": "bob"}})],
    ),
    Change(
        "deleteUsers",
        {"users": [{"by": {"userId": "ada"}}]},
        "results { user { userId name } }",
        [("registerUser", ADA)],
    ),
    Change(
        "disableUsers",
        {"users": [{"by": {"userId": "ada"}, "reason": "abuse"}, {"by": {"userId": "eve"}}]},
        "results { user { disabled { reason } } }",
        [
            ("enableUsers", {"users": [{"by": {"userId": "ada"}}, {"by": {"userId": "eve"}}]}),
            ("createSession", {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": EXPIRES}),
        ],
    ),
    Change(
        "enableUsers",
        {"users": [{"by": {"userId": "ada"}}, {"by": {"userId": "eve"}}]},
        "results { user { disabled { reason } } }",
        [("disableUsers", {"users": [{"by": {"userId": "ada"}}]})],
        before=[("disableUsers", {"users": [{"by": {"userId": "ada"}}, {"by": {"userId": "eve"}}]})],
    ),
    Change(
        "deleteSessionsOfUsers",
        {"users": [{"user": {"userId": "ada"}}]},
        "results { deletedCount }",
        [("createSession", {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": EXPIRES})],
    ),
    Change("createApiKey", {"name": "deploy", "scopes": ["USERS_READ"]}, "apiKey { name }"),
    Change("revokeApiKey", {"by": {"id": KEY_ID}}, "apiKey { name }"),
]


async def populate(api: Api) -> str:
    """Create what the changes need. Returns the id of the API key."""
    await api.changed("registerUser", "user { id }", **ADA)
    await api.changed("linkAccount", "account { id }", user={"userId": "ada"}, **GOOGLE, type="oauth")
    await api.changed("createAuthenticator", "authenticator { id }", **passkey_input("ada", PASSKEY))
    for token in (OLDER_TOKEN, TOKEN):
        await api.changed("createVerificationToken", "verificationToken { token }", **token, expires=EXPIRES)
    await sign_up(api, "eve")
    return (await api_key(api, ["USERS_READ"]))[0]


async def make(api: Api, writes: Sequence[Write]) -> None:
    """Execute mutations that must succeed."""
    for mutation, given in writes:
        await api.changed(mutation, "__typename", **given)
