"""S18: only one field of an operation may get guessable inputs, and every input of the schema is classified."""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from execution.guessing import is_guess
from resolvers import users
from resolvers.errors import graphql_name
from resolvers.scopes import Scope
from schema.fields import CHANGE, declared
from schema.guesses import GUESS, ONE
from schema.internals import metadata_of
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, key_with
from tests.schema import walk

NEVER = {"ID", "Boolean", "DateTime", "JSON"}
"""Types of inputs that are no guess: nobody can make up an id, and nobody is found by a date, a switch or an object."""
HARMLESS = {
    "what callers may list whole": """
        Query.users.first Query.users.after Query.users.last Query.users.before Query.apiKeys.first Query.apiKeys.after
        User.accounts.first User.accounts.after User.sessions.first User.sessions.after
        User.authenticators.first User.authenticators.after
        Query.auditEvents.first Query.auditEvents.after AuditEventFilter.action
        User.auditEvents.first User.auditEvents.after
    """,
    "a part of a key": """
        AccountKey.provider RegisterAccountInput.provider LinkAccountInput.provider
        UseVerificationTokenInput.identifier CreateAuthenticatorInput.providerAccountId
    """,
    "what is stored, and compared with nothing": """
        NewUserInput.image CreateUserInput.image UpdateUserInput.image DisableUserInput.reason
        RegisterAccountInput.type RegisterAccountInput.accessToken RegisterAccountInput.refreshToken
        RegisterAccountInput.idToken RegisterAccountInput.scope RegisterAccountInput.tokenType
        RegisterAccountInput.expiresAt RegisterAccountInput.sessionState
        LinkAccountInput.type LinkAccountInput.accessToken LinkAccountInput.refreshToken LinkAccountInput.idToken
        LinkAccountInput.scope LinkAccountInput.tokenType LinkAccountInput.expiresAt LinkAccountInput.sessionState
        UpdateAccountTokensInput.accessToken UpdateAccountTokensInput.refreshToken UpdateAccountTokensInput.idToken
        UpdateAccountTokensInput.scope UpdateAccountTokensInput.tokenType UpdateAccountTokensInput.expiresAt
        UpdateAccountTokensInput.sessionState
        CreateVerificationTokenInput.identifier CreateVerificationTokenInput.token
        CreateAuthenticatorInput.credentialPublicKey CreateAuthenticatorInput.counter
        CreateAuthenticatorInput.transports CreateApiKeyInput.name
        RegisterSessionInput.userAgent RegisterSessionInput.ipAddress
        CreateSessionInput.userAgent CreateSessionInput.ipAddress
        UpdateUserInput.removeAttributes UpdateSessionInput.removeAttributes UpdateAccountTokensInput.removeAttributes
    """,
    "how many days are counted": """
        Query.signUps.days Query.signIns.days
    """,
    "what `accounts:read` shows, and counters": """
        ExpectedTokensInput.expiresAt UpdateAuthenticatorCounterInput.counter
    """,
}
"""Every text and number that is no guess, by the reason for it; those that `stored_as_given` finds are none either."""

Definition = GraphQLArgument | GraphQLInputField


@dataclass(frozen=True, slots=True)
class Place:
    """An input of a root field, or one within it."""

    operation: str
    name: str
    path: tuple[str, ...]
    coordinate: str
    definition: Definition
    listed: bool
    """Whether one field can get it many times."""

    def __str__(self) -> str:
        return ".".join((self.name, *self.path))

    @property
    def type(self) -> GraphQLInputType:
        """The type of the argument that contains it."""
        type_: GraphQLInputType = walk.roots(self.operation)[self.name].args[self.path[0]].type
        return type_

    def value(self, innermost: Any) -> Any:
        """The argument's value with only this input as a guess."""
        return without_guesses(self.type, self.path[1:], innermost)

    def document(self, declared: str, given: str) -> str:
        """A document that selects the field twice, the second time under an alias."""
        selection = walk.selection(walk.roots(self.operation)[self.name].type).replace(" tokens", "")
        one = f"{self.name}({self.path[0]}: {given}) {selection if self.operation == 'Query' else '{ __typename }'}"
        return f"{self.operation.lower()}{declared} {{ a: {one} b: {one} }}"


def without_guesses(type_: GraphQLInputType, path: tuple[str, ...], innermost: Any) -> Any:
    """A sample of an input without optional guessable fields, but with this one at a path."""
    if not path:
        return innermost
    named = get_named_type(type_)
    assert isinstance(named, GraphQLInputObjectType)
    name, *rest = path
    others = {} if named.is_one_of else {key: walk.sample(field.type) for key, field in required(named)}
    return {**others, name: without_guesses(named.fields[name].type, tuple(rest), innermost)}


def required(type_: GraphQLInputObjectType) -> Iterator[tuple[str, GraphQLInputField]]:
    """The names of the required fields."""
    return ((name, field) for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull))


def within(place: Place) -> Iterator[Place]:
    """A place, and the places within it."""
    yield place
    type_ = get_named_type(place.definition.type)
    if isinstance(type_, GraphQLInputObjectType):
        for name, field in type_.fields.items():
            coordinate = f"{type_.name}.{name}"
            listed = place.listed or isinstance(nullable(field.type), GraphQLList)
            yield from within(Place(place.operation, place.name, (*place.path, name), coordinate, field, listed))


def nullable(type_: GraphQLInputType) -> GraphQLInputType:
    """A type without its non-null wrapper."""
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


