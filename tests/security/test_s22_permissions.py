"""S22: which caller may select which field. A field without a declaration is denied to everyone, and fails here.

Each field is selected alone, on the shortest path to it. A caller must meet the requirement of each field on the path.
"""

from collections import deque
from dataclasses import dataclass

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, parse

from dynamo.settings import TableSettings
from execution import analysis
from resolvers.scopes import ADAPTER_SCOPES, Requirement, Scope
from resolvers.settings import SelfService
from schema.build import GRAPHQL_SCHEMA
from schema.fields import declared
from tests.api import Api, make_api
from tests.resolvers.people import Person, key_with
from tests.schema import walk

FIELDS = walk.fields()


@dataclass(frozen=True, slots=True)
class Way:
    """A path from a root to a field. A step through an interface names the type that it continues with."""

    operation: str
    steps: tuple[walk.FieldOf, ...]

    @property
    def document(self) -> str:
        """An operation that selects the last field and nothing besides."""
        root, inner = self.steps[0], ""
        if isinstance(get_named_type(self.steps[-1].field.type), GraphQLObjectType | GraphQLInterfaceType):
            inner = "{ __typename }"
        for step in reversed(self.steps[1:]):
            inner = f"{{ ... on {step.parent.name} {{ {step.name} {inner} }} }}"
        variables = ", ".join(f"${name}: {argument.type}" for name, argument in root.field.args.items())
        declaration = f"({variables})" if variables else ""
        return f"{self.operation.lower()}{declaration} {{ {root.name}{walk.arguments(root.field)} {inner} }}"

    def is_open_to(self, scopes: frozenset[Scope] | None, *, person: bool) -> bool:
        """Whether a caller may use it: a program with scopes, a person, or an anonymous caller."""
        is_null = self.steps[0].name == "viewer" and scopes is None and not person
        steps = self.steps[:1] if is_null else self.steps
        return all(open_to(declared(step.field).requires, scopes, person=person) for step in steps)


def open_to(requires: Requirement, scopes: frozenset[Scope] | None, *, person: bool) -> bool:
    """The meaning of a requirement, written down independently."""
    if person:
        return requires.owner
    return requires.anonymous if scopes is None else requires.scopes <= scopes


def ways() -> dict[str, Way]:
    """The shortest path to every field, by its coordinate."""
    found: dict[str, Way] = {}
    queue = deque(
        Way(operation, (walk.FieldOf(root, name, field),))
        for operation in ("Query", "Mutation")
        for root in walk.types()
        if root.name == operation
        for name, field in root.fields.items()
    )
    while queue:
        way = queue.popleft()
        last = way.steps[-1]
        if str(last) in found:
            continue
        found[str(last)] = way
        below = get_named_type(last.field.type)
        types = GRAPHQL_SCHEMA.get_possible_types(below) if isinstance(below, GraphQLInterfaceType) else [below]
        for type in (*types, below):
            if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
                queue.extend(
                    Way(way.operation, (*way.steps, walk.FieldOf(type, name, field)))
                    for name, field in type.fields.items()
                )
    return found


WAYS = ways()


def test_every_field_can_be_asked_for() -> None:
    assert set(WAYS) == {str(field) for field in FIELDS}


