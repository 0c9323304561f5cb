"""Callers compare the server with what it acknowledged: a correct one passes, and each lost write is found."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest
from graphql import build_schema

from schema.build import GRAPHQL_SCHEMA
from soak.asking import LOST, Answer, Ask, answer_of
from soak.callers import Caller, callers
from soak.ledger import EXISTS, Person
from soak.recipes import BEGINNINGS, CHANGES, WEIGHTS, NoRecipe, require_every_mutation
from soak.tally import Tally
from tests.api import Api
from tests.clean_table import assert_clean

SEED = 1
WRITES = 100

Trick = Callable[[Ask, str, Mapping[str, Any]], Any]


def caller(api: Api, trick: Trick | None = None) -> Caller:
    """One caller of the API in process, or of a faulty one in its place."""

    async def ask(document: str, variables: Mapping[str, Any]) -> Answer:
        answer = answer_of(await api.answer(document, variables))
        # The API executes every recipe: an input that it does not know would only look like a rejection.
        assert answer.code is None, answer
        return answer

    async def tricky(document: str, variables: Mapping[str, Any]) -> Answer:
        assert trick is not None
        answer: Answer = await trick(ask, document, variables)
        return answer

    (made,) = callers(tricky if trick else ask, Tally("test"), SEED, 1)
    return made


async def drive(one: Caller, writes: int) -> set[str]:
    """Execute so many writes, each followed by a check. Returns the mutations that were executed."""
    made: set[str] = set()
    for _ in range(writes):
        await one.write()
        made.add(one.hand.person.attempts[-1].split()[0])
        await one.look(one.hand.person)
        await one.look_up(one.hand.person)
    await one.look_at_everybody()
    return made


def test_every_mutation_of_the_schema_has_a_recipe() -> None:
    require_every_mutation(GRAPHQL_SCHEMA)


@pytest.mark.parametrize("fields", ["newOne: Int", ""])
def test_a_schema_with_other_mutations_is_refused(fields: str) -> None:
    known = " ".join(f"{name}: Int" for name in list(BEGINNINGS | CHANGES)[0 if fields else 1 :])
    with pytest.raises(NoRecipe, match="newOne" if fields else "registerUser"):
        require_every_mutation(build_schema(f"type Query {{ a: Int }} type Mutation {{ {known} {fields} }}"))


async def test_an_honest_server_passes_and_every_mutation_is_made(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soak.recipes.BEGINNING_WEIGHTS", (1, 1, 1))
    one = caller(api)
    made: set[str] = set()
    while made != {*BEGINNINGS, *CHANGES} and len(one.tally.violations) == 0 and one.tally.checks < 10 * WRITES:
        made |= await drive(one, WRITES // 4)
    assert one.tally.violations == []
    assert one.tally.acknowledged > WRITES / 2
    assert made == {*BEGINNINGS, *CHANGES}
    await assert_clean(api.table)


async def test_answers_that_are_lost_are_no_violation(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third response is lost, of writes that were executed and of writes that were not."""
    monkeypatch.setattr("soak.callers.PAUSE_SECONDS", 0)
    random = Random(SEED)

    async def lose(ask: Ask, document: str, variables: Mapping[str, Any]) -> Answer:
        if random.random() < 0.2:
            return Answer(code=LOST)
        answer = await ask(document, variables)
        return Answer(code=LOST) if random.random() < 0.2 else answer

    one = caller(api, lose)
    await drive(one, WRITES)
    assert one.tally.violations == []
    await assert_clean(api.table)


@pytest.mark.parametrize(
    "mutation",
    sorted({*BEGINNINGS, *CHANGES} - {"createApiKey", "enableUser", "enableUsers", "mergeUsers", "moveAccount"}),
)
async def test_a_write_that_is_acknowledged_and_not_done_is_found(
    api: Api, mutation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write of one mutation is acknowledged without being executed."""
    monkeypatch.setattr("soak.recipes.BEGINNING_WEIGHTS", (1, 1, 1))
    monkeypatch.setitem(WEIGHTS, "createApiKey", 3.0)
    monkeypatch.setitem(WEIGHTS, mutation, 10.0)

    async def forget(ask: Ask, document: str, variables: Mapping[str, Any]) -> Answer:
        if f"changed: {mutation}(" not in document:
            return await ask(document, variables)
        return Answer({"changed": {"userErrors": [], "results": [], "verificationToken": {}}})

    one = caller(api, forget)
    for _ in range(40):
        await drive(one, 10)
        if one.tally.violations:
            break
    assert one.tally.violations
    assert f"seed {SEED}, user {one.people[0].id.rpartition('-')[0]}" in one.tally.violations[0]


async def test_a_write_that_is_undone_later_is_found(api: Api) -> None:
    one = caller(api)
    while one.hand.person.value(*EXISTS) is not True:
        await one.write()
    person = one.hand.person
    await api.changed("updateUser", "user { id }", by={"userId": person.id}, name="set back by a ghost")
    await one.look(person)
    (violation,) = one.tally.violations
    assert "name may be" in violation
    assert "set back by a ghost" in violation


def test_a_write_that_nobody_answered_may_take_effect_late_but_not_for_ever() -> None:
    person = Person("ada")
    person.settle({("name",): "Ada"})
    person.doubt({("name",): "Bob"})
    person.settle({("name",): "Cy"})
    for found, is_possible in (("Bob", True), ("Cy", True), ("Ada", False)):
        assert (found in person.known(("name",)).possible) == is_possible
    known = person.known(("name",))
    known.maybe["Bob"] -= 100
    known.see("Cy", known.maybe["Bob"] + 100)
    assert set(known.possible) == {"Cy"}
