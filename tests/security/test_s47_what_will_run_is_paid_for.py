"""The cost covers what will be executed: variables as resolvers take them, conditions, the schema, scans, and the
size of the response."""

import logging
from collections.abc import Iterator
from itertools import product
from typing import Any

import orjson
import pytest
from graphql import GraphQLField, GraphQLObjectType, get_introspection_query

from dynamo import audit_log, directory
from dynamo.settings import TableSettings
from execution import analysis, writing
from execution.analysis import SCHEMA_WEIGHT
from execution.cost import HIGHEST
from execution.document import Documents
from execution.executor import AGAIN, Policy, make_policy
from execution.plans import plan, planner
from execution.rate_limit import ProcessRateLimit
from execution.settings import Limits
from resolvers.pagination import USUAL_PAGE
from schema.build import GRAPHQL_SCHEMA
from schema.conditions import Conditions
from schema.fields import declared
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.metrics import metric_value
from tests.resolvers.people import Person, key_with
from tests.schema import walk

LIMITS = Limits(_env_file=None)
INTROSPECTION = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
)


def price(document: str, variables: dict[str, Any] | None = None) -> int:
    """The maximum cost of the only operation of a valid document."""
    prepared = Documents(GRAPHQL_SCHEMA, LIMITS).prepare(document)
    assert prepared.problems == ()
    (operation,) = prepared.operations.values()
    given = operation.given(variables or {})
    return operation.select(given).cost.value(given)


# Null, absent, default


def sized_fields() -> Iterator[tuple[str, GraphQLField]]:
    """Every field whose cost depends on a page size."""
    for type_ in GRAPHQL_SCHEMA.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, definition in type_.fields.items():
                if definition.args and declared(definition).cost.sized_by == "first":
                    yield f"{type_.name}.{name}", definition


AROUND = {"Query": "{{ {} }}", "User": '{{ user(by: {{userId: "ada"}}) {{ {} }} }}'}


@pytest.mark.parametrize("coordinate", dict(sized_fields()))
@pytest.mark.parametrize(
    ("declaration", "variables", "size"),
    [
        ("$n: Int", {}, None),
        ("$n: Int", {"n": None}, USUAL_PAGE),
        ("$n: Int", {"n": 7}, 7),
        ("$n: Int = 1", {}, 1),
        ("$n: Int = 1", {"n": None}, USUAL_PAGE),
        ("$n: Int = 1", {"n": 7}, 7),
        ("$n: Int = null", {}, USUAL_PAGE),
        ("$n: Int! = 1", {}, 1),
    ],
)
def test_s47_a_page_costs_what_its_resolver_takes_the_variable_for(
    coordinate: str, declaration: str, variables: dict[str, Any], size: int | None
) -> None:
    parent, _, name = coordinate.partition(".")
    document = AROUND[parent].format(f"{name}(first: $n) {{ nodes {{ __typename }} }}")
    default = dict(sized_fields())[coordinate].args["first"].default_value or USUAL_PAGE
    above = 0 if parent == "Query" else 1
    assert price(f"query({declaration}) {document}", variables) == above + (default if size is None else size)


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s47_null_three_levels_deep_is_refused_like_fifty(
    proxied_settings: TableSettings, proxy: CountingProxy, plans: bool
) -> None:
    api = make_api(proxied_settings, Policy(LIMITS.model_copy(update={"plans": plans})))
    document = """query($n: Int = 1) { users(first: $n) { nodes {
      accounts(first: $n) { nodes { user { sessions(first: $n) { nodes { id } } } } } } } }"""
    assert (await api.answer(document))["extensions"]["cost"]["requested"] == 4
    assert await api.codes(document, {"n": None}) == ["COST_EXCEEDED"] == await api.codes(document, {"n": 50})


# Conditions

ONE_SESSION = "sessions(first: 1) { nodes { id } }"
MANY = "sessions(first: 100) { nodes { id } }"


