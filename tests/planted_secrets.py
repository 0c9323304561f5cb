"""Secrets under every known name and in every known form, at every depth of an attribute, for tests that search for
them."""

import base64
import html
import json
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any
from urllib.parse import quote

from resolvers.secret_forms import PREFIXES
from resolvers.secret_names import SECRET_PAIRS, SECRET_WORDS

WRITTEN = ("{0}", "my_{0}", "{0}-of-app", "theirApp{1}", "{2}", "{0}1")
"""Ways to write a name: `{0}` unchanged, `{1}` with a capital, `{2}` in capitals."""
JOINED = (
    *("accesstoken", "apikey", "passwordhash", "clientsecret", "authtoken", "sessionid", "privatekey", "pincode"),
    *(
        "magiclink",
        "twofactor",
        "GSI2PK",
        "GSI2SK",
        "gsi3pk",
        "primaryKey",
        "sortKey",
        "webhookUrl",
        "2fa",
        "magicLink",
    ),
)
HEAD = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"
HEAD_WITH_BLANKS = "eyAiYWxnIjogIkhTMjU2IiB9"
HEAD_WITH_LINES = "ewogImFsZyI6ICJIUzI1NiIKfQ"


def names() -> Iterator[str]:
    """Every secret word in every way to write it, and some pairs that are written together."""
    for word in sorted(SECRET_WORDS):
        yield from (way.format(word, word.title(), word.upper()) for way in WRITTEN)
    yield from (pair.replace(":", "_") for pair in sorted(SECRET_PAIRS))
    yield from JOINED


SHAPES: dict[str, Callable[[str, object], dict[str, Any]]] = {
    "plain": lambda name, secret: {name: secret},
    "in an object": lambda name, secret: {"a": {"kept": 1, "b": {name: secret}}},
    "in a list": lambda name, secret: {"a": [{"kept": 1}, [{name: secret}]]},
    "as an object": lambda name, secret: {name: {"value": secret}},
    "as a list": lambda name, secret: {name: [secret, secret]},
    "in JSON held as text": lambda name, secret: {"a": json.dumps({"b": [{name: secret}]}, indent=1)},
    "in JSON in JSON": lambda name, secret: {"a": [json.dumps({"b": json.dumps([{name: secret}])})]},
    "at the bottom": lambda name, secret: nested(28, {name: secret}),
}
"""Attributes that contain a secret under a given name."""

