"""S56: a session in which somebody else acts as the user reads what the user may, and changes nothing."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from dynamo.settings import TableSettings
from resolvers.settings import SelfService
from schema.fields import declared
from tests.api import Api, make_api
from tests.every_kind import EVERY_KIND
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, passkey, refusals
from tests.schema import walk

OPEN_TO_PEOPLE = {name: field for name, field in walk.roots("Mutation").items() if declared(field).requires.owner}
CLOSED = sorted(OPEN_TO_PEOPLE.keys() - {"deleteSession"})
WHY = "The session has an `impersonator`: somebody else acts as the user, and may not change anything."
BY_SUPPORT = "support-7"


@pytest.fixture
async def support(api: Api, ada: Person) -> Api:
    """Somebody who acts as Ada."""
    made = await api.changed("createSession", "session { token }", user={"id": ada.id}, impersonator=BY_SUPPORT)
    return api.acting_as(made["session"]["token"])


def sample(name: str, own: dict[str, Any]) -> dict[str, Any]:
    """An input of a mutation that names what is Ada's own, with every field that people may not omit."""
    type_ = get_named_type(OPEN_TO_PEOPLE[name].args["input"].type)
    assert isinstance(type_, GraphQLInputObjectType)
    given = {field: walk.sample(definition.type) for field, definition in type_.fields.items() if field in ("name",)}
    return given | {field: value for field, value in own.items() if field in type_.fields}


def test_s56_signing_out_is_the_only_mutation_that_is_open() -> None:
    opened = {name for name, field in walk.roots("Mutation").items() if declared(field).open_to_impersonators}
    assert opened == {"deleteSession"}


async def test_s56_every_mutation_that_people_may_use_is_refused(
    api: Api, ada: Person, support: Api, raw: RawTable, table_settings: TableSettings
) -> None:
    """Each of them succeeds, with the same input, for the person themselves, if the operator allows it."""
    key = await passkey(api, ada, "key1")
    await api.changed(
        "linkAccount", "__typename", user={"id": ada.id}, provider="google", providerAccountId="1", type="oidc"
    )
    ids = {"unlinkAccount": ada.account_id, "deleteAuthenticator": key}
    before = raw.items()
    refused = {}
    for name in CLOSED:
        given = sample(name, {"user": {"id": ada.id}, "by": {"id": ids.get(name, ada.id)}})
        type_ = OPEN_TO_PEOPLE[name].args["input"].type
        document = f"mutation($input: {type_}) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        answer = await support.answer(document, {"input": given})
        refused[name] = [(error["extensions"]["code"], error["message"]) for error in answer["errors"]]
        assert "data" not in answer
    assert refused == {name: [("FORBIDDEN", f"The caller may not use `Mutation.{name}`. {WHY}")] for name in CLOSED}
    assert raw.items() == before
    allowing = make_api(table_settings, self_service=tuple(SelfService))
    for name in sorted(CLOSED, key="deleteUser".__eq__):
        given = sample(name, {"user": {"id": ada.id}, "by": {"id": ids.get(name, ada.id)}})
        signed_in = await api.changed("createSession", "session { token }", user={"id": ada.id})
        person = allowing.acting_as(signed_in["session"]["token"])
        await person.changed(name, "__typename", **given)


@pytest.mark.parametrize(
    "document",
    [
        "mutation($id: ID!) { renamed: updateUser(input: {by: {id: $id}}) { __typename } }",
        "mutation($id: ID!) { ...on Mutation { updateUser(input: {by: {id: $id}}) { __typename } } }",
        "mutation($id: ID!) { ...f } fragment f on Mutation { updateUser(input: {by: {id: $id}}) { __typename } }",
        """mutation($id: ID!) {
          deleteSession(input: {by: {sessionToken: "x"}}) { __typename }
          updateUser(input: {by: {id: $id}}) { __typename }
        }""",
        """mutation($id: ID!) {
          updateUser(input: {by: {id: $id}}) { __typename }
          deleteSession(input: {by: {sessionToken: "x"}}) { __typename }
        }""",
    ],
)
async def test_s56_however_it_is_written(ada: Person, support: Api, raw: RawTable, document: str) -> None:
    before = raw.items()
    assert await support.codes(document, {"id": ada.id}) == ["FORBIDDEN"]
    assert raw.items() == before