@pytest.mark.parametrize(
    ("selection", "fragments", "cost"),
    [
        ("sessions(first: 100) @include(if: false) { nodes { id } }", "", 1),
        ("sessions(first: 100) @skip(if: true) { nodes { id } }", "", 1),
        ("sessions(first: 100) @skip(if: $yes) { nodes { id } }", "", 1),
        ("sessions(first: 100) @skip(if: $no) { nodes { id } }", "", 101),
        ("sessions(first: 100) @include(if: $no) { nodes { id } }", "", 1),
        ("sessions(first: 100) @include(if: $yes) @skip(if: $yes) { nodes { id } }", "", 1),
        (f"... @include(if: $no) {{ {MANY} }}", "", 1),
        (f"... on User @include(if: $yes) {{ {MANY} }}", "", 101),
        ("...F @include(if: $no)", f"fragment F on User {{ {MANY} }}", 1),
        ("...F @include(if: $no) ...F", f"fragment F on User {{ {MANY} }}", 101),
        (
            "...F @include(if: $no) ...G",
            f"fragment F on User {{ {MANY} }} fragment G on User {{ ...F @skip(if: $no) }}",
            101,
        ),
        ("...F ...G", f"fragment F on User {{ ...G @skip(if: $yes) }} fragment G on User {{ {ONE_SESSION} }}", 2),
    ],
)
def test_s47_only_what_runs_is_charged(selection: str, fragments: str, cost: int) -> None:
    used = " ".join(f"{name}: caller {{ kind @include(if: ${name}) }}" for name in ("yes", "no"))
    document = (
        f'query($yes: Boolean!, $no: Boolean = false) {{ {used} user(by: {{userId: "a"}}) {{ id {selection} }} }}'
    )
    assert price(f"{document} {fragments}", {"yes": True}) == cost + 2


def test_s47_a_condition_that_is_null_counts_as_if_it_ran() -> None:
    document = "query($x: Boolean = true) { users(first: 7) @include(if: $x) { nodes { id } } caller { kind } }"
    assert [price(document, {"x": x}) for x in (True, False, None)] == [8, 1, 8]


TWO_ROLES = """query($program: Boolean!) {
  viewer @skip(if: $program) { user { name } }
  users(first: 3) @include(if: $program) { nodes { userId } }
  mine: caller { ...F @skip(if: $program) }
} fragment F on Caller { kind }"""


async def test_s47_one_document_serves_two_roles(api: Api, ada: Person) -> None:
    person = api.acting_as(ada.token)
    assert (await person.data(TWO_ROLES, {"program": False}))["viewer"]["user"]["name"] == "Ada"
    assert await person.codes(TWO_ROLES, {"program": True}) == ["FORBIDDEN"]
    assert (await api.data(TWO_ROLES, {"program": True}))["users"]["nodes"] == [{"userId": "ada"}]


async def test_s47_only_sensitive_fields_that_run_count(api: Api, ada: Person) -> None:
    program = api.acting_as(await key_with(api, "SESSIONS_READ", "USERS_READ"))
    document = """query($both: Boolean!) { a: session(by: {sessionToken: "x"}) { id }
      b: session(by: {sessionToken: "y"}) @include(if: $both) { id } }"""
    assert await program.codes(document, {"both": False}) == []
    assert await program.codes(document, {"both": True}) == ["LIMIT_EXCEEDED"]


async def test_s47_what_does_not_run_is_not_read(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    person = counted_api.acting_as(ada.token)
    document = "query($all: Boolean!) { viewer { user { name accounts @include(if: $all) { nodes { id } } } } }"
    read = []
    for wanted in (False, True, False):
        proxy.reset()
        await person.data(document, {"all": wanted})
        read.append(proxy.operations)
    assert read == [["Query", "BatchGetItem"], ["Query", "Query"], ["Query", "BatchGetItem"]]


def test_s47_every_set_of_conditions_costs_one_walk_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = 0
    walk = analysis._Walk.selections

    def counting(*arguments: Any) -> Any:
        nonlocal walks
        walks += 1
        return walk(*arguments)

    monkeypatch.setattr(analysis._Walk, "selections", counting)
    names = [f"c{number}" for number in range(10)]
    declared_names = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"name @include(if: ${name})" for name in names)
    text = f"query({declared_names}) {{ users(first: 1) {{ nodes {{ id {fields} }} }} }}"
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    (operation,) = documents.prepare(text).operations.values()
    walks = 0
    tried = 0
    for values in product((True, False), repeat=len(names)):
        operation.select(dict(zip(names, values, strict=True)))
        tried += 1
    assert walks == 3 * tried
    assert operation.kept == analysis.KEPT


