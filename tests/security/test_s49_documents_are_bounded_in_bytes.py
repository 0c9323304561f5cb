"""Cached documents are limited in bytes, and work for invalid documents is charged."""

import gc
import tracemalloc
from collections.abc import Callable
from itertools import product
from typing import Any

import orjson
import pytest
from graphql import DocumentNode, GraphQLError

from dynamo.settings import TableSettings
from execution import document as documents_module
from execution.document import MOST_COMPARISONS, MOST_ERRORS, Documents, OverlappingFieldsRule
from execution.errors import LONGEST_MESSAGE, MOST_LOCATIONS
from execution.plans.variables import Coercion
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api, make_api
from tests.resolvers.people import Person

LIMITS = Limits(_env_file=None)

CONTAINERS = 40_000
"""Bytes by which dictionaries and caches of the process may grow in the meantime."""

Make = Callable[[int], str]
KINDS: dict[str, Make] = {
    "small": lambda n: f"query Q{n} {{ caller {{ kind }} }}",
    "of short words": lambda n: f"{{ users {{ nodes {{ {'id ' * 60} a{n}: id }} }} }}",
    "laid out": lambda n: f"query Q{n} {{\n    users {{\n        nodes {{\n{'            name' * 20}\n}}\n}}\n}}",
    "with a long text": lambda n: f'query Q{n} {{ user(by: {{email: "{"x" * 3000}"}}) {{ name }} }}',
    "with a long comment": lambda n: f"query Q{n} {{ caller {{ kind }} }} #{'x' * 3000}",
    "with comments": lambda n: f"query Q{n} {{ caller {{ kind }} }}" + "#x\n" * 1900,
    "with many quotes in a text": lambda n: (
        f'query Q{n} {{ user(by: {{email: """{chr(92) + chr(34) * 3}"""}}) {{ id }} }}'
    ),
    "with wide characters": lambda n: f'query Q{n} {{ user(by: {{email: "{chr(0x1F600) * 1000}"}}) {{ name }} }}',
    "with conditions": lambda n: (
        f"query Q{n}($a: Boolean!, $b: Boolean!, $c: Boolean!) {{ users {{ nodes {{ "
        + "id @include(if: $a) name @skip(if: $b) accounts(first: 9) @include(if: $c) { nodes { id } } " * 16
        + "} } }"
    ),
    "with a mutation": lambda n: (
        f'mutation M{n} {{ updateUser(input: {{by: {{userId: "a"}}, name: "b"}}) {{ user {{ id }} }} }}'
    ),
    "with fragments": lambda n: (
        f"query Q{n} {{ users {{ nodes {{ ...F0 }} }} }} "
        + " ".join(f"fragment F{i} on User {{ name accounts {{ nodes {{ id }} }} ...F{i + 1} }}" for i in range(20))
        + " fragment F20 on User { id }"
    ),
    "not valid": lambda n: f"{{ nope{n} users {{ nodes {{ {' '.join(f'other{i}' for i in range(230))} }} }} }}",
    "no GraphQL": lambda n: "{ " + f"a{n} " * 600,
    "over a limit": lambda n: "{ " + f"a{n} " * 300 + "}",
}


@pytest.mark.parametrize("kind", KINDS)
def test_s49_a_document_weighs_at_least_what_it_takes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "OTHERS_BYTES", 64 * 1024 * 1024)
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    number = 20

    def use(start: int) -> None:
        for at in range(start, start + number):
            document = documents.prepare(KINDS[kind](at))
            for operation in document.operations.values():
                for a, b, c in product((True, False), repeat=3):
                    selected = operation.select({"a": a, "b": b, "c": c})
                    assert document.planner is not None
                    document.planner._plan(operation, selected, at_once=True)
            documents.prepare(KINDS[kind](at))

    use(0)
    gc.collect()
    tracemalloc.start()
    try:
        weighed = documents.weight
        use(number)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert documents.weight - weighed >= taken - CONTAINERS


