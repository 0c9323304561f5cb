"""The checker accepts histories that one order explains, and no others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import permutations
from math import inf
from random import Random
from typing import Any

import pytest

from soak.linearizability import UNKNOWN, Operation, Specification, Verdict, check
from soak.specifications import DELETE_STEPS, DONE, Account, Emails, Token, User, UserState

OWNER = "ada"


def operation(name: str, argument: Any, answer: Any, began: float, ended: float = inf) -> Operation:
    """An operation. One without a response has no end."""
    return Operation(name, argument, answer, began, ended)


def delete(began: float, ended: float) -> list[Operation]:
    """A deletion with all of its steps."""
    return [operation(step, None, DONE, began, ended) for step in DELETE_STEPS]


ACCEPTED: dict[str, tuple[Specification, list[Operation]]] = {
    "nothing": (Token(), []),
    "one after the other": (
        Token(),
        [
            operation("store", None, DONE, 0, 1),
            operation("use", None, True, 2, 3),
            operation("use", None, False, 4, 5),
        ],
    ),
    "a use that was answered after a later one, but overlaps it": (
        Token(),
        [
            operation("store", None, DONE, 0, 1),
            operation("use", None, False, 2, 9),
            operation("use", None, True, 3, 4),
        ],
    ),
    "a read of what is being written": (
        Token(),
        [operation("store", None, DONE, 0, 9), operation("read", None, True, 1, 2)],
    ),
    "a write that changes nothing where it began, and something where it was done": (
        Token(),
        [
            operation("store", None, DONE, 0, 1),
            operation("store", None, DONE, 2, 9),
            operation("use", None, True, 3, 4),
            operation("use", None, True, 5, 6),
        ],
    ),
    "an unknown write that was done": (
        Token(),
        [operation("store", None, UNKNOWN, 0), operation("use", None, True, 5, 6)],
    ),
    "an unknown write that was never done": (
        Token(),
        [operation("store", None, UNKNOWN, 0), operation("use", None, False, 5, 6)],
    ),
    "an unknown write that is done late": (
        Token(),
        [
            operation("store", None, UNKNOWN, 0),
            operation("use", None, False, 5, 6),
            operation("use", None, True, 7, 8),
        ],
    ),
    "an unknown use": (
        Token(),
        [
            operation("store", None, DONE, 0, 1),
            operation("use", None, UNKNOWN, 2),
            operation("use", None, False, 3, 4),
        ],
    ),
    "of two who link at once one is refused": (
        Account(),
        [
            operation("link", "ada", DONE, 0, 5),
            operation("link", "bob", "TAKEN", 1, 4),
            operation("read", None, "ada", 6, 7),
        ],
    ),
    "an account is linked again by who has it": (
        Account(),
        [operation("link", "ada", DONE, 0, 1), operation("link", "ada", DONE, 2, 3)],
    ),
    "a user is created again with the same name": (
        User(),
        [operation("create", "Ada", DONE, 0, 1), operation("create", "Ada", DONE, 2, 3)],
    ),
    "an unlink names whose it was": (
        Account(),
        [operation("link", "ada", DONE, 0, 1), operation("unlink", None, "ada", 2, 3)],
    ),
    "an id is kept from everybody while it is being deleted": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            *delete(2, 9),
            operation("read", None, None, 3, 4),
            operation("create", "Bob", "TAKEN", 5, 6),
            operation("create", "Cy", DONE, 10, 11),
            operation("read", None, "Cy", 12, 13),
        ],
    ),
    "a user who is being deleted is shown, though a change was refused": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            *delete(2, 9),
            operation("rename", "Bob", "NOT_FOUND", 3, 4),
            operation("read", None, "Ada", 5, 6),
            operation("read", None, None, 7, 8),
        ],
    ),
    "an e-mail passes from one to another": (
        Emails(),
        [
            operation("set", ("ada", "x"), DONE, 0, 1),
            operation("set", ("bob", "x"), "TAKEN", 2, 3),
            operation("set", ("ada", "y"), DONE, 4, 5),
            operation("set", ("bob", "x"), DONE, 6, 7),
            operation("read", (None, "x"), "bob", 8, 9),
            operation("clear", ("bob", None), DONE, 10, 11),
            operation("read", (None, "x"), None, 12, 13),
        ],
    ),
}

REJECTED: dict[str, tuple[Specification, list[Operation]]] = {
    "a token is used twice": (
        Token(),
        [
            operation("store", None, DONE, 0, 1),
            operation("use", None, True, 2, 5),
            operation("use", None, True, 3, 4),
        ],
    ),
    "a token is used that was never stored": (Token(), [operation("use", None, True, 0, 1)]),
    "a token that was stored is not there": (
        Token(),
        [operation("store", None, DONE, 0, 1), operation("use", None, False, 2, 3)],
    ),
    "a write is lost": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            operation("rename", "Bob", DONE, 2, 3),
            operation("read", None, "Ada", 4, 5),
        ],
    ),
    "an older write comes back": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            operation("rename", "Bob", DONE, 2, 3),
            operation("rename", "Cy", DONE, 4, 5),
            operation("read", None, "Cy", 6, 7),
            operation("read", None, "Bob", 8, 9),
        ],
    ),
    "a read goes back in time": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            operation("rename", "Bob", DONE, 2, 9),
            operation("read", None, "Bob", 3, 4),
            operation("read", None, "Ada", 5, 6),
        ],
    ),
    "an unknown write is done before it was called": (
        Token(),
        [operation("use", None, True, 0, 1), operation("store", None, UNKNOWN, 2)],
    ),
    "an unknown write is done twice": (
        Token(),
        [
            operation("store", None, UNKNOWN, 0),
            operation("use", None, True, 1, 2),
            operation("use", None, True, 3, 4),
        ],
    ),
    "two have one account": (
        Account(),
        [operation("link", "ada", DONE, 0, 5), operation("link", "bob", DONE, 1, 4)],
    ),
    "a link is refused though nobody has the account": (Account(), [operation("link", "ada", "TAKEN", 0, 1)]),
    "an unlink names somebody else": (
        Account(),
        [operation("link", "ada", DONE, 0, 1), operation("unlink", None, "bob", 2, 3)],
    ),
    "a user is created twice": (
        User(),
        [operation("create", "Ada", DONE, 0, 5), operation("create", "Bob", DONE, 1, 4)],
    ),
    "an id is taken by nobody": (User(), [operation("create", "Ada", "TAKEN", 0, 1)]),
    "an id stays taken when its delete is over": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            *delete(2, 3),
            operation("create", "Bob", "TAKEN", 4, 5),
        ],
    ),
    "a delete takes a user who came after it": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            *delete(2, 3),
            operation("create", "Bob", DONE, 4, 5),
            operation("read", None, None, 6, 7),
        ],
    ),
    "a user who is being deleted is changed after a change was refused": (
        User(),
        [
            operation("create", "Ada", DONE, 0, 1),
            *delete(2, 9),
            operation("rename", "Bob", "NOT_FOUND", 3, 4),
            operation("rename", "Cy", DONE, 5, 6),
        ],
    ),
    "a user is shown after their delete": (
        User(),
        [operation("create", "Ada", DONE, 0, 1), *delete(2, 3), operation("read", None, "Ada", 4, 5)],
    ),
    "two have one e-mail": (
        Emails(),
        [operation("set", ("ada", "x"), DONE, 0, 5), operation("set", ("bob", "x"), DONE, 1, 4)],
    ),
    "an e-mail finds who gave it away": (
        Emails(),
        [
            operation("set", ("ada", "x"), DONE, 0, 1),
            operation("clear", ("ada", None), DONE, 2, 3),
            operation("read", (None, "x"), "ada", 4, 5),
        ],
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_history_that_one_order_explains_is_accepted(name: str) -> None:
    specification, history = ACCEPTED[name]
    assert check(history, specification).verdict is Verdict.LINEARIZABLE


@pytest.mark.parametrize("name", REJECTED)
def test_a_history_that_no_order_explains_is_rejected(name: str) -> None:
    specification, history = REJECTED[name]
    found = check(history, specification)
    assert found.verdict is Verdict.VIOLATION
    assert sorted([*found.explained, *found.unexplained], key=repr) == sorted(history, key=repr)
    assert "no order" in str(found)


@pytest.mark.parametrize("seed", range(20))
def test_what_a_real_register_answers_is_accepted_and_one_wrong_read_is_not(seed: int) -> None:
    """Fifty operations of which ten overlap. Each takes effect at one moment within it, which the search must find."""
    history = list(_register(Random(seed)))
    assert check(history, User()).verdict is Verdict.LINEARIZABLE
    reads = [place for place, one in enumerate(history) if one.name == "read"]
    place = Random(seed).choice(reads)
    wrong = operation("read", None, "Nobody ever had this name", history[place].began, history[place].ended)
    assert check([*history[:place], wrong, *history[place + 1 :]], User()).verdict is Verdict.VIOLATION


@pytest.mark.parametrize("seed", range(40))
def test_the_verdict_is_that_of_trying_every_order(seed: int) -> None:
    """Histories of six operations with random times and answers, some the same and some unknown."""
    random = Random(seed)
    for _ in range(20):
        history = list(_guesses(random, 6))
        expected = Verdict.LINEARIZABLE if _any_order(history, Token()) else Verdict.VIOLATION
        assert check(history, Token()).verdict is expected, "\n".join(map(str, history))


@pytest.mark.parametrize("seed", range(40))
def test_forty_callers_of_one_user_are_decided_soon(seed: int) -> None:
    """Creates, renames, deletes and queries, of which many overlap."""
    history = _user(Random(seed), 40)
    assert check(history, User(), most=25_000).verdict is Verdict.LINEARIZABLE


def test_a_search_that_takes_too_long_decides_nothing() -> None:
    history = [operation("rename", str(number), DONE, 1, 2) for number in range(12)]
    history = [operation("create", "", DONE, 0, 0.5), *history, operation("read", None, "Nobody", 3, 4)]
    assert check(history, User(), most=1000).verdict is Verdict.UNDECIDED


def _register(random: Random) -> Iterable[Operation]:
    yield operation("create", "", DONE, 0, 0.1)
    name = ""
    for number in range(1, 50):
        began, ended = number - random.random() * 5, number + random.random() * 5
        if random.random() < 0.5:
            name = f"name {number}"
            yield operation("rename", name, DONE, max(began, 0.2), ended)
        else:
            yield operation("read", None, name, max(began, 0.2), ended)


def _guesses(random: Random, count: int) -> Iterable[Operation]:
    for _ in range(count):
        name, answer = random.choice((("store", DONE), ("use", True), ("use", False), ("read", True), ("read", False)))
        began = random.random()
        if name != "read" and random.random() < 0.2:
            yield operation(name, None, UNKNOWN, began)
        else:
            yield operation(name, None, answer, began, began + random.random())


def _any_order(history: Sequence[Operation], specification: Specification) -> bool:
    """Try every order of those with an answer and any of the others."""
    answered = sum(one.answer is not UNKNOWN for one in history)
    for order in permutations(history):
        state = specification.initial
        done = 0
        for place, one in enumerate(order):
            if any(later.ended < one.began for later in order[place + 1 :]):
                break
            after = [*specification.after(state, one)]
            if after:
                state = after[0]
                done += one.answer is not UNKNOWN
            elif one.answer is not UNKNOWN:
                break
        if done == answered:
            return True
    return False


def _user(random: Random, count: int) -> list[Operation]:
    """What callers of one user get if each operation is executed at one moment within its time."""
    asked: list[tuple[float, Operation]] = []
    for number in range(count):
        began, ended = number - random.expovariate(0.2), number + random.expovariate(0.2)
        match random.choice(("create", "create", "rename", "delete", "read", "read")):
            case "delete":
                moments = sorted(random.uniform(began, ended) for _ in DELETE_STEPS)
                asked += zip(moments, delete(began, ended), strict=True)
            case name:
                argument = None if name == "read" else f"name {number}"
                asked.append((random.uniform(began, ended), operation(name, argument, DONE, began, ended)))
    state = UserState()
    history = []
    for _, one in sorted(asked, key=lambda moment: moment[0]):
        outcomes = [state.name] if one.name == "read" else [DONE, "TAKEN", "NOT_FOUND"]
        executed = next(done for done in (replace(one, answer=answer) for answer in outcomes) if _after(state, done))
        (state,) = _after(state, executed)
        history.append(executed)
    return history


def _after(state: UserState, one: Operation) -> list[UserState]:
    return [*User().after(state, one)]
