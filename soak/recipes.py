"""How to execute every mutation of the schema for one user, and its expected effects."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from graphql import GraphQLSchema

from soak.ledger import EXISTS, Fact, Person

EXPIRES: Final = "2037-01-01T00:00:00.000Z"
PROVIDERS: Final = ("github", "google")
NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One mutation: its input, its effects if it is executed, and the codes with which it may be rejected."""

    mutation: str
    given: Mapping[str, Any]
    effects: Mapping[Fact, Any] = field(default_factory=dict)
    refusals: frozenset[str] = NONE
    """Codes with which the first attempt may be rejected."""
    done_already: frozenset[str] = NONE
    """Codes that show that an earlier attempt, which got no response, was executed."""
    selection: str = "__typename"
    learn: Callable[[Person, Mapping[str, Any]], None] | None = None
    """Records what only the payload contains."""
    needs: str | None = None
    """A field of the payload that is null if the mutation had no effect."""


@dataclass(slots=True)
class Hand:
    """The state of one caller: its random numbers, and the user that it writes about."""

    name: str
    random: Random
    person: Person
    made: int = 0

    def fresh(self, kind: str) -> str:
        """A name that was not used before."""
        self.made += 1
        return f"{self.name}-{kind}-{self.made}"

    def one_of(self, kind: str) -> str | None:
        """A random existing thing of the user, such as a session; None if there is none."""
        existing = self.person.existing(kind)
        return self.random.choice(existing) if existing else None

    @property
    def identifier(self) -> str:
        """The identifier of the user's verification tokens."""
        return f"{self.person.id}@tokens.example"


Recipe = Callable[[Hand], Attempt | None]
"""Makes the next attempt; None if the mutation makes no sense now."""


def _register_user(hand: Hand) -> Attempt:
    hand.person = Person(hand.fresh("user"))
    user = {"userId": hand.person.id, "email": f"{hand.person.id}@example.com", "name": hand.fresh("name")}
    provider, account, token = hand.random.choice(PROVIDERS), hand.fresh("account"), hand.fresh("session")
    access = hand.fresh("access")
    return Attempt(
        "registerUser",
        {
            "user": user,
            "account": {"provider": provider, "providerAccountId": account, "type": "oauth", "accessToken": access},
            "session": {"sessionToken": token, "expires": EXPIRES, "attributes": {"device": "first"}},
        },
        {
            EXISTS: True,
            ("email",): user["email"],
            ("name",): user["name"],
            ("account", provider, account): access,
            ("session", token): "first",
        },
        done_already=frozenset({"TAKEN"}),
    )


def _create_user(hand: Hand) -> Attempt:
    hand.person = Person(hand.fresh("user"))
    name = hand.fresh("name")
    return Attempt(
        "createUser",
        {"userId": hand.person.id, "name": name, "attributes": {"plan": "free"}},
        {EXISTS: True, ("name",): name, ("plan",): "free"},
        done_already=frozenset({"TAKEN"}),
    )


def _update_user(hand: Hand) -> Attempt:
    given: dict[str, Any] = {}
    effects: dict[Fact, Any] = {}
    for part in hand.random.sample(("name", "email", "plan", "no email"), hand.random.randint(1, 2)):
        match part:
            case "name":
                given["name"] = effects["name",] = hand.fresh("name")
            case "email":
                given["email"] = effects["email",] = f"{hand.fresh('email')}@example.com"
            case "plan" if hand.person.value("plan") is not None:
                effects["plan",] = None
                given["removeAttributes"] = ["plan"]
            case "plan":
                effects["plan",] = hand.fresh("plan")
                given["attributes"] = {"plan": effects["plan",]}
            case _:
                given["email"] = effects["email",] = None
    return Attempt("updateUser", {"by": {"userId": hand.person.id}, **given}, effects)


def _delete_user(hand: Hand) -> Attempt:
    return Attempt("deleteUser", {"by": {"userId": hand.person.id}}, hand.person.everything_gone())


