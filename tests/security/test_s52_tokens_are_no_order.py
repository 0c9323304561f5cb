"""S52: nothing that a caller without `secrets:read` sees depends on tokens: no order, page, cursor, count or cost."""

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from dynamo import partition
from execution.executor import Policy
from execution.settings import Limits
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import SECRET, Api, make_api
from tests.conftest import MakeTable
from tests.documents import Drawn, documents
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, api_key, refusals

PROBE = "8" * 64
IDENTIFIER = "ada@example.com"
SCOPES = ("ADAPTER",)
EXPIRES = 4_000_000_000
CREATED = "2026-01-01T00:00:00.000Z"
WIDE = Policy(
    Limits(
        _env_file=None,
        max_aliases=10**6,
        max_root_fields=10**6,
        max_directives=10**6,
        max_depth=100,
        max_cost=10**12,
    )
)
DOCUMENTS = [
    '{ user(by: {userId: "ada"}) { sessions(first: 2) { nodes { id attributes } pageInfo { endCursor } } } }',
    '{ user(by: {userId: "ada"}) { sessions(includeExpired: true) { edges { cursor node { attributes } } } } }',
    '{ user(by: {userId: "ada"}) { accounts { nodes { id } } sessions { nodes { id attributes } } } }',
    "{ users { nodes { sessions(first: 3) { nodes { id attributes } pageInfo { endCursor hasNextPage } } } } }",
    "{ users { nodes { accounts { nodes { id } } sessions { edges { cursor node { id attributes } } } } } }",
    f'{{ verificationTokens(identifier: "{IDENTIFIER}") {{ expires expired }} }}',
]


class KnownTag:
    """A hash that takes the name of a token in place of the token."""

    def __init__(self, begun: Any, names: Mapping[bytes, bytes]) -> None:
        self.begun = begun
        self.names = names
        self.digest, self.hexdigest = begun.digest, begun.hexdigest

    def update(self, data: bytes) -> None:
        self.begun.update(self.names.get(data, data))


class KnownTags:
    """Gives the same hash to the same session of two tables, whatever its token is in each."""

    def __init__(self, tags: Any, names: Mapping[str, str]) -> None:
        self.tags = tags
        self.names = {token.encode(): name.encode() for token, name in names.items()}

    def begin(self) -> KnownTag:
        return KnownTag(self.tags.begin(), self.names)

    def of(self, data: bytes) -> bytes:
        tag = self.begin()
        tag.update(data)
        digest: bytes = tag.digest()
        return digest


def known_hashes(names: Mapping[str, str]) -> GlobalIds:
    """Ids that use a known hash for each token."""
    ids = GlobalIds([SECRET])
    ids._session_tags = [KnownTags(tags, names) for tags in ids._session_tags]  # type: ignore[misc]
    ids._begin_session_tag = ids._session_tags[0].begin
    return ids


class Twins:
    """Two tables that differ in their tokens only, with the same caller."""

    def __init__(self, make_table: MakeTable) -> None:
        self.raws = [RawTable(make_table()), RawTable(make_table())]
        self.apis: list[Api] = []
        dice = random.Random(52)
        self.tokens = [[f"{dice.getrandbits(256):064x}" for _ in range(115)] for _ in self.raws]
        for raw, tokens in zip(self.raws, self.tokens, strict=True):
            with raw.together():
                self._fill(raw, iter(tokens))
            names = {token: f"token {place}" for place, token in enumerate(tokens)} | {PROBE: "a probe"}
            self.apis.append(make_api(raw.settings, WIDE, ids=known_hashes(names)))

    @staticmethod
    def _fill(raw: RawTable, tokens: Any) -> None:
        """Sessions that expire together, one after the other and never, of which every second one was created at the
        same time; users with none, few and many."""
        for user, sessions in {"ada": 9, "bob": 100, "eve": 0}.items():
            odd_rows.user(raw, user, f"{user}@example.com")
            odd_rows.account(raw, user, "github", user)
            for place in range(sessions):
                token = next(tokens)
                expires = {0: 1, 1: EXPIRES, 2: EXPIRES + place}[place % 3]
                keys = raw.keys(f"USER#{user}", f"SESSION#{token}", (f"SESSION#{token}",) * 2)
                plain = {"sessionToken": text(token), "userId": text(user), "type": text("SESSION")}
                created = {"createdAt": text(CREATED)} if place % 2 else {}
                raw.put(keys | plain | created | {"expires": number(expires), "place": number(place)})
        for place in range(6):
            odd_rows.verification_token(raw, IDENTIFIER, next(tokens), number(EXPIRES + place % 3))

    def acting_as(self, keys: Sequence[str]) -> list[Api]:
        """The same caller for both tables."""
        return [api.acting_as(key) for api, key in zip(self.apis, keys, strict=True)]


@pytest.fixture
def twins(make_table: MakeTable) -> Twins:
    return Twins(make_table)


FIGURES = re.compile(rb'"dynamodb":\{[^}]*\}')
ACTUAL = re.compile(rb'"actual":\d+')