def test_s49_a_document_that_is_not_valid_leaves_no_tree() -> None:
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    gc.collect()
    before = sum(isinstance(one, DocumentNode) for one in gc.get_objects())
    for kind in ("not valid", "no GraphQL", "over a limit"):
        for number in range(20):
            assert documents.prepare(KINDS[kind](number)).problems
    gc.collect()
    assert sum(isinstance(one, DocumentNode) for one in gc.get_objects()) == before


def test_s49_a_hundred_that_are_not_valid_weigh_less_than_four_megabytes() -> None:
    """They took 56 MB when their syntax trees were cached."""
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    for number in range(100):
        documents.prepare(KINDS["not valid"](number))
    assert documents.weight < 4 * 1024 * 1024


def test_s49_those_seen_longest_ago_are_forgotten_by_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "OTHERS_BYTES", 500_000)
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    for number in range(60):
        documents.prepare(KINDS["of short words"](number))
        documents.prepare(KINDS["small"](0))
        assert documents.weight <= 500_000
        assert documents.weight == sum(one.weighed for one in documents._others._kept.values())
    assert documents.find(KINDS["small"](0)) is not None
    assert documents.find(KINDS["of short words"](59)) is not None
    assert documents.find(KINDS["of short words"](30)) is None
    assert 3 < len(documents._others) < 20


def test_s49_what_is_made_of_a_document_later_is_weighed_too() -> None:
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    text = KINDS["with conditions"](0)
    weighed = documents.prepare(text).weighed
    (operation,) = documents.prepare(text).operations.values()
    operation.select({"a": True, "b": True, "c": True})
    assert documents.prepare(text).weighed > weighed
    assert documents.weight == documents.prepare(text).weighed


@pytest.mark.parametrize("kind", KINDS)
def test_s49_a_document_is_weighed_again_until_nothing_more_can_be_made_of_it(kind: str) -> None:
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    text = KINDS[kind](0)
    document = documents.prepare(text)
    weighed = document.weighed
    for operation in document.operations.values():
        for a, b, c in product((True, False), repeat=3):
            assert document.planner is not None
            document.planner._plan(operation, operation.select({"a": a, "b": b, "c": c}), at_once=True)
    documents.prepare(text)
    assert (document.weighed > weighed) == bool(document.operations)
    assert document.grows == (kind == "with conditions")
    assert document.weighed == document.weight == documents.weight


@pytest.mark.parametrize("length", [10, 4000])
def test_s49_words_and_signs_are_those_that_the_parser_counts(length: int) -> None:
    """Three quotes in a block string were one token each before: 16 KB took 2.9 MB."""
    for sign in ('\\"""', "{", "x ", "#"):
        text = f'{{ user(by: {{email: """{sign * (length // len(sign))}"""}}) {{ id }} }}'
        document = Documents(GRAPHQL_SCHEMA, LIMITS).prepare(text)
        assert document.node is not None
        assert document.weight < 40_000 + 4 * length


async def test_s49_documents_of_strangers_push_none_of_known_callers_out(
    table_settings: TableSettings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_module, "OTHERS_BYTES", 500_000)
    api = make_api(table_settings)
    documents = api.executor._documents
    theirs = "query Page { viewer { user { name } } }"
    refused = "query Refused { users { nodes { id } } }"
    stranger, person = api.acting_as(), api.acting_as(ada.token)
    await stranger.send(theirs)
    assert len(documents._others) == 1
    await person.data(theirs)
    assert (len(documents._others), len(documents._admitted)) == (0, 1)
    await stranger.send(refused)
    assert await person.codes(refused) == ["FORBIDDEN"]
    assert documents.find(theirs) is not None
    assert documents.find(refused) is not None
    for number in range(40):
        for kind in ("of short words", "not valid"):
            await stranger.send(KINDS[kind](number))
        await person.send(f"query Refused{number} {{ users {{ nodes {{ id }} }} }}")
    assert len(documents._admitted) == 1
    assert documents.find(theirs) is not None
    assert documents.find(refused) is None
    assert documents._others.weight <= 500_000