def _disable_user(hand: Hand) -> Attempt:
    reason = hand.fresh("reason")
    ended: dict[Fact, Any] = {("session", token): None for token in hand.person.existing("session")}
    return Attempt(
        "disableUser", {"by": {"userId": hand.person.id}, "reason": reason}, {("disabled",): reason, **ended}
    )


def _enable_user(hand: Hand) -> Attempt:
    return Attempt("enableUser", {"by": {"userId": hand.person.id}}, {("disabled",): None})


def _link_account(hand: Hand) -> Attempt:
    key = {"provider": hand.random.choice(PROVIDERS), "providerAccountId": hand.fresh("account")}
    access = hand.fresh("access")
    return Attempt(
        "linkAccount",
        {"user": {"userId": hand.person.id}, **key, "type": "oauth", "accessToken": access},
        {("account", *key.values()): access},
        done_already=frozenset({"TAKEN"}),
    )


def _account(hand: Hand) -> Fact | None:
    facts = [fact for fact, known in hand.person.facts.items() if fact[0] == "account" and known.value is not None]
    return hand.random.choice(facts) if facts else None


def _by(fact: Fact) -> dict[str, Any]:
    return {"by": {"account": {"provider": fact[1], "providerAccountId": fact[2]}}}


def _unlink_account(hand: Hand) -> Attempt | None:
    fact = _account(hand)
    if fact is None:
        return None
    force = hand.random.random() < 0.5
    return Attempt(
        "unlinkAccount",
        {**_by(fact), "force": force},
        {fact: None},
        refusals=NONE if force else frozenset({"LAST_SIGN_IN"}),
        done_already=frozenset({"NOT_FOUND"}),
    )


def _move_account(hand: Hand) -> Attempt | None:
    """Move an account to the user who has it: what changes nothing must not lose it."""
    fact = _account(hand)
    if fact is None:
        return None
    barred = frozenset({"DISABLED"}) if _may_be_barred(hand) else NONE
    return Attempt("moveAccount", {**_by(fact), "to": {"userId": hand.person.id}}, refusals=barred)


def _merge_users(hand: Hand) -> Attempt:
    """Merge a user who does not exist: what is rejected must not lose anything."""
    given = {"keep": {"userId": hand.person.id}, "lose": {"userId": hand.fresh("nobody")}}
    return Attempt("mergeUsers", given, refusals=frozenset({"NOT_FOUND"}))


def _update_account_tokens(hand: Hand) -> Attempt | None:
    fact = _account(hand)
    if fact is None:
        return None
    given: dict[str, Any] = {**_by(fact), "accessToken": hand.fresh("access")}
    if hand.person.is_sure(*fact) and hand.random.random() < 0.5:
        given["expected"] = {"accessToken": hand.person.value(*fact)}
    # If it is sent again because the response was lost, it may find its own token instead of the expected one.
    already = frozenset({"STALE"}) if "expected" in given else NONE
    return Attempt("updateAccountTokens", given, {fact: given["accessToken"]}, done_already=already)


def _may_be_barred(hand: Hand) -> bool:
    return any(hand.person.known(("disabled",)).possible)


def _create_session(hand: Hand) -> Attempt:
    token = hand.fresh("session")
    return Attempt(
        "createSession",
        {
            "user": {"userId": hand.person.id},
            "sessionToken": token,
            "expires": EXPIRES,
            "attributes": {"device": "new"},
        },
        {("session", token): "new"},
        refusals=frozenset({"DISABLED"}) if _may_be_barred(hand) else NONE,
        done_already=frozenset({"TAKEN"}),
    )


def _update_session(hand: Hand) -> Attempt | None:
    token = hand.one_of("session")
    if token is None:
        return None
    device = hand.fresh("device")
    given = {"by": {"sessionToken": token}, "attributes": {"device": device}}
    refusals = frozenset({"DISABLED", "NOT_FOUND"}) if _may_be_barred(hand) else NONE
    return Attempt("updateSession", given, {("session", token): device}, refusals)


