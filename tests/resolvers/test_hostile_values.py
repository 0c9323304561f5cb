"""No text of an argument or an input field makes the service fail: it is accepted, or rejected with a code."""

from typing import Any

import pytest

from tests.api import Api
from tests.resolvers.people import Person
from tests.schema import walk

TEXTS = [
    "",
    " ",
    "#",
    "a#b",
    "ACCOUNT#",
    "\0",
    "\ud800",
    "x" * 700,
    "x" * 3000,
    "😀" * 250,
    "null",
    "undefined",
    "{}",
    "ag_",
    "__proto__",
    "../..",
    "%00",
    "\u202e",
]
ROOTS = [(operation, name) for operation in ("Query", "Mutation") for name in walk.roots(operation)]
UNEXPECTED = ("INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT", None)


@pytest.mark.parametrize(("operation", "name"), ROOTS, ids=[name for _, name in ROOTS])
async def test_any_text_is_answered_or_refused(api: Api, ada: Person, operation: str, name: str) -> None:
    values = [*TEXTS, ada.id, ada.account_id, ada.session_id, ada.name, ada.email]
    document, field = walk.document(operation, name), walk.roots(operation)[name]
    json: list[Any] = [*TEXTS, list(TEXTS), *({text: text} for text in TEXTS), {"a": {"\ud800": "\ud800"}}]
    for argument, definition in field.args.items():
        for texts, of in ((values, ("String", "ID")), (json, ("JSON",)), (TEXTS, ("DateTime", "BigInt", "Scope"))):
            for value in walk.replaced(definition.type, of, texts):
                answer = await api.answer(document, walk.given(field) | {argument: value})
                codes = [error["extensions"].get("code") for error in answer.get("errors", [])]
                assert not [code for code in codes if code in UNEXPECTED], (value, answer)