# The size of the answer


@pytest.mark.parametrize("length", [128, 129])
@pytest.mark.parametrize(
    "where", ["{{ {}: caller {{ kind }} }}", "{{ caller {{ ...F }} }} fragment F on Caller {{ {}: kind }}"]
)
async def test_s47_an_alias_has_128_characters_at_most(api: Api, where: str, length: int) -> None:
    codes = await api.codes(where.format("a" * length))
    assert codes == ([] if length == 128 else ["LIMIT_EXCEEDED"])


SMALL = 20_000
WIDE_ANSWERS = {
    "names": "{ users(first: 50) { nodes { " + " ".join(f"{'n' * 120}{a}: name" for a in range(8)) + " } } }",
    "values": "{ users(first: 50) { nodes { a: image b: image c: image } } }",
    "values below one another": "{ users(first: 50) { nodes { image accounts { nodes { user { image } } } } } }",
    "custom attributes": "{ users(first: 50) { nodes { a: attributes b: attributes c: attributes } } }",
    "through an interface": "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { a: image b: image } } }",
}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all pieces that were written as JSON while a query was executed."""
    lengths: list[int] = []
    dumps = orjson.dumps

    def noted(value: Any, *arguments: Any) -> bytes:
        piece = dumps(value, *arguments)
        lengths.append(len(piece))
        return piece

    monkeypatch.setattr(plan, "dumps", noted)
    monkeypatch.setattr(writing, "dumps", noted)
    return lengths


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
@pytest.mark.parametrize("document", WIDE_ANSWERS.values(), ids=WIDE_ANSWERS)
async def test_s47_an_answer_over_the_limit_is_given_up_before_it_is_built(
    table_settings: TableSettings, raw: RawTable, plans: bool, document: str, written: list[int]
) -> None:
    with raw.together():
        for number in range(50):
            odd_rows.user(
                raw, f"user-{number:02}", f"{number}@example.com", image=text("x" * 500), theme=text("y" * 500)
            )
    api = make_api(table_settings, Policy(LIMITS.model_copy(update={"plans": plans, "max_response_bytes": SMALL})))
    ids = await make_api(table_settings).data("{ users(first: 50) { nodes { id } } }")
    variables = {"ids": [user["id"] for user in ids["users"]["nodes"]]} if "$ids" in document else {}
    if "accounts" in document:
        await api.changed(
            "linkAccount",
            "account { id }",
            user={"userId": "user-00"},
            provider="p",
            providerAccountId="q",
            type="oauth",
        )
    for _ in range(3):
        written.clear()
        answer = await api.answer(document, variables)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["RESPONSE_TOO_LARGE"]
        assert answer["data"] is None
        assert sum(written) < 3 * SMALL
    fewer = document.replace("50", "2") if not variables else document
    assert await api.codes(fewer, {"ids": variables["ids"][:2]} if variables else None) == []


EXACT_ANSWERS = {
    "edges beside nodes": "{ users(first: 9) { edges { cursor node { userId } } nodes { name } } }",
    "pages in a list": "{ users(first: 9) { nodes { accounts(first: 1) { nodes { provider user { userId } } } } } }",
    "empty pages": "{ users(first: 9) { nodes { image authenticators { nodes { user { userId } } } } } }",
    "several pages": "{ users(first: 9) { nodes { accounts { nodes { id user { id } } } "
    "sessions { nodes { id } } authenticators { edges { node { user { id } } } } } } }",
    "through an interface": "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { sessions { nodes { id } } } } }",
}
USERS = 9
"""More than are counted together with the level above."""


async def test_s47_an_answer_may_have_exactly_as_many_bytes_as_the_limit_says(
    api: Api, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan counts nothing while it runs that is not part of the response."""
    with raw.together():
        for number in range(USERS):
            name = f"user-{number:02}"
            odd_rows.user(raw, name, f"{number}@example.com", image=text("x" * 200))
            if number % 3:
                odd_rows.account(raw, name, "github", name)
    first = await api.data("{ users(first: 9) { nodes { id } } }")
    ids = {"ids": [user["id"] for user in first["users"]["nodes"]]}
    for what, document in EXACT_ANSWERS.items():
        variables = ids if "$ids" in document else {}
        size = max([len((await api.send(document, variables)).body) for _ in range(2)])
        for most, codes in ((size, ()), (size - 1, ("RESPONSE_TOO_LARGE",))):
            policy = Policy(LIMITS.model_copy(update={"max_response_bytes": most}))
            with monkeypatch.context() as patch:
                patch.setattr(api.executor, "_policy", policy)
                assert (await api.send(document, variables)).codes == codes, what


