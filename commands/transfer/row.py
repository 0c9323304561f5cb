"""A row of an import: a user to store, read from a line of an export and checked as `createUser` checks its input."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from commands.transfer.line import PASSKEY, RESERVED
from dynamo import accounts, authenticators, format, models, sessions, unicode_text, users
from dynamo import email as addresses
from dynamo.accounts import NewAccount
from dynamo.authenticators import NewAuthenticator
from dynamo.errors import Rejected
from dynamo.models import DeviceType
from dynamo.sessions import NewSession
from dynamo.transfer.storing import NewPerson
from dynamo.transfer.values import from_json
from dynamo.users import NewUser
from resolvers import inputs
from resolvers.errors import InputError
from schema.maxima import ATTRIBUTES, EMAIL, IMAGE, JSON_VALUES, KEY, NAME, PROVIDER, PUBLIC_KEY, TEXT

MOST_CHILDREN: Final = 1000
"""The most accounts, passkeys or sessions of one user: no list of the API shows more sessions."""
MOST_ATTRIBUTES: Final = 1000
"""The most custom attributes of one user, account or session."""
MAX_EXPIRES_AT: Final = 2**53 - 1
PARTS: Final = ("user", "accounts", "authenticators", "sessions")
DATES: Final = ("emailVerified", "disabledAt", "disabledUntil")
TOKENS: Final = ("access_token", "refresh_token", "id_token", "scope", "token_type", "session_state")


@dataclass(frozen=True, slots=True)
class Row:
    """A user to store, and how many sessions of theirs were left out because they have expired."""

    person: NewPerson
    expired: int = 0


class WrongRow(Exception):
    """What is wrong with a row, and where. It never repeats a value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field


def read_row(value: object, key_attributes: Collection[str]) -> Row:
    """The user of a line. Raises `WrongRow` for the first thing that is wrong."""
    row = _object(value, "the row")
    _only(row, PARTS, "")
    user = _user(_object(row.get("user"), "user"), key_attributes)
    linked = [_account(each, where, key_attributes) for where, each in _list(row, "accounts")]
    passkeys = [_passkey(each, where) for where, each in _list(row, "authenticators")]
    signed_in = [_session(each, where, key_attributes) for where, each in _list(row, "sessions")]
    alive = [session for session in signed_in if session.expires > datetime.now(UTC)]
    person = NewPerson(user, linked, passkeys, alive)
    names = list(person.names())
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise WrongRow(twice[0], "is in the row twice")
    return Row(person, len(signed_in) - len(alive))


@contextmanager
def _at(field: str) -> Iterator[None]:
    """Say where in the row a value is that is rejected."""
    try:
        yield
    except (Rejected, InputError) as error:
        raise WrongRow(field, f"is wrong: {error}") from None


def _user(given: Mapping[str, Any], key_attributes: Collection[str]) -> NewUser:
    user_id = _text(given, "id", "user", KEY, required=True)
    with _at("user.id"):
        users.check_new_id(user_id or "")
        inputs.check_new_id(user_id)
    email = _text(given, "email", "user", EMAIL)
    if email is not None:
        with _at("user.email"):
            addresses.check(email)
    stored: dict[str, Any] = {"email": None} if "email" in given and email is None else {}
    for name, most in (("name", TEXT), ("image", IMAGE), ("disabledReason", TEXT)):
        if name in given:
            stored[name] = _text(given, name, "user", most)
    if stored.get("image") is not None:
        with _at("user.image"):
            stored["image"] = inputs.image(stored["image"])
    stored |= {name: _date(given, name, "user") for name in DATES if name in given}
    fields = {"id", "email", "name", "image", "disabledReason", *DATES}
    return NewUser(stored | _custom(given, fields, "user", key_attributes), email, user_id, created_at=None)


def _account(given: Mapping[str, Any], where: str, key_attributes: Collection[str]) -> NewAccount:
    provider = _text(given, "provider", where, KEY, required=True) or ""
    account_id = _text(given, "providerAccountId", where, KEY, required=True) or ""
    type_ = _text(given, "type", where, KEY, required=True) or ""
    for name, check, value in (
        ("provider", accounts.check_provider, provider),
        ("providerAccountId", accounts.check_provider_account_id, account_id),
        ("type", accounts.check_type, type_),
    ):
        with _at(f"{where}.{name}"):
            check(value)
    stored: dict[str, Any] = {name: _text(given, name, where, PROVIDER) for name in TOKENS if name in given}
    if given.get("id") is not None:
        stored["id"] = _text(given, "id", where, KEY, required=True)
    if "expires_at" in given:
        stored["expires_at"] = _integer(given, "expires_at", where, MAX_EXPIRES_AT)
    fields = {"id", "provider", "providerAccountId", "type", "expires_at", *TOKENS}
    return NewAccount(provider, account_id, type_, stored | _custom(given, fields, where, key_attributes))