PLACES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "at the top": lambda value: {"a": value},
    "in an object": lambda value: {"a": {"kept": 1, "b": {"c": value}}},
    "in a list": lambda value: {"a": [{"kept": 1}, [value]]},
    "in JSON held as text": lambda value: {"a": json.dumps({"b": [{"c": value}]})},
    "in JSON in JSON": lambda value: {"a": [json.dumps({"b": json.dumps([value])})]},
    "at the bottom": lambda value: nested(26, value),
}
"""Attributes that contain a value under names that are not secret."""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], Any]] = {
    "lines of JSON": lambda s: f'{{"id": 1}}\n{{"access_token": "{s}"}}\n',
    "JSON with a comma too many": lambda s: f'{{"access_token": "{s}",}}',
    "JSON that is cut": lambda s: f'{{"id": 1, "access_token": "{s}',
    "JSON behind a guard": lambda s: f')]}}\'\n{{"access_token": "{s}"}}',
    "JSON behind a loop": lambda s: f'for (;;);{{"access_token": "{s}"}}',
    "JSON in a call": lambda s: f'callback({{"access_token": "{s}"}})',
    "JSON of an event": lambda s: f'event: done\ndata: {{"access_token": "{s}"}}\n\n',
    "JSON with single quotes": lambda s: f"{{'access_token': '{s}'}}",
    "JSON without quotes": lambda s: f"{{access_token: {s}}}",
    "JSON with escapes that is cut": lambda s: f'{{"acc\\u0065ss_tok\\u0065n": "{s}',
    "JSON that says it twice": lambda s: f'{{"p": "{s}", "p": 1, "id": 2}}',
    "JSON with a comment": lambda s: f'/* as it came */ {{"access_token": "{s}"}}',
    "pairs in JSON that is cut": lambda s: f'[["access_token", "{s}"], ["id"',
    "a form": lambda s: f"access_token={s}&scope=repo&token_type=bearer",
    "a form with escapes": lambda s: f"id=1&acc%65ss%5Ftoken={s}",
    "a form with escapes of escapes": lambda s: f"id=1&acc%2565ss%255Ftoken={s}",
    "a URL with a parameter": lambda s: f"https://example.com/cb?id=1&access_token={s}",
    "a URL with a fragment": lambda s: f"https://example.com/cb#access_token={s}",
    "a URL with a path parameter": lambda s: f"https://example.com/a;jsessionid={s}/b",
    "a URL with a segment": lambda s: f"https://example.com/token={s}/b",
    "a URL in a URL": lambda s: "https://example.com/?next=" + quote(f"https://example.com/?token={s}", safe=""),
    "a signed URL": lambda s: f"https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature={s}",
    "a URL with a password": lambda s: f"https://ada:{s}@example.com/",
    "a URL with a user": lambda s: f"https://{s}@example.com/",
    "a database": lambda s: f"postgres://ada:{s}@db:5432/app",
    "a connection string": lambda s: f"Server=db;User=ada;Password={s};",
    "a one-time password": lambda s: f"otpauth://totp/App:ada?secret={s}&issuer=App",
    "a webhook": lambda s: f"https://hooks.slack.com/services/T0/B0/{s}",
    "another webhook": lambda s: f"https://discord.com/api/webhooks/1/{s}",
    "a bearer": lambda s: f"Bearer {s}",
    "a bearer in capitals": lambda s: f"BEARER {s}",
    "a user with a password": lambda s: "Basic " + _base64(f"ada:{s}"),
    "a header": lambda s: f"Accept: text/plain\r\nAuthorization: Digest {s}",
    "a cookie": lambda s: f"next-auth.session-token={s}; Path=/; HttpOnly",
    "an environment": lambda s: f"NODE_ENV=production\nAPI_KEY={s}\n",
    "YAML": lambda s: f"user: ada\npassword: {s}\n",
    "XML": lambda s: f"<user><name>ada</name><password>{s}</password></user>",
    "XML attributes": lambda s: f'<user name="ada" password="{s}"/>',
    "PHP": lambda s: f"['name' => 'ada', 'password' => '{s}']",
    "a table": lambda s: f"name,access_token,scope\nada,{s},repo\n",
    "a sentence": lambda s: f"Your recovery code is below. Recovery code: {s}",
    "HTML": lambda s: html.escape(f'{{"access_token": "{s}"}}'),
    "JSON in base64": lambda s: _base64(f'{{"access_token": "{s}"}}'),
    "JSON with blanks in base64": lambda s: _base64(f'{{\n  "access_token": "{s}"\n}}').rstrip("="),
    "JSON in base64 behind a word": lambda s: "state_" + _base64(f'{{"access_token": "{s}"}}'),
    "JSON in base64 twice": lambda s: _base64(_base64(f'{{"access_token": "{s}"}}')),
    "a list of JSON in base64": lambda s: _base64(f'[["access_token", "{s}"]]'),
    "a form in base64": lambda s: _base64(f"access_token={s}"),
    "JSON in hexadecimal": lambda s: f'{{"access_token": "{s}"}}'.encode().hex(),
    "text between bytes in base64": lambda s: base64.b64encode(
        b"\xff\x00\xfe" + f"access_token={s}".encode() + b"\x00\xff"
    ).decode(),
    "a data URL": lambda s: "data:application/json;base64," + _base64(f'{{"access_token": "{s}"}}'),
    "a JWT": lambda s: f"{HEAD}.{s}",
    "a JWT behind an underscore": lambda s: f"token_{HEAD}.{s}",
    "a JWT behind a letter": lambda s: f"x{HEAD}.{s}",
    "a JWT with blanks": lambda s: f"{HEAD_WITH_BLANKS}.eyJzdWIiOiIxIn0.{s}",
    "a JWT with line breaks": lambda s: f"{HEAD_WITH_LINES}.eyJzdWIiOiIxIn0.{s}",
    "a JWT without a payload": lambda s: f"eyJhbGciOiJIUzI1NiJ9..{s}",
    "a JWT in a sentence": lambda s: f"Use {HEAD}.{s}, please.",
    "a private key": lambda s: f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----",
    "a private key in base64": lambda s: _base64(f"-----BEGIN EC PRIVATE KEY-----\n{s}\n"),
    "bcrypt": lambda s: f"$2b$10${s}",
    "argon2": lambda s: f"$argon2id$v=19$m=65536,t=3,p=4${s}",
    "scrypt": lambda s: f"$scrypt$ln=15,r=8,p=1${s}",
    "crypt": lambda s: f"$6$saltsalt${s}",
    "pbkdf2": lambda s: f"pbkdf2_sha256$260000$salt${s}",
    "a hash of Werkzeug's": lambda s: f"scrypt:32768:8:1$salt${s}",
    "a hash of LDAP's": lambda s: f"{{SSHA}}{s}",
    "a salt and a hash": lambda s: f"{s.encode().hex():a<32}:{s.encode().hex():b<128}",
    "a key of the table": lambda s: f"SESSION#{s}",
    "a key of a verification token": lambda s: f"VT#{s}",
    "a name beside a value": lambda s: {"name": "access_token", "value": s},
    "a key beside a value": lambda s: {"key": "password", "value": s},
    "a type beside a value": lambda s: {"type": "password", "value": s},
    "a kind beside a value": lambda s: {"auth_type": "password", "value": s},
    "a label beside a value": lambda s: {"label": "Recovery code", "shown": False, "x": s},
    "a name in a pair": lambda s: [["access_token", s]],
    "names and values by turns": lambda s: ["Accept", "text/plain", "Authorization", s],
    "a name that is one": lambda s: {f"gho_{s}": 1},
} | {f"a token that begins with {prefix}": (lambda s, prefix=prefix: f"{prefix}{s}") for prefix in PREFIXES}
"""Values whose form shows that they contain a secret."""


def nested(depth: int, value: Any) -> dict[str, Any]:
    """A value within so many objects."""
    for _ in range(depth):
        value = {"a": value}
    return {"a": value}


def holding(secret: str) -> dict[str, Any]:
    """Attributes that contain a secret under every name and in every form, in one shape or place each."""
    shapes, places = cycle(SHAPES.values()), cycle(PLACES.values())
    # Two words are names of the table's keys, which no attribute may have.
    held: dict[str, Any] = dict.fromkeys(sorted(SECRET_WORDS - {"pk", "sk"}), secret)
    held["names"] = dict.fromkeys(names(), secret)
    held["shapes"] = [shape(name, secret) for shape, name in zip(shapes, names(), strict=False)]
    held["forms"] = [place(form(secret)) for place, form in zip(places, FORMS.values(), strict=False)]
    return held
