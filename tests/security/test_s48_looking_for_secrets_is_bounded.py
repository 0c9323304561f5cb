"""S48: searching for secrets takes limited work for each item, happens once in a request, takes turns, and is charged.

Steps are counted here, not time.
"""

import base64
import json
import random
from typing import Any

import pytest
from graphql import GraphQLObjectType

from dynamo.settings import TableSettings
from execution.executor import SECRET_STEPS_OF_ONE
from resolvers import secrecy, secret_forms, secret_names, secret_work
from resolvers.secret_work import MOST_STEPS, Doubt, Work
from schema.build import GRAPHQL_SCHEMA
from schema.fields import declared
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with
from tests.resolvers.test_secrecy import ORDINARY
from tests.security.test_s47_what_was_used_is_paid_for import Paid, limited
from tests.security.test_s48_no_answer_holds_the_event_loop import api_with, rounds_during

ITEM = 390_000
"""About how many characters an item has."""
WORD = ("apisignsids" * 32)[:56]
PARTS = [
    *(
        "a ",
        "z",
        "lorem ipsum; ",
        "://",
        "a.",
        "$",
        "Bearer",
        "{",
        "a=b ",
        '"a',
        '"ab" ',
        "&lt ;",
        "&amp;",
        "%41",
        "\\n",
    ),
    *("\\u0041", "4a4b", "-----BEGIN ", "basic aaaa ", "sk-", "pbkdf2", "\ufdfa", "é", "a,", "a:", "a>b ", "<", "&#1;"),
    *("key=", "[1,", "\\", "%"),
]


def _nested() -> str:
    value = "hello world; " * 10
    while len(value) < ITEM:
        value = base64.b64encode(f"{value} ; {value[:20]}".encode()).decode()
    return value


def _named(secret: str) -> dict[str, Any]:
    held = {f"password{number}": secret * (1 + number) + "b" for number in range(32)}
    return {**held, "t": "a" * (ITEM - len(json.dumps(held)))}


