"""`_entities`: objects by the representations that a gateway of Apollo Federation sends."""

from typing import Any

import pytest

from dynamo.settings import TableSettings
from execution.executor import Policy
from execution.settings import Limits
from resolvers.global_ids import GlobalIds
from resolvers.representations import LOOKUPS
from resolvers.scopes import Scope
from schema import federation
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, api_key, key_with, passkey

ENTITIES = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename ... on Node { id } } }"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


@pytest.fixture
def subgraph(proxied_settings: TableSettings) -> Api:
    """An administrator's API over the test's table, as a subgraph and behind the counting proxy."""
    return make_api(proxied_settings, schema=federation.schema())


@pytest.fixture
async def ids(api: Api, ada: Person) -> dict[str, str]:
    """An id of each of Ada's objects, and of an API key."""
    return {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": await passkey(api, ada, "key1"),
        "ApiKey": (await api_key(api, ["USERS_READ"]))[0],
    }


async def entities(api: Api, *representations: Any) -> list[Any]:
    """What an operation that must succeed finds for each representation."""
    found: list[Any] = (await api.data(ENTITIES, {"representations": list(representations)}))["_entities"]
    return found


async def test_an_id_finds_its_object_whatever_its_type(subgraph: Api, ids: dict[str, str]) -> None:
    """All in one request, and each alone."""
    assert ids.keys() == LOOKUPS.keys()
    representations = [{"__typename": type, "id": id} for type, id in ids.items()]
    assert await entities(subgraph, *representations) == representations
    for one in representations:
        assert await entities(subgraph, one) == [one]


async def test_a_user_is_found_by_raw_id(subgraph: Api, ada: Person) -> None:
    assert await entities(subgraph, {"__typename": "User", "userId": "ada"}) == [{"__typename": "User", "id": ada.id}]


async def test_objects_are_answered_in_order_and_as_often_as_asked_for(subgraph: Api, ada: Person, bob: Person) -> None:
    asked = [
        {"__typename": "User", "userId": "bob"},
        {"__typename": "User", "userId": "nobody"},
        {"__typename": "User", "id": ada.id},
        {"__typename": "User", "userId": "bob"},
    ]
    found = await entities(subgraph, *asked)
    assert [one and one["id"] for one in found] == [bob.id, None, ada.id, bob.id]
    with_account = await entities(subgraph, *asked, {"__typename": "Account", "id": ada.account_id})
    assert [one and one["id"] for one in with_account] == [bob.id, None, ada.id, bob.id, ada.account_id]


async def test_no_representations_are_no_objects(subgraph: Api) -> None:
    assert await entities(subgraph) == []


ODD = {
    "no object": "ada",
    "a list": [{"__typename": "User", "userId": "ada"}],
    "a number": 1,
    "no type": {"userId": "ada"},
    "a type that is null": {"__typename": None, "userId": "ada"},
    "a type that is no text": {"__typename": ["User"], "userId": "ada"},
    "an unknown type": {"__typename": "Robot", "id": "1"},
    "the type of no entity": {"__typename": "Viewer", "id": "1"},
    "an interface": {"__typename": "Node", "id": "1"},
    "a type in another case": {"__typename": "user", "userId": "ada"},
    "no key": {"__typename": "User"},
    "a key that is null": {"__typename": "User", "userId": None},
    "a key of another type": {"__typename": "Account", "userId": "ada"},
    "a key that finds nothing here": {"__typename": "Account", "provider": "github", "providerAccountId": "1"},
    "an e-mail address": {"__typename": "User", "email": "ada@example.com"},
    "a key that is a list": {"__typename": "User", "userId": ["ada"]},
    "a key that is an object": {"__typename": "User", "id": {"userId": "ada"}},
    "a key that is a boolean": {"__typename": "User", "userId": True},
    "a key with a fraction": {"__typename": "User", "userId": 1.5},
    "a second key that would do": {"__typename": "User", "id": False, "userId": "ada"},
}
"""Representations that no gateway makes of our schema."""


