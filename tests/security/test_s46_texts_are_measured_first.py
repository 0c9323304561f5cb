"""S46: the length of every text is checked before anything else reads it. The cases are generated from the schema."""

import json
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Source,
    VariableValues,
    coerce_input_literal,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse_value,
)

from dynamo import email
from execution import texts
from execution.document import MOST_ERRORS
from execution.errors import LONGEST_MESSAGE
from execution.texts import JSON, MAX_DOCUMENT_BYTES, MAX_DOCUMENT_LINES, MOST_OF_A_LIST, TEXTS
from schema import federation
from schema.maxima import ATTRIBUTES, JSON_VALUES, KEY, MOST, SEALED
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, refusals
from tests.schema import walk

MEBIBYTE = 1024 * 1024
WORST = {
    "combining marks": "a" + "\u0315\u0300" * (MEBIBYTE // 4),
    "U+FDFA": "\ufdfa" * (MEBIBYTE // 3),
    "U+FB01": "\ufb01" * (MEBIBYTE // 3),
    "digits": "1" * MEBIBYTE,
    "lone surrogates": "\ud83d" * (MEBIBYTE // 3),
    "NULs": "\0" * MEBIBYTE,
}
MEASURED = ("String", "ID", "DateTime", "BigInt", "Scope", "Int", "Boolean")
TYPED = {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "INVALID", "FORBIDDEN"}
LONGEST_ANSWER = 64 * 1024
STALLED_SECONDS = 60
"""No machine is so busy: the combining marks alone took ten minutes."""


@dataclass(frozen=True, slots=True)
class Position:
    """An argument of a field: of a root field, or of a list field of a user."""

    operation: str
    name: str
    field: GraphQLField
    argument: str

    def __str__(self) -> str:
        return f"{self.operation}.{self.name}.{self.argument}"

    @property
    def definition(self) -> GraphQLArgument:
        """The argument as it is declared in the schema."""
        found: GraphQLArgument = self.field.args[self.argument]
        return found

    @property
    def document(self) -> str:
        """The document that passes the argument as a variable of the same name."""
        given = {name: f"${name}" for name in self.asked()}
        variables = ", ".join(f"${name}: {self.field.args[name].type}" for name in given)
        return f"{self.keyword}({variables}) {self.body(given)}"

    def literal(self, value: Any) -> str:
        """The document that passes the argument as a literal."""
        asked = self.asked() | {self.argument: value}
        return f"{self.keyword} {self.body({name: written(given) for name, given in asked.items()})}"

    @property
    def keyword(self) -> str:
        """The keyword with which its document begins."""
        return "mutation" if self.operation == "Mutation" else "query"

    def asked(self) -> dict[str, Any]:
        """Samples of the field's arguments; for a list field of a user, of this argument alone."""
        if self.operation == "User":
            return {self.argument: walk.sample(self.definition.type)}
        return walk.given(self.field)

    def body(self, given: dict[str, str]) -> str:
        """The selection set of its document, with these arguments."""
        selection = walk.selection(self.field.type)
        if self.operation == "Mutation":
            is_bulk = "results" in walk.output_fields(self.field.type)
            rows = "results { userErrors { code message path } } " if is_bulk else ""
            selection = f"{{ __typename {rows}userErrors {{ code message path }} }}"
        arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
        field = f"{self.name}({arguments}) {selection}"
        return f'{{ user(by: {{userId: "ada"}}) {{ {field} }} }}' if self.operation == "User" else f"{{ {field} }}"


POSITIONS = [
    Position(of.parent.name, of.name, of.field, argument) for of in walk.fields() for argument in of.field.args
]


def test_s46_every_place_for_an_argument_is_known() -> None:
    """If a new type has arguments, `body` must be able to reach it."""
    assert {position.operation for position in POSITIONS} == {"Query", "Mutation", "User"}


def hostile(position: Position, text: str) -> Iterator[Any]:
    """Samples of an argument, each with the text in another place."""
    yield from walk.replaced(position.definition.type, MEASURED, [text])
    in_json = [text, {"custom": text}, {text: 1}, [[text]], {"a": {"b": [text]}}]
    yield from walk.replaced(position.definition.type, ("JSON",), in_json)


def written(value: Any) -> str:
    """A value as a literal of GraphQL. A text that is not a name there is replaced by a name of the same length."""
    match value:
        case dict():
            names = {name: name if name.isidentifier() else "a" * len(name) for name in value}
            return "{" + ", ".join(f"{names[name]}: {written(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case "USERS_READ":
            return str(value)
    return json.dumps(value, ensure_ascii=False)


def codes(answer: dict[str, Any]) -> set[str]:
    """The codes of errors and user errors."""
    payloads = [value for value in (answer.get("data") or {}).values() if isinstance(value, dict)]
    payloads += [row for payload in payloads for row in payload.get("results") or ()]
    refused = {error["code"] for payload in payloads for error in payload.get("userErrors", ())}
    return {error["extensions"]["code"] for error in answer.get("errors", ())} | refused


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that are normalised."""
    lengths = [0]
    normalize = unicodedata.normalize

    def counted(form: Any, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    return lengths


async def refused(api: Api, document: str, variables: dict[str, Any] | None = None) -> set[str]:
    """The codes of a response that must be short and come soon."""
    started = time.perf_counter()
    outcome = await api.send(document, variables)
    assert time.perf_counter() - started < STALLED_SECONDS
    assert len(outcome.body) < LONGEST_ANSWER
    return codes(json.loads(outcome.body))


@pytest.mark.parametrize("position", POSITIONS, ids=str)
async def test_s46_a_mebibyte_in_any_variable_is_refused_unread(
    counted_api: Api, proxy: CountingProxy, ada: Person, normalised: list[int], position: Position
) -> None:
    """For every caller, every kind of text, and every place of every argument."""
    for caller in (counted_api, counted_api.acting_as(ada.token)):
        proxy.reset()
        await caller.data("{ caller { kind } }")
        to_authenticate = proxy.total
        for text in WORST.values():
            for value in hostile(position, text):
                proxy.reset()
                found = await refused(caller, position.document, position.asked() | {position.argument: value})
                assert found
                assert found <= TYPED
                assert proxy.total <= to_authenticate
    assert max(normalised) <= email.LONGEST_COMPARED


@pytest.mark.parametrize("position", POSITIONS, ids=str)
async def test_s46_so_is_the_longest_literal_that_a_document_holds(
    counted_api: Api, proxy: CountingProxy, ada: Person, normalised: list[int], position: Position
) -> None:
    for text in ("1" * 100_000, "a" + "\u0315\u0300" * 25_000, "\ufdfa" * 33_400):
        for value in hostile(position, text):
            proxy.reset()
            found = await refused(counted_api, position.literal(value))
            # A JSON value may be longer than a document.
            if any(_is_json(position.definition.type, value, text)):
                assert "INTERNAL_SERVER_ERROR" not in found
                continue
            assert found
            assert found <= TYPED
            assert proxy.total == 0
    assert max(normalised) <= email.LONGEST_COMPARED


def _is_json(type_: GraphQLInputType, value: Any, text: str) -> Iterator[bool]:
    """Whether the text is in a JSON value of an argument."""
    match type_:
        case GraphQLNonNull():
            yield from _is_json(type_.of_type, value, text)
        case GraphQLInputObjectType(fields=fields) if isinstance(value, dict):
            for name, member in value.items():
                yield from _is_json(fields[name].type, member, text)
        case _:
            yield get_named_type(type_).name == "JSON" and text in json.dumps(value, ensure_ascii=False)


def declarations() -> Iterator[tuple[str, GraphQLArgument | GraphQLInputField]]:
    """All arguments and input fields of the schema."""
    for position in POSITIONS:
        yield str(position), position.definition
    for type_ in walk.inputs():
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field


@pytest.mark.parametrize(("name", "definition"), list(declarations()))
def test_s46_every_text_states_its_maximum(name: str, definition: GraphQLArgument | GraphQLInputField) -> None:
    most = definition.extensions["strawberry-definition"].metadata.get(MOST)
    if get_named_type(definition.type).name in ("String", "ID", "JSON"):
        assert most is not None, name
        of_each = is_list_type(get_nullable_type(definition.type))
        maximum = f" Each has at most {most:,} bytes." if of_each else f" At most {most:,} bytes."
        assert maximum in (definition.description or "")
    else:
        assert most is None, name


def longest(type_: GraphQLInputType, most: int, sign: str, more: int) -> Iterator[Any]:
    """Samples of a type, each with one text that has its maximum of bytes, and additional bytes."""
    match type_:
        case GraphQLNonNull():
            yield from longest(type_.of_type, most, sign, more)
        case GraphQLList():
            yield from ([value] for value in longest(type_.of_type, most, sign, more))
        case GraphQLInputObjectType():
            whole = {} if type_.is_one_of else walk.sample(type_)
            for name, field in type_.fields.items():
                limit = field.extensions["strawberry-definition"].metadata.get(MOST, 0)
                yield from (whole | {name: value} for value in longest(field.type, limit, sign, more))
        case _:
            if get_named_type(type_).name in ("String", "ID"):
                size = len(sign.encode())
                yield sign * (most // size) + "x" * (most % size + more)


@pytest.mark.parametrize("sign", ["x", "é", "😀"])
@pytest.mark.parametrize("position", POSITIONS, ids=str)
async def test_s46_a_text_may_have_its_maximum_of_bytes_and_not_one_more(
    api: Api, position: Position, sign: str
) -> None:
    most = position.definition.extensions["strawberry-definition"].metadata.get(MOST, 0)
    for more, is_measured in ((0, False), (1, True)):
        for value in longest(position.definition.type, most, sign, more):
            answer = await api.answer(position.document, position.asked() | {position.argument: value})
            assert ("has more than" in json.dumps(answer) and "bytes." in json.dumps(answer)) is is_measured


LONG = "x" * (KEY + 1)
AT_EMAIL = "`by.email` of `user` has more than 800 bytes."


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($v: String) { user(by: {email: $v}) { id } }", {"v": LONG}),
        ("query($v: UserBy!) { user(by: $v) { id } }", {"v": {"email": LONG}}),
        (f'query($v: String = "{LONG}") {{ user(by: {{email: $v}}) {{ id }} }}', {}),
        (f'query($v: UserBy! = {{email: "{LONG}"}}) {{ user(by: $v) {{ id }} }}', {}),
        (f'{{ user(by: {{email: "{LONG}"}}) {{ id }} }}', {}),
        (f'{{ user(by: {{email: """{LONG}"""}}) {{ id }} }}', {}),
        (f'{{ ...F }} fragment F on Query {{ ... {{ user(by: {{email: "{LONG}"}}) {{ id }} }} }}', {}),
        (f'query($v: Boolean = false) {{ user(by: {{email: "{LONG}"}}) @include(if: $v) {{ id }} }}', {}),
    ],
    ids=["variable", "object", "default", "default of an object", "literal", "block", "fragment", "left out"],
)
async def test_s46_wherever_the_text_comes_from(api: Api, document: str, variables: dict[str, Any]) -> None:
    """The operation is sent three times, so that a compiled plan serves the third."""
    for _ in range(3):
        answer = await api.answer(document, variables)
        assert [error["message"] for error in answer["errors"]] == [AT_EMAIL]


async def test_s46_a_mutation_says_so_in_its_payload_and_the_others_run(api: Api) -> None:
    document = (
        "mutation($a: CreateUserInput!, $name: String) {"
        " a: createUser(input: $a) { user { id } userErrors { code message path } }"
        " b: createUser(input: {name: $name}) { user { name } userErrors { code } } }"
    )
    given = {"a": {"email": "e" * 321, "attributes": {"x": "é" * ATTRIBUTES}}, "name": "Ada"}
    data = await api.data(document, given)
    assert data["b"] == {"user": {"name": "Ada"}, "userErrors": []}
    assert data["a"]["user"] is None
    assert refusals(data["a"]) == [("INVALID", ["email"]), ("INVALID", ["attributes"])]
    assert data["a"]["userErrors"][0]["message"] == "email has more than 320 bytes."


async def test_s46_nothing_is_changed_where_a_text_below_the_change_is_too_long(api: Api) -> None:
    document = (
        'mutation($after: String) { createUser(input: {userId: "eve"}) { user { accounts(after: $after) {'
        " nodes { id } } } } }"
    )
    assert await api.codes(document, {"after": "x" * MEBIBYTE}) == ["BAD_USER_INPUT"]
    assert await api.data('{ user(by: {userId: "eve"}) { id } }') == {"user": None}


@pytest.mark.parametrize(
    "value",
    [
        [0] * (JSON_VALUES + 1),
        {str(number): 0 for number in range(JSON_VALUES + 1)},
        [[0] * 200] * 51,
        {"a": {"x" * 300: {"y" * ATTRIBUTES: 1}}},
        ["x" * 1000] * 300,
    ],
    ids=["a list", "an object", "lists", "names", "texts"],
)
async def test_s46_a_json_value_is_bounded_as_a_whole(counted_api: Api, proxy: CountingProxy, value: Any) -> None:
    document = "mutation($x: JSON) { createUser(input: {attributes: {%s: $x}}) { userErrors { code message path } } }"
    for name in ("a", "b"):
        found = await counted_api.data(document % name, {"x": value})
        assert refusals(found["createUser"]) == [("INVALID", ["attributes"])]
        assert "has more than" in found["createUser"]["userErrors"][0]["message"]
    assert proxy.total == 0


@pytest.mark.parametrize("name", sorted(JSON))
@pytest.mark.parametrize("literal", ["[$x, $x]", "{a: $x, b: $x}", "[{a: [$x]}, $x]", "$x"])
def test_s46_a_json_literal_copies_no_variable(name: str, literal: str) -> None:
    """A literal can contain a variable hundreds of times: copying a list of 49,000 members so took eleven seconds."""
    type_ = federation.schema().type_map[name]
    assert isinstance(type_, GraphQLScalarType)
    large = [0] * 1000
    coerced = coerce_input_literal(parse_value(literal), type_, VariableValues({}, {"x": large}))
    waiting, found = [coerced], 0
    while waiting:
        value = waiting.pop()
        found += value is large
        if value is not large and isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    assert found == literal.count("$x")


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($v: [ID!]!) { nodes(ids: $v) { id } }", [""] * 15_000),
        ("mutation($v: CreateApiKeyInput!) { createApiKey(input: $v) { secret } }", {"scopes": ["ADMIN"] * 100_000}),
        ("query($v: UserBy!) { user(by: $v) { id } }", {"x" * MEBIBYTE: ""}),
        ("mutation($v: CreateUserInput!) { createUser(input: $v) { user { id } } }", {"x" * MEBIBYTE: ""}),
    ],
    ids=["ids", "scopes", "a name in a query", "a name in a mutation"],
)
async def test_s46_lists_and_names_of_fields_are_bounded_too(
    counted_api: Api, proxy: CountingProxy, document: str, variables: Any
) -> None:
    answer = await counted_api.answer(document, {"v": variables})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert "has " in answer["errors"][0]["message"]
    assert " more than " in answer["errors"][0]["message"] or "a field of" in answer["errors"][0]["message"]
    assert proxy.total == 0


LISTS = [
    position
    for position in POSITIONS
    if is_list_type(get_nullable_type(position.definition.type))
    and get_named_type(position.definition.type).name in TEXTS
]


@pytest.mark.parametrize("position", LISTS, ids=str)
async def test_s46_of_a_list_of_long_texts_few_are_reported(
    api: Api, monkeypatch: pytest.MonkeyPatch, position: Position
) -> None:
    """An object for each of 15,000 ids took 165 ms, without a turn for other requests."""
    reported: list[texts.Excess] = []
    make = texts.Excess

    def make_and_note(*given: Any, **named: Any) -> texts.Excess:
        reported.append(make(*given, **named))
        return reported[-1]

    monkeypatch.setattr(texts, "Excess", make_and_note)
    answer = await api.answer(position.document, {position.argument: ["x" * (SEALED + 1)] * 1000})
    assert codes(answer) == {"BAD_USER_INPUT"}
    assert 0 < len(reported) <= MOST_OF_A_LIST


async def test_s46_attributes_have_few_names_at_their_top(api: Api, ada: Person) -> None:
    """An update names each of them in an expression, and DynamoDB accepts 4 KB."""
    for mutation, given in (("createUser", {}), ("updateUser", {"by": {"userId": "ada"}})):
        many = {f"name-{number}": number for number in range(200)}
        await api.changed(mutation, "user { id }", **given, attributes=many)
        refused = await api.change(mutation, "user { id }", **given, attributes=many | {"one more": 1})
        assert refusals(refused) == [("INVALID", ["attributes"])]


async def test_s46_no_error_quotes_more_than_it_needs_to(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    name = "n" * 100_000
    documents = [
        f"{{ {name} }}",
        f"{{ caller {{ {name} }} }}",
        f'{{ caller {{ kind }} "{name}" }}',
        f"query(${name}: String) {{ caller {{ kind }} }}",
        f"{{ ...{name} }}",
        f"{{ users(first: {'1' * 100_000}) {{ nodes {{ id }} }} }}",
        f"query($x: {name}) {{ caller {{ kind }} }}",
        f"{{ user(by: {{{name}: 1}}) {{ id }} }}",
    ]
    for document in documents:
        answer = await api.answer(document)
        assert answer["errors"]
        assert all(len(error["message"]) <= LONGEST_MESSAGE + 1 for error in answer["errors"])
    assert all(len(record.getMessage()) <= LONGEST_MESSAGE for record in caplog.records)


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
async def test_s46_errors_are_looked_up_in_few_lines(
    api: Api, monkeypatch: pytest.MonkeyPatch, line_break: str
) -> None:
    """To find the line of each error, the line breaks before it are counted. A hundred errors after a megabyte of
    line breaks took 40 seconds."""
    looked_up: list[int] = []
    get_location = Source.get_location

    def counted(source: Source, position: int) -> Any:
        looked_up.append(position)
        return get_location(source, position)

    monkeypatch.setattr(Source, "get_location", counted)
    wrong = " ".join(f"x{number}" for number in range(120))
    assert await api.codes(line_break * (MAX_DOCUMENT_LINES + 1) + f"{{ caller {{ {wrong} }} }}") == ["BAD_USER_INPUT"]
    assert looked_up == []
    few = line_break * (MAX_DOCUMENT_LINES // len(line_break) - 1)
    assert set(await api.codes(few + f"{{ caller {{ {wrong} }} }}")) == {"GRAPHQL_VALIDATION_FAILED"}
    assert 0 < len(looked_up) <= MOST_ERRORS + 1


async def test_s46_the_document_and_the_names_beside_it_are_bounded(counted_api: Api, proxy: CountingProxy) -> None:
    document = "{ caller { kind } }"
    assert await counted_api.codes(document + " " * (MAX_DOCUMENT_BYTES - len(document))) == []
    assert await counted_api.codes(document + " " * MAX_DOCUMENT_BYTES) == ["BAD_USER_INPUT"]
    names: list[dict[str, Any]] = [{"operation_name": "x" * 1025}, {"document_id": "x" * MEBIBYTE}]
    for long in names:
        outcome = await counted_api.send(document, **long)
        assert codes(json.loads(outcome.body)) == {"BAD_USER_INPUT"}
    assert proxy.total == 0


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
async def test_s46_a_credential_that_long_is_nobodys_and_reads_nothing(
    counted_api: Api, proxy: CountingProxy, normalised: list[int], text: str
) -> None:
    for credential in ({"bearer": text}, {"session_cookie": text}, {"bearer": f"ag_{text}_{text}"}):
        answer = await counted_api.acting_as(**credential).answer("{ caller { kind } }")
        assert "errors" in answer or answer["data"] == {"caller": {"kind": "ANONYMOUS"}}
    assert proxy.total == 0
    assert normalised == [0]