HOSTILE: dict[str, dict[str, Any]] = {
    **{repr(part): {"t": (part * ITEM)[:ITEM]} for part in PARTS},
    "names of parts of words": {f"{WORD}{number:04}qx_{WORD}{number}": 1 for number in range(3000)},
    "short ones": {f"{WORD[:50]}q{number:04}xz": 1 for number in range(6000)},
    "names of long letters": {"\ufdfa" * 80 + f"{number}key": 1 for number in range(1500)},
    "names of ten of them": {"\ufdfa" * 10 + f"{number}key": 1 for number in range(9000)},
    "names below": {"profile": {f"{WORD}{number}_{WORD}": [1] for number in range(3000)}},
    "names in text": {"t": " ".join(f"{WORD[:-2]}{number} {WORD}q=1" for number in range(3000))},
    "names in texts": {f"t{n}": " ".join(f"{WORD[:40]}{n}q{m}=1" for m in range(1900)) for n in range(4)},
    "names in JSON": {f"t{n}": json.dumps({f"{WORD[:40]}{n}q{m}": 1 for m in range(1000)}) for n in range(7)},
    "base64 in base64": {"t": _nested()},
    "many attributes": {f"a{number}": "a;" * 8 for number in range(12_000)},
    "many flags": {"a": {f"a{number}": True for number in range(30_000)}},
    "lists": {"a": [[[1]]] * 40_000},
    "a long list": {"a": ["x;y"] * 50_000},
    "secrets that repeat themselves": _named("a" * 15),
    "long ones": _named("a" * 600),
}


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts what is really done, besides the steps that are counted."""
    done = {"names": 0, "letters": 0, "slices": 0}
    taken_apart, form = secret_names._is_made_of_words, secret_forms.has_secret_form

    def counting_words(word: str) -> bool:
        done["names"] += 1
        done["slices"] += len(word)
        return taken_apart(word)

    def counting_letters(value: str, work: Work) -> bool:
        found = form(value, work)
        done["letters"] += len(value)
        return found

    monkeypatch.setattr(secret_names, "_is_made_of_words", counting_words)
    monkeypatch.setattr(secrecy, "has_secret_form", counting_letters)
    return done


@pytest.mark.parametrize("item", HOSTILE)
def test_s48_no_item_takes_more_than_its_steps(item: str, clocked: dict[str, int]) -> None:
    secret_names._said_by.cache_clear()
    seen = secrecy.seen(HOSTILE[item])
    assert seen.steps <= MOST_STEPS
    assert clocked["letters"] <= MOST_STEPS / 2
    assert clocked["slices"] <= MOST_STEPS / 10
    assert set(seen.shown) | set(seen.concealed) == set(HOSTILE[item])


@pytest.mark.parametrize("length", [1, 12, 64, 65, 255, 256, 5000])
@pytest.mark.parametrize("part", ["apisignsids", "id_sign.", "tokenAtPin", "\ufdfa", "key", "z", "é", "a\u0301\u0316"])
def test_s48_no_name_takes_more_than_its_steps(part: str, length: int, clocked: dict[str, int]) -> None:
    secret_names._said_by.cache_clear()
    said = secret_names.said_by((part * length)[:length])
    assert clocked["slices"] <= 2 * secret_names.LONGEST_TAKEN_APART
    assert 20 * clocked["slices"] <= 2 * said.steps


def test_s48_what_is_beyond_the_steps_is_hidden_and_so_is_what_comes_after() -> None:
    seen = secrecy.seen({"a": 1, "b": "x; " * ITEM, "c": 1, "d": {"e": [1]}})
    assert seen.shown["a"] == 1
    assert "b" not in seen.shown
    work = Work(10)
    with pytest.raises(Doubt):
        work.take(11)
    with pytest.raises(Doubt):
        work.take(0)
    assert work.over


def test_s48_what_real_apps_store_is_looked_through_whole() -> None:
    """Thirty times the ordinary amount of texts, objects and lists: 70 KB."""
    large: dict[str, Any] = {f"part{number}": ORDINARY for number in range(30)}
    assert len(json.dumps(large)) > 70_000
    assert secrecy.shown(large) == large
    picture = "data:image/png;base64," + base64.b64encode(random.Random(48).randbytes(45_000)).decode()
    assert secrecy.shown({"avatar": picture, "bio": "I like long walks. " * 2000}).keys() == {"avatar", "bio"}
    groups = [f"3f1c9a3e-7a55-4c3b-9a6e-0d3c8f7e{number:04}" for number in range(1000)]
    assert secrecy.shown({"groups": groups, "ids": dict.fromkeys(groups, True)}).keys() == {"groups", "ids"}
    assert secrecy.answered(" ".join(f"https://www.example.com/auth/a.{n}" for n in range(200)))[0] is not None


FIELDS = [
    (type_.name, name)
    for type_ in GRAPHQL_SCHEMA.type_map.values()
    if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
    for name, field in type_.fields.items()
    if declared(field).at_once is not None
]


def test_s48_these_fields_look_for_secrets() -> None:
    both = {"attributes", "secretAttributes"}
    assert set(FIELDS) == {(kind, name) for kind in ("User", "Session", "Account") for name in both} | {
        ("Account", name) for name in ("scope", "tokenType", "sessionState")
    }


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s48_a_record_is_looked_through_once_however_often_it_is_asked_for(
    table_settings: TableSettings, api: Api, ada: Person, plans: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    seen, answered = secrecy.seen, secrecy.answered

    def noted(*arguments: Any, **named: Any) -> Any:
        looked.append("attributes")
        return seen(*arguments, **named)

    def noted_too(value: str | None) -> Any:
        looked.append("a field")
        return answered(value)

    # The result for a short text is cached for all requests.
    long = "read " * 60
    await api.changed(
        "updateAccountTokens",
        "account { id }",
        by={"id": ada.account_id},
        scope=long,
        tokenType=long,
        sessionState=long,
    )
    monkeypatch.setattr(secrecy, "seen", noted)
    monkeypatch.setattr(secrecy, "answered", noted_too)
    fields: dict[str, list[str]] = {}
    for kind, name in FIELDS:
        fields[kind] = [*fields.get(kind, []), name, f"{name}2: {name}"]
    # An operation may have at most fifteen aliases.
    parts = f"""{" ".join(fields["User"])} accounts {{ nodes {{ {" ".join(fields["Account"])} }} }}
      sessions {{ nodes {{ {" ".join(fields["Session"])} user {{ attributes }} }} }}"""
    for document in (
        f'{{ a: user(by: {{userId: "ada"}}) {{ {parts} }} b: user(by: {{userId: "ada"}}) {{ attributes }} }}',
        f"{{ users(first: 1) {{ nodes {{ {parts} }} edges {{ node {{ attributes }} }} }} }}",
    ):
        for _ in range(3):
            looked.clear()
            await api_with(table_settings, plans=plans).data(document)
            # In a list, the user of a session may be read once more.
            assert looked.count("attributes") in (3, 4)
            assert looked.count("a field") == 3


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
@pytest.mark.parametrize("place", ["nodes { %s }", "edges { node { %s } }"])
@pytest.mark.parametrize("field", ["attributes", "secretAttributes"])
async def test_s48_others_have_their_turn_between_records_that_are_looked_through(
    table_settings: TableSettings, raw: RawTable, plans: bool, place: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com", bio=text("x"))
    api = api_with(table_settings, plans=plans)
    document = f"{{ users(first: 20) {{ {place % field} }} }}"
    for _ in range(2):
        await api.data(document)
    monkeypatch.setattr("resolvers.loop_turns.SLICE_SECONDS", -1)
    assert await rounds_during(api.data(document)) >= 20


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s48_what_is_looked_through_is_paid_for(
    table_settings: TableSettings, raw: RawTable, plans: bool
) -> None:
    held = {f"{WORD[:50]}q{number}": {"N": "1"} for number in range(1000)}
    odd_rows.user(raw, "hostile", "h@example.com", profile={"M": held})
    paid = Paid()
    api = limited(table_settings, paid, plans=plans)
    for _ in range(3):
        paid.settled.clear()
        await api.data('{ user(by: {userId: "hostile"}) { attributes } }')
        assert sum(paid.settled) >= secret_work.MOST_STEPS / SECRET_STEPS_OF_ONE / 2


async def test_s48_what_is_ordinary_is_no_dearer(table_settings: TableSettings, api: Api, ada: Person) -> None:
    for number in range(30):
        await api.changed(
            "createUser", "user { id }", name="A", attributes=ORDINARY if number % 5 == 0 else {"theme": "dark"}
        )
    paid = Paid()
    program = await key_with(api, "USERS_READ", "USERS_WRITE", "ACCOUNTS_READ", "SESSIONS_READ")
    for _ in range(3):
        await (
            limited(table_settings, paid).acting_as(program).data("{ users(first: 100) { nodes { name attributes } } }")
        )
    assert paid.settled == []