@pytest.mark.parametrize("case", ODD)
async def test_an_odd_representation_is_an_error_and_nothing_is_read(
    subgraph: Api, proxy: CountingProxy, case: str
) -> None:
    """Beside one that is as it should be. The message says which one it is, and repeats nothing of it."""
    answer = await subgraph.answer(ENTITIES, {"representations": [{"__typename": "User", "userId": "ada"}, ODD[case]]})
    (error,) = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == (None, "BAD_USER_INPUT")
    assert "`representations.1`" in error["message"]
    assert not any(text in error["message"] for text in ("Robot", "ada", "Viewer"))
    assert proxy.total == 0


async def test_null_is_no_representation(subgraph: Api, proxy: CountingProxy) -> None:
    assert await subgraph.codes(ENTITIES, {"representations": [None]}) == ["BAD_USER_INPUT"]
    assert proxy.total == 0


NOTHING = {
    "of nobody": {"__typename": "User", "userId": "nobody"},
    "an empty text": {"__typename": "User", "userId": ""},
    "no global id": {"__typename": "User", "id": "ada"},
    "an empty id": {"__typename": "Session", "id": ""},
    "a forged id": {"__typename": "User", "id": GlobalIds(["another secret"])._seal("User", "ada")},
    "half a character": {"__typename": "User", "userId": "\ud83d"},
    "a number": {"__typename": "User", "userId": 1815},
    "a raw id that is a global one": {"__typename": "User", "userId": GlobalIds(["x"])._seal("User", "ada")},
}


@pytest.mark.parametrize("case", NOTHING)
async def test_a_key_that_finds_nothing_is_null(subgraph: Api, ada: Person, case: str) -> None:
    assert await entities(subgraph, NOTHING[case]) == [None]


async def test_s23_an_id_is_only_found_under_its_own_type(subgraph: Api, ids: dict[str, str]) -> None:
    for type, id in ids.items():
        found = await entities(subgraph, *({"__typename": other, "id": id} for other in ids))
        assert [one is not None for one in found] == [other == type for other in ids]


async def test_a_raw_id_may_be_written_as_a_number(subgraph: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "1815", "countess@example.com")
    found = await entities(subgraph, {"__typename": "User", "userId": 1815}, {"__typename": "User", "userId": "1815"})
    assert None not in found
    assert found[0] == found[1]


async def test_other_fields_are_ignored(subgraph: Api, ada: Person, bob: Person) -> None:
    """A gateway adds what other subgraphs require. Of two keys, the global id counts."""
    found = await entities(
        subgraph,
        {"__typename": "User", "userId": "ada", "id": None, "email": 1, "posts": [{"title": "x"}], "then": "x"},
        {"__typename": "User", "userId": "ada", "id": bob.id},
    )
    assert [one["id"] for one in found] == [ada.id, bob.id]


@pytest.mark.parametrize(("count", "codes"), [(100, []), (101, ["BAD_USER_INPUT"])])
async def test_at_most_a_hundred_are_looked_up_at_once(
    subgraph: Api, proxy: CountingProxy, count: int, codes: list[str]
) -> None:
    one = {"__typename": "User", "userId": "nobody"}
    assert await subgraph.codes(ENTITIES, {"representations": [one] * count}) == codes
    assert proxy.total == (0 if codes else 1)


async def test_a_text_that_is_too_long_is_refused_before_anything_is_read(subgraph: Api, proxy: CountingProxy) -> None:
    """In the key, in any other field, in a name and in a literal."""
    long = "x" * (33 * 1024)
    for one in ({"__typename": "User", "userId": long}, {"a": [long]}, {long: 1}, long):
        assert await subgraph.codes(ENTITIES, {"representations": [one]}) == ["BAD_USER_INPUT"]
    literal = f'{{ _entities(representations: [{{__typename: "User", userId: "{long}"}}]) {{ __typename }} }}'
    assert await subgraph.codes(literal) == ["BAD_USER_INPUT"]
    assert proxy.total == 0


async def test_a_literal_is_read_like_a_variable(subgraph: Api, ada: Person) -> None:
    document = """query($userId: ID!) { _entities(representations: [
      {__typename: "User", userId: "ada"} {__typename: "User", userId: $userId}
    ]) { ... on User { name } } }"""
    data = await subgraph.data(document, {"userId": "ada"})
    assert data == {"_entities": [{"name": "Ada"}, {"name": "Ada"}]}


