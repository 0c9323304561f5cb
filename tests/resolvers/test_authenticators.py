"""Passkeys are looked up, registered, updated and removed."""

from typing import Any

import pytest

from tests.api import Api
from tests.interop.raw import NULL, RawTable, number, text
from tests.resolvers.people import Person, key_with, passkey, passkey_input, refusals

PASSKEY = "credentialId providerAccountId credentialPublicKey counter deviceType backedUp transports"


async def test_a_passkey_is_stored_as_given_and_found_by_id_and_credential(api: Api, ada: Person) -> None:
    given = passkey_input(ada.name, "c+/1") | {"counter": 2**32 - 1}
    made = (await api.changed("createAuthenticator", f"authenticator {{ id {PASSKEY} }}", **given))["authenticator"]
    document = f"""query($id: ID!) {{
      authenticator(by: {{credentialId: "c+/1"}}) {{ id {PASSKEY} user {{ userId }} }}
      node(id: $id) {{ id ... on Authenticator {{ {PASSKEY} user {{ userId }} }} }}
      user(by: {{userId: "ada"}}) {{
        authenticators {{
          nodes {{ id {PASSKEY} user {{ userId }} }} edges {{ node {{ id }} }} pageInfo {{ hasNextPage }}
        }}
      }}
    }}"""
    data = await api.data(document, {"id": made["id"]})
    found = made | {"user": {"userId": "ada"}}
    page = {"nodes": [found], "edges": [{"node": {"id": made["id"]}}], "pageInfo": {"hasNextPage": False}}
    assert data == {"authenticator": found, "node": found, "user": {"authenticators": page}}
    assert made == {name: value for name, value in given.items() if name != "user"} | {"id": made["id"]}


@pytest.mark.parametrize("transports", [None, []])
async def test_transports_may_be_left_out(api: Api, ada: Person, raw: RawTable, transports: list[str] | None) -> None:
    given = passkey_input(ada.name, "key1") | {"transports": transports}
    made = await api.changed("createAuthenticator", "authenticator { transports }", **given)
    assert made["authenticator"]["transports"] is None
    (stored,) = (item for item in raw.items() if item["sk"]["S"].startswith("AUTHENTICATOR#"))
    assert stored["transports"] == NULL


@pytest.mark.parametrize(("device_type", "word"), [("SINGLE_DEVICE", "singleDevice"), ("MULTI_DEVICE", "multiDevice")])
async def test_device_type_and_transports_are_stored_as_auth_js_stores_them(
    api: Api, ada: Person, raw: RawTable, device_type: str, word: str
) -> None:
    given = passkey_input(ada.name, "key1") | {"deviceType": device_type, "transports": ["usb", "x-new"]}
    made = await api.changed("createAuthenticator", "authenticator { deviceType transports }", **given)
    assert made["authenticator"] == {"deviceType": device_type, "transports": ["usb", "x-new"]}
    (stored,) = (item for item in raw.items() if item["sk"]["S"].startswith("AUTHENTICATOR#"))
    assert (stored["credentialDeviceType"], stored["transports"]) == (text(word), text("usb,x-new"))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"credentialDeviceType": text("threeDevice")}, {"deviceType": None}),
        ({"credentialDeviceType": number(1)}, {"deviceType": None}),
        ({"credentialDeviceType": {"L": [text("singleDevice")]}}, {"deviceType": None}),
        ({"credentialDeviceType": {"M": {}}}, {"deviceType": None}),
        ({"credentialDeviceType": NULL}, {"deviceType": None}),
        ({"transports": text("usb, nfc,,")}, {"transports": ["usb", "nfc"]}),
        ({"transports": {"SS": ["usb"]}}, {"transports": ["usb"]}),
        ({"transports": {"L": [text("usb"), number(1), text("")]}}, {"transports": ["usb"]}),
        ({"transports": {"M": {}}}, {"transports": None}),
        ({"transports": text("")}, {"transports": None}),
    ],
)
async def test_an_odd_device_type_or_transport_breaks_no_read(
    api: Api, ada: Person, raw: RawTable, stored: dict[str, Any], shown: dict[str, Any]
) -> None:
    await passkey(api, ada, "key1")
    (item,) = (item for item in raw.items() if item["sk"]["S"].startswith("AUTHENTICATOR#"))
    raw.put(item | stored)
    fields = " ".join(shown)
    data = await api.data(f'{{ user(by: {{userId: "ada"}}) {{ authenticators {{ nodes {{ {fields} }} }} }} }}')
    assert data["user"]["authenticators"]["nodes"] == [shown]


