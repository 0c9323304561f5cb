"""API keys are created, listed, limited by scopes and revoked."""

from typing import Any

import pytest

from resolvers.scopes import Scope
from tests.api import Api, make_api
from tests.conftest import MakeTable
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, api_key, key_with, refusals

LATER = "2037-01-01T00:00:00.000Z"
KEY = "id name scopes createdAt expires lastUsedAt revokedAt"


async def test_a_key_is_stored_as_given(api: Api) -> None:
    given = {"name": "the shop", "scopes": ["USERS_READ", "TOKENS_WRITE"], "expires": LATER}
    made = await api.changed("createApiKey", f"apiKey {{ {KEY} }} secret", **given)
    key = made["apiKey"]
    assert {name: key[name] for name in given} == given
    assert (key["lastUsedAt"], key["revokedAt"]) == (None, None)
    assert made["secret"].startswith("ag_")
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on ApiKey {{ {KEY} }} }} apiKeys {{ nodes {{ {KEY} }} }} }}"
    assert await api.data(document, {"id": key["id"]}) == {"node": key, "apiKeys": {"nodes": [key]}}


async def test_a_scope_that_is_given_twice_is_kept_once(api: Api) -> None:
    made = await api.changed("createApiKey", "apiKey { scopes }", name="n", scopes=["USERS_READ", "USERS_READ"])
    assert made["apiKey"]["scopes"] == ["USERS_READ"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 2049}, ["name"]),
        ({"name": "\ud800"}, ["name"]),
        ({"scopes": []}, ["scopes"]),
        ({"expires": "2020-01-01T00:00:00Z"}, ["expires"]),
    ],
)
async def test_a_key_that_cannot_be_meant_is_refused(api: Api, given: dict[str, Any], path: list[str]) -> None:
    refused = await api.change("createApiKey", "apiKey { id } secret", **{"name": "n", "scopes": ["ADMIN"]} | given)
    assert (refused["apiKey"], refused["secret"]) == (None, None)
    assert refusals(refused) == [("INVALID", path)]


@pytest.mark.parametrize("scope", ["users:read", "EVERYTHING", None, 1])
async def test_an_unknown_scope_is_refused(api: Api, scope: object) -> None:
    document = 'mutation($scopes: [Scope!]!) { createApiKey(input: {name: "n", scopes: $scopes}) { secret } }'
    assert await api.codes(document, {"scopes": [scope]}) == ["BAD_USER_INPUT"]


async def test_keys_are_listed_a_page_at_a_time(api: Api) -> None:
    made = sorted([(await api_key(api, ["USERS_READ"]))[0] for _ in range(5)])
    document = """query($after: String) { apiKeys(first: 2, after: $after) {
      edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await api.data(document, {"after": after}))["apiKeys"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        found += [key["id"] for key in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert sorted(found) == made


async def test_a_key_says_when_it_was_used(api: Api) -> None:
    id, secret = await api_key(api, ["USERS_READ"])
    await api.acting_as(secret).data("{ caller { kind } }")
    data = await api.data("query($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }", {"id": id})
    assert data["node"]["lastUsedAt"] is not None


async def test_a_revoked_key_keeps_the_time_of_its_first_revocation(api: Api) -> None:
    id, _ = await api_key(api, ["USERS_READ"])
    first = await api.changed("revokeApiKey", f"apiKey {{ {KEY} }}", by={"id": id})
    assert first["apiKey"]["revokedAt"] is not None
    assert await api.changed("revokeApiKey", f"apiKey {{ {KEY} }}", by={"id": id}) == first


async def test_the_id_of_something_else_is_not_valid(api: Api, ada: Person) -> None:
    for id in ("garbage", "", ada.id):
        refused = await api.change("revokeApiKey", "apiKey { id }", by={"id": id})
        assert refusals(refused) == [("INVALID", ["by", "id"])]


async def test_the_id_of_a_key_in_another_table_is_not_found(api: Api, make_table: MakeTable) -> None:
    id, _ = await api_key(make_api(make_table()), ["USERS_READ"])
    refused = await api.change("revokeApiKey", "apiKey { id }", by={"id": id})
    assert refusals(refused) == [("NOT_FOUND", ["by", "id"])]
    assert await api.data("query($id: ID!) { node(id: $id) { id } }", {"id": id}) == {"node": None}


async def test_a_scope_of_a_later_version_is_passed_over(api: Api, raw: RawTable) -> None:
    secret = await key_with(api, "USERS_READ")
    (item,) = raw.items()
    raw.put(item | {"scopes": {"L": [text("users:read"), text("planets:move")]}})
    data = await api.data("{ apiKeys { nodes { scopes } } }")
    assert data["apiKeys"]["nodes"] == [{"scopes": ["USERS_READ"]}]
    assert (await api.acting_as(secret).data("{ caller { scopes } }"))["caller"]["scopes"] == ["USERS_READ"]


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (["USERS_READ"], ["USERS_READ"]),
        (["ADMIN"], [scope.name for scope in Scope]),
        (
            ["ADAPTER"],
            [
                "USERS_READ",
                "USERS_WRITE",
                "ACCOUNTS_READ",
                "ACCOUNTS_WRITE",
                "SESSIONS_READ",
                "SESSIONS_WRITE",
                "TOKENS_WRITE",
                "ADAPTER",
            ],
        ),
    ],
)
async def test_the_caller_is_told_what_the_key_may_do(api: Api, given: list[str], held: list[str]) -> None:
    data = await api.acting_as(await key_with(api, *given)).data("{ caller { kind scopes } viewer { user { id } } }")
    assert data == {"caller": {"kind": "API_KEY", "scopes": held}, "viewer": None}