async def test_s47_a_change_whose_answer_is_too_large_says_that_it_was_made(table_settings: TableSettings) -> None:
    api = make_api(table_settings, Policy(LIMITS.model_copy(update={"max_response_bytes": 1024})))
    names = " ".join(f"{'n' * 120}{number}: name" for number in range(10))
    document = f'mutation {{ createUser(input: {{userId: "eve", name: "Eve"}}) {{ user {{ {names} }} }} }}'
    (error,) = (await api.answer(document))["errors"]
    assert error["extensions"]["code"] == "RESPONSE_TOO_LARGE"
    assert error["message"].startswith("The change was made. ")
    assert (await api.data('{ user(by: {userId: "eve"}) { name } }'))["user"] == {"name": "Eve"}


async def test_s47_the_limit_is_16_mib_unless_set() -> None:
    assert (LIMITS.max_response_bytes, LIMITS.max_alias_length) == (16 * 1024 * 1024, 128)


# Introspection


def elements(value: Any) -> int:
    """All objects in a response."""
    if isinstance(value, list):
        return sum(map(elements, value))
    return 1 + sum(map(elements, value.values())) if isinstance(value, dict) else 0


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (INTROSPECTION, {}),
        ("{ __schema { types { name fields { name args { name type { name ofType { name } } } } } } }", {}),
        (
            '{ __type(name: "User") { name fields { type { fields { name } } } interfaces { name } } }',
            {},
        ),
        ("query($n: String!) { __type(name: $n) { fields { name } enumValues { name } } }", {"n": "Scope"}),
        ('query($n: String! = "User") { __type(name: $n) { fields { name } } }', {}),
        ("query($x: Boolean!) { __schema { types @include(if: $x) { name } queryType { name } } }", {"x": False}),
        (
            "{ __schema { ...F ...F } } fragment F on __Schema { types { ...G } } "
            "fragment G on __Type { kind ofType { kind } }",
            {},
        ),
    ],
)
async def test_s47_introspection_costs_what_it_shows(api: Api, document: str, variables: dict[str, Any]) -> None:
    answer = await api.answer(document, variables)
    shown = elements(answer["data"]) - 1
    assert shown > 1
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (SCHEMA_WEIGHT * shown,) * 2


async def test_s47_a_tool_gets_the_schema_and_fifteen_at_once_are_too_many(
    api: Api, table_settings: TableSettings
) -> None:
    assert await api.codes(INTROSPECTION) == []
    body = INTROSPECTION.partition("__schema")[2].partition("fragment")[0].rpartition("}")[0]
    assert await api.codes(INTROSPECTION.replace("query IntrospectionQuery {", "{", 1)) == []
    fifteen = "{" + " ".join(f"a{number}: __schema {body}" for number in range(15)) + "} fragment"
    document = fifteen + INTROSPECTION.partition("fragment")[2]
    wide = make_api(table_settings, Policy(LIMITS.model_copy(update={"max_tokens": 10_000})))
    assert await wide.codes(document) == ["COST_EXCEEDED"]


async def test_s47_a_little_of_the_schema_is_shown_beside_data_and_much_is_not(api: Api) -> None:
    assert await api.codes('{ __type(name: "Scope") { enumValues { name } } caller { kind } }') == []
    assert await api.codes("{ __schema { types { fields { name type { name } } } } caller { kind } }") == [
        "LIMIT_EXCEEDED"
    ]


