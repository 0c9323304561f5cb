"""Page sizes and cursors, the same for every connection."""

import base64

import pytest

from resolvers.cursors import Cursors
from tests.api import SECRET, Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, passkey

LISTS = {
    "users": "users({0}) {{ {1} }}",
    "filtered": 'users(filter: {{contains: "a"}}, {0}) {{ {1} }}',
    "apiKeys": "apiKeys({0}) {{ {1} }}",
    "accounts": 'user(by: {{userId: "ada"}}) {{ accounts({0}) {{ {1} }} }}',
    "sessions": 'user(by: {{userId: "ada"}}) {{ sessions({0}) {{ {1} }} }}',
    "allSessions": 'user(by: {{userId: "ada"}}) {{ sessions(includeExpired: true, {0}) {{ {1} }} }}',
    "passkeys": 'user(by: {{userId: "ada"}}) {{ authenticators({0}) {{ {1} }} }}',
    "sessionsOfBob": 'user(by: {{userId: "bob"}}) {{ sessions({0}) {{ {1} }} }}',
}
every_list = pytest.mark.parametrize("name", LISTS)


def document(name: str, arguments: str, selection: str = "nodes { id }") -> str:
    """A query for one of the lists."""
    return f"query {{ {LISTS[name].format(arguments, selection)} }}"


@every_list
async def test_a_page_has_from_one_to_a_hundred_nodes(api: Api, ada: Person, bob: Person, name: str) -> None:
    for first in (1, 100):
        assert await api.codes(document(name, f"first: {first}")) == []
    for first in (0, -1, 101, 1000):
        assert await api.codes(document(name, f"first: {first}")) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", ['"1"', "1.5", "99999999999", "true"])
async def test_a_page_size_is_a_number(api: Api, first: str) -> None:
    assert await api.codes(document("users", f"first: {first}")) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_page_size_of_null_is_the_usual_one(api: Api, ada: Person) -> None:
    for query in (
        "query($n: Int) { users(first: $n) { nodes { userId } } }",
        "{ users(first: null) { nodes { userId } } }",
    ):
        answer = await api.answer(query, {"n": None} if "$n" in query else None)
        assert answer["data"]["users"]["nodes"] == [{"userId": "ada"}]
        assert answer["extensions"]["cost"]["requested"] == 50


async def test_a_page_has_fifty_nodes_unless_told(api: Api, raw: RawTable) -> None:
    for number in range(51):
        odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
    data = await api.data("query($n: Int) { users(first: $n) { nodes { id } pageInfo { hasNextPage } } }")
    assert len(data["users"]["nodes"]) == 50
    assert data["users"]["pageInfo"]["hasNextPage"] is True


@pytest.mark.parametrize("made_for", LISTS)
async def test_a_cursor_holds_for_its_own_list_only(api: Api, ada: Person, bob: Person, made_for: str) -> None:
    await api.changed("createApiKey", "secret", name="n", scopes=["ADMIN"])
    await passkey(api, ada, "key1")
    answer = await api.data(document(made_for, "first: 1", "edges { cursor }"))
    connection = next(iter(answer.values()))
    connection = connection if "edges" in connection else next(iter(connection.values()))
    cursor = connection["edges"][0]["cursor"]
    for name in LISTS:
        codes = [] if name == made_for else ["INVALID_CURSOR"]
        assert await api.codes(document(name, f'after: "{cursor}"')) == codes, name


@every_list
async def test_a_cursor_that_was_tampered_with_is_refused(api: Api, ada: Person, bob: Person, name: str) -> None:
    for cursor in ("", "x", "AAAA", "\\u0000", "é", "=", "A" * 3000):
        assert await api.codes(document(name, f'after: "{cursor}"')) == ["INVALID_CURSOR"], cursor


