"""S31: one credential is one passkey, in whatever spelling of base64 its id is given."""

import asyncio
import base64
from itertools import product

import pytest

from tests.api import Api
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, passkey, passkey_input, refusals

CREDENTIALS = [b"\xfb", b"\xff\xfe", b"\xff\xff\xfe", b"\xfb\xef\xbe\xff", bytes(range(250, 256)) * 5, bytes(32)]
"""Credentials of every length modulo three, mostly of bytes that the two alphabets write differently."""
NOT_BASE64 = [
    *("a", "abcde", "ab=", "abc==", "abcd=", "abcd==", "a===", "=abc", "ab=c", "ab==cdef", "==", "===="),
    *("ab c", " abc", "abc ", "abc\n", "ab\tc", "ab.c", "ab,c", "ab%2B", "ab~c", "ab!c", "ab$c"),
    # Unused bits of the last letter: decoders ignore them, and read another spelling of `YQ==` and `YWI=`.
    *("YR==", "YR", "YWJ=", "YWJ"),
    *("\uff41bcd", "ab\u0441d", "abc\u00e9", "ab\u2212d"),
]


def spellings(credential: bytes) -> list[str]:
    """Every spelling of a credential that encoders use, that of Auth.js first."""
    standard, urlsafe = base64.b64encode(credential).decode(), base64.urlsafe_b64encode(credential).decode()
    return list(dict.fromkeys((standard, standard.rstrip("="), urlsafe, urlsafe.rstrip("="))))


CASES = [(credential, given) for credential in CREDENTIALS for given in spellings(credential)]


@pytest.mark.parametrize(("credential", "given"), CASES)
async def test_s31_a_credential_is_stored_as_auth_js_writes_it_and_taken_in_every_spelling(
    api: Api, ada: Person, bob: Person, raw: RawTable, credential: bytes, given: str
) -> None:
    (canonical, *_) = spellings(credential)
    made = await api.changed("createAuthenticator", "authenticator { credentialId }", **passkey_input(ada.name, given))
    assert made["authenticator"]["credentialId"] == canonical
    before = raw.items()
    for person, again in product((ada, bob), spellings(credential)):
        other = passkey_input(person.name, again) | {"counter": 7}
        refused = await api.change("createAuthenticator", "userErrors { code }", **other)
        assert refusals(refused) == [("TAKEN", ["credentialId"])]
    assert raw.items() == before


@pytest.mark.parametrize(("credential", "given"), CASES)
async def test_s31_a_passkey_is_found_counted_and_removed_in_every_spelling(
    api: Api, ada: Person, credential: bytes, given: str
) -> None:
    (canonical, *_) = spellings(credential)
    id = await passkey(api, ada, canonical)
    for caller in (api, api.acting_as(ada.token)):
        document = "query($c: String!) { authenticator(by: {credentialId: $c}) { id } }"
        assert await caller.data(document, {"c": given}) == {"authenticator": {"id": id}}
    counted = await api.changed(
        "updateAuthenticatorCounter", "authenticator { counter }", by={"credentialId": given}, counter=7
    )
    assert counted["authenticator"]["counter"] == 7
    removed = await api.acting_as(ada.token).changed(
        "deleteAuthenticator", "authenticator { id }", by={"credentialId": given}
    )
    assert removed["authenticator"]["id"] == id


@pytest.mark.parametrize("given", NOT_BASE64)
async def test_s31_what_is_no_base64_is_no_credential(api: Api, ada: Person, raw: RawTable, given: str) -> None:
    before = raw.items()
    refused = await api.change("createAuthenticator", "userErrors { code }", **passkey_input(ada.name, given))
    assert refusals(refused) == [("INVALID", ["credentialId"])]
    assert raw.items() == before
    document = "query($c: String!) { authenticator(by: {credentialId: $c}) { id } }"
    for caller in (api, api.acting_as(ada.token)):
        assert await caller.data(document, {"c": given}) == {"authenticator": None}


async def test_s31_of_all_spellings_at_once_one_is_registered(api: Api, ada: Person, bob: Person) -> None:
    wanted = list(product((ada, bob), spellings(CREDENTIALS[0])))
    inputs = [passkey_input(person.name, given) for person, given in wanted]
    payloads = await asyncio.gather(
        *(api.change("createAuthenticator", "userErrors { code }", **given) for given in inputs)
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0] + [1] * (len(wanted) - 1)


@pytest.mark.parametrize("stored", ["-_8", "c1", "a.b", " "])
async def test_s31_what_somebody_else_stored_in_another_spelling_is_found_as_it_stands(
    api: Api, ada: Person, raw: RawTable, stored: str
) -> None:
    key = f"AUTHENTICATOR#{stored}"
    plain = {"type": "AUTHENTICATOR", "credentialID": stored, "userId": "ada"}
    raw.put(raw.keys("USER#ada", key, (key, key)) | {name: text(value) for name, value in plain.items()})
    for caller in (api, api.acting_as(ada.token)):
        document = "query($c: String!) { authenticator(by: {credentialId: $c}) { credentialId } }"
        assert await caller.data(document, {"c": stored}) == {"authenticator": {"credentialId": stored}}
    refused = await api.change("createAuthenticator", "userErrors { code }", **passkey_input(ada.name, stored))
    assert [path for _, path in refusals(refused)] == [["credentialId"]]