# Scans


@pytest.mark.parametrize(
    ("given", "variables", "searches"),
    [
        ("", {}, 0),
        (", filter: null", {}, 0),
        (", filter: {}", {}, 0),
        (', filter: {contains: "a"}', {}, 1),
        (', filter: {search: "a"}', {}, 0),
        (', filter: {emailPrefix: "a", disabled: false}', {}, 1),
        (", filter: {disabled: $b}", {"b": True}, 1),
        (", filter: $f", {}, 0),
        (", filter: $f", {"f": None}, 0),
        (", filter: $f", {"f": {}}, 0),
        (", filter: $f", {"f": {"contains": None}}, 0),
        (", filter: $f", {"f": {"namePrefix": "a", "contains": None}}, 0),
        (", filter: $f", {"f": {"emailVerified": False}}, 1),
    ],
)
def test_s47_a_filtered_list_costs_what_it_may_read(given: str, variables: dict[str, Any], searches: int) -> None:
    used = "a: caller { kind @include(if: $b) } b: users(first: 1, filter: $f) { nodes { id } }"
    document = f"query($f: UserFilter, $b: Boolean = true) {{ {used} users(first: 1{given}) {{ nodes {{ id }} }} }}"
    beside = price(f"query($f: UserFilter, $b: Boolean = true) {{ {used} }}", variables)
    assert price(document, variables) - beside == 1 + searches * directory.SEARCH_UNITS


@pytest.mark.parametrize(
    ("given", "variables", "size", "continued"),
    [
        ("first: 7, filter: {provider: $t}", {"t": "x"}, 7, False),
        ("first: 7, filter: {provider: $t}, after: null", {"t": "x"}, 7, False),
        ("first: 7, filter: {provider: $t}, after: $c", {"t": "x"}, 7, False),
        ("first: 7, filter: {provider: $t}, after: $c", {"t": "x", "c": "c"}, 7, True),
        ("first: 7, filter: $f, after: $c", {"f": {"provider": "x"}, "c": "c"}, 7, True),
        ("first: 7, filter: $f, after: $c", {"f": {"provider": None}, "c": "c"}, 7, False),
        ("first: 7, filter: $f, after: $c", {"c": "c"}, 7, False),
        ('first: 7, filter: {provider: "x"}, after: "c"', {}, 7, True),
        ('filter: {provider: "x"}, after: "c"', {}, 50, True),
        ('last: 9, filter: {provider: "x"}', {}, 9, True),
        ("last: $n, filter: $f", {"n": 9, "f": {"provider": "x"}}, 9, True),
        ('last: 9, before: "c", filter: {provider: "x"}', {}, 9, True),
        ('last: 9, before: "c", filter: {emailPrefix: "x"}', {}, 9, False),
        ('first: 7, after: "c"', {}, 7, False),
    ],
)
def test_s47_a_list_by_provider_costs_more_unless_it_is_read_from_its_beginning(
    given: str, variables: dict[str, Any], size: int, continued: bool
) -> None:
    named = "query($f: UserFilter, $t: String, $c: String, $n: Int)"
    used = "a: users(first: $n, after: $c, filter: $f) { nodes { id } } "
    used += "b: users(filter: {namePrefix: $t}) { nodes { id } }"
    beside = price(f"{named} {{ {used} }}", variables)
    document = f"{named} {{ {used} users({given}) {{ nodes {{ id }} }} }}"
    assert price(document, variables) - beside == size * (2 if continued else 1)