def _rotate_session(hand: Hand) -> Attempt | None:
    token = hand.one_of("session")
    if token is None or not hand.person.is_sure("session", token):
        return None
    device = hand.person.value("session", token)

    def learn(person: Person, payload: Mapping[str, Any]) -> None:
        if session := payload.get("session"):
            person.known(("session", session["token"])).value = device

    given = {"by": {"sessionToken": token}, "idempotencyKey": hand.fresh("rotation-of-a-session")}
    refusals = frozenset({"DISABLED", "NOT_FOUND"}) if _may_be_barred(hand) else NONE
    return Attempt(
        "rotateSession", given, {("session", token): None}, refusals, selection="session { token }", learn=learn
    )


def _delete_session(hand: Hand) -> Attempt | None:
    token = hand.one_of("session")
    if token is None:
        return None
    return Attempt("deleteSession", {"by": {"sessionToken": token}}, {("session", token): None})


def _delete_sessions(hand: Hand) -> Attempt:
    kept = hand.one_of("session") if hand.random.random() < 0.5 else None
    if kept is not None and not hand.person.is_sure("session", kept):
        kept = None
    given: dict[str, Any] = {"user": {"userId": hand.person.id}}
    if kept is not None:
        given["keep"] = {"sessionToken": kept}
    ended: dict[Fact, Any] = {("session", token): None for token in hand.person.existing("session") if token != kept}
    return Attempt("deleteSessions", given, ended)


def _create_verification_token(hand: Hand) -> Attempt:
    token, replaces = hand.fresh("token"), hand.random.random() < 0.3
    older: dict[Fact, Any] = {("token", one): None for one in hand.person.existing("token")} if replaces else {}
    return Attempt(
        "createVerificationToken",
        {"identifier": hand.identifier, "token": token, "expires": EXPIRES, "invalidateOlder": replaces},
        {("token", token): True, **older},
    )


def _use_verification_token(hand: Hand) -> Attempt | None:
    token = hand.one_of("token")
    if token is None:
        return None
    return Attempt(
        "useVerificationToken",
        {"identifier": hand.identifier, "token": token},
        {("token", token): None},
        selection="verificationToken { token }",
        needs="verificationToken",
    )


def _delete_verification_tokens(hand: Hand) -> Attempt:
    gone: dict[Fact, Any] = {("token", token): None for token in hand.person.existing("token")}
    return Attempt("deleteVerificationTokens", {"identifier": hand.identifier}, gone)


def _create_authenticator(hand: Hand) -> Attempt:
    credential = base64.b64encode(hand.random.randbytes(12)).decode()
    return Attempt(
        "createAuthenticator",
        {
            "user": {"userId": hand.person.id},
            "credentialId": credential,
            "providerAccountId": credential,
            "credentialPublicKey": "cHVibGlj",
            "counter": "1",
            "deviceType": "MULTI_DEVICE",
            "backedUp": True,
        },
        {("passkey", credential): 1},
        done_already=frozenset({"TAKEN"}),
    )


def _update_authenticator_counter(hand: Hand) -> Attempt | None:
    credential = hand.one_of("passkey")
    if credential is None:
        return None
    counter = max(value for value in hand.person.known(("passkey", credential)).possible if value is not None) + 1
    given = {"by": {"credentialId": credential}, "counter": str(counter)}
    return Attempt("updateAuthenticatorCounter", given, {("passkey", credential): counter})


def _delete_authenticator(hand: Hand) -> Attempt | None:
    credential = hand.one_of("passkey")
    if credential is None:
        return None
    return Attempt(
        "deleteAuthenticator",
        {"by": {"credentialId": credential}, "force": True},
        {("passkey", credential): None},
        done_already=frozenset({"NOT_FOUND"}),
    )


