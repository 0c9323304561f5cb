"""CloudFormation's linter knows every resource type, property and value of AWS."""

import subprocess
from pathlib import Path

from e2e.templates.conftest import DEPLOY, TOOLS, output


def test_the_linter_finds_nothing() -> None:
    templates = sorted(DEPLOY.glob("*.yaml"))
    names = [file for file in templates if "AWSTemplateFormatVersion" in file.read_text()]
    assert DEPLOY / "table.yaml" in names
    output(TOOLS / "cfn-lint", *names)


def test_the_linter_would_find_a_property_that_does_not_exist(tmp_path: Path) -> None:
    wrong = tmp_path / "table.yaml"
    wrong.write_text((DEPLOY / "table.yaml").read_text().replace("BillingMode:", "Billing:"))
    found = subprocess.run([TOOLS / "cfn-lint", wrong], capture_output=True, text=True, check=False)
    assert found.returncode != 0
    assert "'Billing' was unexpected" in found.stdout