@pytest.mark.parametrize("credential_id", ["x", "", "\ud800", "x" * 800])
async def test_an_unknown_passkey_is_null(api: Api, credential_id: str) -> None:
    document = "query($id: String!) { authenticator(by: {credentialId: $id}) { id } }"
    assert await api.data(document, {"id": credential_id}) == {"authenticator": None}


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"credentialId": "key1"}, "TAKEN", ["credentialId"]),
        ({"user": {"userId": "bob"}, "credentialId": "key1"}, "TAKEN", ["credentialId"]),
        ({"user": {"userId": "eve"}}, "NOT_FOUND", ["user", "userId"]),
        ({"user": {"userId": "\0"}}, "INVALID", ["user", "userId"]),
        ({"credentialId": ""}, "INVALID", ["credentialId"]),
        ({"credentialId": "x" * 801}, "INVALID", ["credentialId"]),
        ({"providerAccountId": ""}, "INVALID", ["providerAccountId"]),
        ({"credentialPublicKey": ""}, "INVALID", ["credentialPublicKey"]),
        ({"credentialPublicKey": "x" * 8193}, "INVALID", ["credentialPublicKey"]),
        ({"transports": ["usb", "\ud800"]}, "INVALID", ["transports", "1"]),
        ({"transports": [""]}, "INVALID", ["transports", "0"]),
        ({"transports": [" usb"]}, "INVALID", ["transports", "0"]),
        ({"transports": ["usb,nfc"]}, "INVALID", ["transports", "0"]),
        ({"transports": ["x" * 256]}, "INVALID", ["transports", "0"]),
        ({"transports": ["usb"] * 17}, "INVALID", ["transports"]),
        ({"counter": -1}, "INVALID", ["counter"]),
        ({"counter": 2**32}, "INVALID", ["counter"]),
    ],
)
async def test_a_passkey_that_cannot_be_stored_is_refused_at_its_place(
    api: Api, ada: Person, bob: Person, given: dict[str, Any], code: str, path: list[str]
) -> None:
    await passkey(api, ada, "key1")
    refused = await api.change("createAuthenticator", "authenticator { id }", **passkey_input(ada.name, "key2") | given)
    assert refused["authenticator"] is None
    assert refusals(refused) == [(code, path)]


@pytest.mark.parametrize(
    ("counter", "errors"),
    [
        (6, []),
        (5, []),
        (4, [("STALE", ["counter"])]),
        (-1, [("INVALID", ["counter"])]),
        (2**32, [("INVALID", ["counter"])]),
    ],
)
async def test_a_counter_never_goes_back(
    api: Api, ada: Person, counter: int, errors: list[tuple[str, list[str]]]
) -> None:
    await api.changed("createAuthenticator", "authenticator { id }", **passkey_input(ada.name, "key1") | {"counter": 5})
    payload = await api.change(
        "updateAuthenticatorCounter", "authenticator { counter }", by={"credentialId": "key1"}, counter=counter
    )
    assert refusals(payload) == errors
    assert payload["authenticator"] == (None if errors else {"counter": counter})


async def test_the_counter_of_an_unknown_passkey_is_an_error(api: Api) -> None:
    refused = await api.change(
        "updateAuthenticatorCounter", "authenticator { id }", by={"credentialId": "x"}, counter=1
    )
    assert refusals(refused) == [("NOT_FOUND", ["by", "credentialId"])]


class TestRemoval:
    """The mutation `deleteAuthenticator`, for administrators and people."""

    async def test_a_passkey_is_removed_and_its_credential_free(self, api: Api, ada: Person) -> None:
        id = await passkey(api, ada, "key1")
        removed = await api.changed("deleteAuthenticator", "authenticator { id }", by={"credentialId": "key1"})
        assert removed["authenticator"]["id"] == id
        assert await api.data('{ authenticator(by: {credentialId: "key1"}) { id } }') == {"authenticator": None}
        await passkey(api, ada, "key1")

    async def test_a_person_removes_their_own_and_nobody_elses(self, api: Api, ada: Person, bob: Person) -> None:
        await passkey(api, ada, "key1")
        refused = await api.acting_as(bob.token).change(
            "deleteAuthenticator", "authenticator { id }", by={"credentialId": "key1"}
        )
        assert refusals(refused) == [("NOT_FOUND", ["by", "credentialId"])]
        await api.acting_as(ada.token).changed(
            "deleteAuthenticator", "authenticator { id }", by={"credentialId": "key1"}
        )

    async def test_the_last_way_to_sign_in_stays_unless_a_program_forces_it(self, api: Api, ada: Person) -> None:
        await passkey(api, ada, "key1", linked=True)
        await api.changed("unlinkAccount", "account { id }", by={"id": ada.account_id})
        refused = await api.change("deleteAuthenticator", "authenticator { id }", by={"credentialId": "key1"})
        assert refusals(refused) == [("LAST_SIGN_IN", [])]
        program = api.acting_as(await key_with(api, "ACCOUNTS_WRITE"))
        await program.changed(
            "deleteAuthenticator", "authenticator { __typename }", by={"credentialId": "key1"}, force=True
        )

    async def test_a_person_cannot_force_it(self, api: Api, ada: Person) -> None:
        await passkey(api, ada, "key1")
        refused = await api.acting_as(ada.token).change(
            "deleteAuthenticator", "authenticator { __typename }", by={"credentialId": "key1"}, force=True
        )
        assert refusals(refused) == [("FORBIDDEN", ["force"])]

    async def test_an_unknown_passkey_is_an_error(self, api: Api) -> None:
        refused = await api.change("deleteAuthenticator", "authenticator { id }", by={"credentialId": "x"})
        assert refusals(refused) == [("NOT_FOUND", ["by", "credentialId"])]
