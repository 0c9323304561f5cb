"""The files of other systems, as users to store."""

import copy
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from commands.transfer import records
from commands.transfer.mappings import READERS
from commands.transfer.records import Record
from commands.transfer.row import WrongRow, read_row
from commands.transfer.source import Source
from dynamo.transfer.storing import NewPerson
from resolvers.exports import RESERVED

SECRET = "canary-7Hq2Lx9Vw4Zk1Tn8"
GITHUB = ("github", "1815", "oauth")
GOOGLE = ("google", "42", "oidc")

AUTH0 = {
    "user_id": "auth0|abc",
    "email": "Ada@example.com",
    "email_verified": True,
    "created_at": "2020-01-02T03:04:05.678Z",
    "name": "Ada",
    "picture": "https://example.com/a.png",
    "blocked": True,
    "updated_at": "2021-01-01T00:00:00.000Z",
    "user_metadata": {"plan": "pro"},
    "app_metadata": {"secret": SECRET},
    "password_hash": SECRET,
    "identities": [
        {"provider": "auth0", "user_id": "abc", "connection": "db", "isSocial": False},
        {"provider": "google-oauth2", "user_id": 42, "access_token": SECRET},
        {"provider": "github", "user_id": "1815"},
    ],
}
CLERK = {
    "id": "user_1",
    "first_name": "Ada",
    "last_name": None,
    "image_url": "https://example.com/a.png",
    "banned": False,
    "created_at": 1577934245678,
    "primary_email_address_id": "idn_2",
    "email_addresses": [
        {"id": "idn_1", "email_address": "old@example.com", "verification": {"status": "verified"}},
        {"id": "idn_2", "email_address": "ada@example.com", "verification": {"status": "verified"}},
    ],
    "public_metadata": {"plan": "pro"},
    "private_metadata": {"secret": SECRET},
    "external_accounts": [
        {"provider": "oauth_google", "provider_user_id": "42"},
        {"provider": "oauth_github", "provider_user_id": "1815"},
    ],
}
COGNITO = {
    "Username": "ada",
    "Enabled": True,
    "UserCreateDate": 1577934245.678,
    "Attributes": [
        {"Name": "sub", "Value": "sub-1"},
        {"Name": "email", "Value": "ada@example.com"},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "name", "Value": "Ada"},
        {"Name": "picture", "Value": "https://example.com/a.png"},
        {"Name": "custom:plan", "Value": "pro"},
        {"Name": "custom:api_key", "Value": SECRET},
        {
            "Name": "identities",
            "Value": '[{"userId":"42","providerName":"Google"},{"userId":"1815","providerName":"GitHub"}]',
        },
    ],
}
PRISMA = {
    "id": "cku1",
    "name": "Ada",
    "email": "ada@example.com",
    "emailVerified": "2020-01-02T03:04:05.678Z",
    "image": "https://example.com/a.png",
    "createdAt": "2020-01-02T03:04:05.678Z",
    "plan": "pro",
    "password": SECRET,
    "posts": [{"id": 1}],
    "accounts": [
        {"userId": "cku1", "provider": "google", "providerAccountId": "42", "type": "oidc", "expires_at": 1700000000},
        {"userId": "cku1", "provider": "github", "providerAccountId": "1815", "type": "oauth", "createdAt": "2020"},
    ],
    "sessions": [{"sessionToken": "t", "expires": "2099-01-01T00:00:00.000Z", "userId": "cku1"}],
    "authenticators": [],
}
FIREBASE = {
    "localId": "fb1",
    "email": "ada@example.com",
    "emailVerified": True,
    "createdAt": "1577934245678",
    "displayName": "Ada",
    "photoUrl": "https://example.com/a.png",
    "disabled": False,
    "passwordHash": SECRET,
    "salt": SECRET,
    "phoneNumber": "+441",
    "customAttributes": '{"plan":"pro"}',
    "providerUserInfo": [
        {"providerId": "password", "rawId": "ada@example.com"},
        {"providerId": "google.com", "rawId": "42"},
        {"providerId": "github.com", "rawId": "1815"},
    ],
}
SAMPLES: Mapping[Source, tuple[dict[str, Any], str, dict[str, Any]]] = {
    Source.AUTH0: (AUTH0, "auth0|abc", {"user_metadata": {"plan": "pro"}}),
    Source.CLERK: (CLERK, "user_1", {"public_metadata": {"plan": "pro"}}),
    Source.COGNITO: (COGNITO, "sub-1", {"plan": "pro"}),
    Source.PRISMA: (PRISMA, "cku1", {"plan": "pro"}),
    Source.FIREBASE: (FIREBASE, "fb1", {"customAttributes": '{"plan":"pro"}'}),
}
"""A record of each system, the id of its user, and their custom attributes. All are the same person."""


def person(source: Source, value: object) -> NewPerson:
    """The user of a record."""
    _, translate = READERS[source](Path("in.json"))
    assert translate is not None
    return read_row(translate(value), {"pk", "sk"}).person


def read(content: bytes, name: str = "in.json", source: Source = Source.AUTH0) -> list[Record]:
    """The records of a file."""
    reader, _ = READERS[source](Path(name))
    return list(reader(io.BufferedReader(io.BytesIO(content))))