def _passkey(given: Mapping[str, Any], where: str) -> NewAuthenticator:
    _only(given, PASSKEY, f"{where}.")
    credential = _text(given, "credentialID", where, KEY, required=True) or ""
    with _at(f"{where}.credentialID"):
        authenticators.check_credential_id(credential)
    device = models.device_type(_text(given, "credentialDeviceType", where, KEY, required=True))
    if device is None:
        words = " or ".join(one.value for one in DeviceType)
        raise WrongRow(f"{where}.credentialDeviceType", f"is not {words}")
    backed_up = given.get("credentialBackedUp")
    if not isinstance(backed_up, bool):
        raise WrongRow(f"{where}.credentialBackedUp", "is not true or false")
    counter = _integer(given, "counter", where, authenticators.MAX_COUNTER)
    if counter is None:
        raise WrongRow(f"{where}.counter", "is missing")
    transports = _text(given, "transports", where, TEXT)
    return NewAuthenticator(
        credential_id=credential,
        provider_account_id=_text(given, "providerAccountId", where, KEY, required=True) or "",
        credential_public_key=_text(given, "credentialPublicKey", where, PUBLIC_KEY, required=True) or "",
        counter=counter,
        device_type=device,
        backed_up=backed_up,
        transports=models.transports(transports) or (),
    )


def _session(given: Mapping[str, Any], where: str, key_attributes: Collection[str]) -> NewSession:
    token = _text(given, "sessionToken", where, KEY, required=True) or ""
    with _at(f"{where}.sessionToken"):
        sessions.check_form(token)
    expires = given.get("expires")
    if isinstance(expires, str):
        expires = _text(given, "expires", where, NAME)
    end = None if isinstance(expires, bool) else format.date_of_expires(expires)
    if end is None:
        raise WrongRow(f"{where}.expires", "is not a time, in seconds since the Unix epoch or as an ISO 8601 date")
    attributes = _custom(given, {"sessionToken", "expires"}, where, key_attributes)
    return NewSession(token, end, attributes, created_at=None)


def _custom(
    given: Mapping[str, Any], fields: Collection[str], where: str, key_attributes: Collection[str]
) -> dict[str, Any]:
    """The attributes that no field holds, as they are to be stored."""
    names = [name for name in given if name not in fields]
    if len(names) > MOST_ATTRIBUTES:
        raise WrongRow(where, f"has more than {MOST_ATTRIBUTES} custom attributes")
    left = {"bytes": ATTRIBUTES, "values": JSON_VALUES}
    stored = {}
    for name in names:
        if name in RESERVED or name in key_attributes:
            raise WrongRow(f"{where}.{_shown(name)}", "is a reserved name")
        try:
            _measure(name, left)
            _measure(given[name], left)
            from_json({"$map": {name: None}})
            stored[name] = from_json(given[name])
        except ValueError as error:
            raise WrongRow(f"{where}.{_shown(name)}", f"cannot be stored: {error}") from None
    return stored


def _measure(value: object, left: dict[str, int]) -> None:
    """Take the bytes and values of a JSON value from what is left. Raises `ValueError`."""
    pending = [value]
    while pending:
        one = pending.pop()
        left["values"] -= 1
        match one:
            case str():
                left["bytes"] -= unicode_text.size(one)
            case dict():
                pending += [*one, *one.values()]
            case list():
                pending += one
        if left["bytes"] < 0:
            raise ValueError(f"the custom attributes have more than {ATTRIBUTES:,} bytes together")
        if left["values"] < 0:
            raise ValueError(f"the custom attributes have more than {JSON_VALUES:,} values together")


def _text(given: Mapping[str, Any], name: str, where: str, most: int, *, required: bool = False) -> str | None:
    """A text field. An empty one counts as missing, as in Auth.js."""
    value = given.get(name)
    if value is None or value == "":
        if required:
            raise WrongRow(f"{where}.{name}", "is missing")
        return None
    if not isinstance(value, str):
        raise WrongRow(f"{where}.{name}", "is not a string")
    if not unicode_text.fits(value, most):
        raise WrongRow(f"{where}.{name}", f"has more than {most:,} bytes")
    if not unicode_text.is_text(value):
        raise WrongRow(f"{where}.{name}", unicode_text.NOT_TEXT)
    return value


def _date(given: Mapping[str, Any], name: str, where: str) -> datetime | None:
    value = _text(given, name, where, NAME)
    date = None if value is None else format.parse_date(value)
    if value is not None and date is None:
        raise WrongRow(f"{where}.{name}", "is not an ISO 8601 date with a time and an offset")
    return date


def _integer(given: Mapping[str, Any], name: str, where: str, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= most:
        raise WrongRow(f"{where}.{name}", f"is not a whole number from 0 to {most:,}")
    return value


def _list(row: Mapping[str, Any], name: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """The objects under a name, each with the path to it."""
    value = row.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WrongRow(name, "is not a list")
    if len(value) > MOST_CHILDREN:
        raise WrongRow(name, f"has more than {MOST_CHILDREN:,} members")
    return [(f"{name}.{place}", _object(each, f"{name}.{place}")) for place, each in enumerate(value)]


def _object(value: object, where: str) -> Mapping[str, Any]:
    if value is None:
        raise WrongRow(where, "is missing")
    if not isinstance(value, dict):
        raise WrongRow(where, "is not an object")
    return value


def _only(given: Mapping[str, Any], names: Collection[str], path: str) -> None:
    for name in given:
        if name not in names:
            raise WrongRow(f"{path}{_shown(name)}", "is not known")


def _shown(name: str) -> str:
    """The name of an attribute for a report. A long one may be anything."""
    return ascii(name[:64])[1:-1] if len(name) <= 64 else f"{ascii(name[:64])[1:-1]}…"
