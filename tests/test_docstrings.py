"""Every docstring says something that the name does not: none in the repository has four words or fewer.

A class, function or constant whose name says everything has no docstring. The text under a constant, a field or an
attribute counts as its docstring.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
GENERATED: Final = frozenset(("node_modules", "build", "dist"))
"""Folders, besides hidden ones, whose files are not the project's own."""
FEWEST_WORDS: Final = 5

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Assignment = ast.Assign | ast.AnnAssign


class Text(NamedTuple):
    """A string that is a statement of its own, and whether it documents anything."""

    line: int
    text: str
    documents: bool


def python_files() -> Iterator[Path]:
    """Every Python file of the project, tracked or not."""
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if not name.startswith(".") and name not in GENERATED]
        yield from (Path(folder) / name for name in files if name.endswith(".py"))


def texts(source: str) -> Iterator[Text]:
    """The docstrings in a source, those of attributes included, and strings in places where they document nothing."""
    for node in ast.walk(ast.parse(source)):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            statements = found if isinstance(found, list) else []
            for place, statement in enumerate(statements):
                match statement:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        is_first = place == 0 and name == "body" and isinstance(node, Documented)
                        documents = is_first or (place > 0 and isinstance(statements[place - 1], Assignment))
                        yield Text(statement.lineno, text, documents)


def says_too_little(text: Text) -> bool:
    """Whether a docstring is too short to say more than the name, or documents nothing."""
    return not text.documents or len(text.text.split()) < FEWEST_WORDS


def test_no_docstring_is_too_short_to_say_anything() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{text.line}: {text.text!r}"
        for file in sorted(python_files())
        for text in texts(file.read_text())
        if says_too_little(text)
    ]
    assert not found, "Say what a reader needs (shape, units, errors, source), or leave it out:\n" + "\n".join(found)


def test_every_folder_of_the_project_is_looked_at() -> None:
    found = {file.relative_to(ROOT).as_posix() for file in python_files()}
    assert found >= {"server.py", "dynamo/wire/transport.py", "docs/schema_reference.py", "tests/test_docstrings.py"}
    assert not [file for file in found if "node_modules" in file or file.startswith(".")]


@pytest.mark.parametrize(
    "source",
    [
        '"""Log lines."""',
        'class Payload:\n    """What it is now."""',
        'def take():\n    """Count some attempts."""',
        'class A:\n    async def user(self):\n        """Load the\n\n        owner."""',
        'MOST = 100\n"""What one takes."""',
        'class A:\n    most: int\n    """Per second."""',
        'class A:\n    def __init__(self):\n        self.seconds = 0.0\n        """How long."""',
        'if True:\n    pass\nelse:\n    MOST = 100\n    """What one takes."""',
        '"""A sentence of more words than four."""\n"""A second sentence, which documents nothing at all."""',
    ],
    ids=["module", "class", "function", "method", "constant", "field", "attribute", "branch", "nothing"],
)
def test_a_docstring_that_says_too_little_is_found(source: str) -> None:
    assert [says_too_little(text) for text in texts(source)][-1]


@pytest.mark.parametrize(
    "source",
    [
        'def take():\n    """Count attempts, and return whether they are allowed."""',
        'MOST = 100\n"""The most keys in one BatchGetItem."""',
        'def take():\n    return "too short"',
        'TEXTS = ["one", "two"]\nprint("three")',
        "class A:\n    pass",
    ],
    ids=["function", "constant", "a string that is returned", "strings in expressions", "none"],
)
def test_other_docstrings_and_strings_are_not(source: str) -> None:
    assert not any(map(says_too_little, texts(source)))
