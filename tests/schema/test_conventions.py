"""Shapes that clients rely on are the same everywhere in the schema."""

import re

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from schema.build import GRAPHQL_SCHEMA
from tests.schema import walk

FIELDS = walk.fields()
MUTATIONS = walk.roots("Mutation")
CONNECTIONS = [type for type in walk.types() if type.name.endswith("Connection")]
COUNTS = {"Query.users(first)", "Query.apiKeys(first)", "User.accounts(first)", "User.sessions(first)"}
COUNTS |= {"User.authenticators(first)", "Query.users(last)"}
COUNTS |= {"User.authenticators(first)", "Query.auditEvents(first)", "User.auditEvents(first)"}
COUNTS |= {"DeleteSessionsPayload.deletedCount", "DeleteVerificationTokensPayload.deletedCount"}
COUNTS |= {"RateLimit.limit", "RateLimit.remaining"}
COUNTS |= {"Query.signUps(days)", "Query.signIns(days)"}
KEYS_OF_ONE = {"UserBy", "AccountBy", "SessionBy", "AuthenticatorBy", "ApiKeyBy", "AuditActorBy"}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_one_input_and_answers_with_a_payload(name: str) -> None:
    mutation = name[0].upper() + name[1:]
    field = MUTATIONS[name]
    assert {argument: str(definition.type) for argument, definition in field.args.items()} == {
        "input": f"{mutation}Input!"
    }
    assert get_named_type(field.type).name == f"{mutation}Payload"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_that_fails_is_null(name: str) -> None:
    """Otherwise the null would take the payloads of the other mutations with it."""
    assert not str(MUTATIONS[name].type).endswith("!")


def test_a_query_that_can_fail_is_null() -> None:
    assert {name for name, field in walk.roots("Query").items() if str(field.type).endswith("!")} == {"caller"}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_of_something_that_exists_names_it_by_one_key(name: str) -> None:
    """What is created refers to its user in the same way."""
    named = get_named_type(MUTATIONS[name].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    keys = {
        field: str(definition.type)
        for field, definition in named.fields.items()
        if getattr(get_named_type(definition.type), "is_one_of", False)
    }
    if list(named.fields) == ["users"]:
        # Each row names its user, as the input of the mutation of one does.
        assert isinstance(get_named_type(named.fields["users"].type), GraphQLInputObjectType)
        return
    entity = next((type for entity, type in ENTITIES.items() if entity in name), None)
    if name in ("deleteSessions", "linkAccount", "createSession", "createAuthenticator"):
        assert keys.pop("user") == "UserBy!"
        assert keys in ({}, {"keep": "SessionBy"})
    elif name == "mergeUsers":
        assert keys == {"keep": "UserBy!", "lose": "UserBy!"}
    elif name.startswith(("create", "register", "use")) or entity is None:
        assert keys == {}
    else:
        assert keys.pop("by") == f"{entity}By!"
        assert keys == ({"to": "UserBy!"} if name == "moveAccount" else {})


ENTITIES = {
    "Account": "Account",
    "Session": "Session",
    "Authenticator": "Authenticator",
    "ApiKey": "ApiKey",
    "User": "User",
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_payload_holds_nullable_results_and_user_errors(name: str) -> None:
    payload = get_named_type(MUTATIONS[name].type)
    assert isinstance(payload, GraphQLObjectType)
    types = {field: str(definition.type) for field, definition in payload.fields.items()}
    assert types.pop("userErrors") == "[UserError!]!"
    assert types
    assert not [type for type in types.values() if type.endswith("!")]


@pytest.mark.parametrize("type", CONNECTIONS, ids=str)
def test_a_connection_has_edges_nodes_and_page_info_and_no_total(type: GraphQLObjectType) -> None:
    entity = type.name.removesuffix("Connection")
    types = {name: str(field.type) for name, field in type.fields.items()}
    if entity == "User":
        # Only a list of the directory can be incomplete.
        assert types.pop("complete") == "Boolean!"
    assert types == {"edges": f"[{entity}Edge!]!", "nodes": f"[{entity}!]!", "pageInfo": "PageInfo!"}
    edge = GRAPHQL_SCHEMA.type_map[f"{entity}Edge"]
    assert isinstance(edge, GraphQLObjectType)
    assert {name: str(field.type) for name, field in edge.fields.items()} == {"cursor": "String!", "node": f"{entity}!"}


def test_every_connection_is_paged_alike() -> None:
    paged = [field for field in FIELDS if get_named_type(field.field.type) in CONNECTIONS]
    assert len(paged) == 7
    for found in paged:
        first, after = found.field.args["first"], found.field.args["after"]
        # Where `last` can be given instead, only null tells that `first` was not.
        usual = None if "last" in found.field.args else 50
        assert (get_named_type(first.type).name, first.default_value) == ("Int", usual), found
        assert str(after.type) == "String", found
        # A list at the root is null where it fails; below the root, its parent is.
        assert str(found.field.type).endswith("!") != (found.parent.name == "Query"), found


def test_what_has_a_global_id_is_a_node() -> None:
    nodes = {type.name for type in walk.types() if "id" in type.fields and type.name != "Node"}
    assert nodes == {"User", "Account", "Session", "Authenticator", "ApiKey"}
    for name in nodes:
        type = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(type, GraphQLObjectType)
        assert [interface.name for interface in type.interfaces] == ["Node"]
        assert str(type.fields["id"].type) == "ID!"


def test_a_lookup_is_null_for_what_is_not_there() -> None:
    roots = walk.roots("Query")
    for name in ("viewer", "node", "user", "account", "session", "authenticator", "apiKey"):
        assert not str(roots[name].type).endswith("!"), name
    assert str(roots["nodes"].type) == "[Node]"


def test_a_lookup_takes_exactly_one_key() -> None:
    one_of = {type.name for type in walk.inputs() if type.is_one_of}
    assert one_of == KEYS_OF_ONE
    for name in one_of:
        type = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(type, GraphQLInputObjectType)
        assert not [field for field in type.fields.values() if str(field.type).endswith("!")]


def test_only_small_counts_are_ints() -> None:
    ints = {str(found) for found in FIELDS if get_named_type(found.field.type).name == "Int"}
    ints |= {
        f"{found}({name})"
        for found in FIELDS
        for name, argument in found.field.args.items()
        if get_named_type(argument.type).name == "Int"
    }
    ints |= {
        f"{type.name}.{name}"
        for type in walk.inputs()
        for name, field in type.fields.items()
        if get_named_type(field.type).name == "Int"
    }
    assert ints == COUNTS


def test_names_are_in_camel_case() -> None:
    for found in FIELDS:
        assert re.fullmatch("[a-z][A-Za-z]*", found.name), found
        assert all(re.fullmatch("[a-z][A-Za-z]*", argument) for argument in found.field.args), found
    for type in walk.inputs():
        assert all(re.fullmatch("[a-z][A-Za-z]*", name) for name in type.fields), type
    for enum in walk.enums():
        assert all(re.fullmatch("[A-Z_]+", name) for name in enum.values), enum


def test_a_user_owned_by_an_item_may_be_gone() -> None:
    for name in ("Account", "Session", "Authenticator"):
        type = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(type, GraphQLObjectType | GraphQLInterfaceType)
        assert str(type.fields["user"].type) == "User"