def comparable(body: bytes) -> bytes:
    """A response without what depends on the order in which fields were resolved.

    That is the number of DynamoDB requests and, if a field failed, how far other fields got.
    """
    body = FIGURES.sub(b"", body)
    return ACTUAL.sub(b"", body) if body.startswith(b'{"errors"') else body


WATCHED = [
    GRAPHQL_SCHEMA.type_map[parent].fields[name]  # type: ignore[attr-defined]
    for parent, names in {
        "Query": "users user node nodes session verificationTokens",
        "Node": "id",
        "User": "userId sessions accounts",
        "Session": "id expires attributes user",
        "Account": "id user",
        "VerificationToken": "expires expired",
        "UserConnection": "nodes edges pageInfo",
        "UserEdge": "node cursor",
        "SessionConnection": "nodes edges pageInfo",
        "SessionEdge": "node cursor",
        "AccountConnection": "nodes edges",
        "AccountEdge": "node cursor",
        "PageInfo": "hasNextPage endCursor startCursor",
    }.items()
    for name in names.split()
]
"""Fields that may depend on tokens. With all fields, queries would rarely list sessions."""


async def programs(twins: Twins) -> list[Api]:
    """For each table, a key with every scope except the one for secrets. It was used once before."""
    apis = twins.acting_as([(await api_key(api, SCOPES))[1] for api in twins.apis])
    for api in apis:
        await api.data("{ caller { kind } }")
    return apis


async def same(apis: list[Api], document: str, variables: dict[str, Any] | None = None) -> bytes:
    """Both responses, which must be equal to the byte: ids, cursors, pages and cost."""
    one, other = [(await api.send(document, variables)).body for api in apis]
    assert one == other, document
    return one


async def test_s52_lists_pages_cursors_and_costs_are_the_same_whatever_the_tokens(twins: Twins) -> None:
    apis = await programs(twins)
    for document in DOCUMENTS:
        assert b'"errors"' not in await same(apis, document)


async def test_s52_pages_of_sessions_go_on_alike(twins: Twins) -> None:
    apis = await programs(twins)
    document = """query($after: String) { user(by: {userId: "bob"}) { sessions(first: 7, after: $after) {
      nodes { id attributes } pageInfo { hasNextPage endCursor } } } }"""
    places, after, more = [], None, True
    while more:
        await same(apis, document, {"after": after})
        page = (await apis[0].data(document, {"after": after}))["user"]["sessions"]
        places += [node["attributes"]["place"] for node in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert sorted(places) == [place for place in range(100) if place % 3]
    # Those of which only the expiry is known.
    newest = [place for place in places if place % 6 == 2]
    assert newest == sorted(newest, reverse=True)


async def test_s52_a_token_of_the_callers_own_changes_nothing_about_the_others(twins: Twins) -> None:
    """The caller's session is at another place among the tokens of each table."""
    apis = await programs(twins)
    assert len({sorted([*tokens, PROBE]).index(PROBE) for tokens in twins.tokens}) == 2
    probe = (
        'mutation { createSession(input: {user: {userId: "bob"}, sessionToken: "%s", expires: "%s"}) { __typename } }'
    )
    await same(apis, probe % (PROBE, "2096-10-02T07:06:40Z"))
    for raw in twins.raws:
        raw.put((raw.get("USER#bob", f"SESSION#{PROBE}") or {}) | {"createdAt": text(CREATED)})
    for document in DOCUMENTS:
        await same(apis, document.replace("ada", "bob"))
    # A session that is alone on the last page of one table, and on the first page of the other table.
    last = twins.tokens[0].index(max(twins.tokens[0][9:109])) - 9
    listed = '{ user(by: {userId: "bob"}) { sessions(includeExpired: true, first: 100) { nodes { id attributes } } } }'
    nodes = (await apis[0].data(listed))["user"]["sessions"]["nodes"]
    keep = {"id": next(node["id"] for node in nodes if node["attributes"].get("place") == last)}
    revoke = (
        'mutation($keep: SessionBy) { deleteSessions(input: {user: {userId: "bob"}, keep: $keep}) { deletedCount } }'
    )
    assert b'"deletedCount":100' in await same(apis, revoke, {"keep": keep})


def test_s52_every_query_has_the_same_answer_whatever_the_tokens(twins: Twins, runner: asyncio.Runner) -> None:
    apis = runner.run(programs(twins))
    listed = runner.run(apis[0].data("{ users { nodes { id sessions(includeExpired: true) { nodes { id } } } } }"))
    nodes = listed["users"]["nodes"]
    ids = [user["id"] for user in nodes] + [node["id"] for user in nodes for node in user["sessions"]["nodes"][:5]]
    pool: dict[str, list[Any]] = {
        "id": ids,
        "ids": ids,
        "userId": ["ada", "bob", "eve"],
        "email": [IDENTIFIER, "bob@example.com"],
        "identifier": [IDENTIFIER],
        "sessionToken": ["unknown"],
        "provider": ["github"],
        "providerAccountId": ["ada"],
    }

    shown: list[bytes] = []

    @settings(
        max_examples=120,
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture),
    )
    @given(documents(GRAPHQL_SCHEMA, pool, allows=lambda field: field in WATCHED, wrong=False))
    def hold(drawn: Drawn) -> None:
        one, other = [runner.run(api.send(drawn.text, drawn.variables)).body for api in apis]
        assert comparable(one) == comparable(other)
        shown.append(one)

    hold()
    assert sum(b'"place"' in body for body in shown) > 5