async def test_s56_what_is_left_out_is_not_refused(ada: Person, support: Api) -> None:
    document = """mutation($id: ID!, $rename: Boolean!) {
      updateUser(input: {by: {id: $id}}) @include(if: $rename) { user { id } }
      deleteSession(input: {by: {sessionToken: "x"}}) { userErrors { code } }
    }"""
    left = await support.data(document, {"id": ada.id, "rename": False})
    assert left == {"deleteSession": {"userErrors": [{"code": "FORBIDDEN"}]}}
    assert await support.codes(document, {"id": ada.id, "rename": True}) == ["FORBIDDEN"]


async def test_s56_no_other_session_is_revoked(api: Api, ada: Person, bob: Person, support: Api, raw: RawTable) -> None:
    """Not even one that does not exist, so that nothing is learnt of it."""
    before = raw.items()
    for by in (
        {"id": ada.session_id},
        {"id": bob.session_id},
        {"sessionToken": ada.token},
        {"sessionToken": bob.token},
        {"sessionToken": "x"},
    ):
        refused = await support.change("deleteSession", "deletedSessionId session { id }", by=by)
        assert refusals(refused) == [("FORBIDDEN", ["by", *by])]
        assert (refused["deletedSessionId"], refused["session"]) == (None, None)
    assert raw.items() == before


@pytest.mark.parametrize("key", ["id", "sessionToken"])
async def test_s56_it_signs_itself_out(support: Api, key: str) -> None:
    session = (await support.data("{ viewer { session { id } } }"))["viewer"]["session"]
    by = session if key == "id" else {"sessionToken": support.credentials.bearer}
    await support.changed("deleteSession", "session { id }", by=by)
    assert await support.codes("{ caller { kind } }") == ["UNAUTHENTICATED"]


async def test_s56_it_reads_what_the_user_reads(ada: Person, support: Api) -> None:
    viewer = (await support.data("{ viewer { user { userId email } session { impersonator } } }"))["viewer"]
    assert viewer == {"user": {"userId": "ada", "email": ada.email}, "session": {"impersonator": BY_SUPPORT}}
    assert await support.codes("{ users { nodes { id } } }") == ["FORBIDDEN"]


async def test_s56_the_person_sees_it_and_can_end_it(api: Api, ada: Person, support: Api) -> None:
    person = api.acting_as(ada.token)
    document = "{ viewer { user { sessions { nodes { id impersonator } } } } }"
    listed = (await person.data(document))["viewer"]["user"]["sessions"]["nodes"]
    assert [session["impersonator"] for session in listed] == [BY_SUPPORT, None]
    await person.changed("deleteSession", "session { id }", by={"id": listed[0]["id"]})
    assert await support.codes("{ caller { kind } }") == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind != "null"])
async def test_s56_a_mark_that_is_no_name_is_a_mark(api: Api, ada: Person, raw: RawTable, kind: str) -> None:
    """Apps with the official adapter may mark sessions as they like."""
    session = raw.get("USER#ada", f"SESSION#{ada.token}")
    assert session is not None
    raw.put(session | {"impersonator": EVERY_KIND[kind]})
    document = 'mutation($id: ID!) { updateUser(input: {by: {id: $id}, name: "Eve"}) { __typename } }'
    person = api.acting_as(ada.token)
    assert await person.codes(document, {"id": ada.id}) == ["FORBIDDEN"]
    assert (await person.data("{ viewer { session { impersonator } } }"))["viewer"]["session"]["impersonator"]
