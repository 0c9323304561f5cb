"""docs/frontend.md lists every code that an error may have, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from execution import errors
from resolvers.errors import OperationError
from web.errors import RequestRejected

GUIDE = Path(__file__).parents[1] / "docs" / "frontend.md"
_TABLE = re.compile(r"^\| code \|.*?\n\n", re.MULTILINE | re.DOTALL)
_FIRST_CELL = re.compile(r"^\| (.*?) \|", re.MULTILINE)
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