async def test_s52_a_strangers_token_is_not_found_by_comparing(api: Api, ada: Person, raw: RawTable) -> None:
    """The attack: create a token of one's own at the same time, see which is listed first, and halve the rest."""
    created = {"createdAt": (raw.get("USER#ada", f"SESSION#{ada.token}") or {})["createdAt"]}
    program = api.acting_as((await api_key(api, SCOPES))[1])
    listed = '{ user(by: {userId: "ada"}) { sessions { nodes { id expires } } } }'
    (victim,) = (await program.data(listed))["user"]["sessions"]["nodes"]
    known = ""
    for _ in range(4):
        low, high = 0, 16
        while high - low > 1:
            middle = (low + high) // 2
            probe = {"sessionToken": f"{known}{middle:x}", "expires": victim["expires"]}
            made = await program.changed("createSession", "session { id }", user={"userId": "ada"}, **probe)
            raw.put((raw.get("USER#ada", f"SESSION#{probe['sessionToken']}") or {}) | created)
            nodes = (await program.data(listed))["user"]["sessions"]["nodes"]
            comes_first = nodes[0]["id"] == victim["id"]
            low, high = (low, middle) if comes_first else (middle, high)
            await program.changed("deleteSession", "session { id }", by={"id": made["session"]["id"]})
        known += f"{low:x}"
    assert not ada.token.startswith(known)


class TestMoreThanAreRead:
    """A part of too many sessions would be the first in the order of their tokens, so none is shown."""

    @pytest.fixture(autouse=True)
    def _few_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(partition, "MOST_READ_WHOLE", 5)

    @pytest.fixture
    async def many(self, api: Api, ada: Person, raw: RawTable) -> list[str]:
        tokens = [ada.token, *(f"s{place}" for place in range(5))]
        for token in tokens[1:]:
            odd_rows.session(raw, "ada", token, number(EXPIRES))
        return tokens

    @pytest.mark.parametrize(
        "document",
        [
            '{{ user(by: {{userId: "ada"}}) {{ {0} }} }}',
            '{{ user(by: {{userId: "ada"}}) {{ accounts {{ nodes {{ id }} }} {0} }} }}',
            "{{ users {{ nodes {{ {0} }} }} }}",
        ],
    )
    async def test_s52_the_list_is_empty_and_what_follows_is_refused(
        self, api: Api, many: list[str], document: str
    ) -> None:
        page = "sessions(after: {0}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
        data = await api.data(document.format(page.format("null")))
        user = data["user"] if "user" in data else data["users"]["nodes"][0]
        info = user["sessions"]["pageInfo"]
        assert (user["sessions"]["nodes"], info["hasNextPage"]) == ([], True)
        follows = document.format(page.format(f'"{info["endCursor"]}"'))
        answer = await api.answer(follows)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["LIMIT_EXCEEDED"]
        assert "deleteSessions" in answer["errors"][0]["message"]

    async def test_s52_none_is_found_by_id_and_none_is_said_to_be_revoked(
        self, api: Api, ada: Person, many: list[str]
    ) -> None:
        data = await api.data("query($id: ID!) { node(id: $id) { id } }", {"id": ada.session_id})
        assert data == {"node": None}
        refused = await api.change("deleteSession", "session { id }", by={"id": ada.session_id})
        assert refusals(refused) == [("INVALID", ["by", "id"])]

    async def test_s52_a_person_ends_the_others_and_this_one_all_the_same(
        self, api: Api, ada: Person, many: list[str]
    ) -> None:
        asking = api.acting_as(ada.token)
        made = await asking.changed("deleteSessions", "deletedCount", user={"id": ada.id}, keep={"id": ada.session_id})
        assert made["deletedCount"] == 5
        made = await asking.changed("deleteSession", "session { id }", by={"id": ada.session_id})
        assert made["session"] == {"id": ada.session_id}

    async def test_s52_verification_tokens_are_refused(self, api: Api, raw: RawTable) -> None:
        for place in range(6):
            odd_rows.verification_token(raw, IDENTIFIER, f"t{place}", number(EXPIRES))
        answer = await api.answer(f'{{ verificationTokens(identifier: "{IDENTIFIER}") {{ expires }} }}')
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["LIMIT_EXCEEDED"]


async def test_s52_of_many_verification_tokens_the_hundred_that_end_last_are_listed(api: Api, raw: RawTable) -> None:
    for place in range(103):
        odd_rows.verification_token(raw, IDENTIFIER, f"t{place:03}", number(EXPIRES + place))
    data = await api.data(f'{{ verificationTokens(identifier: "{IDENTIFIER}") {{ token }} }}')
    assert [one["token"] for one in data["verificationTokens"]] == [f"t{place:03}" for place in range(102, 2, -1)]
