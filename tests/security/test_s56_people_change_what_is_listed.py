"""S56: what people may change of their own is listed, and everything else is rejected for them by default."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from resolvers.context import Context, Service
from resolvers.cursors import Cursors
from resolvers.errors import ErrorCode
from resolvers.global_ids import GlobalIds
from resolvers.payloads import Result, mutation, open_to_people
from resolvers.principal import BOOTSTRAP, NOBODY, Principal, person
from schema.fields import declared
from tests.api import SECRET, Api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, passkey, refusals
from tests.schema import walk

LISTED = {
    "updateUser": {"by", "name", "image"},
    "deleteUser": {"by"},
    "unlinkAccount": {"by"},
    "deleteSession": {"by"},
    "deleteSessions": {"user", "keep"},
    "deleteAuthenticator": {"by"},
}
"""What people may set. Fields and mutations that are added are not included by themselves."""
CALLED = {name: field for name, field in walk.roots("Mutation").items() if declared(field).requires.owner}
TELLING: dict[str, Any] = {"attributes": {"role": "admin"}, "force": True, "email": "new@example.com"}


def test_s56_every_mutation_of_theirs_is_known() -> None:
    assert set(CALLED) == set(LISTED)


@pytest.mark.parametrize("name", CALLED)
async def test_s56_every_other_field_is_refused_together_with_those_that_are_theirs(
    api: Api, ada: Person, raw: RawTable, name: str
) -> None:
    key = await passkey(api, ada, "key1")
    input_type = get_named_type(CALLED[name].args["input"].type)
    assert isinstance(input_type, GraphQLInputObjectType)
    ids = {"unlinkAccount": ada.account_id, "deleteSession": ada.session_id, "deleteAuthenticator": key}
    own = {"user": {"id": ada.id}, "by": {"id": ids.get(name, ada.id)}}
    given = {field: own.get(field, walk.sample(input_type.fields[field].type)) for field in LISTED[name] - {"keep"}}
    others = {
        field: TELLING.get(field, walk.sample(definition.type))
        for field, definition in input_type.fields.items()
        if field not in LISTED[name]
    }
    before = raw.items()
    if others:
        refused = await api.acting_as(ada.token).change(name, "__typename", **given, **others)
        assert refusals(refused) == [("FORBIDDEN", [field]) for field in others]
        assert raw.items() == before


@mutation
async def unlisted(context: Context, /, *, new_field: str | None = None) -> Result:
    """A mutation that is not opened to people."""
    return {"done": True}


@mutation
@open_to_people("name")
async def listed(context: Context, /, *, name: str | None = None, new_field: str | None = None) -> Result:
    """A mutation to which a new field was added."""
    return {"done": True}


@pytest.mark.parametrize(
    ("work", "given", "fields"),
    [
        (unlisted, {"new_field": "x"}, ["newField"]),
        (listed, {"name": "x", "new_field": "x"}, ["newField"]),
        (listed, {"name": "x", "unheard_of": None}, ["unheardOf"]),
        (listed, {"name": "x"}, []),
        (listed, {"name": "x", "new_field": None}, []),
    ],
)
async def test_s56_a_field_that_is_added_is_refused_until_it_is_listed(
    api: Api, ada: Person, work: Any, given: Mapping[str, Any], fields: list[str]
) -> None:
    for principal in (await person(api.table, ada.token) or NOBODY, BOOTSTRAP):
        context = Context(Service(api.table, GlobalIds([SECRET]), Cursors([SECRET])), principal)
        if not is_person(principal) and "unheard_of" in given:
            continue
        payload = await work(context, **given)
        expected = [(ErrorCode.FORBIDDEN, (field,)) for field in fields] if is_person(principal) else []
        assert [(error.code, error.path) for error in payload.user_errors] == expected


def is_person(principal: Principal) -> bool:
    """Whether the caller is a person."""
    return principal.person is not None
