"""Documents are found by their hashes for exactly as long as they are kept."""

import gc
import tracemalloc
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import document as documents_module
from execution.document import Document, Documents
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA

LIMITS = Limits(_env_file=None)
CONTAINERS = 40_000
"""Bytes that dictionaries of the process may grow by meanwhile."""
FEW = 5 * documents_module.BYTES
"""Room for two or three documents."""
STEPS = ("prepare", "name", "admit", "admit late")


def text_of(number: int) -> str:
    """A document of its own."""
    return f"query Q{number} {{ caller {{ kind }} }}"


def hash_of(text: str) -> str:
    """What clients name it by."""
    return sha256(text.encode()).hexdigest()


def kept(documents: Documents) -> dict[str, Document]:
    """Every document that is kept, by its text."""
    return dict(documents._others._kept) | dict(documents._admitted._kept)


def documents_with_little_room() -> Documents:
    """Two or three fit on either cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents_module, "KEPT_BYTES", FEW)
        patch.setattr(documents_module, "OTHERS_BYTES", FEW)
        return Documents(GRAPHQL_SCHEMA, LIMITS)


def assert_names_are_of_what_is_kept(documents: Documents) -> None:
    """All names, and no other."""
    named = {document.sha256: text for text, document in kept(documents).items() if document.sha256 is not None}
    assert documents._texts == named
    assert all(hash_of(text) == name for name, text in named.items())


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=60))
def test_a_hash_finds_what_is_kept_and_nothing_else(steps: list[tuple[str, int]]) -> None:
    """In whatever order documents come, get known, are let in with a known caller and are pushed out."""
    documents = documents_with_little_room()
    first: dict[int, Document] = {}
    for step, number in steps:
        text = text_of(number)
        document = documents.prepare(text)
        first.setdefault(number, document)
        match step:
            case "name":
                documents.name(hash_of(text), text)
            case "admit":
                documents.admit(text, document)
            case "admit late":
                # A request that took long ends after its document was pushed out and made anew.
                documents.admit(text, first[number])
        assert_names_are_of_what_is_kept(documents)
        assert documents._others.weight <= FEW
        assert documents._admitted.weight <= FEW


def test_a_document_that_was_made_anew_and_named_keeps_its_name_when_a_late_request_lets_it_in() -> None:
    documents = documents_with_little_room()
    text = text_of(0)
    late = documents.prepare(text)
    for number in range(1, 6):
        documents.prepare(text_of(number))
    assert documents.find(text) is None
    assert documents.prepare(text) is not late
    documents.name(hash_of(text), text)
    documents.admit(text, late)
    assert documents.text(hash_of(text)) == text
    assert_names_are_of_what_is_kept(documents)


def test_a_document_that_takes_the_place_of_a_named_one_leaves_no_name_behind() -> None:
    documents = documents_with_little_room()
    text = text_of(0)
    late = documents.prepare(text)
    for number in range(1, 6):
        documents.prepare(text_of(number))
    anew = documents.prepare(text)
    documents.name(hash_of(text), text)
    documents.admit(text, anew)
    documents.admit(text, late)
    assert documents.find(text) is late
    assert_names_are_of_what_is_kept(documents)


def test_a_named_document_weighs_at_least_what_it_takes() -> None:
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)

    def use(start: int) -> None:
        for number in range(start, start + 50):
            text = text_of(number)
            documents.prepare(text)
            documents.name(hash_of(text), text)

    use(0)
    gc.collect()
    tracemalloc.start()
    try:
        weighed = documents.weight
        use(100)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert documents.weight - weighed >= taken - CONTAINERS


def test_naming_a_document_pushes_none_out() -> None:
    """Anybody may name those of callers who are known."""
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    documents.prepare(text_of(0))
    weighed = documents.weight
    documents.name(hash_of(text_of(0)), text_of(0))
    assert documents.find(text_of(0)) is not None
    assert documents.weight == weighed


def test_a_document_that_is_too_long_to_be_kept_has_no_name() -> None:
    documents = Documents(GRAPHQL_SCHEMA, LIMITS)
    text = text_of(0) + " " * documents_module.LARGEST_KEPT
    assert documents.prepare(text).problems == ()
    documents.name(hash_of(text), text)
    assert documents.text(hash_of(text)) is None