async def test_a_hundred_users_cost_one_batch(subgraph: Api, raw: RawTable, proxy: CountingProxy) -> None:
    """By whichever key; the price is that of `nodes`."""
    with raw.together():
        for number in range(100):
            odd_rows.user(raw, f"u{number:03}", f"u{number}@example.com")
    representations = [{"__typename": "User", "userId": f"u{number:03}"} for number in range(100)]
    proxy.reset()
    answer = await subgraph.answer(ENTITIES, {"representations": representations})
    ids = [one["id"] for one in answer["data"]["_entities"]]
    assert proxy.operations == ["BatchGetItem"]
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (100, 100)
    proxy.reset()
    assert (await subgraph.answer(NODES, {"ids": ids}))["extensions"]["cost"] == cost
    mixed = [*representations[:50], *({"__typename": "User", "id": id} for id in ids[50:])]
    proxy.reset()
    assert [one["id"] for one in await entities(subgraph, *mixed)] == ids
    assert proxy.operations == ["BatchGetItem"]


async def test_users_accounts_passkeys_and_keys_are_read_together(
    subgraph: Api, ids: dict[str, str], proxy: CountingProxy
) -> None:
    del ids["Session"]
    proxy.reset()
    assert None not in await entities(subgraph, *({"__typename": type, "id": id} for type, id in ids.items()))
    assert proxy.operations == ["BatchGetItem"]


async def test_s23_a_caller_sees_what_nodes_and_lookups_show(
    subgraph: Api, api: Api, ada: Person, bob: Person, ids: dict[str, str]
) -> None:
    """By global id like `nodes`, and by raw id like `user`."""
    callers = {"owner": ada.token, "another": bob.token}
    for scope in Scope:
        callers[scope.value] = await key_with(api, scope.name)
    seen = set()
    for name, bearer in callers.items():
        caller = subgraph.acting_as(bearer)
        found = await entities(caller, *({"__typename": type, "id": id} for type, id in ids.items()))
        assert found == (await caller.data(NODES, {"ids": list(ids.values())}))["nodes"], name
        by_raw_id = await entities(caller, {"__typename": "User", "userId": "ada"})
        assert by_raw_id == found[:1], name
        seen.add(sum(one is not None for one in found))
    assert seen == {0, 1, 2, 4, 5}


async def test_nobody_is_refused_as_by_nodes(subgraph: Api) -> None:
    nobody = subgraph.acting_as()
    assert await nobody.codes(ENTITIES, {"representations": []}) == ["UNAUTHENTICATED"]
    assert await nobody.codes(NODES, {"ids": []}) == ["UNAUTHENTICATED"]


async def test_fields_below_require_what_they_require_everywhere(subgraph: Api, api: Api, ada: Person) -> None:
    caller = subgraph.acting_as(await key_with(api, "ACCOUNTS_READ"))
    document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { email } } }"
    assert await caller.codes(document, {"r": []}) == ["FORBIDDEN"]


DOCUMENTS = (
    "{ _entities(representations: $r) { __typename } }",
    "{ _entities(representations: $r) { ... on Node { id } ... on User { userId name disabled { at } } } }",
    """{ _entities(representations: $r) { ...E } }
    fragment E on _Entity { __typename ... on Account { provider user { name } } ... on _Entity { ...U } }
    fragment U on User { email accounts(first: 2) { nodes { ... on _Entity { ... on Account { type } } } } }""",
    """{ nodes(ids: []) { id } a: _entities(representations: $r) { ... on Session { expired ... on Node { id } } }
    b: _entities(representations: $r) { ... on ApiKey { name scopes } ... on Authenticator { credentialId } } }""",
    """{ user(by: {userId: "ada"}) { ... on _Entity { ... on User { name } ... on Account { provider } } } }""",
)


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_a_plan_and_graphql_core_answer_alike(
    table_settings: TableSettings, ada: Person, ids: dict[str, str], document: str
) -> None:
    """Fragments on the union, on the interface and on types that an object does not have."""
    given = {"r": [*({"__typename": type, "id": id} for type, id in ids.items()), {"__typename": "User", "userId": ""}]}
    answers = []
    text = f"query($r: [_Any!]!) {document}" if "$r" in document else document
    for plans in (False, True):
        policy = Policy(Limits(_env_file=None, plans=plans, max_cost=10**6))
        api = make_api(table_settings, policy, schema=federation.schema())
        answers += [await api.data(text, given) for _ in range(3)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] != {}
