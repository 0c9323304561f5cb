"""The names of all settings, and which one is meant by a name that is none."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from pydantic_settings import BaseSettings

from dynamo.settings import TableSettings
from execution.settings import Limits
from resolvers.settings import Visibility
from web.settings import ServerSettings

PREFIX: Final = "AUTHGRAPH_"
CLASSES: Final[tuple[type[BaseSettings], ...]] = (ServerSettings, TableSettings, Limits, Visibility)
OF_CLIENTS: Final = frozenset({"AUTHGRAPH_URL", "AUTHGRAPH_API_KEY", "AUTHGRAPH_ORIGIN"})
"""What the documentation calls the variables of apps. They often share the server's environment or `.env`."""
OF_TESTS: Final = frozenset({"AUTHGRAPH_TEST_ENDPOINT_URL"})

_SERVICE = re.compile(
    r"AUTHGRAPH_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)=.*|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?=.*|PORT=(tcp|udp|sctp)://.*)"
)
"""What Kubernetes puts into the environment of every pod beside a service whose name begins with authgraph.

https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""
_BARE_LIKENESS: Final = 0.6
"""Of two names without the prefix, where 1 is equal (difflib's ratio)."""
_WHOLE_LIKENESS: Final = 0.9
"""Of two whole names. A name without the prefix must be this close, because most of them are other programs'."""


def names() -> frozenset[str]:
    """The variable of every setting, in upper case."""
    return frozenset(
        str(field.validation_alias or f"{PREFIX}{name}").upper()
        for settings in CLASSES
        for name, field in settings.model_fields.items()
    )


def unknown(variables: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """The names that look like settings and are none, each with the setting that is probably meant.

    Every name with the prefix counts, and every name that differs from a setting's by a letter or two. Upper and lower
    case are the same, as they are when settings are read.
    """
    known = names()
    passed_over = known | OF_CLIENTS | OF_TESTS
    found: dict[str, str | None] = {}
    for name, value in variables:
        upper = name.upper()
        if upper in passed_over or _SERVICE.fullmatch(f"{upper}={value}"):
            continue
        meant = _nearest(upper, known)
        if meant is not None or upper.startswith(PREFIX):
            found[name] = meant
    return found


def _nearest(name: str, known: frozenset[str]) -> str | None:
    if name.startswith(PREFIX):
        bare = {setting.removeprefix(PREFIX): setting for setting in sorted(known)}
        (nearest,) = get_close_matches(name.removeprefix(PREFIX), bare, 1, _BARE_LIKENESS) or (None,)
        return None if nearest is None else bare[nearest]
    if not get_close_matches(name[: len(PREFIX)], {setting[: len(PREFIX)] for setting in known}, 1, _BARE_LIKENESS):
        # Most names of an environment: two short comparisons decide instead of a long one for each setting.
        return None
    return next(iter(get_close_matches(name, sorted(known), 1, _WHOLE_LIKENESS)), None)
