"""The people in the measured table."""

from benchmarks.operations import OPERATIONS, normalised
from benchmarks.population import items_of, person


def test_a_person_is_the_same_every_time() -> None:
    """So requests can be made without reading the table."""
    assert person(7) == person(7) != person(8)


def test_a_person_has_a_user_two_accounts_and_three_sessions() -> None:
    """All of these items are in one partition."""
    items = list(items_of(1))
    assert {item["pk"]["S"] for item in items} == {f"USER#{person(1).id}"}
    assert [item["sk"]["S"].partition("#")[0] for item in items] == ["USER", *["ACCOUNT"] * 2, *["SESSION"] * 3]


def test_every_operation_has_requests() -> None:
    """Even on the smallest table that is measured."""
    people = [person(number) for number in range(300)]
    assert all(operation.calls(people) for operation in OPERATIONS)


def test_answers_are_compared_without_the_ids_each_server_makes() -> None:
    """Everything else in the responses must be the same."""
    assert normalised({"user": {"id": "x", "userId": "1", "list": [{"id": 1}]}}) == {
        "user": {"userId": "1", "list": [{}]}
    }