PLACES = [
    place
    for of in walk.fields()
    for name, argument in of.field.args.items()
    for place in within(
        Place(
            of.parent.name, of.name, (name,), f"{of}.{name}", argument, isinstance(nullable(argument.type), GraphQLList)
        )
    )
]
LEAVES = {
    place.coordinate
    for place in PLACES
    if not isinstance(get_named_type(place.definition.type), GraphQLInputObjectType | GraphQLEnumType)
    and get_named_type(place.definition.type).name not in NEVER
}
GUESSES = [place for place in PLACES if is_guess(place.definition)]
ALL = [scope.name for scope in Scope if scope is not Scope.ADMIN]


def stored_as_given() -> set[str]:
    """Facts about a user that no code looks at: the functions that store them have no argument of their names."""
    looked_at = {
        "NewUserInput": signature(users._new_user).parameters,
        "CreateUserInput": signature(users._new_user).parameters,
        "UpdateUserInput": signature(users.update).parameters,
    }
    return {
        f"{name}.{fact}"
        for name, parameters in looked_at.items()
        for fact in walk.facts_of_a_user(name)
        if fact not in map(graphql_name, parameters)
    }


def is_said_to_be_none(place: Place) -> bool:
    """Whether the declaration says that an input is no guess."""
    return (metadata_of(place.definition) or {}).get(GUESS) is False


def test_s18_a_fact_that_is_looked_at_is_not_stored_as_given() -> None:
    assert "UpdateUserInput.name" in stored_as_given()
    assert not {"CreateUserInput.email", "UpdateUserInput.email", "UpdateUserInput.image"} & stored_as_given()


def test_s18_every_input_of_the_schema_is_decided_on() -> None:
    """A new one says where it is declared whether it is a guess, or has its reason here."""
    harmless = {coordinate for listed in HARMLESS.values() for coordinate in listed.split()}
    harmless |= stored_as_given() & LEAVES | {place.coordinate for place in PLACES if is_said_to_be_none(place)}
    guesses = {place.coordinate for place in GUESSES}
    assert harmless & guesses == set()
    assert harmless | (guesses & LEAVES) == LEAVES


def test_s18_guesses_are_the_roots_and_stand_in_no_list_but_the_rows_of_bulk_mutations() -> None:
    """Elsewhere they would not be counted, and in a list each would have to be. A row costs as much as a mutation."""
    assert {place.operation for place in GUESSES} == {"Query", "Mutation"}
    assert {place.name for place in GUESSES if place.listed} == set(walk.bulk())
    for name in walk.bulk():
        cost = declared(walk.roots("Mutation")[name]).cost
        assert (cost.weight, cost.sized_by) == (CHANGE.weight, "input.users")


def test_s18_the_description_of_a_guess_says_what_follows() -> None:
    for place in PLACES:
        assert ((place.definition.description or "").endswith(ONE)) == is_guess(place.definition), place.coordinate


def literal(value: Any) -> str:
    """A value as a literal of GraphQL."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {literal(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case "USERS_READ" | "SINGLE_DEVICE" | "$guess":
            return str(value)
        case bool():
            return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize("place", GUESSES, ids=str)
async def test_s18_a_guess_is_given_to_one_field_of_an_operation(
    counted_api: Api, ada: Person, proxy: CountingProxy, place: Place
) -> None:
    """In whatever form it is given. For two, only the program's own key is read."""
    program = counted_api.acting_as(await key_with(counted_api, *ALL))
    sample = walk.sample(place.definition.type)
    inner = f"{nullable(place.definition.type)}!"
    ways: list[tuple[str, dict[str, Any]]] = [
        (place.document(f"($given: {place.type})", "$given"), {"given": place.value(sample)}),
        (place.document("", literal(place.value(sample))), {}),
        (place.document(f"($guess: {inner})", literal(place.value("$guess"))), {"guess": sample}),
        (place.document(f"($guess: {inner} = {literal(sample)})", literal(place.value("$guess"))), {}),
    ]
    await program.data("{ caller { kind } }")
    for document, variables in ways:
        proxy.reset()
        assert await program.codes(document, variables) == ["LIMIT_EXCEEDED"], document
        assert proxy.total <= 1
        alone = document.replace(" b: ", " b: __typename @skip(if: true) c: ").partition(" c: ")[0] + " }"
        assert "LIMIT_EXCEEDED" not in await program.codes(alone, variables), alone


async def test_s18_what_is_not_given_or_null_is_no_guess(api: Api, ada: Person) -> None:
    program = api.acting_as(await key_with(api, *ALL))
    document = """mutation($a: CreateSessionInput!, $token: String) {
      a: createSession(input: $a) { userErrors { code } }
      b: createSession(input: {user: {userId: "ada"}, sessionToken: $token}) { userErrors { code } }
      c: createSession(input: {user: {userId: "ada"}, sessionToken: null}) { userErrors { code } }
      d: updateAccountTokens(input: {by: {id: "x"}, expected: {expiresAt: 1}}) { userErrors { code } }
    }"""
    for variables in (
        {"a": {"user": {"userId": "ada"}}},
        {"a": {"user": {"userId": "ada"}, "sessionToken": None}, "token": None},
    ):
        assert await program.codes(document, variables) == []
    assert await program.codes(document, {"a": {"user": {"userId": "ada"}, "sessionToken": "t"}, "token": None}) == []
    assert await program.codes(document, {"a": {"user": {"userId": "ada"}, "sessionToken": "t"}, "token": "u"}) == [
        "LIMIT_EXCEEDED"
    ]


async def test_s18_guesses_of_different_kinds_count_together(api: Api, ada: Person) -> None:
    program = api.acting_as(await key_with(api, *ALL))
    document = """mutation {
      createUser(input: {email: "x@example.com"}) { userErrors { code } }
      deleteAuthenticator(input: {by: {credentialId: "c"}}) { userErrors { code } }
    }"""
    assert await program.codes(document) == ["LIMIT_EXCEEDED"]
    assert await api.codes(document) == []
