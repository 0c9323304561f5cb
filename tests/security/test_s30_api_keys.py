"""S30: API keys are stored as hashes, shown once, limited by scopes, and end when they expire or are revoked."""

import hashlib
from typing import Any

import pytest

from tests.api import Api
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, api_key, key_with

USERS = "{ users { nodes { id } } }"


async def kind(api: Api, bearer: str) -> str:
    """The kind of the caller with a bearer token, or the code of the error."""
    answer = await api.acting_as(bearer).answer("{ caller { kind } }")
    found: str = answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["caller"]["kind"]
    return found


async def test_the_table_holds_a_hash_and_not_the_secret(api: Api, raw: RawTable) -> None:
    _, bearer = await api_key(api, ["USERS_READ"])
    secret = bearer.rpartition("_")[2]
    (item,) = raw.items()
    assert item["secretHash"] == text(hashlib.sha256(secret.encode()).hexdigest())
    assert secret not in str(item)
    assert len(secret) == 64


async def test_a_secret_is_in_the_answer_that_made_it_and_in_no_other(api: Api) -> None:
    id, bearer = await api_key(api, ["USERS_READ"])
    secret = bearer.rpartition("_")[2]
    fields = "id name scopes createdAt expires lastUsedAt revokedAt"
    listed = await api.send(f"{{ apiKeys {{ nodes {{ {fields} }} edges {{ cursor }} }} }}")
    found = await api.send(f"query($id: ID!) {{ node(id: $id) {{ ... on ApiKey {{ {fields} }} }} }}", {"id": id})
    assert secret.encode() not in listed.body + found.body


async def test_two_keys_share_nothing(api: Api) -> None:
    (id, bearer), (other_id, other_bearer) = [await api_key(api, ["USERS_READ"]) for _ in range(2)]
    assert id != other_id
    assert bearer.rpartition("_")[2] != other_bearer.rpartition("_")[2]


async def test_a_key_is_refused_unless_all_of_it_is_right(api: Api) -> None:
    _, bearer = await api_key(api, ["USERS_READ"])
    _, other = await api_key(api, ["ADMIN"])
    prefix, key_id, secret = bearer.split("_")
    assert await kind(api, bearer) == "API_KEY"
    for wrong in (
        f"{prefix}_{key_id}_{secret[:-1]}{'0' if secret[-1] != '0' else '1'}",
        f"{prefix}_{key_id}_{secret}0",
        f"{prefix}_{key_id}_",
        f"{prefix}_{key_id}",
        f"{prefix}_{'0' * 16}_{secret}",
        f"{prefix}_{other.split('_')[1]}_{secret}",
        f"{prefix}__{secret}",
        f"AG_{key_id}_{secret}",
        f"{key_id}_{secret}",
    ):
        assert await kind(api, wrong) == "UNAUTHENTICATED", wrong


async def test_the_stored_hash_is_no_secret(api: Api, raw: RawTable) -> None:
    _, bearer = await api_key(api, ["USERS_READ"])
    prefix, key_id, _ = bearer.split("_")
    assert await kind(api, f"{prefix}_{key_id}_{raw.items()[0]['secretHash']['S']}") == "UNAUTHENTICATED"


async def test_a_key_without_a_hash_opens_nothing(api: Api, raw: RawTable) -> None:
    _, bearer = await api_key(api, ["ADMIN"])
    item = raw.items()[0]
    raw.put({name: value for name, value in item.items() if name != "secretHash"})
    prefix, key_id, _secret = bearer.split("_")
    for wrong in (bearer, f"{prefix}_{key_id}_", f"{prefix}_{key_id}"):
        assert await kind(api, wrong) == "UNAUTHENTICATED"


ANYTHING: list[dict[str, Any]] = [
    {"S": "é"},
    {"N": "5"},
    {"BOOL": True},
    {"B": b"x"},
    {"M": {}},
]


async def test_a_key_opens_nothing_or_the_same_whatever_else_writes_into_its_row(api: Api, raw: RawTable) -> None:
    id, bearer = await api_key(api, ["USERS_READ"])
    item = raw.items()[0]
    for name in sorted({*item, "expiresAt", "revokedAt", "lastUsedAt"} - {"pk", "sk", "GSI1PK", "GSI1SK"}):
        for value in ANYTHING:
            raw.put(item | {name: value})
            open_to = ("UNAUTHENTICATED",) if name == "secretHash" else ("API_KEY", "UNAUTHENTICATED")
            assert await kind(api, bearer) in open_to, (name, value)
            shown = (await api.data("{ apiKeys { nodes { id name scopes expires lastUsedAt revokedAt } } }"))["apiKeys"]
            assert [key["id"] for key in shown["nodes"]] == [id]


async def test_a_revoked_key_is_refused_from_the_next_request_on(api: Api) -> None:
    id, bearer = await api_key(api, ["USERS_READ"])
    assert await api.acting_as(bearer).codes(USERS) == []
    await api.changed("revokeApiKey", "apiKey { id }", by={"id": id})
    assert await api.acting_as(bearer).codes(USERS) == ["UNAUTHENTICATED"]


async def test_a_key_that_has_ended_is_refused(api: Api, raw: RawTable) -> None:
    _, bearer = await api_key(api, ["USERS_READ"], expires="2037-01-01T00:00:00Z")
    assert await api.acting_as(bearer).codes(USERS) == []
    raw.put(raw.items()[0] | {"expiresAt": text("2020-01-01T00:00:00.000Z")})
    assert await api.acting_as(bearer).codes(USERS) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    ("scope", "allowed", "denied"),
    [
        ("USERS_READ", USERS, "{ apiKeys { nodes { id } } }"),
        ("ACCOUNTS_READ", '{ authenticator(by: {credentialId: "c"}) { id } }', USERS),
        ("TOKENS_WRITE", '{ verificationTokens(identifier: "a") { expires } }', USERS),
        ("ADMIN", "{ apiKeys { nodes { id } } }", None),
    ],
)
async def test_a_scope_opens_what_it_is_for_and_no_more(api: Api, scope: str, allowed: str, denied: str | None) -> None:
    program = api.acting_as(await key_with(api, scope))
    assert await program.codes(allowed) == []
    if denied is not None:
        assert await program.codes(denied) == ["FORBIDDEN"]


async def test_a_key_sees_what_scopes_meet_together_only(api: Api, ada: Person) -> None:
    """Tokens of an account require both the scope for accounts and that for secrets."""
    document = "query($id: ID!) { account(by: {id: $id}) { tokens { accessToken } } }"
    for scopes, codes in (
        (["ACCOUNTS_READ"], ["FORBIDDEN"]),
        (["SECRETS_READ"], ["FORBIDDEN"]),
        (["ACCOUNTS_READ", "SECRETS_READ"], []),
    ):
        program = api.acting_as(await key_with(api, *scopes))
        assert await program.codes(document, {"id": ada.account_id}) == codes


async def test_a_key_cannot_make_a_key_unless_it_administers(api: Api) -> None:
    every_other = ["USERS_WRITE", "ADAPTER", "SECRETS_READ"]
    document = 'mutation { createApiKey(input: {name: "n", scopes: [ADMIN]}) { secret } }'
    assert await api.acting_as(await key_with(api, *every_other)).codes(document) == ["FORBIDDEN"]
