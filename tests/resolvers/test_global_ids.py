"""Global ids: signed, opaque to clients, and always the same for the same object."""

import base64
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from dynamo import models
from resolvers.global_ids import GlobalId, GlobalIds, Node

IDS = GlobalIds(["a secret"])
NOW = datetime(2030, 1, 1, tzinfo=UTC)
NO_KEYS: frozenset[str] = frozenset()
USER = models.User("u1", None, None, None, None, {}, NO_KEYS)
ACCOUNT = models.Account("u1", "github", "a#1", "oauth", {}, NO_KEYS)
SESSION = models.Session("u1", "a token", NOW, {}, NO_KEYS)
PASSKEY = models.Authenticator("u1", "key1", "", "", 0, None, False, None, {})
API_KEY = models.ApiKey("k1", "", (), "", NOW, None, None, None)


@pytest.mark.parametrize(
    ("record", "names"),
    [
        (USER, GlobalId("User", ("u1",))),
        (ACCOUNT, GlobalId("Account", ("u1", "github", "a#1"))),
        (PASSKEY, GlobalId("Authenticator", ("u1", "key1"))),
        (API_KEY, GlobalId("ApiKey", ("k1",))),
    ],
)
def test_an_id_names_what_it_was_made_of(record: Node, names: GlobalId) -> None:
    assert IDS.open_id(IDS.id_of(record)) == names


def test_an_id_is_the_same_every_time() -> None:
    assert IDS.id_of(USER) == GlobalIds(["a secret"]).id_of(USER)


def test_a_session_id_knows_its_token_and_no_other() -> None:
    opened = IDS.open_id(IDS.id_of(SESSION))
    assert opened is not None
    user_id, session_hash = opened.parts
    assert user_id == "u1"
    assert IDS.is_session(session_hash, "a token")
    assert not IDS.is_session(session_hash, "another")


@pytest.mark.parametrize("sealed", ["", "x", "A" * 11, "!", "é", "\ud800", "====", "QUFBQUFBQUFB"])
def test_what_was_not_made_here_is_no_id(sealed: str) -> None:
    assert IDS.open_id(sealed) is None


def test_every_byte_of_an_id_counts() -> None:
    raw = bytearray(base64.urlsafe_b64decode(padded(IDS.id_of(USER))))
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        assert IDS.open_id(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()) is None


def test_one_thing_has_one_text() -> None:
    """Padding, another alphabet and stray bits of the last letter do not give a second id."""
    record = next(r for r in (replace(USER, user_id="u" * n) for n in range(1, 9)) if len(IDS.id_of(r)) % 4 == 2)
    sealed = IDS.id_of(record)
    neighbour = chr(ord(sealed[-1]) + 1)
    for spelling in (sealed + "==", sealed + "\n", " " + sealed, sealed[:-1] + neighbour):
        assert IDS.open_id(spelling) is None


def test_ids_of_an_older_key_are_read_still() -> None:
    both = GlobalIds(["a new secret", "a secret"])
    assert both.open_id(IDS.id_of(USER)) == GlobalId("User", ("u1",))
    opened = both.open_id(IDS.id_of(SESSION))
    assert opened is not None
    assert both.is_session(opened.parts[1], "a token")


def test_new_ids_are_made_with_the_first_key() -> None:
    both = GlobalIds(["a new secret", "a secret"])
    assert IDS.open_id(both.id_of(USER)) is None


def padded(text: str) -> str:
    """Base64 text with the padding that was removed."""
    return text + "=" * (-len(text) % 4)
