"""The guides for the first deployment: ten steps each, which name files and values that exist."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from tests.documentation.blocks import blocks_of
from tests.processes import ROOT

yaml: Any = import_module("yaml")
FOLDER: Final = ROOT / "docs/operations"
GUIDES: Final = sorted(file for file in FOLDER.glob("*.md") if re.search(r"^10\. ", file.read_text(), re.MULTILINE))
STEP: Final = re.compile(r"^(\d+)\. ", re.MULTILINE)
STACKS: Final = re.compile(r"IdentityTable|IdentityService")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_has_ten_steps_each_with_a_command_and_what_it_shows(guide: Path) -> None:
    text = guide.read_text().partition("\n## ")[0]
    assert [int(number) for number in STEP.findall(text)] == [*range(1, 11)]
    steps = STEP.split(text)[2::2]
    for step in steps:
        assert (step.count("```sh\n"), step.count("\n   Check: ") + step.count("\n    Check: ")) == (1, 1), step


def test_there_is_a_guide_for_each_place() -> None:
    assert {"fargate", "kubernetes", "lambda", "one-machine"} <= {guide.stem for guide in GUIDES}


def test_every_page_is_linked_from_operations_and_from_the_readme() -> None:
    for page in ("README.md", "docs/operations.md"):
        text = (ROOT / page).read_text()
        assert [file.name for file in FOLDER.glob("*.md") if f"operations/{file.name})" not in text] == []


def test_the_values_of_the_kubernetes_guide_are_those_of_the_chart() -> None:
    (block,) = [block for block in blocks_of("docs/operations/kubernetes.md") if block.file == "values.yaml"]
    chart = yaml.safe_load((ROOT / "deploy/helm/authgraph/values.yaml").read_text())

    def unknown(given: dict[str, Any], known: dict[str, Any], path: str = "") -> list[str]:
        found = [f"{path}{name}" for name in given if name not in known]
        for name, value in given.items():
            if isinstance(value, dict) and known.get(name):
                found += unknown(value, known[name], f"{path}{name}.")
        return found

    assert unknown(yaml.safe_load(block.text), chart) == []


def test_the_stacks_of_the_container_guide_are_those_of_the_app() -> None:
    named = {*STACKS.findall((FOLDER / "fargate.md").read_text())}
    assert named == {*re.findall(r'new Stack\(app, "(\w+)"\)', (ROOT / "deploy/cdk/src/app.ts").read_text())}