def _create_api_key(hand: Hand) -> Attempt:
    def learn(person: Person, payload: Mapping[str, Any]) -> None:
        person.known(("key", payload["apiKey"]["id"])).value = "active"

    given = {"name": hand.fresh("key"), "scopes": ["USERS_READ"]}
    return Attempt("createApiKey", given, selection="apiKey { id }", learn=learn)


def _revoke_api_key(hand: Hand) -> Attempt | None:
    key = hand.one_of("key")
    return None if key is None else Attempt("revokeApiKey", {"by": {"id": key}}, {("key", key): "revoked"})


def _many(mutation: str, one: Callable[[Hand], Attempt]) -> Recipe:
    """A bulk mutation with a single row, which must do the same as the mutation of one."""

    def make(hand: Hand) -> Attempt:
        attempt = one(hand)
        selection = "results { userErrors { code } }"
        return replace(attempt, mutation=mutation, given={"users": [attempt.given]}, selection=selection)

    return make


BEGINNINGS: Final[dict[str, Recipe]] = {
    "registerUser": _register_user,
    "createUser": _create_user,
    "createUsers": _many("createUsers", _create_user),
}
"""The mutations that create a user."""
BEGINNING_WEIGHTS: Final = (3, 1, 1)
CHANGES: Final[dict[str, Recipe]] = {
    "updateUser": _update_user,
    "deleteUser": _delete_user,
    "disableUser": _disable_user,
    "enableUser": _enable_user,
    "linkAccount": _link_account,
    "unlinkAccount": _unlink_account,
    "moveAccount": _move_account,
    "mergeUsers": _merge_users,
    "updateAccountTokens": _update_account_tokens,
    "createSession": _create_session,
    "updateSession": _update_session,
    "rotateSession": _rotate_session,
    "deleteSession": _delete_session,
    "deleteSessions": _delete_sessions,
    "deleteUsers": _many("deleteUsers", _delete_user),
    "disableUsers": _many("disableUsers", _disable_user),
    "enableUsers": _many("enableUsers", _enable_user),
    "deleteSessionsOfUsers": _many("deleteSessionsOfUsers", _delete_sessions),
    "createVerificationToken": _create_verification_token,
    "useVerificationToken": _use_verification_token,
    "deleteVerificationTokens": _delete_verification_tokens,
    "createAuthenticator": _create_authenticator,
    "updateAuthenticatorCounter": _update_authenticator_counter,
    "deleteAuthenticator": _delete_authenticator,
    "createApiKey": _create_api_key,
    "revokeApiKey": _revoke_api_key,
}
WEIGHTS: Final[dict[str, float]] = {
    "updateUser": 4,
    "createSession": 3,
    "linkAccount": 2,
    "createAuthenticator": 2,
    "deleteUser": 0.5,
    "deleteUsers": 0.3,
    "disableUsers": 0.5,
    "createApiKey": 0.3,
}
"""How frequent a mutation is, if its weight is not 1."""


class NoRecipe(Exception):
    """A mutation of the schema has no recipe."""


def require_every_mutation(schema: GraphQLSchema) -> None:
    """Raise `NoRecipe` if the schema and the recipes differ."""
    known = {*BEGINNINGS, *CHANGES}
    there = set(schema.mutation_type.fields) if schema.mutation_type else set()
    if known != there:
        raise NoRecipe(
            f"soak/recipes.py does not know {sorted(there - known)}, and knows {sorted(known - there)}, which the "
            "schema does not have: write the recipe, or take it away."
        )


def next_attempt(hand: Hand) -> Attempt:
    """The caller's next mutation. It creates a user if the current one does not exist."""
    if hand.person.value(*EXISTS) is not True:
        name = hand.random.choices(list(BEGINNINGS), BEGINNING_WEIGHTS)[0]
        attempt = BEGINNINGS[name](hand)
        assert attempt is not None
        return attempt
    weights = [WEIGHTS.get(name, 1.0) for name in CHANGES]
    while True:
        (name,) = hand.random.choices(list(CHANGES), weights)
        attempt = CHANGES[name](hand)
        if attempt is not None:
            return attempt
