"""Invented people: the same person for the same number, except for secrets."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dynamo.accounts import NewAccount
from dynamo.sessions import NewSession
from dynamo.users import NewUser

PROVIDERS: Final = {"github": "oauth", "google": "oidc", "gitlab": "oauth", "discord": "oauth", "apple": "oidc"}
"""Providers, each with the type of its accounts."""

# `.example` is reserved, so no mail to these people can be delivered.
_DOMAIN: Final = "people.demo.example"
_IDS: Final = uuid.uuid5(uuid.NAMESPACE_DNS, _DOMAIN)
_NAMES: Final = """
Amara Abara, Bruno Berger, Chiara Costa, Dmitri Dahl, Elif Eriksen, Farid Fontana, Greta Gupta, Hiro Haddad,
Ines Ivanov, Jonas Jansen, Kaya Kimura, Lena Lopes, Mateo Moreau, Nuri Nwosu, Olga Okafor, Priya Petrov
"""
_FIRST, _LAST = zip(*(name.split() for name in _NAMES.split(",")), strict=True)
_LOCALES: Final = ("en-GB", "de-DE", "fr-FR", "pt-BR", "ja-JP")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """A user and everything that belongs to them."""

    user: NewUser
    accounts: list[NewAccount]
    sessions: list[NewSession]


def user_id(number: int) -> str:
    """The raw id of a person: a UUID, as Auth.js makes it."""
    return str(uuid.uuid5(_IDS, str(number)))


def person(number: int, accounts: int, sessions: int) -> Person:
    """Invent a person. Session tokens are random, so that nobody can sign in by knowing this file."""
    chance = random.Random(number)  # noqa: S311 - decides about names and dates, not about secrets
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    joined = datetime(2024, 1, 1, tzinfo=UTC) + chance.random() * 600 * _DAY
    attributes = {
        "name": f"{first} {last}",
        "image": f"https://avatars.demo.example/{number}.png",
        "emailVerified": joined if chance.random() < 0.8 else None,
        "locale": chance.choice(_LOCALES),
    }
    user = NewUser(attributes, f"{first}.{last}.{number}@{_DOMAIN}", user_id(number), joined)
    return Person(user, list(_accounts(number, accounts, joined)), [_session(chance) for _ in range(sessions)])


def _accounts(number: int, count: int, joined: datetime) -> Iterator[NewAccount]:
    names = tuple(PROVIDERS)
    for place in range(count):
        provider = names[(number + place) % len(names)]
        tokens = {
            "access_token": f"demo-{uuid.uuid4().hex}",
            "refresh_token": f"demo-{uuid.uuid4().hex}",
            "expires_at": int((joined + _DAY).timestamp()),
            "token_type": "bearer",
            "scope": "openid email profile",
        }
        yield NewAccount(
            provider, str(1_000_000 + number), "oidc" if provider in ("google", "apple") else "oauth", tokens
        )


def _session(chance: random.Random) -> NewSession:
    expires = datetime.now(UTC) + (1 + 29 * chance.random()) * _DAY
    return NewSession(str(uuid.uuid4()), expires, {}, created_at=expires - 30 * _DAY)
