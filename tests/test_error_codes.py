"""docs/frontend.md lists every code that an error may have, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from execution import errors
from resolvers.errors import ErrorCode, OperationError
from resolvers.scopes import Scope
from web.errors import RequestRejected

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "frontend.md"
_TABLE = re.compile(r"^\| code \|.*?\n\n", re.MULTILINE | re.DOTALL)
_FIRST_CELL = re.compile(r"^\| (.*?) \|", re.MULTILINE)
_IN_CAPITALS = re.compile(r"`(?!AUTHGRAPH_)([A-Z]+(?:_[A-Z]+)+|[A-Z]{5,})`")
_CODE = re.compile(r"`([A-Z_]+)`(?: \((\d{3})\))?")

Kind = TypeVar("Kind")


def kinds(of: type[Kind]) -> Iterator[type[Kind]]:
    """A class and all of its subclasses, at any depth."""
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def listed() -> dict[str, str]:
    """The codes of the guide, each with the HTTP status that it names."""
    (table,) = _TABLE.findall(GUIDE.read_text())
    return {code: status for cell in _FIRST_CELL.findall(table) for code, status in _CODE.findall(cell)}


def test_every_code_is_in_the_guide_and_no_other() -> None:
    constants = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)}
    operations = {kind.code for kind in kinds(OperationError)}
    requests = {kind.code for kind in kinds(RequestRejected) if kind is not RequestRejected}
    assert listed().keys() == constants | operations | requests


def test_a_status_in_the_guide_is_the_one_that_is_answered() -> None:
    statuses = {(kind.code, str(kind.status)) for kind in kinds(RequestRejected) if kind is not RequestRejected}
    assert {(code, status) for code, status in listed().items() if status} <= statuses


def test_every_name_in_capitals_on_the_page_is_one_of_ours() -> None:
    """A code of an error, or a scope."""
    code = "\n".join(
        path.read_text() for folder in ("execution", "resolvers", "web") for path in (ROOT / folder).glob("*.py")
    )
    names = {member.name for kind in (ErrorCode, Scope) for member in kind}
    found = set(_IN_CAPITALS.findall(GUIDE.read_text()))
    assert found
    assert [name for name in sorted(found) if f'"{name}"' not in code and name not in names] == []