async def test_every_bit_of_a_cursor_counts(api: Api, ada: Person, bob: Person) -> None:
    data = await api.data("{ users(first: 1) { pageInfo { endCursor } } }")
    cursor = data["users"]["pageInfo"]["endCursor"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for position in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[position] ^= 1
        forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert await api.codes(document("users", f'after: "{forged}"')) == ["INVALID_CURSOR"]


async def test_a_cursor_made_with_another_secret_is_refused(api: Api) -> None:
    position = ["USER#a", "USER#a", None]
    for secret, codes in ((SECRET, []), ("another", ["INVALID_CURSOR"])):
        cursor = Cursors([secret]).of(position, "users", "None", "[]")
        assert await api.codes(document("users", f'after: "{cursor}"')) == codes


async def test_a_null_cursor_is_the_beginning(api: Api, ada: Person) -> None:
    data = await api.data(document("users", "after: null", "nodes { id } pageInfo { hasPreviousPage }"))
    assert data["users"] == {"nodes": [{"id": ada.id}], "pageInfo": {"hasPreviousPage": False}}


@pytest.mark.parametrize("children", ["accounts", "sessions", "authenticators"])
async def test_children_are_paged_once_each_in_order(api: Api, raw: RawTable, children: str) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    for number in range(5):
        odd_rows.account(raw, "ada", "provider", f"a{number}")
        odd_rows.session(raw, "ada", f"s{number}", {"N": "4000000000"})
        odd_rows.passkey(raw, "ada", f"key{number}")
    query = f"""query($after: String) {{ user(by: {{userId: "ada"}}) {{ {children}(first: 2, after: $after) {{
      edges {{ cursor node {{ id }} }} nodes {{ id }} pageInfo {{ hasNextPage endCursor hasPreviousPage }}
    }} }} }}"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await api.data(query, {"after": after}))["user"][children]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        found += [node["id"] for node in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert len(found) == len(set(found)) == 5


async def test_later_pages_of_two_kinds_at_once_go_on_where_each_was(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    for number in range(3):
        odd_rows.account(raw, "ada", "provider", f"a{number}")
        odd_rows.session(raw, "ada", f"s{number}", {"N": f"400000000{number}"})
    query = """query($a: String, $s: String) { user(by: {userId: "ada"}) {
      accounts(first: 2, after: $a) { nodes { providerAccountId } pageInfo { endCursor } }
      sessions(first: 2, after: $s) { nodes { token } pageInfo { endCursor } }
    } }"""
    first = (await api.data(query))["user"]
    cursors = {"a": first["accounts"]["pageInfo"]["endCursor"], "s": first["sessions"]["pageInfo"]["endCursor"]}
    second = (await api.data(query, cursors))["user"]
    assert second["accounts"]["nodes"] == [{"providerAccountId": "a2"}]
    assert second["sessions"]["nodes"] == [{"token": "s0"}]


async def test_a_second_page_of_one_kind_beside_a_first_of_another(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    for number in range(3):
        odd_rows.account(raw, "ada", "provider", f"a{number}")
        odd_rows.session(raw, "ada", f"s{number}", {"N": f"400000000{number}"})
    ends = await api.data('{ user(by: {userId: "ada"}) { accounts(first: 1) { pageInfo { endCursor } } } }')
    query = """query($a: String) { user(by: {userId: "ada"}) {
      accounts(first: 1, after: $a) { nodes { providerAccountId } }
      sessions(first: 1) { nodes { token } } authenticators { nodes { id } }
    } }"""
    data = await api.data(query, {"a": ends["user"]["accounts"]["pageInfo"]["endCursor"]})
    assert data["user"] == {
        "accounts": {"nodes": [{"providerAccountId": "a1"}]},
        "sessions": {"nodes": [{"token": "s2"}]},
        "authenticators": {"nodes": []},
    }


async def test_a_partition_too_large_for_one_read_is_paged_kind_by_kind(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    for number in range(260):
        odd_rows.account(raw, "ada", "provider", f"a{number:03}")
    odd_rows.session(raw, "ada", "s1", {"N": "4000000000"})
    query = """{ user(by: {userId: "ada"}) {
      accounts(first: 2) { nodes { providerAccountId } pageInfo { hasNextPage } } sessions { nodes { token } }
    } }"""
    user = (await api.data(query))["user"]
    assert user["accounts"] == {
        "nodes": [{"providerAccountId": "a000"}, {"providerAccountId": "a001"}],
        "pageInfo": {"hasNextPage": True},
    }
    assert user["sessions"] == {"nodes": [{"token": "s1"}]}
