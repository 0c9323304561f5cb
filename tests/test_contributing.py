"""CONTRIBUTING.md can be followed to the letter: its examples are put where they say, on a copy of the project."""

import ast
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from dynamo.settings import TableSettings

ROOT = Path(__file__).parents[1]
FOLDERS = ("commands", "docs", "dynamo", "execution", "resolvers", "schema", "soak", "web")
FILES = ("README.md", "schema.graphql", "tests/__init__.py", "tests/api.py", "tests/guide_checks.py")
GUIDE = re.compile(r"^### (.*?)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^   ```python\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"# (\S+\.py), (in|before|at the end)(?: (.*))?\n\n?")
GUIDES = dict(GUIDE.findall((ROOT / "CONTRIBUTING.md").read_text()))


@dataclass(frozen=True, slots=True)
class Step:
    """A code block of a guide, and where it goes."""

    file: str
    where: str
    names: tuple[str, ...]
    code: str

    def __str__(self) -> str:
        return f"{self.file} {self.where} {' and '.join(self.names)}".strip()

    def take(self, root: Path) -> None:
        """Put the code where the block says."""
        file = root / self.file
        for name in self.names or ("",):
            lines = file.read_text().splitlines(keepends=True)
            at, indentation = self._place(ast.parse("".join(lines)), name, len(lines))
            lines.insert(at, textwrap.indent(self.code, indentation) if indentation else f"{self.code}\n\n")
            file.write_text("".join(lines))

    def _place(self, module: ast.Module, name: str, lines: int) -> tuple[int, str]:
        """The number of the line before which the code goes, and how far it is indented."""
        if self.where == "at the end":
            return lines, ""
        scope: ast.Module | ast.ClassDef = module
        found: ast.stmt = module.body[0]
        for part in name.split("."):
            (found,) = (node for node in scope.body if part in _names(node))
            scope = found if isinstance(found, ast.ClassDef) else scope
        if self.where == "before":
            decorators = found.decorator_list if isinstance(found, ast.ClassDef) else []
            return min(found.lineno, *(decorator.lineno for decorator in decorators), lines) - 1, ""
        assert found.end_lineno is not None
        if isinstance(found, ast.ClassDef):
            return found.end_lineno, " " * 4
        # A table that is written over several lines: before the bracket that closes it.
        return found.end_lineno - 1, " " * (found.col_offset + 4)


def _names(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, ast.ClassDef):
        return (node.name,)
    return (node.target.id,) if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ()


def steps(guide: str) -> list[Step]:
    """The code blocks of a guide that say where they go."""
    found = []
    for block in BLOCK.findall(GUIDES[guide]):
        code = textwrap.dedent(block)
        place = PLACE.match(code)
        if place:
            file, where, names = place.groups()
            found.append(Step(file, where, tuple((names or "").split(" and ")) if names else (), code[place.end() :]))
    return found


def copy(to: Path) -> Path:
    """The Python of the project, with what is generated from it and what looks at it."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (to / "tests").mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, to / name)
    return to


def check(project: Path, name: str, table: TableSettings) -> subprocess.CompletedProcess[str]:
    """Generate what is generated in a copy, and look whether it has what a guide adds."""
    return subprocess.run(
        [sys.executable, "-B", "-m", "tests.guide_checks", name, str(table.dynamodb_endpoint_url), table.table_name],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


FIELD, MUTATION = steps("A field"), steps("A mutation")


def test_the_guides_touch_few_files() -> None:
    assert len({step.file for step in FIELD}) == 3
    assert len({step.file for step in MUTATION}) == 3


def test_a_field_that_is_added_as_the_guide_says_works(tmp_path: Path, table_settings: TableSettings) -> None:
    project = copy(tmp_path)
    for step in FIELD:
        step.take(project)

    checked = check(project, "field", table_settings)

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.splitlines() == ["Wrote schema.graphql.", "Wrote permissions.md.", "Wrote schema.md."]
    assert len(re.findall(r"^  locale: String\b", (project / "schema.graphql").read_text(), re.MULTILINE)) == 4


@pytest.mark.parametrize("left_out", FIELD, ids=str)
def test_a_field_does_not_work_without_one_of_the_steps(
    tmp_path: Path, table_settings: TableSettings, left_out: Step
) -> None:
    project = copy(tmp_path)
    for step in FIELD:
        if step is not left_out:
            step.take(project)

    checked = check(project, "field", table_settings)

    assert checked.returncode == 1
    assert "AssertionError" in checked.stderr


def test_a_mutation_that_is_added_as_the_guide_says_works(tmp_path: Path, table_settings: TableSettings) -> None:
    project = copy(tmp_path)
    for step in MUTATION:
        step.take(project)

    checked = check(project, "mutation", table_settings)

    assert checked.returncode == 0, checked.stderr