@pytest.mark.parametrize("source", SAMPLES)
def test_a_user_of_each_system_is_the_same_person(source: Source) -> None:
    """With e-mail, the dates of its verification and of the sign-up, name, picture and accounts, and with no secret."""
    value, user_id, custom = SAMPLES[source]
    found = person(source, value)
    assert (found.user_id, found.user.email is not None and found.user.email.lower()) == (user_id, "ada@example.com")
    stored = dict(found.user.attributes)
    assert stored.pop("emailVerified").isoformat() == "2020-01-02T03:04:05.678000+00:00"
    assert stored.pop("createdAt") == "2020-01-02T03:04:05.678Z"
    assert (stored.pop("disabledAt", None) is not None) == (source is Source.AUTH0)
    assert stored == {"name": "Ada", "image": "https://example.com/a.png", **custom}
    linked = {(one.provider, one.provider_account_id, one.type) for one in found.accounts}
    assert linked == {GITHUB, GOOGLE}
    assert SECRET not in repr(found)


def wrong(value: Any) -> Iterator[Any]:
    """The record with each of its values, at any depth, in turn of every other kind."""
    for place in list(value) if isinstance(value, dict) else range(len(value)):
        for other in (None, 1, True, 1.5, "x", [], {}, [1], {"a": 1}):
            changed = copy.deepcopy(value)
            changed[place] = other
            yield changed
        if isinstance(value[place], dict | list):
            for member in wrong(value[place]):
                yield (
                    {**value, place: member}
                    if isinstance(value, dict)
                    else [*value[:place], member, *value[place + 1 :]]
                )


@pytest.mark.parametrize("source", SAMPLES)
def test_a_value_of_another_kind_is_a_wrong_row_or_left_out(source: Source) -> None:
    """It never ends the import, and never becomes a text such as `[]`."""
    for value in [*wrong(SAMPLES[source][0]), None, 1, [], "x"]:
        try:
            found = person(source, value)
        except WrongRow:
            continue
        texts = [found.user_id, *(one.provider_account_id for one in found.accounts)]
        assert not any(text.startswith(("[", "{", "None", "True")) for text in texts), value
        assert not RESERVED & found.user.attributes.keys()


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (b'{"a":1}\n\n{"a":2}\n', [1, 3]),
        (b'[{"a":1},{"a":2}]', [1, 1]),
        (b'\xef\xbb\xbf [\n{"a":1}\n,\n{"a":2}\n]\n', [2, 4]),
        (b'{\n "users": [\n {"a":1},\n {"a":2}\n], "next": "x"}', [3, 4]),
    ],
    ids=["lines", "list", "list over lines", "object"],
)
def test_records_are_found_with_their_lines(
    content: bytes, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each form of a file, however it is cut into chunks."""
    for size in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(records, "CHUNK_BYTES", size)
        assert [(one.value, one.line) for one in read(content)] == [({"a": 1}, numbers[0]), ({"a": 2}, numbers[1])]


@pytest.mark.parametrize(
    "content",
    [b'[{"a":1},{"a"', b'[{"a":1}', b'[{"a":1},x]', b'[{"a":1},' + b"[" * 100_000, b'{"users": [{"a":1}, nul'],
)
def test_a_list_that_is_cut_off_is_said_to_be(content: bytes) -> None:
    """What stands before the fault is read."""
    found = read(content)
    assert found[0].value == {"a": 1}
    assert [one.fault is None for one in found] == [True, False]


def test_a_member_that_is_too_long_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """So no file takes more memory than a member may."""
    monkeypatch.setattr(records, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(records, "CHUNK_BYTES", 10)
    taken: list[int] = []

    class Counted(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            taken.append(len(found := super().read1(size)))
            return found

    stream = Counted(b'[{"a":1},"' + b"x" * 100_000)
    found = list(records._Array(stream).records())
    assert [one.fault is None for one in found] == [True, False]
    assert sum(taken) < 20_000


def test_the_file_of_clerks_dashboard_is_read() -> None:
    """It is CSV, and has no accounts."""
    head = "id,first_name,last_name,username,primary_email_address,verified_email_addresses,totp_secret,password_digest"
    text = f'{head}\nuser_1,Ada,"Love\nlace",,ada@example.com,ada@example.com,{SECRET},{SECRET}\nuser_2,,,,,,,\n'
    _, translate = READERS[Source.CLERK](Path("in.csv"))
    assert translate is not None
    found = read(text.encode(), "in.csv", Source.CLERK)
    people = [read_row(translate(one.value), ()).person for one in found]
    assert [one.line for one in found] == [2, 4]
    assert people[0].user.email == "ada@example.com"
    assert people[0].user.attributes["name"] == "Ada Love\nlace"
    assert people[0].user.attributes["emailVerified"].year == 1970
    assert people[1].user.email is None
    assert SECRET not in repr(people)


def test_a_date_that_no_system_gives_is_the_epoch() -> None:
    """An address that was verified stays so."""
    value = {**FIREBASE, "createdAt": None}
    assert person(Source.FIREBASE, value).user.attributes["emailVerified"].year == 1970
    assert orjson.loads(orjson.dumps(value)) == value
