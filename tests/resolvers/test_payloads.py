"""The payloads of mutations, and how several mutations of one operation see each other's changes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dynamo import errors
from resolvers.errors import CODES, ErrorCode, InputError, InputErrors, code_of, place_of, within
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person

RESOLVERS = Path(__file__).parents[2] / "resolvers"


def test_every_refusal_of_the_store_has_a_code() -> None:
    assert set(CODES) == {errors.Rejected, *errors.Rejected.__subclasses__()}


def test_a_special_kind_of_refusal_has_the_code_of_its_kind() -> None:
    class Moved(errors.Stale):
        """One that nobody has listed."""

    assert code_of(Moved("It moved.")) is ErrorCode.STALE


def test_every_code_is_raised_somewhere() -> None:
    sources = [path.read_text() for path in RESOLVERS.glob("*.py") if path.name != "errors.py"]
    raised = {name for source in sources for name in re.findall(r"ErrorCode\.([A-Z_]+)", source)}
    assert raised | {code.name for code in CODES.values()} == set(ErrorCode.__members__)


@pytest.mark.parametrize(
    ("field", "given", "path"),
    [
        (None, {}, ()),
        ("email", {"by": {"id": "x"}}, ("email",)),
        ("user", {"by": {"user_id": "x"}}, ("by", "userId")),
        ("user", {"user": {"email": "x"}}, ("user", "email")),
        ("account", {"by": {"account": {}}}, ("by", "account")),
        ("session", {"by": {"session_token": "x"}}, ("by", "sessionToken")),
        ("apiKey", {"by": {"id": "x"}}, ("by", "id")),
        ("user", {}, ("user",)),
    ],
)
def test_a_refusal_of_the_store_leads_to_the_input(
    field: str | None, given: Mapping[str, Any], path: tuple[str, ...]
) -> None:
    assert place_of(field, given) == path


def test_the_path_of_a_part_begins_at_the_whole() -> None:
    for error in (InputError(ErrorCode.INVALID, "no", "name"), errors.Rejected("no", "name")):
        with pytest.raises(InputErrors) as raised, within("user"):
            raise error
        assert [one.path for one in raised.value.errors] == [("user", "name")]


async def test_mutations_of_one_operation_see_what_those_before_them_did(api: Api) -> None:
    data = await api.data("""mutation {
      a: createUser(input: {userId: "ada", name: "Ada"}) { user { name sessions { nodes { id } } } }
      b: updateUser(input: {by: {userId: "ada"}, name: "Lady Ada"}) { user { name } }
      c: createSession(input: {user: {userId: "ada"}, sessionToken: "s1"}) {
        session { user { name sessions { nodes { token } } } }
      }
      d: deleteSessions(input: {user: {userId: "ada"}}) { deletedCount }
      e: updateUser(input: {by: {userId: "ada"}}) { user { sessions { nodes { id } } } }
      f: deleteUser(input: {by: {userId: "ada"}}) { user { userId } }
      g: updateUser(input: {by: {userId: "ada"}}) { user { userId } userErrors { code } }
    }""")
    assert data == {
        "a": {"user": {"name": "Ada", "sessions": {"nodes": []}}},
        "b": {"user": {"name": "Lady Ada"}},
        "c": {"session": {"user": {"name": "Lady Ada", "sessions": {"nodes": [{"token": "s1"}]}}}},
        "d": {"deletedCount": 1},
        "e": {"user": {"sessions": {"nodes": []}}},
        "f": {"user": {"userId": "ada"}},
        "g": {"user": None, "userErrors": [{"code": "NOT_FOUND"}]},
    }


async def test_what_is_selected_of_a_change_is_read_again_after_the_next(
    api: Api, ada: Person, counted_api: Api, proxy: CountingProxy
) -> None:
    data = await counted_api.data("""mutation {
      a: createSession(input: {user: {userId: "ada"}}) { session { user { name } } }
      b: updateUser(input: {by: {userId: "ada"}, name: "New"}) { user { name } }
      c: createSession(input: {user: {userId: "ada"}}) { session { user { name } } }
    }""")
    assert data["a"]["session"]["user"] == {"name": "Ada"}
    assert data["c"]["session"]["user"] == {"name": "New"}
    # One for each user that is selected, and one by the mutation itself.
    assert proxy.count("GetItem") == 3


async def test_a_refused_mutation_leaves_the_others_of_its_operation(api: Api) -> None:
    data = await api.data("""mutation {
      a: createUser(input: {userId: "ada"}) { userErrors { code } }
      b: createUser(input: {userId: "ada", name: "Another"}) { userErrors { code } }
      c: createUser(input: {userId: "bob"}) { userErrors { code } }
    }""")
    assert data == {"a": {"userErrors": []}, "b": {"userErrors": [{"code": "TAKEN"}]}, "c": {"userErrors": []}}
