"""The tables of settings in README.md, from the descriptions of the settings: `make generate` writes them."""

import re
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from dynamo.settings import TableSettings
from execution.settings import Limits
from resolvers.settings import Visibility
from web.settings import ServerSettings

PAGE: Final = Path(__file__).parents[1] / "README.md"
SECTIONS: Final[dict[str, type[BaseSettings]]] = {
    "Server": ServerSettings,
    "Table": TableSettings,
    "What people can see and do": Visibility,
    "Limits": Limits,
}
HEAD: Final = "| variable | default | meaning |\n|---|---|---|\n"
BY_DEFAULT: Final = "by_default"
"""Where a setting says in words what its default is, if the value does not."""


def filled(page: str) -> str:
    """The page with each table as the settings have it; raises `ValueError` for a table that is not on the page."""
    for title, settings in SECTIONS.items():
        found = re.search(rf"^\*\*{re.escape(title)}\*\*\n\n((?:\|.*\n)+)", page, re.MULTILINE)
        if found is None:
            raise ValueError(f"{PAGE.name} has no table under **{title}**.")
        page = page[: found.start(1)] + table(settings) + page[found.end(1) :]
    return page


def table(settings: type[BaseSettings]) -> str:
    """A row for each setting, in the order of the class."""
    prefix = str(settings.model_config["env_prefix"])
    rows = (_row(str(field.validation_alias or prefix + name), field) for name, field in settings.model_fields.items())
    return HEAD + "".join(rows)


def _row(name: str, field: FieldInfo) -> str:
    if not field.description:
        raise ValueError(f"{name} has no description.")
    return f"| `{name.upper()}` | {_default(field)} | {field.description} |\n"


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    words = extra.get(BY_DEFAULT) if isinstance(extra, dict) else None
    return str(words) if words is not None else _written(field.default)


def _written(value: Any) -> str:
    """A value as it is written in the environment."""
    match value:
        case None | ():
            return "–"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{value:g}`"
        case _:
            return f"`{value}`"
