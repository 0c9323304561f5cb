"""Whatever a body or a query string contains, it is executed as it says, or rejected."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.door import Door, Guests, fuzz
from tests.fuzzing.mutants import mutants
from tests.fuzzing.test_ids_and_cursors import ADMINISTRATOR

DOCUMENT = "query Q($by: UserBy!) { user(by: $by) { userId } }"
RENAME = 'mutation { updateUser(input: {by: {userId: "ada"}, name: "Changed by a GET"}) { user { name } } }'
JSON = [(b"content-type", b"application/json"), *ADMINISTRATOR]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
documents = st.just(DOCUMENT) | mutants(DOCUMENT) | mutants(RENAME) | st.text(max_size=60)
persisted = st.fixed_dictionaries(
    {},
    optional={
        "version": st.just(1) | values,
        "sha256Hash": st.sampled_from([sha256(DOCUMENT.encode()).hexdigest(), "0" * 64]) | values,
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "query": documents | values,
        "operationName": st.sampled_from(["Q", "", None]) | values,
        "variables": st.fixed_dictionaries({"by": st.just({"userId": "ada"}) | values}) | values,
        "extensions": st.fixed_dictionaries({"persistedQuery": persisted | values}) | values,
        "documentId": values,
    },
)


def dumped(value: Any) -> bytes:
    """JSON of whatever Python can write, including lone surrogates and NaN."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def test_any_json_is_executed_or_refused(door: Door) -> None:
    @fuzz(100)
    @given(bodies | values)
    def hold(body: Any) -> None:
        door.push("POST", JSON, dumped(body))

    hold()


def test_any_bytes_are_executed_or_refused(door: Door) -> None:
    whole = orjson.dumps({"query": DOCUMENT, "variables": {"by": {"userId": "ada"}}, "operationName": "Q"}).decode()

    @fuzz(120)
    @given(mutants(whole).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=100))
    def hold(body: bytes) -> None:
        reply = door.push("POST", JSON, body)
        if reply.data:
            assert reply.data.get("user") in (None, {"userId": "ada"})

    hold()


def test_any_variables_find_who_they_name_or_nobody(door: Door, guests: Guests) -> None:
    keys = [
        ("id", guests.ada.id),
        ("userId", "ada"),
        ("email", guests.ada.email),
        ("sessionToken", guests.ada.token),
    ]
    for name, value in keys:
        assert door.post(DOCUMENT, {"by": {name: value}}, ADMINISTRATOR).data == {"user": {"userId": "ada"}}

    @fuzz(120)
    @given(st.sampled_from(keys).flatmap(lambda key: st.tuples(st.just(key[0]), mutants(key[1]), st.just(key[1]))))
    def hold(drawn: tuple[str, str, str]) -> None:
        name, value, right = drawn
        reply = door.push("POST", JSON, dumped({"query": DOCUMENT, "variables": {"by": {name: value}}}))
        found = reply.data and reply.data["user"]
        if found:
            # E-mails are compared trimmed and in lower case.
            same = value == right or (name == "email" and value.strip().lower() == right)
            assert same
            assert found == {"userId": "ada"}

    hold()


def test_any_query_string_is_executed_or_refused_and_changes_nothing(door: Door) -> None:
    parameters = st.fixed_dictionaries(
        {"query": documents | st.just(RENAME)},
        optional={
            "variables": values.map(lambda value: dumped(value).decode("utf-8", "replace")) | st.text(max_size=20),
            "operationName": st.sampled_from(["Q", ""]) | st.text(max_size=10),
            "extensions": st.text(max_size=20),
        },
    ).map(lambda given: urlencode(given, errors="replace").encode())

    @fuzz(250)
    @given(
        parameters | parameters.flatmap(lambda text: mutants(text.decode()).map(str.encode)) | st.binary(max_size=60)
    )
    def hold(query_string: bytes) -> None:
        door.push("GET", ADMINISTRATOR, query_string=query_string)

    hold()
    assert door.post('{ user(by: {userId: "ada"}) { name } }', headers=ADMINISTRATOR).data == {"user": {"name": "Ada"}}
