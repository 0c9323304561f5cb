"""S55: an id reveals which user it belongs to, as the schema says. It reveals nothing else, and cannot be forged."""

import base64

import orjson

from commands import permissions
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api
from tests.resolvers.people import Person, key_with, passkey

CHILDREN = "accounts { nodes { id } } sessions { nodes { id } } authenticators { nodes { id } }"
ALL = f'{{ user(by: {{userId: "ada"}}) {{ id {CHILDREN} }} }}'


def readable(id: str) -> list[str]:
    """What anybody can read in an id: its parts, after eight bytes of signature."""
    parts: list[str] = orjson.loads(base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))[8:])
    return parts


async def test_s55_an_id_holds_its_type_and_its_key_and_nothing_else(api: Api, ada: Person) -> None:
    await passkey(api, ada, "key1")
    user = (await api.data(ALL))["user"]
    session = readable(user["sessions"]["nodes"][0]["id"])
    assert readable(user["id"]) == ["User", "ada"]
    assert readable(user["accounts"]["nodes"][0]["id"]) == ["Account", "ada", "github", ada.provider_account_id]
    assert readable(user["authenticators"]["nodes"][0]["id"]) == ["Authenticator", "ada", "key1"]
    assert session[:2] == ["Session", "ada"]
    assert len(session) == 3
    assert session[2] not in ada.token
    assert len(session[2]) == 32


async def test_s55_a_key_without_users_read_reads_the_users_id_out_of_an_accounts(api: Api, ada: Person) -> None:
    """The schema warns of this."""
    program = api.acting_as(await key_with(api, "ACCOUNTS_READ"))
    document = "query($account: AccountKey!) { account(by: {account: $account}) { id } }"
    data = await program.data(document, {"account": ada.account})
    assert readable(data["account"]["id"])[1] == "ada"


def test_s55_the_schema_and_the_permission_page_say_so() -> None:
    node = GRAPHQL_SCHEMA.type_map["Node"]
    for name, implementation in GRAPHQL_SCHEMA.type_map.items():
        if node in getattr(implementation, "interfaces", ()):
            description = implementation.fields["id"].description  # type: ignore[attr-defined]
            assert "can read the raw id of the user" in description, name
    assert "can read the user's raw id from it" in permissions.INTRODUCTION