@pytest.mark.parametrize(
    ("field", "filter_", "units", "priced"),
    [
        ("users", "UserFilter", directory.SEARCH_UNITS, {"contains", "emailVerified", "disabled"}),
        ("auditEvents", "AuditEventFilter", audit_log.SEARCH_UNITS, {"actor", "action"}),
    ],
)
def test_s47_the_price_of_a_search_is_in_its_description_and_charged(
    field: str, filter_: str, units: int, priced: set[str]
) -> None:
    description = GRAPHQL_SCHEMA.query_type.fields[field].description or ""  # type: ignore[union-attr]
    assert f"and {units} more with a condition of `filter` that says so" in description
    conditions = GRAPHQL_SCHEMA.type_map[filter_].fields  # type: ignore[attr-defined]
    said = {name for name, condition in conditions.items() if f"Costs {units}" in condition.description}
    assert said == priced
    for name, condition in conditions.items():
        document = (
            f"query($v: {condition.type}) {{ {field}(first: 3, filter: {{{name}: $v}}) {{ nodes {{ __typename }} }} }}"
        )
        cost = price(document, {"v": walk.sample(condition.type)})
        assert cost == 3 + (units if name in priced else 0), name


@pytest.mark.parametrize("indexed", [False, True], ids=["scan", "index"])
async def test_s47_the_lists_of_a_request_share_one_budget_and_each_can_go_on(
    make_table: Any, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, indexed: bool
) -> None:
    monkeypatch.setattr(directory, "LARGEST_SCAN", 2)
    settings = make_table(directory_index=indexed)
    raw = RawTable(settings)
    with raw.together():
        for number in range(60):
            odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com")
    api = make_api(settings.model_copy(update={"dynamodb_endpoint_url": proxy.endpoint_url}))
    lists = [
        f'a{n}: users(first: 1, filter: {{contains: "none{n}"}}) {{ pageInfo {{ hasNextPage endCursor }} }}'
        for n in range(11)
    ]
    wide = "{ " + " ".join(lists) + " }"
    proxy.reset()
    data = await api.data(wide)
    assert all(page["pageInfo"]["endCursor"] for page in data.values())
    assert 0 < proxy.total <= directory.SCAN_PAGES
    assert all(page["pageInfo"]["hasNextPage"] for page in data.values())
    after, steps = None, 0
    while steps == 0 or after:
        found = "nodes { userId } pageInfo { endCursor }"
        document = f'query($a: String) {{ users(first: 1, after: $a, filter: {{contains: "user-59"}}) {{ {found} }} }}'
        page = (await api.data(document, {"a": after}))["users"]
        after, steps = page["pageInfo"]["endCursor"], steps + 1
        if page["nodes"]:
            break
    assert page["nodes"] == [{"userId": "user-59"}]


# What is refused

SIZES = [2**31 - 1, 2**31, 2**63, 2**64, 10**300, 1e300, 1.7e308]
DEEP = """query($a: Int) { users(first: $a) { nodes { accounts(first: $a) { nodes { user { sessions(first: $a) {
  nodes { user { accounts(first: $a) { nodes { id } } } } } } } } } } }"""


@pytest.mark.parametrize("coordinate", dict(sized_fields()))
async def test_s47_a_price_is_bounded_and_counts_nothing_where_it_is_refused(
    api: Api, caplog: pytest.LogCaptureFixture, coordinate: str
) -> None:
    def counted() -> float:
        return metric_value("authgraph_cost_total")

    parent, _, field = coordinate.partition(".")
    document = f"query($a: Int) {AROUND[parent].format(f'{field}(first: $a) {{ edges {{ cursor }} }}')}"
    before = counted()
    with caplog.at_level(logging.INFO):
        for text, size in product((document, DEEP), SIZES):
            (error,) = (await api.answer(text, {"a": size}))["errors"]
            assert error["extensions"]["code"] == "COST_EXCEEDED"
            assert LIMITS.max_cost < error["extensions"]["requested"] <= HIGHEST
    assert counted() == before
    assert [record.name for record in caplog.records] == ["authgraph.operations"] * 2 * len(SIZES)


def switched(selection: str, number: int = 12) -> str:
    """A document that selects something, and under conditions of its own nothing else."""
    variables = " ".join(f"$v{place}: Boolean!" for place in range(number))
    conditions = " ".join(f"... @include(if: $v{place}) {{ __typename }}" for place in range(number))
    return f"query({variables}) {{ {selection} {conditions} }}"


FEW = 20_000
"""Characters of new documents per minute, fewer than in production."""
ROOTS = " ".join(
    f"s{place}: __schema {{ types {{ fields {{ args {{ type {{ fields {{ name type {{ name }} }} }} }} }} }} }}"
    for place in range(8)
)