async def test_a_caller_may_ask_for_a_field_just_when_its_declaration_says_so(
    table_settings: TableSettings, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the operator allows people everything. `tests/resolvers/test_self_service.py` tries the rest."""
    api = make_api(table_settings, self_service=frozenset(SelfService))
    # Inputs name users who do not exist, so that no mutation changes the caller's permissions before the next field.
    monkeypatch.setitem(walk.VALUES, "ID", "nobody")
    callers: dict[str, tuple[Api, frozenset[Scope] | None]] = {
        "anonymous": (api.acting_as(), None),
        "owner": (api.acting_as(ada.token), None),
        "other": (api.acting_as(bob.token), None),
        "administrator": (api, frozenset(Scope)),
    }
    for scope in Scope:
        callers[scope.value] = (api.acting_as(await key_with(api, scope.name)), held(scope))
    wrong = []
    for coordinate, way in WAYS.items():
        for caller, (asking, scopes) in callers.items():
            denied = "UNAUTHENTICATED" if caller == "anonymous" else "FORBIDDEN"
            is_open = way.is_open_to(scopes, person=caller in ("owner", "other"))
            codes = await asking.codes(way.document, walk.given(way.steps[0].field))
            # The sample value is no cursor, two equal times are no range, and not all arguments of `users` go together.
            if codes not in (([], ["INVALID_CURSOR"], ["BAD_USER_INPUT"]) if is_open else ([denied],)):
                wrong.append((coordinate, caller, codes))
    assert wrong == []


def held(scope: Scope) -> frozenset[Scope]:
    """The scopes of a key that was created with one scope."""
    if scope is Scope.ADMIN:
        return frozenset(Scope)
    return ADAPTER_SCOPES | {scope} if scope is Scope.ADAPTER else frozenset({scope})


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_field_declares_what_it_requires(field: walk.FieldOf) -> None:
    requires = declared(field.field).requires
    assert requires.scopes or requires.owner


def test_a_field_that_declares_nothing_cannot_be_served() -> None:
    @strawberry.type
    class Query:
        open: str = "to all?"

    schema = strawberry.Schema(Query)._schema
    with pytest.raises(KeyError):
        list(analysis.operations(schema, parse("{ open }")))


PUBLIC = {"Query.caller", "Query.viewer", "Caller.kind", "Caller.scopes", "Caller.rateLimit"}
PUBLIC |= {"RateLimit.limit", "RateLimit.remaining", "RateLimit.resetAt"}
PUBLIC |= {f"PageInfo.{name}" for name in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")}


def test_nobody_may_ask_for_anything_but_the_caller_and_the_viewer_who_is_null() -> None:
    """Page information is a part of lists, which are not public."""
    assert {str(field) for field in FIELDS if declared(field.field).requires.anonymous} == PUBLIC
    assert not [way for name, way in WAYS.items() if name.startswith("PageInfo") and way.is_open_to(None, person=False)]


ADMINISTRATION = {"ApiKey", "ApiKeyEdge", "ApiKeyConnection", "CreateApiKeyPayload", "RevokeApiKeyPayload"}
SECRETS = {"Session.token", "VerificationToken.token", "Account.tokens"}
SECRETS |= {f"{name}.secretAttributes" for name in ("User", "Account", "Session")}
SECRETS |= {f"AccountTokens.{name}" for name in ("accessToken", "refreshToken", "idToken")}


def test_stored_secrets_are_behind_the_scope_for_secrets_and_nothing_else_is() -> None:
    behind = {str(field) for field in FIELDS if Scope.SECRETS_READ in declared(field.field).requires.scopes}
    assert behind == SECRETS
    assert not [field for field in FIELDS if str(field) in SECRETS and declared(field.field).requires.owner]


def test_api_keys_are_for_administrators() -> None:
    for field in FIELDS:
        about_keys = field.parent.name in ADMINISTRATION or field.name in (
            "apiKey",
            "apiKeys",
            "createApiKey",
            "revokeApiKey",
        )
        if about_keys and field.name not in ("id", "userErrors"):
            assert declared(field.field).requires.scopes == {Scope.ADMIN}, field


def test_a_person_may_change_just_what_is_their_own() -> None:
    theirs = {
        str(field) for field in FIELDS if field.parent.name == "Mutation" and declared(field.field).requires.owner
    }
    assert theirs == {
        "Mutation.updateUser",
        "Mutation.deleteUser",
        "Mutation.unlinkAccount",
        "Mutation.deleteSession",
        "Mutation.deleteSessions",
        "Mutation.deleteAuthenticator",
    }


async def test_a_refused_operation_runs_no_part_of_itself(api: Api, ada: Person) -> None:
    """Even if the rejected part comes last, or in a fragment."""
    document = """mutation {
      updateUser(input: {by: {userId: "ada"}, name: "Changed"}) { user { ...Theirs } }
    } fragment Theirs on User { id disabled { reason } }"""
    assert await api.acting_as(ada.token).codes(document) == ["FORBIDDEN"]
    assert await api.data('{ user(by: {userId: "ada"}) { name } }') == {"user": {"name": "Ada"}}


async def test_only_what_does_not_run_is_not_asked_for(api: Api, ada: Person) -> None:
    """If a directive includes a field, the field is rejected; so is one whose condition is unknown."""
    person = api.acting_as(ada.token)
    document = "query($x: Boolean = false) { caller { kind } users @skip(if: $x) { nodes { id } } }"
    assert await person.codes(document, {"x": True}) == []
    for variables in ({}, {"x": False}, {"x": None}):
        assert await person.codes(document, variables) == ["FORBIDDEN"]
