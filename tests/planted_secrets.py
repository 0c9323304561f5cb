"""Secrets under every name of the one list, in every shape an attribute may have: for tests that look for them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from resolvers.secret_names import SECRET_WORDS

WRITTEN = ("{0}", "my_{0}", "{0}-of-app", "theirApp{1}", "{2}", "{0}1")
"""Ways to write a name: `{0}` as it is, `{1}` with a capital, `{2}` in capitals."""
JOINED = ("accesstoken", "apikey", "passwordhash", "clientsecret", "authtoken", "sessionid", "privatekey", "pincode")


def names() -> Iterator[str]:
    """Every secret word in every way to write it, and some that are written together."""
    for word in sorted(SECRET_WORDS):
        yield from (way.format(word, word.title(), word.upper()) for way in WRITTEN)
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
"""Attributes that hold a secret under a name."""


def nested(depth: int, value: Any) -> dict[str, Any]:
    """An object so many levels above a value."""
    for _ in range(depth):
        value = {"a": value}
    return {"a": value}


def holding(secret: str) -> dict[str, Any]:
    """Attributes that hold a secret under every name, and each of these names once more in one of the shapes."""
    held: dict[str, Any] = dict.fromkeys(sorted(SECRET_WORDS), secret)
    held["names"] = dict.fromkeys(names(), secret)
    shapes = list(SHAPES.values())
    held["shapes"] = [shapes[place % len(shapes)](name, secret) for place, name in enumerate(names())]
    return held