@pytest.mark.parametrize("selection", ["caller { kind }", ROOTS], ids=["data", "the schema"])
async def test_s47_looking_again_under_other_conditions_is_paid_for(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch, selection: str
) -> None:
    """Whether the operation is rejected in the end or not, and by the work that the schema causes."""
    table = make_api(table_settings).table
    limits = LIMITS.model_copy(update={"rate_limit": 10**9})
    api = make_api(table_settings, make_policy(limits, table, anonymous_introspection=False)).acting_as()
    assert api.executor._new_documents is not None
    monkeypatch.setattr(api.executor, "_new_documents", ProcessRateLimit(FEW, lambda: 0))
    looks: list[int] = []
    look = analysis.Operation._look

    def noted(operation: analysis.Operation, conditions: Conditions) -> analysis.Selected:
        selected = look(operation, conditions)
        looks.append(selected.steps)
        return selected

    monkeypatch.setattr(analysis.Operation, "_look", noted)
    document = switched(selection)
    most = 2 * FEW // (len(document) // AGAIN)
    for number in range(most):
        conditions = {f"v{place}": bool(number >> place & 1) for place in range(12)}
        if await api.codes(document, conditions) == ["THROTTLED"]:
            break
    # One character is charged for at least four steps. The last analysis may exceed the caller's allowance.
    assert sum(looks[:-1]) <= 5 * FEW
    assert len(looks) * (len(document) // AGAIN) <= FEW
    known = len(looks)
    await api.codes(document, conditions)
    assert len(looks) == known
    assert await api.codes("{ caller { kind } } #" + "x" * (len(document) // AGAIN)) == ["THROTTLED"]


@pytest.mark.parametrize("most", [4, 64], ids=["more sets than are kept", "fewer"])
async def test_s47_nothing_is_compiled_that_was_not_paid_for(
    api: Api, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whoever sends the same document under ever other conditions pays for each analysis, and a plan lasts as long."""
    monkeypatch.setattr(analysis, "KEPT", most)
    looks, compiled = 0, 0
    look = analysis.Operation._look

    def noted(operation: analysis.Operation, conditions: Conditions) -> analysis.Selected:
        nonlocal looks
        looks += 1
        return look(operation, conditions)

    def counting(*arguments: Any) -> plan.Plan:
        nonlocal compiled
        compiled += 1
        return plan.compile_plan(*arguments)

    monkeypatch.setattr(analysis.Operation, "_look", noted)
    monkeypatch.setattr(planner, "compile_plan", counting)
    names = "abcd"
    fields = " ".join(f"{name}: kind @include(if: ${name})" for name in names)
    document = f"query({' '.join(f'${name}: Boolean!' for name in names)}) {{ caller {{ kind {fields} }} }}"
    for values in 3 * list(product((True, False), repeat=len(names))):
        for _ in range(2):
            await api.answer(document, dict(zip(names, values, strict=True)))
    assert compiled == (48 if most == 4 else 16)
    assert compiled <= looks


# What no allowance could hold


async def test_s47_a_price_beyond_the_whole_allowance_is_not_a_matter_of_waiting(table_settings: TableSettings) -> None:
    table = make_api(table_settings).table
    limits = LIMITS.model_copy(update={"rate_limit": 40})
    api = make_api(table_settings, make_policy(limits, table, anonymous_introspection=True))
    assert await api.codes("{ users(first: 41) { nodes { id } } }") == ["COST_EXCEEDED"]
    assert await api.codes("{ users(first: 40) { nodes { id } } }") == []
    assert await api.codes("{ users(first: 40) { nodes { id } } }") == ["THROTTLED"]


async def test_s47_a_document_beyond_the_whole_allowance_for_new_ones_is_too_long(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.executor.NEW_DOCUMENT_CHARACTERS", 1000)
    table = make_api(table_settings).table
    api = make_api(table_settings, make_policy(LIMITS, table, anonymous_introspection=True))
    long = "{ caller { kind } } #" + "x" * 1000
    assert await api.codes(long) == ["LIMIT_EXCEEDED"] == await api.codes(long)