async def test_s49_documents_of_known_callers_are_bounded_too(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_module, "KEPT_BYTES", 500_000)
    api = make_api(table_settings)
    documents = api.executor._documents
    for number in range(60):
        await api.data(KINDS["of short words"](number))
        assert documents._admitted.weight <= 500_000
        assert documents._admitted.weight == sum(one.weighed for one in documents._admitted._kept.values())
    assert 3 < len(documents._admitted) < 20
    assert len(documents._others) == 0


# The work for one document

SAME = {
    "a field": "{ users { nodes { " + "id " * 900 + "} } }",
    "a list": "{ users { nodes { " + "accounts(first: 1) { nodes { id } } " * 75 + "} } }",
    "fragments without a name": "{ users { nodes { " + "... { id } " * 240 + "} } }",
    "fragments": "{ users { nodes { " + " ".join(f"...F{n}" for n in range(105)) + " } } } "
    "" + " ".join(f"fragment F{n} on User {{ id }}" for n in range(105)),
}


@pytest.mark.parametrize("kind", SAME)
async def test_s49_fields_of_one_name_are_compared_so_often_and_no_more(
    kind: str, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules: list[OverlappingFieldsRule] = []
    made = OverlappingFieldsRule.__init__

    def noted(self: OverlappingFieldsRule, *arguments: object) -> None:
        made(self, *arguments)  # type: ignore[arg-type]
        rules.append(self)

    monkeypatch.setattr(OverlappingFieldsRule, "__init__", noted)
    (error,) = (await api.answer(SAME[kind]))["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "too many times" in error["message"]
    (rule,) = rules
    left = rule.rule_context.remaining_complexity_budget
    assert -10 < left < 0 < MOST_COMPARISONS


def test_s49_a_page_of_forty_fragments_that_ask_alike_is_valid() -> None:
    fragments = [f"fragment F{n} on User {{ name accounts {{ nodes {{ id }} }} ...F{n + 1} }}" for n in range(40)]
    text = " ".join(["{ users { nodes { ...F0 } } }", *fragments, "fragment F40 on User { id }"])
    assert Documents(GRAPHQL_SCHEMA, LIMITS).prepare(text).problems == ()


FAULTY = {
    "unknown fields": "{ users { nodes { " + " ".join(f"nope{n}" for n in range(900)) + " } } }",
    "unknown members": "{ users(filter: {" + " ".join(f"nope{n}: 1" for n in range(300)) + "}) { nodes { id } } }",
    "unused variables": "query(" + " ".join(f"$v{n}: Int" for n in range(230)) + ") { __typename }",
    "conflicts": "{ users { nodes { " + "x: id x: name " * 7 + "} } }",
    "a long literal": '{ users(first: "' + "x" * 100_000 + '") { nodes { id } } }',
    "a long name": "{ " + "users" * 20_000 + " }",
    "a long list": "{ users(first: [" + "1 " * 900 + "]) { nodes { id } } }",
}


@pytest.mark.parametrize("kind", FAULTY)
def test_s49_few_faults_are_told_and_each_in_few_words(kind: str) -> None:
    problems = Documents(GRAPHQL_SCHEMA, LIMITS).prepare(FAULTY[kind]).problems
    assert 1 <= len(problems) <= MOST_ERRORS + 1
    for problem in problems:
        assert len(problem["message"]) <= LONGEST_MESSAGE + 2
        assert len(problem.get("locations", ())) <= MOST_LOCATIONS
    assert len(orjson.dumps(problems)) < 20_000


def test_s49_a_hundred_thousand_variables_that_do_not_fit_are_not_told_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = 0

    class Counted(GraphQLError):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            nonlocal looked
            looked += 1
            super().__init__(*arguments, **named)

    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    (operation,) = Documents(GRAPHQL_SCHEMA, LIMITS).prepare(text).operations.values()
    monkeypatch.setattr("graphql.execution.values.GraphQLError", Counted)
    coerce = Coercion(GRAPHQL_SCHEMA, operation.node.variable_definitions or ())
    assert coerce({"ids": [1.5] * 100_000}) is None
    assert looked <= 3
