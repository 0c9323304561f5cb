"""S61: production starts only with secrets that cannot be guessed, each for one purpose, and rejects no random one."""

import base64
import secrets
import string
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from commands.application import build
from commands.errors import BadSettings
from dynamo.settings import TableSettings
from tests.processes import refusal, run
from tests.web.conftest import settings_of
from web.entropy import alike, weakness
from web.settings import refusals

GOOD = "Zm9vIHJhbmRvbSBieXRlcyB0aGF0IGFyZSBub3Q="
OTHER = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"
THIRD = "tK4vXz1RbW8hQqPc3YmJd7LsGf0uEe9aIo2VxMtHrN5="

GUESSABLE = {
    "one letter": "a" * 32,
    "one letter, longer": "0" * 200,
    "two letters": "ab" * 16,
    "one word again and again": "changeme" * 4,
    "a word that is to be replaced": "changeme-changeme-changeme-123456",
    "in capitals": "CHANGEME_IN_PRODUCTION_1234567890abcdef",
    "joined by dashes": "please-change-me-before-you-deploy-this",
    "a password": "correct-password-for-the-identity-server",
    "an example": "your-secret-key-must-be-32-characters!",
    "supersecret": "supersecret-supersecret-supersecret!",
    "digits in order": "0123456789" * 4,
    "hexadecimal digits in order": "0123456789abcdef0123456789abcdef",
    "the alphabet": "abcdefghijklmnopqrstuvwxyz0123456789",
    "the alphabet backwards": "zyxwvutsrqponmlkjihgfedcba9876543210",
    "letters in pairs": "aabbccddeeffgghhiijjkkllmmnnooppqqrr",
    "a long piece twice": "x7Kq!pL2mZ9vT4wB" * 2,
    "a piece again and a half": "qwertyuiop12" * 3,
    "the product's name": "authgraph-production-admin-key-2024",
    "what it is for": "my-company-signing-key-for-authgraph",
    "what it is for, without us": "our-company-production-signing-key-1",
    "rows of a keyboard": "qwertyuiopasdfghjklzxcvbnm123456",
    "columns of a keyboard": "1qaz2wsx3edc4rfv5tgb6yhn7ujm1QAZ2WSX",
    "a sentence": "the quick brown fox jumps over the lazy dog",
    "a command that was to be run": "<openssl rand -base64 32 output here>",
    "another that was to be run": "<random-value-from-the-generator-here>",
    "words joined by dashes": "correct-horse-battery-staple-and-more",
    "words in capitals": "PRODUCTION-SIGNING-SECRET-OF-THE-COMPANY",
    "words with capitals": "MyCompanyProductionSigningKey2024!",
    "words joined by underscores": "this_is_the_key_that_nobody_will_guess",
    "words without joints": "letmeinletmeinpleaseletmeinnow2025",
}


@pytest.mark.parametrize("value", GUESSABLE.values(), ids=GUESSABLE)
def test_s61_what_people_type_is_refused_for_either_secret(value: str) -> None:
    for admin, secret, name in ((value, GOOD, "AUTHGRAPH_ADMIN_KEY"), (GOOD, value, "AUTHGRAPH_SECRET_KEY")):
        if " " in admin:
            continue  # It would be no header's value, and is refused in development too.
        (sentence,) = refusals(settings_of(env="production", admin_key=admin, secret_key=secret))
        assert sentence.startswith(f"{name} ")
        assert "openssl rand -base64 32" in sentence
        assert sentence.endswith(".")
        assert value not in sentence


@pytest.mark.parametrize("value", GUESSABLE.values(), ids=GUESSABLE)
def test_s61_each_key_of_a_rotation_counts(value: str) -> None:
    for keys in (f"{GOOD},{value}", f"{value},{GOOD}"):
        (sentence,) = refusals(settings_of(env="production", admin_key=OTHER, secret_key=keys))
        assert sentence.startswith("AUTHGRAPH_SECRET_KEY ")


@pytest.mark.parametrize("value", GUESSABLE.values(), ids=GUESSABLE)
def test_s61_the_secret_of_apps_is_as_good_or_not_set(value: str) -> None:
    assert refusals(settings_of(env="production", admin_key=OTHER, secret_key=GOOD, auth_secret=None)) == ()
    assert refusals(settings_of(env="production", admin_key=OTHER, secret_key=GOOD, auth_secret=THIRD)) == ()
    for listed in (value, f"{THIRD},{value}", f"{value},{THIRD}"):
        (sentence,) = refusals(settings_of(env="production", admin_key=OTHER, secret_key=GOOD, auth_secret=listed))
        assert sentence.startswith("AUTHGRAPH_AUTH_SECRET ")
        assert value not in sentence


@pytest.mark.parametrize(("secret", "name"), [(OTHER, "AUTHGRAPH_ADMIN_KEY"), (GOOD, "AUTHGRAPH_SECRET_KEY")])
def test_s61_the_secret_of_apps_is_no_other_secret(secret: str, name: str) -> None:
    for listed in (secret, f"{THIRD},{secret}", f"{secret}-2", secret[::-1]):
        (sentence,) = refusals(settings_of(env="production", admin_key=OTHER, secret_key=GOOD, auth_secret=listed))
        assert sentence.startswith(f"{name} and AUTHGRAPH_AUTH_SECRET are equal, or one is derived from the other")
        assert secret not in sentence


@pytest.mark.parametrize("keys", [GOOD, f"{OTHER},{GOOD}", f"{GOOD},{OTHER}"])
def test_s61_the_two_secrets_differ(keys: str) -> None:
    (sentence,) = refusals(settings_of(env="production", admin_key=GOOD, secret_key=keys))
    assert sentence.startswith("AUTHGRAPH_ADMIN_KEY and AUTHGRAPH_SECRET_KEY are equal")
    assert GOOD not in sentence


