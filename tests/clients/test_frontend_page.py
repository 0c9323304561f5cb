"""The examples of docs/frontend.md work as they are printed."""

import re

import pytest
from graphql import build_schema, parse, validate

from resolvers.errors import ErrorCode
from resolvers.scopes import Scope
from tests.clients.conftest import ROOT

PAGE = (ROOT / "docs" / "frontend.md").read_text()
DOCUMENTS = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
CODES = set(re.findall(r"`(?!AUTHGRAPH_)([A-Z]+(?:_[A-Z]+)+|[A-Z]{5,})`", PAGE))
SOURCES = [path for folder in ("execution", "resolvers", "web") for path in (ROOT / folder).glob("*.py")]
NAMES = {code.name for code in ErrorCode} | {scope.name for scope in Scope}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_its_documents_are_valid(document: str) -> None:
    """A copied document can be executed."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert validate(schema, parse(document)) == []


def test_its_error_codes_exist() -> None:
    """The server can return each of them."""
    code = "\n".join(path.read_text() for path in SOURCES)
    assert CODES
    assert [name for name in sorted(CODES) if f'"{name}"' not in code and name not in NAMES] == []