MADE_OF_THE_OTHER: dict[str, Callable[[str], str]] = {
    "with a beginning": lambda key: f"admin-{key}",
    "with an end": lambda key: f"{key}-2",
    "in capitals": str.upper,
    "in small letters": str.lower,
    "backwards": lambda key: key[::-1],
    "backwards in capitals": lambda key: key[::-1].upper(),
    "without its padding": lambda key: key.rstrip("="),
    "its end": lambda key: key[4:],
    "in two pieces": lambda key: f"{key[20:]}/{key[:20]}",
}


@pytest.mark.parametrize("make", MADE_OF_THE_OTHER.values(), ids=MADE_OF_THE_OTHER)
def test_s61_no_secret_is_made_of_the_other(make: Callable[[str], str]) -> None:
    made = make(GOOD)
    for admin, secret in ((GOOD, made), (made, GOOD), (GOOD, f"{OTHER},{made}")):
        sentences = refusals(settings_of(env="production", admin_key=admin, secret_key=secret))
        assert [each for each in sentences if each.startswith("AUTHGRAPH_ADMIN_KEY and AUTHGRAPH_SECRET_KEY are")]
        assert all(made not in each and GOOD not in each for each in sentences)
    (sentence,) = refusals(settings_of(env="production", admin_key=OTHER, secret_key=f"{GOOD},{made}"))
    assert sentence.startswith("AUTHGRAPH_SECRET_KEY lists a key that is derived from another")


def test_s61_random_secrets_are_not_alike() -> None:
    random = Random(62)
    for generate in GENERATORS.values():
        drawn = [generate(random) for _ in range(20)]
        assert not any(alike(one, other) for place, one in enumerate(drawn) for other in drawn[:place])


def test_s61_a_rotation_is_of_different_keys() -> None:
    (sentence,) = refusals(settings_of(env="production", admin_key=OTHER, secret_key=f"{GOOD},{GOOD}"))
    assert sentence == "AUTHGRAPH_SECRET_KEY lists a key twice: list each key once."


def test_s61_development_takes_any() -> None:
    assert refusals(settings_of(admin_key="a" * 32, secret_key="a" * 32)) == ()


@pytest.mark.parametrize("command", ["serve"])
def test_s61_the_server_says_so_in_one_sentence_and_does_not_start(tmp_path: Path, command: str) -> None:
    environment = {"AUTHGRAPH_ENV": "production", "AUTHGRAPH_ADMIN_KEY": "a" * 32, "AUTHGRAPH_SECRET_KEY": "a" * 32}
    sentence = refusal(run(tmp_path, command, **environment))
    assert "AUTHGRAPH_ADMIN_KEY has fewer than 8 different characters" in sentence
    assert "a" * 32 not in sentence


def test_s61_a_worker_started_without_the_command_refuses_too(
    table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ENV", "production"), ("ADMIN_KEY", "a" * 32), ("SECRET_KEY", GOOD)):
        monkeypatch.setenv(f"AUTHGRAPH_{name}", value)
    with pytest.raises(BadSettings, match="AUTHGRAPH_ADMIN_KEY has fewer than 8 different characters"):
        build()


LETTERS = string.ascii_letters + string.digits
VISIBLE = LETTERS + "!#$%&()*+-./:;<=>?@[]^_{|}~"
GENERATORS: dict[str, Callable[[Random], str]] = {
    "openssl rand -hex 16": lambda random: random.randbytes(16).hex(),
    "openssl rand -hex 32": lambda random: random.randbytes(32).hex(),
    "openssl rand -hex 64": lambda random: random.randbytes(64).hex(),
    "openssl rand -base64 24": lambda random: base64.b64encode(random.randbytes(24)).decode(),
    "openssl rand -base64 32": lambda random: base64.b64encode(random.randbytes(32)).decode(),
    "openssl rand -base64 48": lambda random: base64.b64encode(random.randbytes(48)).decode(),
    "token_urlsafe(32)": lambda random: base64.urlsafe_b64encode(random.randbytes(32)).rstrip(b"=").decode(),
    "npx auth secret": lambda random: base64.b64encode(random.randbytes(33)).decode(),
    "base32": lambda random: base64.b32encode(random.randbytes(20)).decode(),
    "uuidgen": lambda random: str(uuid.UUID(bytes=random.randbytes(16), version=4)),
    "uuidgen without dashes": lambda random: uuid.UUID(bytes=random.randbytes(16), version=4).hex,
    "letters and digits": lambda random: "".join(random.choices(LETTERS, k=32)),
    "capitals and digits": lambda random: "".join(random.choices(string.ascii_uppercase + string.digits, k=32)),
    "small letters": lambda random: "".join(random.choices(string.ascii_lowercase, k=32)),
    "a password manager": lambda random: "".join(random.choices(VISIBLE, k=40)),
    "an API key of ours": lambda random: f"ag_{random.randbytes(8).hex()}_{random.randbytes(32).hex()}",
}


@pytest.mark.parametrize("generate", GENERATORS.values(), ids=GENERATORS)
def test_s61_no_random_secret_is_refused(generate: Callable[[Random], str]) -> None:
    random = Random(61)
    drawn = [generate(random) for _ in range(500)]
    assert [(secret, weakness(secret)) for secret in drawn if weakness(secret) is not None] == []


def test_s61_nor_is_one_that_the_machine_draws_now() -> None:
    for _ in range(100):
        for secret in (secrets.token_hex(32), secrets.token_urlsafe(32)):
            assert weakness(secret) is None
